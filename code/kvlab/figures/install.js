if (!getComputedStyle(document.documentElement).getPropertyValue("--kv-styled")) {
  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
}
