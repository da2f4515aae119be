// The stage: one picture and one frame position for all steps. `element`, `props`, `trigger` and
// `watch` come from Gradio; the functions of wipe.js and overlay.js stand above.

const words = props.words;
const $ = (selector) => element.querySelector(selector);
const stage = $(".vp-stage");
const frameBox = $(".vp-frame");
const still = $(".vp-still");
const before = $(".vp-before");
const after = $(".vp-after");
const over = $(".vp-over");
const scrub = $(".vp-scrub");
const strip = $(".vp-strip");

const plain = (value) => JSON.parse(JSON.stringify(value || {})); // not Gradio's live proxy

let view = plain(props.value);
let tab = "clip";
let frame = 0;
let tool = "add";
let brushPx = 12;
let draft = null; // what the pointer is drawing
let pending = []; // drawn already, not yet answered by the server
let seenClip = "";
let seenEdge; // the edge preview that was there last time; undefined at first
let seenOffers = "[]"; // what was found to choose from, last time
let outlineOn = false;
let leftOn = false; // the view of what is left over, in place of the wipe
let colour = Number(localStorage.getItem("vinpaint-colour") || 0) % COLOURS.length;

const shade = (object = 1) => COLOURS[(colour + object - 1) % COLOURS.length][1];
const inResult = () => tab === "result" && Boolean(view.run);
const inLeft = () => leftOn && inResult() && Boolean(view.outline.left);
const shown = () => (tab === "clip" ? view.offered || view.clip : view.clip) || null;
const lead = () => (inResult() ? after : before);
const playing = () => !lead().paused && !lead().ended && lead().currentSrc !== "";
const canDraw = () => tab === "mask" && Boolean(view.clip) && !playing();
const canPick = () => tab === "fill" && Boolean(view.clip && view.picking) && !playing();
const previewed = () => (tab === "fill" && view.preview?.frame === frame ? view.preview : null);

// --- pictures -------------------------------------------------------------------------------

const kept = new Map(); // address -> Promise of a decoded picture

function picture(address) {
  if (!kept.has(address)) {
    const image = new Image();
    image.src = address;
    const ready = image.decode().then(() => image);
    ready.catch(() => kept.delete(address));
    kept.set(address, ready);
    if (kept.size > 24) kept.delete(kept.keys().next().value);
  }
  return kept.get(address);
}

const outlines = new Map(); // address -> the polygons, once they are here

function outline(address) {
  if (!address) return null;
  if (!outlines.has(address)) {
    outlines.set(address, null);
    fetch(address).then((answer) => answer.json()).then((drawn) => {
      outlines.set(address, drawn);
      draw();
    }).catch(() => outlines.delete(address));
  }
  return outlines.get(address);
}

/** What other frames show of the hole, once that was looked for. */
const forecast = () => (tab === "fill" && view.forecast) || null;
const stillAddress = (clip) => previewed()?.address || `${clip.base}/frame/${frame}.jpg`;

function maskAddress(clip) {
  if (previewed()) return null;
  if (tab === "mask" && view.masked) return `${clip.base}/mask/found/${view.version}/${frame}.png`;
  if ((tab === "tune" || tab === "fill") && view.found) {
    return `${clip.base}/mask/${forecast() ? "forecast" : "tuned"}/${view.version}/${frame}.png`;
  }
  return null;
}

// --- drawing --------------------------------------------------------------------------------

const tinted = { key: "", canvas: null };

async function draw() {
  const clip = shown();
  const context = over.getContext("2d");
  const dpr = window.devicePixelRatio || 1;
  const width = Math.round(over.clientWidth * dpr);
  const height = Math.round(over.clientHeight * dpr);
  if (over.width !== width || over.height !== height) {
    over.width = width;
    over.height = height;
  }
  context.clearRect(0, 0, width, height);
  if (!clip) return;
  const scale = { x: width / clip.width, y: height / clip.height, dpr };
  if (playing() || inResult()) drawPolygons(context, scale);
  else await drawMask(context, clip, width, height);
  if (canPick() && view.aim?.frame === frame) drawMark(context, view.aim, scale, shade());
  if (playing()) return;
  const own = [...(view.offers || []), ...(view.marks || []), ...pending, ...(draft ? [draft] : [])];
  const marks = { clip: view.faults, mask: own }[tab] || [];
  drawMarks(context, marks, { frame, scale, colour: shade() });
}

function drawPolygons(context, scale) {
  if (inLeft()) {
    const left = outline(view.outline.left);
    if (left) drawOutline(context, left.holes[frame], scale, shade(2), { filled: true });
  }
  const kind = forecast() ? "forecast" : { mask: "found", tune: "tuned", fill: "tuned", result: "run" }[tab];
  if (!kind || (tab === "result" && !outlineOn)) return;
  const addresses = view.outline || {};
  const parts = kind === "forecast" ? addresses.forecast : addresses.found || [];
  const single = (kind === "tuned" || kind === "run") && outline(addresses[kind]);
  const layers = single ? [{ object: 1, drawn: single }] : (kind === "run" ? [] : parts)
    .map(({ object, address }) => ({ object, drawn: outline(address) }));
  for (const { object, drawn } of layers) {
    if (!drawn) continue;
    drawOutline(context, drawn.holes[frame], scale, shade(object), { filled: tab !== "result" });
    drawOutline(context, drawn.reaches[frame], scale, shade(object), { dashed: true });
  }
}

async function drawMask(context, clip, width, height) {
  const address = maskAddress(clip);
  if (!address) return;
  const key = address + shade();
  if (tinted.key !== key) {
    const image = await picture(address).catch(() => null);
    if (!image || maskAddress(clip) !== address) return;
    tinted.key = key;
    tinted.canvas = tint(image, shade, { hatched: forecast() ? 2 : 0 });
  }
  context.clearRect(0, 0, width, height);
  context.drawImage(tinted.canvas, 0, 0, width, height);
}

// --- the frame position ---------------------------------------------------------------------

function clockOf(seconds) {
  const whole = Math.floor(seconds);
  const hundredths = Math.floor((seconds - whole) * 100 + 1e-6);
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(whole / 60)}:${two(whole % 60)}.${two(hundredths)}`;
}

function label() {
  const clip = shown();
  scrub.value = frame;
  document.dispatchEvent(new CustomEvent("vinpaint-frame", { detail: frame }));
  if (!clip) {
    $(".vp-where").textContent = "";
    return;
  }
  const seconds = clip.times ? clip.times[frame] : frame / clip.fps;
  const text = words.where.replace("{frame}", frame).replace("{frames}", clip.frames)
    .replace("{clock}", clockOf(seconds));
  $(".vp-where").textContent = text;
  scrub.setAttribute("aria-valuetext", text);
}

async function showStill(clip) {
  const address = stillAddress(clip);
  const image = await picture(address).catch(() => null);
  if (!image || shown() !== clip || stillAddress(clip) !== address) return;
  still.src = image.src;
  stage.dataset.show = inResult() ? "wipe" : "still";
  for (const next of [frame + 1, frame - 1]) {
    if (next >= 0 && next < clip.frames) picture(`${clip.base}/frame/${next}.jpg`).catch(() => {});
  }
  prepareClick(clip);
}

const PREPARE_AFTER_MS = 300; // so that scrubbing through the clip asks for nothing
let prepareTimer = 0;

/** The first click on a frame is answered sooner if the server got ready for it. */
function prepareClick(clip) {
  clearTimeout(prepareTimer);
  if (tab !== "mask" || playing()) return;
  const address = `${clip.base}/prepare/${frame}`;
  prepareTimer = setTimeout(() => {
    if (stillAddress(clip) === `${clip.base}/frame/${frame}.jpg`) {
      fetch(address, { method: "POST" }).catch(() => {});
    }
  }, PREPARE_AFTER_MS);
}

function go(number) {
  const clip = shown();
  if (!clip) return;
  if (playing()) lead().pause();
  frame = Math.min(clip.frames - 1, Math.max(0, Math.round(number)));
  label();
  if (inResult()) {
    lead().currentTime = momentOf(frame, clip.fps, clip.times);
    stage.dataset.show = "wipe";
  } else {
    showStill(clip);
  }
  draw();
}

// --- playing --------------------------------------------------------------------------------

function setVideo(video, address) {
  if ((video.dataset.address || "") === (address || "")) return;
  video.dataset.address = address || "";
  if (address) video.src = address;
  else {
    video.removeAttribute("src");
    video.load();
  }
}

function setVideos() {
  const clip = shown();
  setVideo(before, inResult() ? view.run.before : clip && clip.video);
  setVideo(after, inResult() ? view.run.after : null);
  before.muted = tab !== "clip"; // in Result the other side is heard
  const play = $('[data-do="play"]');
  play.disabled = !lead().dataset.address;
  play.title = play.disabled ? words.playLater : words.play;
}

function play() {
  const clip = shown();
  const video = lead();
  if (!clip || !video.dataset.address) return;
  if (playing()) {
    video.pause();
    return;
  }
  const from = frame >= clip.frames - 1 ? 0 : frame;
  video.currentTime = momentOf(from, clip.fps, clip.times);
  before.playbackRate = 1;
  video.play().catch(() => {});
}

function onPlay() {
  stage.dataset.show = inResult() ? "wipe" : "video";
  stage.dataset.playing = "yes";
  $('[data-do="play"]').setAttribute("aria-label", words.pause);
  const tick = (_, data) => {
    const clip = shown();
    if (!clip || !playing()) return;
    const seconds = data ? data.mediaTime : lead().currentTime;
    frame = frameAt(seconds, clip.fps, clip.frames, clip.times);
    label();
    draw();
    ask();
  };
  const ask = () => {
    if (lead().requestVideoFrameCallback) lead().requestVideoFrameCallback(tick);
    else requestAnimationFrame(tick);
  };
  ask();
}

function onPause() {
  delete stage.dataset.playing;
  $('[data-do="play"]').setAttribute("aria-label", words.play);
  go(frame);
}

keepInStep(after, before);
makeWipe(frameBox, $(".vp-wipe"), () => inResult() && !inLeft());
for (const video of [before, after]) {
  video.addEventListener("play", () => { if (video === lead()) onPlay(); });
  video.addEventListener("pause", () => { if (video === lead()) onPause(); });
}

// --- what the page does ---------------------------------------------------------------------

function setShape(clip) {
  const ratio = clip.width * clip.aspect / clip.height;
  stage.style.setProperty("--ratio", ratio);
  stage.style.setProperty("--own-width", Math.round(clip.width * clip.aspect) + "px");
  scrub.max = clip.frames - 1;
}

/** On to the next step, unless the visitor has gone elsewhere meanwhile. */
function moveOn() {
  const [from, to] = view.go || [];
  view.go = null;
  if (from === tab) document.querySelector(`#steps [role=tab][data-tab-id="${to}"]`)?.click();
}

function markTabs() {
  for (const button of document.querySelectorAll("#steps [role=tab]")) {
    const state = (view.steps || {})[button.dataset.tabId] || "todo";
    button.dataset.state = state;
    const name = button.textContent.trim();
    button.setAttribute("aria-label", state === "todo" ? name : `${name}: ${words.states[state]}`);
    button.title = state === "todo" ? "" : words.states[state];
  }
}

function setSides() {
  const [left, right] = element.querySelectorAll(".vp-sides span");
  left.textContent = words.before;
  right.textContent = words.after;
  $('[data-do="outline"]').setAttribute("aria-pressed", String(outlineOn));
  const third = $('[data-do="left"]');
  third.hidden = !(inResult() && view.outline.left);
  third.setAttribute("aria-pressed", String(inLeft()));
  stage.toggleAttribute("data-left", inLeft());
}

function refresh() {
  const clip = shown();
  stage.dataset.tab = tab;
  document.getElementById("workbench").dataset.tab = tab;
  stage.dataset.tool = canDraw() ? tool : canPick() ? "pick" : "";
  delete stage.dataset.thinking;
  pending = [];
  markTabs();
  moveOn();
  setSides();
  $(".vp-empty").textContent = clip ? "" : words.empty[tab];
  if (!clip) {
    stage.dataset.show = "empty";
    setVideos();
    label();
    return;
  }
  setShape(clip);
  setVideos();
  if (seenClip !== clip.key) {
    seenClip = clip.key;
    frame = clip.first;
  }
  lookAtOffers();
  if (!playing()) go(frame);
  playNewEdge();
  showStrip(clip);
}

function showStrip(clip) {
  const value = (name) => getComputedStyle(stage).getPropertyValue(name);
  const { areas, lost } = forecast() || { areas: view.areas || [], lost: [] };
  drawStrip(strip, {
    areas: tab === "clip" ? [] : areas,
    lost, shade: shade(2),
    marks: tab === "clip" ? [] : view.marks || [],
    notes: tab === "clip" ? (view.faults || []).map(({ span }) => span) : view.notes || [],
    cuts: tab === "clip" ? [] : view.cuts || [],
    frames: clip.frames,
    ink: value("--vp-muted"), accent: value("--vp-accent"), warn: value("--vp-warn"),
  });
}

/** The result as a whole with what is left over in colour, on a frame that has some; or the wipe. */
async function showLeft() {
  leftOn = !leftOn;
  setSides();
  draw();
  if (!inLeft()) return;
  const address = view.outline.left;
  if (!outline(address)) await fetch(address).then((answer) => answer.json()).then((drawn) => outlines.set(address, drawn));
  const { holes } = outline(address);
  const first = holes.findIndex((polygons) => polygons.length);
  if (!holes[frame].length && first >= 0 && !playing()) go(first);
  draw();
}

/** What was just found to choose from is shown at once. */
function lookAtOffers() {
  const offers = view.offers || [];
  const now = JSON.stringify(offers);
  if (now !== seenOffers && offers.length && !playing()) frame = offers[0].span[0];
  seenOffers = now;
}

/** A preview that was just made plays by itself, where motion is welcome. */
function playNewEdge() {
  const edge = view.outline.tuned;
  const isNew = edge && seenEdge !== undefined && edge !== seenEdge && tab === "tune";
  seenEdge = edge;
  if (isNew && !playing() && !matchMedia("(prefers-reduced-motion: reduce)").matches) play();
}

function setColour(next) {
  colour = next % COLOURS.length;
  localStorage.setItem("vinpaint-colour", colour);
  const button = $(".vp-colour");
  button.style.setProperty("--mask", shade());
  button.setAttribute("aria-label", words.colour.replace("{colour}", COLOURS[colour][0]));
  button.title = button.getAttribute("aria-label");
  for (const part of [1, 2]) document.documentElement.style.setProperty(`--vp-shade-${part}`, shade(part));
  if (shown()) showStrip(shown());
  document.dispatchEvent(new Event("vinpaint-colour"));
  draw();
}

const actions = {
  back: () => go(frame - 1),
  on: () => go(frame + 1),
  play,
  outline: () => { outlineOn = !outlineOn; setSides(); draw(); },
  left: showLeft,
  colour: () => setColour(colour + 1),
};

for (const button of element.querySelectorAll("[data-do]")) {
  const name = button.dataset.do;
  if (words[name]) {
    button.setAttribute("aria-label", words[name]);
    button.title = words[name];
  }
  if (words[`${name}Short`]) button.textContent = words[`${name}Short`];
  button.addEventListener("click", () => actions[name]());
}
scrub.setAttribute("aria-label", words.scrub);
$(".vp-wipe").setAttribute("aria-label", words.wipe);
scrub.addEventListener("input", () => go(Number(scrub.value)));

function watchTabs() {
  const list = document.querySelector("#steps [role=tablist]");
  if (!list) {
    setTimeout(watchTabs, 50);
    return;
  }
  const look = () => {
    const chosen = list.querySelector("[aria-selected=true]");
    if (!chosen || chosen.dataset.tabId === tab) return;
    if (playing()) lead().pause();
    tab = chosen.dataset.tabId;
    refresh();
  };
  new MutationObserver(look).observe(list, {
    subtree: true, attributes: true, attributeFilter: ["aria-selected"],
  });
  look();
  markTabs();
}
