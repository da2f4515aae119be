// The stage comes to life, when all its functions stand.

window.vinpaint = {
  tool: (name) => { tool = name; refresh(); },
  brush: (radius) => { brushPx = radius; },
  play,
  step: (by) => go(frame + by),
  frame: () => frame,
};

watch("value", () => { view = plain(props.value); refresh(); });
new ResizeObserver(() => { draw(); }).observe(over);
setColour(colour);
watchTabs();
refresh();
