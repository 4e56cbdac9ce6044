// Run in a page: press and set all that a reader can, but what would leave the page, print it or fill the screen.
async () => {
  const used = {}, count = (what) => { used[what] = (used[what] || 0) + 1 };
  document.querySelectorAll("details").forEach((one) => { one.open = true; count("details") });
  document.querySelectorAll("input[type=range], input[type=number], select").forEach((field) => {
    if (field.tagName === "SELECT") field.selectedIndex = (field.selectedIndex + 1) % field.options.length;
    else field.stepUp();
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
    count("field");
  });
  document.querySelectorAll("article input[type=radio]").forEach((choice) => { choice.click(); count("choice") });
  const leave = ".btn-download-pdf-button, .btn-fullscreen-button";
  for (const button of document.querySelectorAll("button")) {
    if (button.matches(leave)) continue;
    button.click();
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    count("button");
  }
  scrollTo(0, document.documentElement.scrollHeight);
  await new Promise((done) => setTimeout(done, 300));
  return used;
}
