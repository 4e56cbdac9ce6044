// How the search ranks what it finds. Sphinx gives every page 15 that has one of the words in one of its headings; here,
// a page whose own title has all of them comes first. And it shows no summaries on pages that were opened as files: no
// browser lets a script read those, and each would be an error on the console.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
var Scorer = {
  // as Sphinx has them
  objNameMatch: 11, objPartialMatch: 6, objPrio: { 0: 15, 1: 5, 2: -5 }, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,

  score: (result) => {
    const [, title, anchor, , score] = result;
    if (anchor) return score;
    // a numbered chapter comes as "3. Cached attention > Cached attention" as well, which would list it twice
    result[1] = title.replace(/^(<span.*<\/span>)?(.+) > \2$/, "$1$2");
    const words = splitQuery(new URLSearchParams(location.search).get("q").toLowerCase());
    const heading = result[1].replace(/<[^>]+>/g, "").toLowerCase();
    return words.every((word) => heading.includes(word)) ? score + 20 : score;
  },
};
