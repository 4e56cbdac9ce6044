// A drawing to step through: its table of states, a slider, buttons.
kvlab.parts.stepper = (root) => {
  const part = (name) => root.querySelector(".kv-" + name);
  const data = JSON.parse(part("data").textContent);
  const words = [...root.querySelectorAll(".kv-all li")].map((item) => item.textContent);
  const shapes = [...root.querySelectorAll("[data-k]")];
  const jumps = [...root.querySelectorAll("[data-to]")];
  const [slider, caption, count, play] = ["slider", "caption", "count", "play"].map(part);
  const names = count.dataset.names?.split("|") ?? words.map((_, i) => i + 1 + " of " + words.length);
  const last = words.length - 1;
  // as long as it takes to look: a whole run in about 20 seconds
  const pace = Math.min(3000, Math.max(900, 20000 / words.length));
  let now = 0, timer = 0;

  const draw = (frame) => {
    const at = [];
    for (const changes of data.frames.slice(0, frame + 1))
      changes.forEach((entry, i) => { if (i % 2) at[changes[i - 1]] = entry; });
    shapes.forEach((shape, i) => Object.entries(data.states[at[i]]).forEach(([key, value]) => {
      if (key === "text") shape.textContent = value;
      else shape.setAttribute(key, value);
    }));
    caption.firstChild.textContent = words[frame];
  };
  const show = (frame) => {
    now = Math.max(0, Math.min(last, frame));
    // a screen reader reads the slider's own value; nobody can listen to a film
    caption.setAttribute("aria-live", timer || document.activeElement === slider ? "off" : "polite");
    draw(now);
    slider.value = now + 1;
    slider.setAttribute("aria-valuetext", words[now]);
    count.textContent = names[now];
    part("previous").setAttribute("aria-disabled", now === 0);
    part("next").setAttribute("aria-disabled", now === last);
    const run = jumps.filter((jump) => now >= jump.dataset.to).pop();
    jumps.forEach((jump) => jump.setAttribute("aria-pressed", jump === run));
  };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
  const go = (frame) => { stop(); show(frame); };
  const start = () => {
    timer = setInterval(() => { if (now === last || !root.isConnected) stop(); else show(now + 1); }, pace);
    show(now === last ? 0 : now);
    play.textContent = "Pause";
  };

  root.kvShow = go;
  part("controls").hidden = false;
  caption.dataset.longest = words.reduce((one, other) => other.length > one.length ? other : one);
  slider.addEventListener("input", () => go(slider.value - 1));
  part("previous").addEventListener("click", () => go(now - 1));
  part("next").addEventListener("click", () => go(now + 1));
  play.addEventListener("click", () => timer ? stop() : start());
  jumps.forEach((jump) => jump.addEventListener("click", () => go(Number(jump.dataset.to))));
  show(Number(root.dataset.start));
};
