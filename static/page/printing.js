// On paper: the address of what is printed, at the foot of every page (styles/print.css).

import { flush } from "./fragment.js";

/** Let the style sheet know the page's address before it is printed. */
export function install() {
  const tell = () => {
    flush();
    document.documentElement.style.setProperty("--address", JSON.stringify(location.href));
  };
  addEventListener("beforeprint", tell);
  matchMedia("print").addEventListener("change", tell);
}
