// The stage comes to life, when all its functions stand.

window.vinpaint = {
  tool: (name) => { tool = name; refresh(); },
  brush: (radius) => { brushPx = radius; },
  play,
  step: (by) => go(frame + by),
  go,
  shade,
  frame: () => frame,
};

// "Look at frame 31", and the followed mask as a file: pressed elsewhere on the page.
document.addEventListener("click", (event) => {
  const jump = event.target.closest("[data-go]");
  if (jump) go(Number(jump.dataset.go));
  const save = event.target.closest("[data-save]");
  if (!save || !view.clip) return;
  const link = document.createElement("a");
  link.href = `${view.clip.base}/mask-${view.version}.${save.dataset.save}`;
  link.download = "";
  link.click();
});

watch("value", () => { view = plain(props.value); refresh(); });
new ResizeObserver(() => { draw(); }).observe(over);
setColour(colour);
watchTabs();
refresh();
