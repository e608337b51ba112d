// Typed access to the elements that templates and scripts agree on.

/** Returns the first match. Throws if there is none, or if it is of another type.
 * @template {Element} T @param {string} selector @param {new () => T} type @param {ParentNode} [parent] @returns {T} */
export const findElement = (selector, type, parent = document) => {
  const element = parent.querySelector(selector);
  if (element instanceof type) return element;
  throw Error(`No ${type.name} ${selector}`);
};

/** Returns the matches that are of the type.
 * @template {Element} T @param {string} selector @param {new () => T} type @param {ParentNode} [parent] */
export const findElements = (selector, type, parent = document) =>
  Array.from(parent.querySelectorAll(selector)).filter(/** @returns {element is T} */ (element) => element instanceof type);
