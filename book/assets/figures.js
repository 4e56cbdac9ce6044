// Written by `python -m kvlab.figures.page`: change code/kvlab/figures instead.
// Parts of the page wake once each, whenever they arrive.
globalThis.kvlab ??= {};
kvlab.parts ??= {};
kvlab.wake = () => {
  for (const [name, wake] of Object.entries(kvlab.parts))
    document.querySelectorAll(".kv-" + name + ":not(.kv-live)").forEach((root) => {
      kvlab.settle?.(root);
      root.classList.add("kv-live");
      wake(root);
    });
};
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
// Commit to an answer, then see it.
kvlab.parts.quiz = (root) => {
  const part = (name) => root.querySelector(".kv-" + name);
  const say = (right, head, why) => {
    const strong = document.createElement("strong");
    strong.textContent = head + " ";
    part("feedback").dataset.right = right;
    part("feedback").replaceChildren(strong, ...(why ? why.cloneNode(true).childNodes : []));
  };
  const choice = () => {
    const chosen = root.querySelector(":checked");
    if (!chosen) return say("", "Choose an answer first.");
    const item = root.querySelectorAll(".kv-solution li")[chosen.value];
    const right = item.dataset.right;
    say(right, right === "yes" ? "Right." : "Not this one.", item.querySelector("span"));
  };
  const number = () => {
    const entry = root.querySelector("input");
    const given = parseFloat(entry.value.replace(/[,_\s]/g, ""));
    const answer = Number(entry.dataset.answer);
    if (isNaN(given)) return say("", "Enter a number first.");
    const off = Math.abs(given - answer) - Math.abs(answer) * entry.dataset.tolerance;
    if (off > 1e-9 * Math.abs(answer)) return say("no", given > answer ? "Too high." : "Too low.");
    const solution = part("solution");
    say("yes", "Right: " + solution.querySelector("strong").textContent + ".", solution.querySelector("span"));
  };
  const check = root.dataset.kind === "choice" ? choice : number;
  part("check").hidden = false;
  part("check").addEventListener("click", check);
  root.addEventListener("keydown", (event) => { if (event.key === "Enter") if (event.target.matches("input")) check(); });
};
// The memory calculator: the sum of kvlab.measure.memory, and the form that asks for it.
(() => {
  const row = (form, numbers) => numbers * form[0] / 8 + (form[1] ? Math.ceil(numbers / form[1]) * form[2] : 0);
  const heads = (part, devices) => {
    if (!part.sharded || !part.heads) return part.heads;
    if (part.heads % devices) if (devices % part.heads) return NaN;
    return Math.max(1, Math.floor(part.heads / devices));
  };
  const cache = (model, ask) => model.layers.reduce((sum, part) => {
    const [keys, values] = part.stored ? [part.stored, part.stored] : [ask.keys, ask.values];
    const each = heads(part, ask.devices) * (row(keys, part.key) + row(values, part.value));
    const kept = part.window === null ? ask.tokens : Math.min(ask.tokens, part.window);
    const rows = part.heads ? Math.floor(kept / part.every) : 0;
    return sum + part.layers * (4 * part.state / ask.devices + each * rows);
  }, 0);
  const longest = (fits) => {
    let low = 0, high = 2 ** 50;
    if (!fits(0)) return -1;
    if (fits(high)) return Infinity;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle)) low = middle; else high = middle;
    }
    return low;
  };
  globalThis.kvBill = (model, ask) => {
    const one = cache(model, ask), all = one * ask.batch;
    const weights = model.parameters === null ? null : row(ask.weights, model.parameters) / ask.devices;
    const left = ask.memory - (weights || 0);
    const fits = (tokens) => ask.batch * cache(model, { ...ask, tokens }) - left > 0 ? false : true;
    return { one, all, weights, together: weights === null ? null : all + weights,
      longest: isNaN(one) ? NaN : left > 0 ? longest(fits) : -1 };
  };
  if (typeof document === "undefined") return;
  const size = (bytes, base, units) => {
    let i = 0;
    while (bytes >= base) { if (i === units.length - 1) break; bytes /= base; i += 1; }
    const digits = i === 0 ? 0 : bytes >= 1000 ? 0 : bytes >= 100 ? 0 : bytes >= 10 ? 1 : 2;
    return bytes.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }) + " " + units[i];
  };
  const both = (bytes) => bytes === null ? "not known" : size(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]) +
    " = " + size(bytes, 1000, ["B", "KB", "MB", "GB", "TB", "PB"]);
  kvlab.parts.calculator = (root) => {
    const data = JSON.parse(root.querySelector(".kv-data").textContent);
    const field = (name) => root.querySelector("[name=" + name + "]");
    const blank = (why) => {
      ["one", "all", "total", "together", "longest"].forEach((name) => out(name, "–"));
      out("note", why);
    };
    const out = (name, words) => { root.querySelector("[data-out=" + name + "]").textContent = words; };
    const whole = (name) => Math.floor(Number(field(name).value));
    const show = () => {
      const model = data.models[field("model").value], form = data.forms[field("form").value];
      const ask = { keys: form, values: form, weights: data.forms[field("weights").value], tokens: whole("tokens"),
        batch: whole("batch"), devices: whole("devices"), memory: Number(field("memory").value) * 2 ** 30 };
      if (!(ask.tokens >= 1) || !(ask.batch >= 1) || !(ask.memory > 0)) return blank("Give whole numbers of at least 1.");
      const bill = kvBill(model, ask);
      if (isNaN(bill.one)) return blank("Its key/value heads cannot be shared out over " + ask.devices + " devices.");
      const needs = bill.together === null ? bill.all : bill.together;
      out("one", both(bill.one)); out("all", both(bill.all));
      out("total", both(bill.weights)); out("together", both(bill.together));
      out("longest", 0 > bill.longest ? "none: too little memory" : bill.longest === Infinity ? "any" :
        bill.longest.toLocaleString("en") + " tokens");
      const rest = bill.weights === null ? "Without weights, whose number is not known, this fits." : "This fits, activations aside.";
      out("note", needs > ask.memory ? "This does not fit into one device." : rest);
    };
    root.querySelectorAll("[disabled]").forEach((entry) => { entry.disabled = false; });
    root.addEventListener("input", show);
    show();
  };
})();
// Every frame has an address, #name=3: kept as the reader moves, copied by a button, followed when it comes.
(() => {
  const address = (root) => "#" + root.id + "=" + root.querySelector(".kv-slider").value;
  const keep = (root) => { try { history.replaceState(history.state, "", address(root)); } catch { } };
  const copy = (root) => {
    const say = (words) => { root.querySelector(".kv-said").textContent = words; };
    const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject();
    copied.then(() => say("Copied"), () => say("It is in the address bar"));
    setTimeout(() => say(""), 4000);
  };
  const follow = () => {
    const [name, frame] = location.hash.slice(1).split("=");
    const root = document.getElementById(name);
    if (!Number(frame) || !root?.kvShow) return;
    root.kvShow(frame - 1);
    root.scrollIntoView({ block: "nearest", behavior: "instant" });
  };
  document.addEventListener("change", ({ target }) => {
    if (target.matches(".kv-slider")) keep(target.closest(".kv-stepper"));
  });
  document.addEventListener("click", ({ target }) => {
    const root = target.closest(".kv-stepper button")?.closest(".kv-stepper");
    if (!root) return;
    keep(root);
    if (target.matches(".kv-link")) copy(root);
  });
  addEventListener("hashchange", follow);
  document.addEventListener("DOMContentLoaded", () => {
    kvlab.wake();
    document.querySelectorAll(".kv-link").forEach((link) => { link.hidden = false; });
    follow();
  });
})();
// Paper gets the frame with the finding, wherever the reader is.
(() => {
  const steppers = () => document.querySelectorAll(".kv-stepper.kv-live");
  addEventListener("beforeprint", () => steppers().forEach((root) => {
    root.dataset.now = root.querySelector(".kv-slider").value - 1;
    root.kvShow(Number(root.dataset.still));
  }));
  addEventListener("afterprint", () => steppers().forEach((root) => root.kvShow(Number(root.dataset.now))));
})();
