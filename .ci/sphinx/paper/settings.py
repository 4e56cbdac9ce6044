"""The page's size, and the style sheet, ``kvbook.sty``, which says everything else about the look."""

import os
from pathlib import Path

from paper.pictures import convert

HERE = Path(__file__).parent
PAPERS = {"a4": "a4paper", "letter": "letterpaper"}


def settle(app, config):
    """Set what the LaTeX builder alone reads; `KVLAB_PAPER` names the paper."""
    nothing = dict.fromkeys(("cmappkg", "fontpkg", "fncychap", "makeindex", "printindex"), "")
    config.latex_elements = nothing | {
        "papersize": PAPERS[os.environ.get("KVLAB_PAPER", "a4")], "pointsize": "11pt", "extraclassoptions": "openany",
        "geometry": r"\usepackage[hmargin=30mm,top=28mm,bottom=30mm,headsep=8mm,footskip=12mm]{geometry}",
        "preamble": rf"\usepackage{{kvbook}}\hypersetup{{pdflang={config.language}}}", "maketitle": r"\kvtitlepage",
    }  # fmt: skip
    config.latex_additional_files = [str(HERE / "kvbook.sty")]
    config.latex_domain_indices = False
    config.latex_show_urls = "footnote"
    config.latex_table_style = ["booktabs"]
    config.latex_theme_options = {}


def cover(app):
    """Draw the cover for the title page."""
    if app.builder.name == "latex":
        drawing = Path(app.srcdir) / "book" / "assets" / "cover.svg"
        convert(drawing.read_text(encoding="utf-8"), Path(app.outdir) / "kvcover.pdf")


def setup(app):
    """Join in."""
    app.connect("config-inited", settle)
    app.connect("builder-inited", cover)
