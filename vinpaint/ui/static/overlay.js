// The mask and the marks over the picture.

const COLOURS = [
  ["orange", "#E69F00"], ["blue", "#56B4E9"], ["green", "#009E73"],
  ["purple", "#CC79A7"], ["vermilion", "#D55E00"],
]; // Okabe and Ito's set: told apart by every kind of colour vision

/** A mask picture (red: how much, green: which part) in colours; part `hatched` also in lines. */
function tint(image, shadeOf, { hatched = 0 } = {}) {
  const canvas = document.createElement("canvas");
  const width = canvas.width = image.naturalWidth;
  const height = canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const picture = context.getImageData(0, 0, width, height);
  const rgbOf = Array.from({ length: 256 }, (_, number) => {
    const colour = shadeOf(Math.max(1, number));
    return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  });
  const grey = new Uint8Array(width * height);
  const owner = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i += 1) {
    grey[i] = picture.data[4 * i];
    owner[i] = picture.data[4 * i + 1];
  }
  paintOver(picture.data, { grey, owner, width, height, rgbOf, hatched });
  context.putImageData(picture, 0, 0);
  return canvas;
}

function paintOver(data, { grey, owner, width, height, rgbOf, hatched }) {
  const solid = (i) => grey[i] >= 128;
  const step = Math.max(6, Math.round(width / 80));
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      const rim = solid(i) && (
        (x > 0 && !solid(i - 1)) || (x < width - 1 && !solid(i + 1))
        || (y > 0 && !solid(i - width)) || (y < height - 1 && !solid(i + width)));
      const line = hatched && owner[i] === hatched && (x + y) % step < step / 3;
      const rgb = line ? [0, 0, 0] : rgbOf[owner[i]];
      data[4 * i] = rim ? 255 : rgb[0];
      data[4 * i + 1] = rim ? 255 : rgb[1];
      data[4 * i + 2] = rim ? 255 : rgb[2];
      data[4 * i + 3] = rim ? 235 : grey[i] * (line ? 0.6 : 0.45);
    }
  }
}

/** One mark of the visitor's: a ring with + or -, a box, a fixed region, a stroke being drawn. */
function drawMark(context, mark, scale, colour) {
  const dpr = scale.dpr;
  if (mark.box) {
    const [x0, y0, x1, y1] = mark.box;
    const place = [x0 * scale.x, y0 * scale.y, (x1 - x0) * scale.x, (y1 - y0) * scale.y];
    context.save();
    context.setLineDash(mark.kind === "region" ? [6 * dpr, 4 * dpr] : []);
    for (const [width, style] of [[4, "rgba(0,0,0,.55)"], [2, "#fff"]]) {
      context.lineWidth = width * dpr;
      context.strokeStyle = style;
      context.strokeRect(...place);
    }
    context.restore();
  } else if (mark.points) {
    drawStroke(context, mark, scale, colour);
  } else if (mark.x !== undefined) {
    drawRing(context, mark, scale);
  }
}

/** What belongs to a frame: is on it, on a stretch that holds it, or on every one. */
function drawMarks(context, marks, { frame, scale, colour }) {
  for (const mark of marks) {
    const [start, stop] = mark.span || [mark.frame ?? frame, (mark.frame ?? frame) + 1];
    if (start <= frame && frame < stop) drawMark(context, mark, scale, colour);
  }
}

function drawStroke(context, mark, scale, colour) {
  context.save();
  context.globalAlpha = 0.55;
  context.strokeStyle = mark.erase ? "#fff" : colour;
  context.lineWidth = Math.max(1, 2 * mark.radius * scale.x);
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  mark.points.forEach(([x, y], i) => {
    context[i ? "lineTo" : "moveTo"](x * scale.x, y * scale.y);
  });
  if (mark.points.length === 1) context.lineTo(mark.points[0][0] * scale.x + 0.1, mark.points[0][1] * scale.y);
  context.stroke();
  context.restore();
}

function drawRing(context, mark, scale) {
  const dpr = scale.dpr;
  const x = (mark.x + 0.5) * scale.x;
  const y = (mark.y + 0.5) * scale.y;
  const size = 8 * dpr;
  const sign = () => {
    context.beginPath();
    context.arc(x, y, size, 0, 7);
    context.moveTo(x - size / 2, y);
    context.lineTo(x + size / 2, y);
    if (mark.add) {
      context.moveTo(x, y - size / 2);
      context.lineTo(x, y + size / 2);
    }
    context.stroke();
  };
  context.save();
  context.beginPath();
  context.arc(x, y, size, 0, 7);
  context.fillStyle = mark.add ? "rgba(11,110,117,.85)" : "rgba(30,30,30,.85)";
  context.fill();
  for (const [width, style] of [[3.5, "rgba(0,0,0,.55)"], [1.75, "#fff"]]) {
    context.lineWidth = width * dpr;
    context.strokeStyle = style;
    sign();
  }
  context.restore();
}

/** The strip under the picture: how much of each frame is masked, and of that never seen; marks,
    cuts, what to look at. */
function drawStrip(canvas, { areas, lost, marks, notes, cuts, frames, ink, accent, warn, shade }) {
  const dpr = window.devicePixelRatio || 1;
  const width = canvas.width = Math.round(canvas.clientWidth * dpr);
  const height = canvas.height = Math.round(canvas.clientHeight * dpr);
  const context = canvas.getContext("2d");
  const at = (frame) => (frames > 1 ? frame / (frames - 1) : 0) * (width - 2 * dpr) + dpr;
  const top = Math.max(...areas, 1e-6);
  for (const [shares, colour, alpha] of [[areas, ink, 0.3], [lost, shade, 1]]) {
    if (!shares.length) continue;
    context.beginPath();
    context.moveTo(at(0), height);
    shares.forEach((area, i) => context.lineTo(at(i), height - (height - 4 * dpr) * (area / top)));
    context.lineTo(at(shares.length - 1), height);
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fill();
  }
  context.globalAlpha = 1;
  context.fillStyle = warn;
  for (const [start, stop] of notes) {
    context.fillRect(at(start) - dpr, height - 4 * dpr, Math.max(3 * dpr, at(stop - 1) - at(start)), 4 * dpr);
  }
  context.fillStyle = ink;
  for (const cut of cuts) {
    for (let y = 0; y < height; y += 6 * dpr) context.fillRect(at(cut - 0.5) - dpr / 2, y, dpr, 3 * dpr);
  }
  context.fillStyle = accent;
  for (const mark of marks) {
    if (mark.frame !== undefined) context.fillRect(at(mark.frame) - dpr, 0, 2 * dpr, height);
  }
}
