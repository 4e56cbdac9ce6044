// Run in a page that is laid out for print: what a sheet of paper must not have. Gives a sentence for each fault.
(navigation) => {
  const shown = { visibilityProperty: true, opacityProperty: true };
  const words = (part) => `\u201c${part.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}\u201d`;
  const name = (part) => [part.tagName.toLowerCase(), ...part.classList].slice(0, 3).join(".") + (part.id ? "#" + part.id : "");
  const faults = new Set();

  for (const part of document.querySelectorAll(navigation))
    if (part.checkVisibility(shown)) faults.add(`${name(part)} is navigation: hide it in @media print`);

  for (const part of document.querySelectorAll("article details, article .admonition.dropdown")) {
    const inside = [...part.children].filter((one) => !one.matches("summary, .admonition-title"));
    if (part.checkVisibility() && !inside.some((one) => one.checkVisibility() && one.offsetHeight > 0))
      faults.add(`${name(part)} ${words(part)} stays folded: show what it hides in @media print`);
  }

  const light = (colour) => {
    const [red, green, blue, opacity = 1] = colour.match(/[\d.]+/g).map(Number);
    return opacity ? Math.min(red, green, blue) : 255;
  };
  for (const part of document.querySelectorAll("article *")) {
    const text = [...part.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
    if (!text || !part.checkVisibility()) continue;
    if (light(getComputedStyle(part).color) > 170)
      faults.add(`${name(part)} ${words(part)} is pale on paper: use the light theme's colours in @media print`);
    let ground = part;
    while (ground && getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
    if (ground && light(getComputedStyle(ground).backgroundColor) < 200)
      faults.add(`${name(ground)} ${words(ground)} prints a dark ground: use the light theme's colours in @media print`);
  }
  return [...faults];
}
