"""The PDF: what is missing is said in one sentence, and no fault and no lost figure goes unnoticed."""

import importlib
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tools import pdf, typeset
from tools.say import Trouble

PAPER = Path(pdf.__file__).resolve().parents[1] / "sphinx"
LOG = r"""
Overfull \hbox (12.5pt too wide) in paragraph at lines 10--12
Overfull \hbox (0.8pt too wide) detected at line 78
Overfull \vbox (3.0pt too high) detected at line 79
Missing character: There is no 🦜 (U+1F99C) in font TeX Gyre Pagella!
LaTeX Warning: Hyper reference `book/api::doc' on page 3 undefined on input line 9.
LaTeX Warning: Label `a' multiply defined.
LaTeX Font Warning: Font shape undefined
Output written on kv-caching.xdv (277 pages, 7424596 bytes).
"""
PAGE = """<script>'<div class="kv-quiz" id="in-a-script">'</script>
<div class="kv-figure kv-chart" id="rise"></div><div class='kv-figure kv-calculator' id='c'></div>
<div class="kv-quiz" id="q"></div><div class="highlight-python"></div><table class="table"></table>
<div class="output stream highlight-myst-ansi notranslate"></div><div class="doctest highlight-default"></div>
<span class="katex-display"></span><div class="exercise admonition" id="e"></div>
<details class="kv-solution"></details><details class="kv-fold solution" id="s"></details>
<details class="sd-dropdown sd-card"></details>
"""
BOOK = r"""\kvunnumbered{book/index}
\kvnumbered{1}{book/01-a}
\label{\detokenize{figure:book/01-a:rise}}\label{\detokenize{figure:book/01-a:c}}
\label{\detokenize{question:book/01-a:q}}\kvpageof{\detokenize{question:book/01-a:q}}
\label{\detokenize{answer:question:book/01-a:q}}
\begin{sphinxVerbatim}\end{sphinxVerbatim}\begin{sphinxVerbatim}\end{sphinxVerbatim}
\begin{tabulary}\begin{equation*}\begin{split}\begin{kvexercise}{1.1}\begin{kvopened}
\kvunnumbered{paper/solution}
% from book/01-a
\begin{kventry}{solution}{1.1}\begin{sphinxVerbatim}\end{sphinxVerbatim}
% from paper/solution
"""


@pytest.fixture
def counted(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "01-a.html").write_text(PAGE, encoding="utf-8")
    return typeset.in_pages(tmp_path)


def test_what_is_on_a_page_is_found_on_paper(counted):
    assert set(counted["book/01-a"]) == set(typeset.KINDS) and all(counted["book/01-a"].values())
    assert typeset.lost(counted, typeset.in_latex(BOOK)) == []


@pytest.mark.parametrize("kind", typeset.KINDS)
def test_nothing_is_lost_unnoticed(counted, kind):
    printed = typeset.in_latex(BOOK)
    printed["book/01-a"][kind] -= 1
    assert [line.split(" on the page")[0].split()[-1] for line in typeset.lost(counted, printed)] == [kind]


def test_a_lost_page_is_noticed(counted):
    assert len(typeset.lost(counted, {})) == len(typeset.KINDS)


def test_what_moves_counts_for_the_page_it_came_from():
    assert typeset.in_latex(BOOK)["book/01-a"]["listings"] == 3
    assert not typeset.in_latex(BOOK)["paper/solution"]["listings"]


def test_every_fault_in_the_log_is_named():
    found = typeset.faults(LOG, widest=10.0)
    assert [line for line in found if "🦜" in line] and [line for line in found if "12.5 pt" in line]
    assert [line for line in found if "api::doc" in line] and [line for line in found if "multiply defined" in line]
    assert len(found) == 4
    assert len(typeset.faults(LOG, widest=0.5)) == 5
    assert typeset.faults("Output written on a.xdv (1 page, 5 bytes).", 10.0) == []


def test_the_summary_counts():
    said = typeset.summary(LOG, {"a": Counter(figures=2), "b": Counter(figures=3, tables=1)}, 1_570_000)
    assert "277 pages, 1.6 MB" in said and "5 figures, 1 tables" in said
    assert "missing characters: 1" in said and "lines that stick out: 2, the widest by 12.5 pt" in said


@pytest.mark.parametrize(
    ("programs", "files", "named"), [(["xelatex"], [], "xelatex"), ([], ["unicode-math.sty"], "unicode-math.sty")]
)
def test_what_is_not_installed_is_said_with_the_line_to_type(monkeypatch, programs, files, named):
    monkeypatch.setattr(pdf, "missing_programs", lambda: programs)
    monkeypatch.setattr(pdf, "missing_files", lambda: files)
    with pytest.raises(Trouble, match=rf"lacks {named}; .* sudo apt-get install texlive-xetex"):
        pdf.require_tex()


def test_a_machine_that_has_all_is_content(monkeypatch):
    monkeypatch.setattr(pdf, "missing_programs", list)
    monkeypatch.setattr(pdf, "missing_files", list)
    pdf.require_tex()


def test_a_program_that_is_not_there_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pdf.missing_programs() == list(pdf.PROGRAMS)


def said(words):
    return lambda *command, **options: subprocess.CompletedProcess(command, 0, stdout=words)


def test_a_file_that_tex_does_not_find_is_noticed(monkeypatch):
    monkeypatch.setattr(subprocess, "run", said(f"/t/{' /t/'.join(pdf.FILES[1:])} {pdf.FONT}"))
    assert pdf.missing_files() == [pdf.FILES[0]]
    monkeypatch.setattr(subprocess, "run", said(f"/t/{' /t/'.join(pdf.FILES)}"))
    assert pdf.missing_files() == [pdf.FONT]


def test_a_pdf_with_a_fault_is_refused(tmp_path, capsys):
    target = tmp_path / "book.pdf"
    target.write_bytes(b"%PDF")
    with pytest.raises(Trouble, match="the faults above"):
        pdf.report(target, LOG, [], {})
    assert capsys.readouterr().out.count("\n") == 4 + 4, "four lines of summary, four faults"
    with pytest.raises(Trouble, match="the faults above"):
        pdf.report(target, "", ["book/01-a: 2 figures on the page, 1 on paper"], {})
    assert "1 on paper" in capsys.readouterr().out
    pdf.report(target, "Output written on a.xdv (1 pages, 5 bytes).", [], {})
    assert target.with_suffix(".txt").read_text().startswith("1 pages")


# ----------------------------------------------------------------------- characters that TeX's fonts lack


@pytest.fixture
def glyphs(monkeypatch):
    monkeypatch.syspath_prepend(str(PAPER))
    module = importlib.import_module("paper.glyphs")
    monkeypatch.setattr(module, "covered", lambda font: {0x2713, 0x2588})
    monkeypatch.setattr(module, "pdf_of", lambda svg, folder: "drawing.pdf")
    return module


def test_a_character_is_looked_up_or_drawn(glyphs):
    made = glyphs.definitions("a “b” é ✓ 🦜 ✓ \n\t\u00a0\u200b", Path())
    assert made.splitlines() == [
        r"\newunicodechar{✓}{\kvglyph{2713}} % CHECK MARK",
        r"\newunicodechar{🦜}{\kvpictured{drawing.pdf}{1F99C}} % PARROT",
    ]


def test_a_drawn_character_is_sound_markup(glyphs):
    assert ">&lt;</text>" in glyphs.drawn("<")
