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
