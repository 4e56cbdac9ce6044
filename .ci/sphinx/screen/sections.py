"""Sections that return in every chapter carry a class, so that they look the same everywhere.

A reader should know a shipped bug, a look at production engines or a round of questions before reading the heading.
The heading says it as well: colour and sign never say it alone. A shape such as ``[H_kv, T, D]`` is marked too, since
it must not be broken at the end of a line.
"""

import re

from docutils import nodes

from screen.markup import OnScreen

KINDS = {
    "break": r"Break\b",
    "production": r"In production\b",
    "proof": r"Prove\b",
    "questions": r"Check yourself\b|Seven questions\b",
    "recap": r"Recap\b",
}
SHAPE = re.compile(r"\[[^\[\]]{1,24}\]")


class Sections(OnScreen):
    """Mark the sections and the shapes of a page."""

    default_priority = 200

    def run(self, **options):
        """Read each heading, and each literal."""
        for section in self.document.findall(nodes.section):
            section["classes"] += [f"kv-{kind}" for kind in kinds(section[0].astext())]
        for literal in self.document.findall(nodes.literal):
            if SHAPE.fullmatch(literal.astext()):
                literal["classes"].append("kv-shape")


def kinds(heading):
    """The kind of section that a heading announces, if it is one of those that return."""
    return [kind for kind, pattern in KINDS.items() if re.match(pattern, heading)]


def setup(app):
    """Join in."""
    app.add_post_transform(Sections)
