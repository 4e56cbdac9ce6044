"""A page's text as JupyterLab can show it: what its renderer does not know is written out.

Code that the book includes is put in its place, a citation becomes a link, and a number becomes an expression that
the notebook's own kernel evaluates.
"""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kvlive.citations import Bibliography
from kvlive.directives import BUILT_ONLY, automodules, defined, without_frames, without_open_gates
from kvlive.includes import included

BIBLIOGRAPHY, GLOSSARY = "references.bib", "notation.md"
WAITING = "…"  # where a number will be

_DIRECTIVE = re.compile(
    r"^(?P<fence>`{3,})\{(?P<name>[\w-]+)\}(?P<argument>.*)\n(?P<body>(?:.*\n)*?)(?P=fence) *$", re.MULTILINE
)
_ROLE = re.compile(r"\{(?P<name>glue:text|term|cite:t|cite|ref|doc|repository|py:\w+)\}`(?P<content>[^`]+)`")
_OPTION = re.compile(r"^:([\w-]+): *(.*?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page of the book, which knows what its text refers to.

    Attributes
    ----------
    path : Path
        The page's file, in the book's folder or below it.
    """

    path: Path

    @cached_property
    def book(self) -> Path:
        """The book's folder: the one with the bibliography."""
        return next((one for one in self.path.parents[:2] if (one / BIBLIOGRAPHY).is_file()), self.path.parent)

    @property
    def is_in_the_book(self) -> bool:
        """Whether the file lies in the book's folder or below it."""
        return (self.book / BIBLIOGRAPHY).is_file()

    @cached_property
    def bibliography(self) -> Bibliography:
        """The book's bibliography."""
        return Bibliography(self.book / BIBLIOGRAPHY)

    def shown(self, text: str) -> str:
        """Return the text with everything written out that JupyterLab does not know."""
        framed = without_open_gates(without_frames(text))
        return _ROLE.sub(self._role, _DIRECTIVE.sub(self._directive, framed))

    def _directive(self, found: re.Match[str]) -> str:
        match found["name"]:
            case "literalinclude":
                return self._code(found["argument"].strip(), found["body"])
            case "bibliography":
                return self.bibliography.listed()
            case "glossary":
                return defined(found["body"])
            case "eval-rst":
                return "\n".join(map(self._module, automodules(found["body"])))
            case "raw":
                return ""
            case "nb-exec-table":
                return BUILT_ONLY
        return found[0]

    def _code(self, argument: str, body: str) -> str:
        """The included part of a file as a block of code; a student's copy lacks some files."""
        path = self.path.parent / argument
        if not path.is_file():
            return f"*(`{path.name}` is not part of this copy.)*"
        code = included(path, {name: _unquoted(value) for name, value in _OPTION.findall(body)})
        fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", code))])
        return f"{fence}python\n{code}\n{fence}"

    def _role(self, found: re.Match[str]) -> str:
        name, content = found["name"], found["content"]
        if name == "glue:text":
            return f"{{eval}}`{expression(*content.split(':', 1))}`"
        if name.startswith("cite"):
            return self.bibliography.cite(re.split(r"\s*,\s*", content), textual=name == "cite:t")
        if name == "repository":  # this is the clone that the words speak of
            return content
        words, target = _words_and_target(content)
        if name.startswith("py:"):
            return self._module(target.lstrip("~")) if name == "py:mod" else f"`{words.lstrip('~')}`"
        if name == "term":
            return (
                words if self.path.name == "notation.md" else f"[{words}]({self._from_here(self.book / 'notation.md')})"
            )
        return f"[{words}]({self._labelled(target) if name == 'ref' else target + '.md'})"

    def _module(self, name: str) -> str:
        """Instead of a module's documentation, which the built book extracts: where to read it."""
        path = self.book.parent.joinpath("code", *name.split(".")).with_suffix(".py")
        return f"[`{name}`]({self._from_here(path)})"

    def _labelled(self, label: str) -> str:
        """Where an exercise's label stands, such as `ex-3-5`: in the chapter with that number."""
        found = re.fullmatch(r"ex-(\d+)-\d+", label)
        chapters = sorted(self.book.glob(f"{int(found[1]):02}-*.md")) if found else []
        return f"{self._from_here(chapters[0]) if chapters else ''}#{label}"

    def _from_here(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.path.parent)).as_posix()


def expression(name: str, form: str = "") -> str:
    """Return the Python expression that shows a page's number."""
    return f'__import__("kvlive").number("{name}", "{form}")'


def expressions(text: str) -> list[str]:
    """Return the expressions in a text that was made ready."""
    return re.findall(r'\{eval\}`(__import__\("kvlive"\)[^`]+)`', text)


def _words_and_target(content: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.+?)\s*<(.+)>", content, re.DOTALL)
    return (found[1], found[2]) if found else (content, content)


def _unquoted(value: str) -> str:
    return str(ast.literal_eval(value)) if value[:1] in ("'", '"') else value
