// Run in a page that has axe: what it complains of, as rows of (rule, impact, element, words). In a dark theme only
// colours differ, so only the rules that judge colours run again. The rule `region` is slow, and not grave.
async (dark) => {
  const all = { rules: { region: { enabled: false } } };
  const colours = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };
  const found = await axe.run(document, { ...(dark ? colours : all), resultTypes: ["violations"] });
  const line = (text) => text.replace(/\s+/g, " ").trim();
  return found.violations.flatMap((one) =>
    one.nodes.map((node) => [one.id, node.impact, line(node.html), line(node.failureSummary)]));
}
