"""Directives that JupyterLab's renderer does not know, as text that it does."""

from __future__ import annotations

import re

BUILT_ONLY = "*(Only the built page can show this.)*"
SOLUTION = "**Solution.** Its code is folded below: a click on its bar opens it."

_FRAME = re.compile(r"^(?P<fence>:{3,})\{(?:container|div)\}.*\n(?P<body>(?:.*\n)*?)(?P=fence) *$", re.MULTILINE)
_GATE = re.compile(r"^(?P<fence>`{3,})\{solution-(?P<side>start|end)\}(?:.*\n)*?(?P=fence) *$", re.MULTILINE)


def without_frames(text: str) -> str:
    """Return a text without the frames that only give it a style; one may be inside another."""
    inner, found = _FRAME.subn(lambda found: found["body"], text)
    return without_frames(inner) if found else inner


def without_open_gates(text: str) -> str:
    """Return a text whose solutions begin and end in it.

    A solution with code begins in one cell and ends in another. JupyterLab cannot fold that; a line says that a
    solution begins, and the code is folded by `kvlive.notebook`.
    """
    gates = list(_GATE.finditer(text))
    if gates and gates[-1]["side"] == "start":
        text = text[: gates[-1].start()] + SOLUTION + text[gates[-1].end() :]
    if gates and gates[0]["side"] == "end":
        text = text[: gates[0].start()] + text[gates[0].end() :]
    return text


def opens_solution(text: str, inside: bool) -> bool:
    """Whether a solution is still open after this text, if one was open before it or not."""
    gates = list(_GATE.finditer(text))
    return gates[-1]["side"] == "start" if gates else inside


def defined(body: str) -> str:
    """Return a glossary, terms with an indented definition, as a list of definitions."""
    entries = []
    for entry in re.split(r"\n\n(?=\S)", body.strip("\n")):
        lines = entry.splitlines()
        terms = [line.strip() for line in lines if line and not line[0].isspace()]
        words = " ".join(line.strip() for line in lines if line and line[0].isspace())
        entries.append(f"{', '.join(terms)}\n: {words}")
    return "\n\n".join(entries)


def automodules(body: str) -> list[str]:
    """Return the names of the modules whose documentation a directive would extract."""
    return re.findall(r"automodule:: *([\w.]+)", body)
