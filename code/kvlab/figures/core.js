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
