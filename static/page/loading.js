// Files and pasted documents: chosen, dropped or typed into a box, then taken as a whole.

import { element } from "./element.js";
import { say } from "./notices.js";

/**
 * Return {element} with a file button and a box to paste into; `take(document | buffer)` says by throwing
 * one of `refusals` why something cannot be used. `note` is what is to be known of what was loaded last.
 */
export function loading({ what, accept, takeDocument, takeTensors, refusals, placeholder, target, note = null }) {
  const trouble = element("p", { class: "fault", role: "alert", hidden: true });
  const input = element("input", { type: "file", accept, "aria-label": `${what} from a file`, onchange: () => input.files[0] && read(input.files[0]) });
  const box = element("textarea", { rows: 5, spellcheck: "false", placeholder, "aria-label": `${what} as JSON` });
  const pasting = element("details", { class: "pasting" }, element("summary", {}, "Paste JSON"), box,
    element("button", { type: "button", onclick: () => attempt(() => takeDocument(parsed(box.value)), "what was pasted") }, "Use it"));
  const frame = element("div", { class: "loading" }, element("label", { class: "file chip" }, "Open a file…", input), pasting, trouble,
    note && element("p", { class: "assumed" }, note));

  async function read(file) {
    const why = OTHER_FORMS.find(([form]) => form.test(file.name))?.[1];
    if (why) return attempt(() => { throw new SyntaxError(`expected JSON or safetensors; ${why}`); }, file.name);
    const tensors = /\.safetensors$/i.test(file.name);
    const content = tensors ? await file.arrayBuffer() : await file.text();
    attempt(() => (tensors ? takeTensors(content) : takeDocument(parsed(content))), file.name);
    input.value = "";
  }

  function attempt(work, name) {
    trouble.hidden = true;
    try {
      say(`${name} is loaded. ${work() ?? ""}`);
    } catch (error) {
      if (!refusals.some((kind) => error instanceof kind) && !(error instanceof SyntaxError)) throw error;
      trouble.textContent = `${name}: ${error.message}`;
      trouble.hidden = false;
    }
  }

  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    target.classList.toggle("dropping", event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
  };
  for (const kind of ["dragover", "dragleave", "drop"]) target.addEventListener(kind, over);
  return { element: frame };
}

// Files that are known, and what is to be done with them.
const OTHER_FORMS = [
  [/\.(pt|pth|ckpt|pkl|pickle)$/i, "PyTorch's files can run code and are not read here; save the weights as safetensors"],
  [/\.(onnx|npz|h5|hdf5|keras|skops|mat)$/i, "POST /v1/models/read makes JSON of a network in such a file"],
  [/\.(npy|csv|tsv|txt)$/i, "this is one array; paste its text into a matrix, with “as text”"],
];

/** Return the document in JSON text; Python's NaN and None are no JSON, and are said to be so. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("expected JSON; paste NumPy's or CSV's form into a matrix, with “as text”");
  }
}
