// What is remembered as texts: in this tab, or in this browser. Where neither is allowed, until the page is left.

/** Return {get, set, drop} over a store; `set` tells whether the text is there to stay. */
function memory(store) {
  const own = new Map();
  const attempt = (work, otherwise) => {
    try {
      return work(store());
    } catch {
      return otherwise; // cookies are blocked, or it is full
    }
  };
  return {
    get: (name) => own.get(name) ?? attempt((kept) => kept.getItem(name), null),
    set(name, text) {
      own.set(name, text);
      return attempt((kept) => (kept.setItem(name, text), true), false);
    },
    drop(name) {
      own.delete(name);
      attempt((kept) => kept.removeItem(name));
    },
  };
}

export const tab = memory(() => sessionStorage);
export const browser = memory(() => localStorage);
