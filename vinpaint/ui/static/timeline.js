// The plot by frame: where a click leads, and where the clip stands now.

/** The frame under a click on the plot. */
function frameUnder(plot, event) {
  const { left, width } = plot.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
  return Math.min(plot.dataset.frames - 1, Math.floor(share * plot.dataset.frames));
}

/** Move the line that stands at the frame which is shown. */
function markNow(root, frame) {
  const plot = root.querySelector(".vp-plot");
  if (!plot) return;
  const now = plot.querySelector(".vp-now");
  now.hidden = false;
  now.style.left = `${(100 * (frame + 0.5)) / plot.dataset.frames}%`;
}
