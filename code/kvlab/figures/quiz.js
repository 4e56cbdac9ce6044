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
