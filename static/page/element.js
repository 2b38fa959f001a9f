// Elements from plain values: element("p", {class: "lead"}, "text", another).

/** Return a new element. Functions named on… listen, true sets an attribute bare, null and false leave it out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") made[name] = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  fill(made, ...children);
  return made;
}

/** Replace what is in `parent`; text stays text, null and false are left out, arrays are flattened. */
export function fill(parent, ...children) {
  const kept = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  parent.replaceChildren(...kept);
  return parent;
}

/** Return what may be wider than its place, to be scrolled there by mouse and by keyboard. */
export function scrolled(label, ...children) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, ...children);
}

let count = 0;

/** Return an id that nothing else on the page has. */
export function freshId(stem) {
  count += 1;
  return `${stem}-${count}`;
}

/** Return a button of `words` that does `act`. */
export function button(words, act, attributes = {}) {
  return element("button", { type: "button", onclick: act, ...attributes }, words);
}

/** Return `text` for the eyes of a screen reader only. */
export function unseen(text) {
  return element("span", { class: "unseen" }, text);
}
