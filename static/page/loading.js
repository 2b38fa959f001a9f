// Files and pasted documents: chosen, dropped or typed into a box, then taken as a whole.

import { element } from "./element.js";
import { say } from "./notices.js";
import { task } from "./task.js";

const readers = new Map(); // the newest for each thing that is read

/**
 * Return {element, take} with a file button and a box to paste into. `take(file, signal)` reads a file and returns what takes it into use, which
 * returns what is to be said of it; why it cannot be used it says by throwing one of `refusals`; `note` is what is to be known of what was loaded last.
 */
export function loading({ what, accept, take, refusals, placeholder, target, signal, note = null }) {
  const trouble = element("p", { class: "fault", role: "alert", hidden: true });
  const reading = task("Reading the file", signal);
  const input = element("input", { type: "file", accept, "aria-label": `${what} from a file`, onchange: () => input.files[0] && readers.get(what)(input.files[0]) });
  const box = element("textarea", { rows: 5, spellcheck: "false", placeholder, "aria-label": `${what} as JSON` });
  const pasting = element("details", { class: "pasting" }, element("summary", {}, "Paste JSON"), box,
    element("button", { type: "button", onclick: () => read(new File([box.value], "what was pasted")) }, "Use it"));
  const frame = element("div", { class: "loading" }, element("label", { class: "file chip" }, "Open a file…", input), pasting, reading.element, trouble,
    note && element("p", { class: "assumed" }, note));

  async function read(file, taking = take) {
    trouble.hidden = true;
    try {
      const use = await reading.run((stop) => taking(file, stop));
      if (use) say(`${file.name} is loaded. ${use() ?? ""}`);
    } catch (error) {
      if (!refusals.some((kind) => error instanceof kind)) throw error;
      trouble.textContent = `${file.name}: ${error.message}`;
      trouble.hidden = false;
    }
    input.value = "";
  }

  // A file that was being chosen while the view was drawn anew is told to a button that is no longer there.
  readers.set(what, read);

  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    target.classList.toggle("dropping", event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
  };
  for (const kind of ["dragover", "dragleave", "drop"]) target.addEventListener(kind, over);
  return {
    element: frame,
    /** Take a file that is known already, by `taking` in place of `take`. */
    take: read,
  };
}

// Files that are known, and what is to be done with them.
const OTHER_FORMS = [
  [/\.(pt|pth|ckpt|pkl|pickle)$/i, "PyTorch's files can run code and are not read here; save the weights as safetensors"],
  [/\.(onnx|npz|h5|hdf5|keras|skops|mat)$/i, "POST /v1/models/read makes JSON of a network in such a file"],
  [/\.(npy|csv|tsv|txt)$/i, "this is one array; paste its text into a matrix, with “as text”"],
];

/** Return what takes a file of JSON by `takeDocument(document)`, and one of safetensors by `takeTensors(buffer)`. */
export function byForm({ takeDocument, takeTensors }) {
  return async (file) => {
    const why = OTHER_FORMS.find(([form]) => form.test(file.name))?.[1];
    if (why) throw new SyntaxError(`expected JSON or safetensors; ${why}`);
    const tensors = /\.safetensors$/i.test(file.name);
    const content = await (tensors ? file.arrayBuffer() : file.text());
    return () => (tensors ? takeTensors(content) : takeDocument(parsed(content)));
  };
}

/** Return the document in JSON text; Python's NaN and None are no JSON, and are said to be so. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("expected JSON; paste NumPy's or CSV's form into a matrix, with “as text”");
  }
}
