// What a live notebook lacks: the style sheet, keys that reach the figure, ids of its own for an output shown twice.
if (!getComputedStyle(document.documentElement).getPropertyValue("--kv-styled")) {
  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
}
kvlab.parts.chart = () => {};
kvlab.settle = (root) => {
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const name = root.id;
  if (document.querySelectorAll("#" + name).length === 1) return;
  const fresh = name + "-" + Math.random().toString(36).slice(2, 8);
  const apart = (words) => words.replace(new RegExp("(^|[# ])" + name + "(?![a-z0-9])", "g"), "$1" + fresh);
  const refers = ["id", "for", "name", "href", "fill", "clip-path", "aria-labelledby", "aria-describedby"];
  for (const part of [root, ...root.querySelectorAll("*")])
    for (const key of refers)
      if (part.hasAttribute(key)) part.setAttribute(key, apart(part.getAttribute(key)));
  const data = root.querySelector(".kv-data");
  if (data) data.textContent = data.textContent.replaceAll("(#" + name + "-", "(#" + fresh + "-");
};
