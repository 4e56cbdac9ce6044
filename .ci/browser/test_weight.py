"""What a page weighs, and how soon it can be read: the bytes, compressed, of all that a first visit brings."""

import statistics

from browser import built
from browser.verdict import no_faults

HEAVIEST_KB, MEDIAN_KB = 250, 150  # KB is 1000 bytes
READABLE_MS = 1000  # on loopback, until the first words are there
VISITS = 5  # a busy machine paints late, and only ever late: the quickest visit tells most about the page


def test_no_page_is_too_heavy(page_name, first_visit):
    seen = first_visit(page_name)
    heaviest = ", ".join(f"{name} {size / 1000:.0f}" for name, size in sorted(seen.files.items(), key=by_size)[:4])
    if seen.kilobytes > HEAVIEST_KB:
        fault = f"{seen.kilobytes:.0f} KB over the wire, at most {HEAVIEST_KB}: make its files smaller ({heaviest} KB)"
        no_faults(page_name, [fault])


def by_size(file):
    return -file[1]


def test_it_can_be_read_at_once(page_name, first_visit):
    paints = [first_visit(page_name).paint]
    while min(paints) > READABLE_MS and len(paints) < VISITS:
        paints.append(first_visit(page_name, again=True).paint)
    if min(paints) > READABLE_MS:
        times = ", ".join(f"{paint:.0f}" for paint in paints)
        fault = f"its first words come after {times} ms, at most {READABLE_MS}: load less before the body"
        no_faults(page_name, [fault])


def test_the_middle_page_is_light_and_the_table_is_written(first_visit, pages_folder, results_folder):
    seen = {name: first_visit(name) for name in built.pages(pages_folder)}
    median = statistics.median(one.kilobytes for one in seen.values())
    results_folder.mkdir(parents=True, exist_ok=True)
    (results_folder / "page-weights.md").write_text(table(seen, median), encoding="utf-8")
    if median > MEDIAN_KB:
        fault = f"the median page takes {median:.0f} KB, at most {MEDIAN_KB}: see page-weights.md in {results_folder}"
        no_faults("all pages", [fault])


def table(seen, median):
    """Write what was weighed, heaviest first, as a table in Markdown."""
    rows = [
        f"| {name} | {one.kilobytes:.0f} | {len(one.files)} | {one.paint:.0f} |"
        for name, one in sorted(seen.items(), key=lambda row: -row[1].kilobytes)
    ]
    return "\n".join(
        [
            "# What the pages weigh",
            "",
            "Bytes over the wire on a first visit, text compressed by gzip; 1 KB is 1000 bytes. The times are of one "
            "visit over loopback, on the machine that ran the checks, which was busy with other pages.",
            "",
            f"Median {median:.0f} KB (at most {MEDIAN_KB}); no page above {HEAVIEST_KB} KB.",
            "",
            "| Page | KB | Files | First paint, ms |",
            "| --- | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )
