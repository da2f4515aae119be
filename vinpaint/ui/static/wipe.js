// Two videos under one wipe, kept in step. The app's stage and the share pages both use it.

/** `follower` shows what `lead` shows, playing or not: small lags by speed, large ones by a seek. */
function keepInStep(lead, follower) {
  const follow = () => {
    if (lead.paused) return;
    const lag = lead.currentTime - follower.currentTime;
    if (Math.abs(lag) > 0.4 && !follower.seeking) follower.currentTime = lead.currentTime;
    follower.playbackRate = Math.min(1.5, Math.max(0.5, 1 + 3 * lag));
    requestAnimationFrame(follow);
  };
  const meet = () => { follower.currentTime = lead.currentTime; };
  lead.addEventListener("play", () => {
    meet();
    follower.play().catch(() => {});
    follow();
  });
  lead.addEventListener("pause", () => { follower.pause(); meet(); });
  lead.addEventListener("seeked", () => { if (lead.paused) meet(); });
}

/** A line over `frame` that drag, tap and arrow keys move; `--wipe` holds its place in percent. */
function makeWipe(frame, handle, isOn) {
  let place = 50;
  let dragging = false;
  const put = (percent) => {
    place = Math.min(100, Math.max(0, percent));
    frame.style.setProperty("--wipe", place + "%");
    handle.setAttribute("aria-valuenow", Math.round(place));
  };
  const toPointer = (event) => {
    const box = frame.getBoundingClientRect();
    put(100 * (event.clientX - box.left) / box.width);
  };
  frame.addEventListener("pointerdown", (event) => {
    if (!isOn() || event.button > 0) return;
    dragging = true;
    frame.setPointerCapture(event.pointerId);
    toPointer(event);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  frame.addEventListener("pointermove", (event) => { if (dragging) toPointer(event); });
  for (const done of ["pointerup", "pointercancel"]) {
    frame.addEventListener(done, () => { dragging = false; });
  }
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }[event.key];
    if (!step || !isOn()) return;
    put(place + step * (event.shiftKey ? 5 : 1));
    event.preventDefault();
    event.stopPropagation();
  });
  put(50);
}

/** The number of the frame that shows at `seconds`; `times` only for an uneven rate. */
function frameAt(seconds, fps, frames, times) {
  if (!times) return Math.min(frames - 1, Math.max(0, Math.floor(seconds * fps + 0.02)));
  let found = 0;
  while (found + 1 < times.length && times[found + 1] <= seconds + 0.002) found += 1;
  return found;
}

/** A moment in the middle of a frame's stay: a seek there cannot land on its neighbour. */
function momentOf(number, fps, times) {
  return (times ? times[number] : number / fps) + 0.5 / fps;
}

/** Draw one frame's polygons (even-odd) on a canvas that is `scale` times the source. */
function drawOutline(context, polygons, scale, colour, { filled = false, dashed = false } = {}) {
  const path = new Path2D();
  for (const points of polygons || []) {
    for (let i = 0; i < points.length; i += 2) {
      path[i ? "lineTo" : "moveTo"]((points[i] + 0.5) * scale.x, (points[i + 1] + 0.5) * scale.y);
    }
    path.closePath();
  }
  context.save();
  if (filled) {
    context.globalAlpha = 0.42;
    context.fillStyle = colour;
    context.fill(path, "evenodd");
    context.globalAlpha = 1;
  }
  context.setLineDash(dashed ? [5 * scale.dpr, 4 * scale.dpr] : []);
  context.lineJoin = "round";
  for (const [width, style] of [[3, "rgba(0,0,0,.55)"], [1.5, dashed ? colour : "#fff"]]) {
    context.lineWidth = width * scale.dpr;
    context.strokeStyle = style;
    context.stroke(path);
  }
  context.restore();
}
