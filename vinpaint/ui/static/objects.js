// The list of objects: which one new marks belong to, its colour and name, hide and delete.

// The value carries the words: other props are lost to updates that come before the tab is shown.
const { words } = JSON.parse(JSON.stringify(props.value));
const list = element.querySelector(".vp-objects");
const PATHS = {
  show: "M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10zM10 7.6a2.4 2.4 0 1 0 .01 0",
  hide: "M3 3l14 14M8 5c6.5-1.600 10.500 5 10.500 5l-2.300 2.900M5 6.700C2.800 8.200 1.500 10 1.500 10S4.500 15.500 10 15.500l2.700-.4",
  drop: "M5 5l10 10M15 5 5 15",
};

const named = (text, object) => text.replace("{name}", object.name);

function icon(kind, label, act, pressed) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "vp-icon vp-small";
  button.title = label;
  button.setAttribute("aria-label", label);
  if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
  button.innerHTML = `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${PATHS[kind]}"/></svg>`;
  button.addEventListener("click", act);
  return button;
}

function row(object, alone) {
  const item = document.createElement("li");
  item.toggleAttribute("data-active", object.active);
  item.toggleAttribute("data-hidden", object.hidden);
  const pick = document.createElement("button");
  pick.type = "button";
  pick.className = "vp-pick";
  pick.title = named(words.pick, object);
  pick.setAttribute("aria-label", pick.title);
  pick.setAttribute("aria-pressed", String(object.active));
  pick.innerHTML = "<i></i>";
  pick.firstChild.style.background = window.vinpaint ? window.vinpaint.shade(object.id) : "#888";
  pick.addEventListener("click", () => trigger("alter", { do: "pick", object: object.id }));
  const name = document.createElement("input");
  name.type = "text";
  name.value = object.name;
  name.maxLength = 40;
  name.setAttribute("aria-label", named(words.rename, object));
  name.addEventListener("change", () => trigger("alter", { do: "rename", object: object.id, name: name.value }));
  name.addEventListener("keydown", (event) => { if (event.key === "Enter") name.blur(); });
  const marks = document.createElement("span");
  marks.className = "vp-marks";
  marks.textContent = object.marks || words.none;
  const flip = () => trigger("alter", { do: object.hidden ? "show" : "hide", object: object.id });
  item.append(pick, name, marks, icon(object.hidden ? "hide" : "show", named(object.hidden ? words.show : words.hide, object), flip, object.hidden));
  if (!alone || object.marks) item.append(icon("drop", named(words.drop, object), () => trigger("alter", { do: "drop", object: object.id })));
  return item;
}

function render() {
  const objects = (JSON.parse(JSON.stringify(props.value || {})).objects) || [];
  list.setAttribute("aria-label", words.list);
  list.replaceChildren(...objects.map((object) => row(object, objects.length === 1)));
  element.hidden = !objects.some((object) => object.marks) && objects.length < 2;
  const more = element.querySelector(".vp-more-objects");
  more.textContent = words.add;
  more.disabled = objects.some((object) => !object.marks);
}

element.querySelector(".vp-more-objects").addEventListener("click", () => trigger("alter", { do: "add" }));
document.addEventListener("vinpaint-colour", render);
watch("value", render);
render();
