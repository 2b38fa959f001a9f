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
  return reachable(element("div", { class: "scroll", role: "group", "aria-label": label }, ...children));
}

/** Let the keyboard reach `box` while it has more than it shows, and pass it by while it has not. */
export function reachable(box) {
  sizes.observe(box);
  for (const child of box.children) sizes.observe(child);
  return box;
}

const sizes = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    for (const box of [target, target.parentElement]) {
      if (!box?.matches(".scroll, .formula, .statement")) continue;
      const hides = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (hides) box.setAttribute("tabindex", "0");
      else box.removeAttribute("tabindex");
    }
  }
});

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
