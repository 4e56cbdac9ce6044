// Run in a page: what is wider than its window, scrolls sideways without being allowed to, or is cut off.
// KaTeX puts an empty column of two pixels behind an index: that much may be cut off.
(allowed) => {
  const visible = (part) => part.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && part.clientWidth !== 1;  // one pixel wide: for screen readers alone
  const name = (part) => {
    const named = part.closest("[id]");
    const own = part.tagName.toLowerCase() + [...part.classList].slice(0, 2).map((one) => "." + one).join("");
    return (named && named !== part ? `#${named.id} ` : "") + own + (part.id ? "#" + part.id : "");
  };
  const within = (part, test) => {
    for (let one = part.parentElement; one && one !== document.body; one = one.parentElement) if (test(one)) return one;
  };
  const scrolls = (part) => /auto|scroll/.test(getComputedStyle(part).overflowX);
  const cuts = (part) => /hidden|clip/.test(getComputedStyle(part).overflowX) && part.clientWidth > 1;
  const faults = [], wide = document.documentElement.clientWidth;
  const over = (what, why) => faults.push(`${what}: ${why}`);
  for (const part of document.body.querySelectorAll("*")) {
    if (!visible(part) || part.closest(".katex-mathml, .visually-hidden, #pst-skip-link")) continue;
    const box = part.getBoundingClientRect(), extra = part.scrollWidth - part.clientWidth;
    const outer = within(part, (one) => scrolls(one) || cuts(one));
    const reaches = Math.round(box.right - wide);
    if (reaches > 1 && box.width && !outer && !(within(part, (one) => one.getBoundingClientRect().right - wide > 1)))
      over(name(part), `reaches ${reaches} pixels beyond the right edge: let it wrap, or scroll in itself`);
    if (box.left + scrollX < -1 && box.right > 0 && !outer && !(within(part, (one) => one.getBoundingClientRect().left + scrollX < -1)))
      over(name(part), "begins left of the window: move it in");
    if (extra > 1 && part.clientWidth && scrolls(part) && !part.closest(allowed))
      over(name(part), `scrolls sideways by ${extra} pixels: only code and wide tables may`);
    if (extra > 2 && part.clientWidth && cuts(part) && part.innerText?.trim())
      over(name(part), `cuts off ${extra} pixels of its content at the right: give it room`);
    const low = part.scrollHeight - part.clientHeight, style = getComputedStyle(part);
    if (low > 3 && part.clientHeight > 1 && /hidden|clip/.test(style.overflowY) && part.innerText?.trim())
      over(name(part), `cuts off ${low} pixels of its content below: give it room`);
  }
  const page = document.scrollingElement.scrollWidth - wide;
  if (page > 0) over("the page", `scrolls sideways by ${page} pixels`);
  return faults;
}
