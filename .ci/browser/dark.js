// Run in a page in dark colours: what is pale there and should be dark, or dark and should be pale. Luminance is WCAG's,
// from 0 to 1. What is pressed or is the one thing to press stands out on purpose: the contrast of its text is axe's business.
(limits) => {
  const inverted = "#pst-skip-link, #pst-skip-link *, .kv-button[aria-pressed=true], .kv-ways > p:first-child, mark, .sd-badge, .kv-figure svg *";
  const grounds = "body, .kv-figure, .kv-stage, .kv-quiz, .kv-figure svg, pre, table, th, td, .admonition, details, img, header, nav, footer";
  const faults = new Set();
  const shown = (part) => part.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (part) => {
    const named = part.closest("[id]");
    const own = [part.tagName.toLowerCase(), ...part.classList].slice(0, 3).join(".");
    return (named && named !== part ? `#${named.id} ` : "") + own + (part.id ? "#" + part.id : "");
  };
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const read = (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      known.set(colour, [...pen.getImageData(0, 0, 1, 1).data].map((one) => one / 255));
    }
    return known.get(colour);
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((one, i) => a * one + (1 - a) * below[i]);
  // What lies behind a part: its own colour over that of all around it, over the browser's white.
  const behind = (part) => part ? over(read(getComputedStyle(part).backgroundColor), behind(part.parentElement)) : [1, 1, 1];
  const say = (part, what, value, wanted) => faults.add(`${name(part)} has ${what} of luminance ${value.toFixed(2)}, ${wanted}`);

  for (const part of document.querySelectorAll(grounds)) {
    const ground = luminance(behind(part));
    if (ground > limits.ground && shown(part) && !part.matches(inverted)) say(part, "a ground", ground, `at most ${limits.ground}`);
  }
  for (const part of document.querySelectorAll("body *")) {
    const text = [...part.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
    if (!text || part.closest(inverted) || !shown(part) || part.closest("script, style, noscript, .katex-mathml")) continue;
    const ground = behind(part);
    const ink = luminance(over(read(getComputedStyle(part).color), ground));
    if (luminance(ground) > limits.ground) say(part, "a ground", luminance(ground), `at most ${limits.ground}`);
    if (ink < limits.ink) say(part, "text", ink, `at least ${limits.ink}`);
  }
  for (const drawing of document.querySelectorAll(".kv-figure svg")) {
    const whole = drawing.getBoundingClientRect();
    for (const shape of drawing.querySelectorAll("rect, path, polygon, circle")) {
      const box = shape.getBoundingClientRect(), style = getComputedStyle(shape);
      if (box.width * box.height < whole.width * whole.height / 2 || style.fill === "none" || !shown(shape)) continue;
      const fill = luminance(over(read(style.fill).with(3, read(style.fill)[3] * style.fillOpacity * style.opacity), behind(drawing)));
      if (fill > limits.ground) say(shape, "a fill behind a drawing", fill, `at most ${limits.ground}`);
    }
  }
  const bar = document.querySelector("meta[name=theme-color][media*=dark]"), paper = behind(document.body);
  if (!bar || luminance(read(bar.content)) !== luminance(paper))
    faults.add(`meta[name=theme-color] for dark screens is ${bar?.content}, not the page's own ${getComputedStyle(document.body).backgroundColor}`);
  return [...faults];
}
