// A share page: before and after in step under a wipe. `run` and wipe.js's functions stand above.

const find = (selector) => document.querySelector(selector);
const frameBox = find(".vp-frame");
const before = find(".vp-before");
const after = find(".vp-after");
const over = find(".vp-over");
const scrub = find("#scrub");
const playButton = find("#play");
let number = 0;
const layers = {
  outline: { file: "outline.json", on: false, drawn: null },
  left: { file: "leftover.json", on: false, drawn: null },
};

const player = find(".player");
player.style.setProperty("--ratio", run.width / run.height);
player.style.setProperty("--own-width", run.width + "px");
scrub.max = run.frames - 1;
keepInStep(after, before);
makeWipe(frameBox, find(".vp-wipe"), () => !layers.left.on);

function draw() {
  const dpr = window.devicePixelRatio || 1;
  over.width = Math.round(over.clientWidth * dpr);
  over.height = Math.round(over.clientHeight * dpr);
  const scale = { x: over.width / run.width, y: over.height / run.height, dpr };
  const context = over.getContext("2d");
  const { outline, left } = layers;
  if (left.on && left.drawn) {
    drawOutline(context, left.drawn.holes[number], scale, "#56B4E9", { filled: true });
  }
  if (!outline.on || !outline.drawn) return;
  drawOutline(context, outline.drawn.holes[number], scale, "#E69F00");
  drawOutline(context, outline.drawn.reaches[number], scale, "#E69F00", { dashed: true });
}

function show(next) {
  number = Math.min(run.frames - 1, Math.max(0, next));
  scrub.value = number;
  find("#clock").textContent = run.where.replace("{frame}", number).replace("{frames}", run.frames);
  markNow(document, number);
  draw();
}

function seek(next) {
  after.pause();
  show(next);
  after.currentTime = momentOf(number, run.fps, null);
}

function toggle() {
  if (after.paused) {
    if (number >= run.frames - 1) after.currentTime = 0;
    after.play().catch(() => {});
  } else after.pause();
}

function follow() {
  if (after.paused) return;
  show(frameAt(after.currentTime, run.fps, run.frames, null));
  requestAnimationFrame(follow);
}

after.addEventListener("play", () => { playButton.textContent = run.pause; follow(); });
after.addEventListener("pause", () => { playButton.textContent = run.play; });
playButton.addEventListener("click", toggle);
scrub.addEventListener("input", () => seek(Number(scrub.value)));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("button, input, a, summary")) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) seek(number + step * (event.shiftKey ? 10 : 1));
  else if (event.key === " ") toggle();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const jump = event.target.closest("[data-go]");
  const plot = event.target.closest(".vp-plot");
  if (jump) seek(Number(jump.dataset.go));
  else if (plot) seek(frameUnder(plot, event));
  else return;
  player.scrollIntoView({ block: "nearest" });
});

/** The result as a whole with what is left over in colour, on a frame that has some; or the wipe. */
function showLeft() {
  const { on, drawn } = layers.left;
  player.toggleAttribute("data-left", on);
  const first = drawn.holes.findIndex((polygons) => polygons.length);
  if (on && after.paused && !drawn.holes[number].length && first >= 0) seek(first);
}

for (const [name, layer] of Object.entries(layers)) {
  find(`#${name}`)?.addEventListener("click", async (event) => {
    const button = event.currentTarget;
    layer.on = !layer.on;
    button.setAttribute("aria-pressed", String(layer.on));
    if (!layer.drawn) layer.drawn = await (await fetch(`${run.base}/${layer.file}`)).json();
    if (name === "left") showLeft();
    draw();
  });
}
new ResizeObserver(draw).observe(over);
show(0);
