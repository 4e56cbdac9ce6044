"""Characters that a font lacks: from the next font that has them, or drawn as a picture. None is lost.

What a language model writes cannot be foreseen. Every character of the book beyond those that all three fonts have is
looked up where it stands, in the font it stands in; `kvbook.sty` has the fonts to try. Those that no font of TeX's has,
emoji mostly, are pictures by librsvg, which takes any font of the system.
"""

import subprocess
import unicodedata
from html import escape
from pathlib import Path

from paper.pictures import pdf_of

FALLBACK = ["DejaVu Sans Mono", "DejaVu Sans", "DejaVu Serif"]
PLAIN = set("–—‘’“”…•§©«»¡¿") | {chr(code) for code in range(0xA0, 0x180) if unicodedata.category(chr(code))[0] == "L"}


def covered(font):
    """The code points of a font, as fontconfig knows them."""
    command = ["fc-match", "--format=%{family}\t%{charset}", font]
    family, spans = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\t")
    if font not in family:
        return set()
    ends = [[int(end, 16) for end in span.split("-")] for span in spans.split()]
    return {code for pair in ends for code in range(pair[0], pair[-1] + 1)}


def drawn(character):
    """A character as a picture of its own, large: fonts of emoji are bitmaps."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="160" viewBox="0 0 160 160">'
        f'<text x="80" y="128" font-size="128" text-anchor="middle">{escape(character)}</text></svg>'
    )


def definitions(text, folder):
    """LaTeX that makes each unusual character of a text look itself up."""
    known = set().union(*map(covered, FALLBACK))
    lines = []
    for character in sorted(set(text) - PLAIN):
        code = ord(character)
        if code > 0x7F and unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Mn"):
            way = "kvglyph" if code in known else f"kvpictured{{{pdf_of(drawn(character), folder)}}}"
            lines.append(rf"\newunicodechar{{{character}}}{{\{way}{{{code:X}}}}} % {unicodedata.name(character, '')}")
    return "\n".join(lines) + "\n"


def look_up(app, error):
    """Write the definitions beside the book."""
    if app.builder.name == "latex" and not error:
        folder = Path(app.outdir)
        book = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.tex") if path.name != "kvglyphs.tex")
        (folder / "kvglyphs.tex").write_text(definitions(book, folder), encoding="utf-8")


def setup(app):
    """Join in."""
    app.connect("build-finished", look_up)
