// Keyboard shortcuts, the dark switch, the help dialog. Nothing fires while someone types.

const TYPING = "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]";

function choose(value) {
  const input = document.querySelector(`#tool input[value="${value}"]`);
  if (input) input.click();
}

function press(selector) {
  const button = document.querySelector(selector);
  if (button && !button.disabled && button.offsetParent) button.click();
}

const shortcuts = {
  " ": () => window.vinpaint.play(),
  ArrowLeft: (event) => window.vinpaint.step(event.shiftKey ? -10 : -1),
  ArrowRight: (event) => window.vinpaint.step(event.shiftKey ? 10 : 1),
  a: () => choose("add"),
  s: () => choose("not"),
  z: () => press("#undo"),
  "+": () => press("#larger"),
  "=": () => press("#larger"),
  "-": () => press("#smaller"),
  f: () => press("#follow"),
  r: () => press("#repair"),
  "?": () => help.showModal(),
};

const help = document.getElementById("vp-help");

function onKey(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (target.closest && target.closest(TYPING)) return;
  const onControl = target.closest && target.closest("button, a, summary, input, [role=tab]");
  if (event.key === " " && onControl) return;
  if (event.key.startsWith("Arrow") && target.closest && target.closest("input[type=range], input[type=radio]")) return;
  const act = shortcuts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || !window.vinpaint) return;
  event.preventDefault();
  act(event);
}

document.addEventListener("keydown", onKey);

function setTheme(dark) {
  document.body.classList.toggle("dark", dark);
  const button = element.querySelector(".vp-theme");
  button.setAttribute("aria-pressed", String(dark));
  button.title = dark ? button.dataset.light : button.dataset.dark;
  button.setAttribute("aria-label", button.title);
}

const stored = localStorage.getItem("vinpaint-dark");
setTheme(stored === null ? document.body.classList.contains("dark") : stored === "yes");
element.querySelector(".vp-theme").addEventListener("click", () => {
  const dark = !document.body.classList.contains("dark");
  localStorage.setItem("vinpaint-dark", dark ? "yes" : "no");
  setTheme(dark);
});
element.querySelector(".vp-help-button").addEventListener("click", () => help.showModal());
help.addEventListener("click", (event) => { if (event.target === help) help.close(); });
