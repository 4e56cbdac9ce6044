"""Which characters of which of KaTeX's twenty fonts the book's formulas need."""

import re
from html.parser import HTMLParser

from light.fonts import FACE, RULE


def needs(css, pages):
    """A function from one of KaTeX's @font-face rules to the characters that its font must have."""
    shown = Formulas()
    for page in pages:
        shown.feed(page)
    used = faces_in_use(css)
    return lambda face: shown.characters if face_of(face) in used else ()


class Formulas(HTMLParser):
    """Collects what the formulas of pages show."""

    def __init__(self):
        super().__init__()
        self.depth = 0
        self.characters = set()

    def handle_starttag(self, tag, attributes):
        """Begin at what KaTeX shows, which is all spans, and count how deep it goes."""
        self.depth += tag == "span" and bool(self.depth or "katex-html" in (dict(attributes).get("class") or ""))

    def handle_endtag(self, tag):
        """Come back out."""
        self.depth -= bool(self.depth and tag == "span")

    def handle_data(self, data):
        """Collect."""
        if self.depth:
            self.characters |= set(data)


def faces_in_use(css):
    """The (family, bold, italic) that rules ask for, other than the rules that name the fonts' files."""
    rules = [body for _, body in RULE.findall(FACE.sub("", css))]
    families = {family for body in rules for family in families_of(body)}
    used = set()
    for body in rules:
        bold, italic = "font-weight:700" in body, "font-style:italic" in body
        for family in families_of(body) or (families if bold or italic else []):
            used.add((family, bold, italic))
    return used


def families_of(body):
    """The families that a rule asks for."""
    return re.findall(r"font(?:-family)?:[^;]*?(KaTeX_\w+)", body)


def face_of(rule):
    """The (family, bold, italic) of an @font-face rule."""
    family = re.search(r"font-family:[\"']?([^;\"'}]+)", rule)[1]
    return family, "font-weight:700" in rule, "font-style:italic" in rule
