// Storage can be switched off: any access then throws, and leaving must still work.

/** Returns what `act` returns, or undefined if it throws. @template T @param {() => T} act */
export const attempt = (act) => {
  try {
    return act();
  } catch (e) {}
};
