// The first page: one or two activations, drawn by the service, described in its own words.

const at = (id) => document.getElementById(id);
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function address() {
  const query = new URLSearchParams();
  query.append("name", at("name").value);
  if (at("second").value) query.append("name", at("second").value);
  if (at("derivative").checked) query.set("derivative", "true");
  if (dark.matches) query.set("theme", "dark");
  query.set("scale", window.devicePixelRatio > 1 ? "2" : "1");
  return `/v1/activations/plot.png?${query}`;
}

async function draw() {
  const url = address();
  const answer = await fetch(url);
  if (!answer.ok) {
    at("words").textContent = (await answer.json()).detail;
    return;
  }
  const words = answer.headers.get("X-Alt-Text");
  at("picture").src = url;
  at("picture").alt = words;
  at("words").textContent = words;
}

async function start() {
  const { activations } = await (await fetch("/v1/activations")).json();
  for (const { name, title } of activations) {
    at("name").add(new Option(title, name));
    at("second").add(new Option(title, name));
  }
  at("name").value = "softplus";
  at("choice").addEventListener("change", draw);
  dark.addEventListener("change", draw);
  await draw();
}

start();
