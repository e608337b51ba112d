// A contact as a file: a name and a number, with nothing that shows where they come from.

/** Returns a vCard 3.0 (RFC 2426). @param {string} name @param {string} digits */
export function vcard(name, digits) {
  const escaped = name.replace(/[\\,;]/g, '\\$&');
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${escaped};;;`, `FN:${escaped}`, `TEL:${digits}`, 'END:VCARD', ''].join('\r\n');
}

/** Returns the name of the file. @param {string} name */
export const fileName = (name) => `${name.replace(/[^\p{L}\p{M}\p{N} -]/gu, '').trim() || 'Info'}.vcf`;
