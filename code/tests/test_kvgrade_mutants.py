"""Mutants: every place that may change does, in ways that can be seen, and nothing else does."""

import ast

import numpy as np
import pytest

from kvgrade.mistakes import Mistake, _as_json, recognise
from kvgrade.mutants import mutants

SOURCE = '''
"""A module's docstring stays."""
LIMIT = 3

def keep(values: list, least: int = 0) -> list:
    """A docstring stays, with 1 < 2."""
    if not values:
        raise ValueError(f"there are {len(values)} values: give 1 or more.")
    found = []
    for value in values[1:]:
        if least <= value < 10 and value != 5:
            found.append(min(value, LIMIT) + 2)
        else:
            break
    return found
'''


def changes(source=SOURCE):
    return [mutant.change for mutant in mutants(source)]


@pytest.mark.parametrize(
    "change",
    [
        "LIMIT = 3  ->  LIMIT = 4",
        "LIMIT = 3  ->  LIMIT = 2",
        "def keep(values: list, least: int=0) -> list:  ->  def keep(values: list, least: int=1) -> list:",
        "if not values:  ->  if values:",
        "for value in values[1:]:  ->  for value in values[:]:",
        "if least <= value < 10 and value != 5:  ->  if least < value < 10 and value != 5:",
        "if least <= value < 10 and value != 5:  ->  if least <= value <= 10 and value != 5:",
        "if least <= value < 10 and value != 5:  ->  if least <= value < 10 or value != 5:",
        "if least <= value < 10 and value != 5:  ->  if value != 5:",
        "if least <= value < 10 and value != 5:  ->  if least <= value < 10 and value == 5:",
        "found.append(min(value, LIMIT) + 2)  ->  found.append(max(value, LIMIT) + 2)",
        "found.append(min(value, LIMIT) + 2)  ->  found.append(min(value, LIMIT) - 2)",
        "found.append(min(value, LIMIT) + 2)  ->  pass",
        "break  ->  continue",
    ],
)
def test_this_change_is_made(change):
    assert change in changes()


def test_each_is_another_program_that_parses():
    made = [mutant.source for mutant in mutants(SOURCE)]
    assert len(made) == len(set(made)) > 20
    for source in made:
        ast.parse(source)


def test_words_and_types_stay():
    for mutant in mutants(SOURCE):
        assert "A docstring stays, with 1 < 2." in mutant.source and "A module's docstring stays." in mutant.source
        assert "values: list, least: int" in mutant.source and "-> list" in mutant.source


def mistake(*values):
    return (Mistake("name", "correct", "You did it.", "", "", tuple(_as_json(value) for value in values)),)


def test_the_same_mistake_is_recognised_through_rounding():
    array = np.linspace(0, 1, 5)
    known = mistake(array, 3, [True, None], {"a": "b"})
    assert recognise([_as_json(v) for v in ((array + 1e-7), 3, [True, None], {"a": "b"})], "correct", known) is known[0]


@pytest.mark.parametrize(
    "found",
    [
        (np.linspace(0, 1, 5) + 0.01, 3), (np.linspace(0, 1, 5).reshape(5, 1), 3), (np.linspace(0, 1, 5), 4),
        (np.linspace(0, 1, 5), True), (np.linspace(0, 1, 5),), (np.linspace(0, 1, 5), None),
    ],
)  # fmt: skip
def test_another_mistake_is_not(found):
    assert recognise([_as_json(value) for value in found], "correct", mistake(np.linspace(0, 1, 5), 3)) is None


def test_a_truth_value_is_no_number():
    for value in (True, False):
        assert recognise([value], "correct", mistake(int(value))) is None
        assert recognise([int(value)], "correct", mistake(value)) is None


def test_numbers_that_json_lacks_are_told_apart():
    known = mistake(float("nan"), float("inf"))
    assert recognise([_as_json(float("nan")), _as_json(float("inf"))], "correct", known) is known[0]
    assert recognise([_as_json(float("inf")), _as_json(float("nan"))], "correct", known) is None


def test_a_mistake_that_fails_another_test_is_another():
    known = mistake(1, 2)
    assert recognise([1, 2], "correct", known) is known[0] and recognise([1, 2], "efficient", known) is None
