(() => {
  const wake = (root) => {
    const part = (name) => root.querySelector(".kv-" + name);
    const data = JSON.parse(part("data").textContent);
    const shapes = [...root.querySelectorAll("[data-k]")];
    const words = [...root.querySelectorAll(".kv-all li")].map((item) => item.textContent);
    const [slider, caption, count, play] = ["slider", "caption", "count", "play"].map(part);
    const last = data.frames.length - 1;
    let now = Number(root.dataset.start), timer = 0;
    const show = (frame) => {
      now = Math.max(0, Math.min(last, frame));
      const at = [];
      for (const changes of data.frames.slice(0, now + 1))
        changes.forEach((entry, i) => { if (i % 2) at[changes[i - 1]] = entry; });
      shapes.forEach((shape, i) => Object.entries(data.states[at[i]]).forEach(([key, value]) => {
        if (key === "text") shape.textContent = value;
        else shape.setAttribute(key, value);
      }));
      caption.setAttribute("aria-live", timer || document.activeElement === slider ? "off" : "polite");
      caption.textContent = words[now];
      slider.value = now + 1;
      slider.setAttribute("aria-valuetext", words[now]);
      count.textContent = count.dataset.names ? count.dataset.names.split("|")[now] : now + 1 + " of " + (last + 1);
    };
    const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
    const keep = () => { try { history.replaceState(history.state, "", "#" + root.id + "=" + (now + 1)); } catch { } };
    const go = (frame) => { stop(); show(frame); keep(); };
    const follow = () => {
      const [name, frame] = location.hash.slice(1).split("=");
      if (name !== root.id || !Number(frame)) return;
      stop();
      show(frame - 1);
      root.scrollIntoView({ block: "nearest" });
    };
    part("controls").hidden = false;
    slider.addEventListener("input", () => { stop(); show(slider.value - 1); });
    slider.addEventListener("change", keep);
    part("previous").addEventListener("click", () => go(now - 1));
    part("next").addEventListener("click", () => go(now + 1));
    play.addEventListener("click", () => {
      if (timer) return go(now);
      timer = setInterval(() => { if (now === last || !root.isConnected) stop(); else show(now + 1); }, 900);
      show(now === last ? 0 : now);
      play.textContent = "Pause";
    });
    addEventListener("hashchange", follow);
    show(now);
    follow();
  };
  document.querySelectorAll(".kv-stepper:not(.kv-live)").forEach((root) => {
    root.classList.add("kv-live");
    wake(root);
  });
})();
