// The pointer on the stage: clicks, boxes, strokes; and files dropped on it. Continues stage.js.

function place(event) {
  const clip = shown();
  const box = over.getBoundingClientRect();
  const x = Math.floor(clip.width * (event.clientX - box.left) / box.width);
  const y = Math.floor(clip.height * (event.clientY - box.top) / box.height);
  return [Math.min(clip.width - 1, Math.max(0, x)), Math.min(clip.height - 1, Math.max(0, y))];
}

const isBox = () => tool === "box" || tool === "region";
const isStroke = () => tool === "brush" || tool === "erase";

function boxFrom([x0, y0], [x1, y1]) {
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1) + 1, Math.max(y0, y1) + 1];
}

over.addEventListener("pointerdown", (event) => {
  if (!(canDraw() || canPick()) || event.button > 0) return;
  const at = place(event);
  if (canPick()) {
    stage.dataset.thinking = "yes";
    trigger("pick", { frame, x: at[0], y: at[1] });
    return;
  }
  over.setPointerCapture(event.pointerId);
  if (isBox()) draft = { kind: tool, start: at, box: boxFrom(at, at) };
  else if (isStroke()) draft = { points: [at], radius: brushPx, erase: tool === "erase" };
  else draft = { x: at[0], y: at[1], add: tool === "add" };
  if (tool !== "region") draft.frame = frame;
  draw();
});

over.addEventListener("pointermove", (event) => {
  if (!draft) return;
  const at = place(event);
  if (draft.points) draft.points.push(at);
  else if (draft.box) draft.box = boxFrom(draft.start, at);
  draw();
});

over.addEventListener("pointerup", () => {
  if (!draft) return;
  const made = draft;
  draft = null;
  const tooSmall = made.box && (made.box[2] - made.box[0] < 3 || made.box[3] - made.box[1] < 3);
  if (!tooSmall) {
    pending.push(made);
    stage.dataset.thinking = "yes";
    if (made.points) trigger("stroke", { ...made, frame });
    else if (made.box) trigger("area", { ...made, frame });
    else trigger("point", made);
  }
  draw();
});

over.addEventListener("pointercancel", () => { draft = null; draw(); });

// An upload takes a while: say so until the server's answer redraws the stage.
document.addEventListener("change", (event) => {
  if (!event.target.matches("input[type=file]") || !event.target.files.length) return;
  stage.dataset.thinking = "yes";
  $(".vp-empty").textContent = words.uploading;
}, true);

const room = $(".vp-room");

for (const kind of ["dragover", "dragleave", "drop"]) {
  room.addEventListener(kind, (event) => {
    event.preventDefault();
    const input = document.querySelector("#upload")?.parentElement.querySelector("input[type=file]");
    const canTake = input && tab === "clip" && event.dataTransfer.types.includes("Files");
    room.toggleAttribute("data-drop", Boolean(canTake) && kind === "dragover");
    if (kind !== "drop" || !canTake || !event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
