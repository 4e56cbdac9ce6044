"""Fonts cut down to the characters that the pages show, and written into the style sheets themselves.

There, a font has arrived when the first line of text is drawn; and Firefox, which loads no font for a page that was
opened as a file, shows it as well.
"""

import base64
import io
import logging
import re

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it finds the dates in Font Awesome's files odd

FACE = re.compile(r"@font-face\s*\{[^}]*\}")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
LAYOUT = ["FFTM", "GSUB", "GPOS", "GDEF", "kern"]  # tables that icons and formulas do without


def embedded(css, folder, needed):
    """A style sheet with its fonts inside; `needed` says which characters the font of an @font-face rule is to have."""

    def replaced(match):
        face = match[0]
        source = re.search(r"url\([\"']?([^)\"']+\.ttf)", face)
        font = subset(folder / source[1], needed(face)) if source else None
        if font is None:
            return ""  # no page shows a character of this font
        data = base64.b64encode(font).decode()
        return re.sub(r"src:.*?(?=[;}])", f'src:url(data:font/woff;base64,{data}) format("woff")', face, count=1)

    return FACE.sub(replaced, css)


def subset(path, needed):
    """The bytes of a WOFF font with these characters of a font, or None if it has none of them."""
    font = TTFont(path, recalcTimestamp=False)
    found = characters_of(font) & set(needed)
    if not found - {" "}:
        return None
    cutter = Subsetter(Options(layout_features=[], hinting=False, drop_tables=LAYOUT))
    cutter.populate(unicodes=[ord(character) for character in found])
    cutter.subset(font)
    font.flavor = "woff"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def characters_of(font):
    """The characters that a font can show."""
    return {chr(code) for code in font.getBestCmap()}
