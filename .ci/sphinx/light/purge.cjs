// node purge.cjs PACKAGES PAGES [KEEP...]: take out of the style sheets in PAGES/_static the rules that no page can use.
// A rule stays if all names in its selector are words of some page or script; names that scripts put together are listed.
const [packages, pages, ...keep] = process.argv.slice(2);
const { readdirSync, writeFileSync } = require("fs");
const { PurgeCSS } = require(`${packages}/purgecss`);

process.chdir(pages);
const files = readdirSync("_static", { recursive: true }).map((name) => `_static/${name}`.replaceAll("\\", "/"));
const css = files.filter((name) => name.endsWith(".css") && !keep.includes(name.slice("_static/".length)));
const safelist = ["bs-tooltip-auto"]; // Bootstrap writes it as `bs-${name}-auto`
const dynamicAttributes = ["data-theme", "data-mode"]; // scripts set these, as `dataset.theme`: dark mode hangs on them

new PurgeCSS().purge({ content: ["**/*.html", "_static/**/*.js"], css, safelist, dynamicAttributes }).then((results) => {
  for (const result of results) writeFileSync(result.file, result.css);
});
