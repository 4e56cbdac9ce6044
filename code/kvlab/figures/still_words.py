"""Questions and the calculator on paper: their words, read back from the page."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from kvlab.figures.still import Runs, first, parse, runs, words


@dataclass(frozen=True)
class Option:
    """One answer to choose.

    Attributes
    ----------
    text : list of (str, bool)
        Words, and whether they are code.
    right : bool
        Whether it is the right one.
    why : list of (str, bool)
        What to say to those who chose it.
    """

    text: Runs
    right: bool
    why: Runs


@dataclass(frozen=True)
class Question:
    """A question of a page.

    Attributes
    ----------
    name : str
        Its id on its page.
    asked : list of (str, bool)
        The question.
    options : list of Option
        The answers to choose from; for a number, the right one alone.
    unit : str or None
        What the number is counted in; None if there is a choice.
    """

    name: str
    asked: Runs
    options: list[Option]
    unit: str | None


@dataclass(frozen=True)
class Worked:
    """One question that a calculator answers.

    Attributes
    ----------
    name : str
        The calculator's id on its page.
    title : list of (str, bool)
        What it computes.
    given, found : list of (str, str)
        What was chosen, and the answer: labels and values.
    """

    name: str
    title: Runs
    given: list[tuple[str, str]]
    found: list[tuple[str, str]]


def question(html: str) -> Question:
    """Read a question.

    Parameters
    ----------
    html : str
        What `kvlab.figures.quiz` shows on a page.

    Returns
    -------
    Question
    """
    root = parse(html)
    solution = first(root, "kv-solution")
    if root.get("data-kind") == "number":
        units = [words(node) for node in first(root, "kv-entry") if node.tag == "span"]
        asked = runs(first(root, "kv-question"))
        return Question(root.get("id", ""), asked, [_option(next(solution.iter("p")), True)], "".join(units))
    options = [_option(item, item.get("data-right") == "yes") for item in solution.iter("li")]
    return Question(root.get("id", ""), runs(next(root.iter("legend"))), options, None)


def _option(item: Tree.Element, right: bool) -> Option:
    why = item.find("span")
    return Option(runs(next(item.iter("strong"))), right, [] if why is None else runs(why))


def worked(html: str) -> Worked:
    """Read a calculator, as it stands before anyone touches it.

    Parameters
    ----------
    html : str
        What `kvlab.figures.calculator` shows on a page.

    Returns
    -------
    Worked
    """
    root = parse(html)
    controls = {node.get("id"): node for node in root.iter() if node.tag in ("select", "input")}
    given = [(words(label), _chosen(controls[label.get("for")])) for label in root.iter("label")]
    found = [(words(row[0]), words(row[1])) for row in root.iter("tr")]
    return Worked(root.get("id", ""), runs(first(root, "kv-title")), given, found)


def _chosen(control: Tree.Element) -> str:
    if control.tag == "input":
        return control.get("value", "")
    return next(words(option) for option in control if "selected" in option.attrib)
