// A picture's address in the languages of the pages that show it, with what it shows in words.

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
const inMarkdown = (text) => text.replace(/[\\[\]*_`<>$]/g, "\\$&");
const inLatex = (text) => text.replace(/[\\{}$&#%_^~]/g, (sign) => ({ "\\": "\\textbackslash{}", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}" })[sign] ?? `\\${sign}`);

/** Language → the text for `{ url, words, width, height, page }`: the picture's address, its words, its size in CSS pixels, the page's address. */
export const FORMS = {
  Markdown: ({ url, words }) => `![${inMarkdown(words)}](${url})\n`,
  HTML: ({ url, words, width, height }) => `<img src="${escaped(url)}" alt="${escaped(words)}" width="${width}" height="${height}">\n`,
  LaTeX: ({ url, words }) => [
    "% \\usepackage{graphicx}; fetch the picture once:",
    `% curl -o softstep.pdf '${url.replaceAll("'", "%27").replace(/plot\.png/, "plot.pdf")}'`,
    "\\begin{figure}",
    "  \\centering",
    "  \\includegraphics[width=\\linewidth]{softstep.pdf}",
    `  \\caption{${inLatex(words)}}`,
    "\\end{figure}",
    "",
  ].join("\n"),
  MyST: ({ url, words, width }) => ["```{image} " + url, `:alt: ${words}`, `:width: ${width}px`, "```", ""].join("\n"),
  iframe: ({ page, words }) => `<iframe src="${escaped(page)}" title="${escaped(words)}" width="100%" height="700" style="border: 0"></iframe>\n`,
};

/** Tell whether this service lets itself be framed by others. */
export const FRAMED = document.querySelector("meta[name=frames]")?.content === "True";

/** Return the languages that can be offered: a frame only where some page may frame this one. */
export const languages = () => Object.keys(FORMS).filter((name) => name !== "iframe" || FRAMED);

/** Return the address of the page as a part of another. */
export function embeddable(href) {
  const url = new URL(href);
  url.search = "?embed";
  return url.href;
}
