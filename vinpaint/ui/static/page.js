// A share page: before and after in step under a wipe. `run` and wipe.js's functions stand above.

const find = (selector) => document.querySelector(selector);
const frameBox = find(".vp-frame");
const before = find(".vp-before");
const after = find(".vp-after");
const over = find(".vp-over");
const scrub = find("#scrub");
const playButton = find("#play");
let number = 0;
let drawn = null;
let outlineOn = false;

const player = find(".player");
player.style.setProperty("--ratio", run.width / run.height);
player.style.setProperty("--own-width", run.width + "px");
scrub.max = run.frames - 1;
keepInStep(after, before);
makeWipe(frameBox, find(".vp-wipe"), () => true);

function draw() {
  const dpr = window.devicePixelRatio || 1;
  over.width = Math.round(over.clientWidth * dpr);
  over.height = Math.round(over.clientHeight * dpr);
  if (!outlineOn || !drawn) return;
  const scale = { x: over.width / run.width, y: over.height / run.height, dpr };
  const context = over.getContext("2d");
  drawOutline(context, drawn.holes[number], scale, "#E69F00");
  drawOutline(context, drawn.reaches[number], scale, "#E69F00", { dashed: true });
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

const outlineButton = find("#outline");
if (outlineButton) {
  outlineButton.addEventListener("click", async () => {
    outlineOn = !outlineOn;
    outlineButton.setAttribute("aria-pressed", String(outlineOn));
    if (!drawn) drawn = await (await fetch(`${run.base}/outline.json`)).json();
    draw();
  });
}
new ResizeObserver(draw).observe(over);
show(0);
