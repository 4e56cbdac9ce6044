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
