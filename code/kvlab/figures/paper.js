// Paper gets the frame with the finding, wherever the reader is.
(() => {
  const steppers = () => document.querySelectorAll(".kv-stepper.kv-live");
  addEventListener("beforeprint", () => steppers().forEach((root) => {
    root.dataset.now = root.querySelector(".kv-slider").value - 1;
    root.kvShow(Number(root.dataset.still));
  }));
  addEventListener("afterprint", () => steppers().forEach((root) => root.kvShow(Number(root.dataset.now))));
})();
