"""Every exercise, held to its contract: the stub is to do, the solution is right, wrong answers are named."""

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from kvgrade.answer import load_answer
from kvgrade.course import find_exercises
from kvgrade.grade import job_for, verdict_of
from kvgrade.judge import load_tests
from kvgrade.mistakes import outcomes, read_mistakes, recognise
from kvgrade.mutation import LEAST, key, read_reasons
from kvgrade.record import record, wrong_answers
from kvgrade.stub import statement
from kvgrade.workers import Workers

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = load_tests(ROOT / ".ci" / "sphinx" / "exercise_sections.py")  # its folder's name is taken by Sphinx
EXERCISES, SOLUTIONS = ROOT / "exercises", ROOT / "solutions"
ALL = find_exercises(EXERCISES)
each = pytest.mark.parametrize("exercise", ALL, ids=[f"{e.number} {e.name}" for e in ALL])


@pytest.fixture(scope="module")
def workers():
    with Workers() as pool:
        yield pool


def graded(workers, exercise, answers=None, source=None, seed=0):
    job = job_for(exercise, answers or EXERCISES, seed=seed)
    if source is not None:
        job = replace(job, source=source)
    return verdict_of(exercise, workers.result(workers.start(job)))


@each
def test_a_stub_is_to_do(workers, exercise):
    verdict = graded(workers, exercise)
    assert verdict.state == "todo" and verdict.points == 0


@each
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_solution_gets_all_points(workers, exercise, seed):
    verdict = graded(workers, exercise, SOLUTIONS, seed=seed)
    assert verdict.state == "full", [verdict.headline, *verdict.lines()]


def signatures(path):
    """Public functions, and public methods by class, with their parameters and annotations."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            found[node.name] = (ast.unparse(node.args), ast.unparse(node.returns) if node.returns else "")
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                public = isinstance(inner, ast.FunctionDef) and not re.match(r"_[^_]", inner.name)
                if public:
                    found[f"{node.name}.{inner.name}"] = (ast.unparse(inner.args), ast.unparse(inner.returns or inner))
    return found


@each
def test_stub_and_solution_have_the_same_signatures(exercise):
    asked, given = signatures(exercise.path), signatures(exercise.answer_in(SOLUTIONS))
    assert asked and asked.items() <= given.items()


@each
def test_a_stub_says_what_is_asked(exercise):
    tree = ast.parse(exercise.path.read_text())
    assert ast.get_docstring(tree).startswith(f"{exercise.number} {exercise.title}")
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert all(ast.get_docstring(node) for node in functions if not node.name.startswith("_"))


@each
def test_known_wrong_answers_are_named(workers, exercise):
    files = wrong_answers(exercise, SOLUTIONS)
    assert len(files) >= 2, "two known wrong answers at least"
    told = set()
    for path in files:
        verdict = graded(workers, exercise, source=path.read_text())
        says = " ".join(ast.get_docstring(ast.parse(path.read_text())).split("\n\n")[0].split())
        text = " ".join([verdict.headline, *verdict.lines()])
        assert verdict.points < exercise.total, f"{path.name} gets all points"
        assert says in text, f"{path.name}: {text}"
        told.add(says)
    assert len(told) == len(files), "each with a diagnosis of its own"


def test_recorded_mistakes_are_what_wrong_answers_return():
    for path, text in record(ALL, SOLUTIONS).items():
        assert json.loads(path.read_text()) == json.loads(text), "run python -m kvgrade record"


@each
def test_three_hints_that_are_not_the_answer(exercise):
    assert len(exercise.hints) == 3 and all(len(hint) > 30 for hint in exercise.hints)
    solution = ast.unparse(ast.parse(exercise.answer_in(SOLUTIONS).read_text()))
    lines = [line.strip() for line in solution.splitlines()]
    code = [
        line.removeprefix("return ")
        for line in lines
        if len(line) > 25 and not line.startswith(("def ", '"""', "raise"))
    ]
    squeezed = "".join("".join(exercise.hints).split())
    assert not [line for line in code if "".join(line.split()) in squeezed]


@each
def test_the_tests_notice_nine_mutants_in_ten(exercise):
    folder = SOLUTIONS / exercise.path.parent.name
    entry = json.loads((folder / "mutants.json").read_text())[exercise.name]
    assert entry["key"] == key(exercise, SOLUTIONS), "run python -m kvgrade mutants"
    assert entry["killed"] >= LEAST * entry["made"] and entry["made"] > 0
    assert set(entry["survivors"]) <= set(read_reasons(folder).get(exercise.name, {})), "survivors need a reason"


def test_every_file_belongs_to_an_exercise():
    names = {(e.path.parent.name, e.name) for e in ALL}
    stubs = {(path.parent.name, path.stem) for path in EXERCISES.glob("*/e*.py")}
    solved = {(path.parent.name, path.stem) for path in SOLUTIONS.glob("*/e*.py")}
    wrong = {(path.parent.parent.parent.name, path.parent.name) for path in SOLUTIONS.glob("*/wrong/*/*.py")}
    assert stubs == solved == wrong == names


def test_a_hundred_points():
    assert sum(exercise.total for exercise in ALL) == 100
    chapters = {exercise.chapter for exercise in ALL}
    assert chapters == {1, 2, 3, 4, 5, 6} and len(ALL) >= 24
    for chapter in chapters:
        kinds = [exercise.kind for exercise in ALL if exercise.chapter == chapter]
        assert len(kinds) >= 4 and kinds.count("build") == 1


def test_the_pages_show_the_exercises_as_they_are():
    for path, text in SECTIONS.pages().items():
        assert path.read_text() == text, "run python .ci/sphinx/exercise_sections.py"


# What statements call points: of which item, or "total", each number in brackets is.
POINTS = {
    r"\*correct\* \((\w+) points?\)": ["correct"],
    r"\*efficient\* \((\w+) points?\)": ["efficient"],
    r"(\w+) of the (\w+) points (?:is|are) for": ["efficient", "total"],
    r"(\w+) points are for the right numbers\. (\w+) more": ["correct", "efficient"],
    r"(\bthe) point for efficiency": ["efficient"],
}
NUMBERS = {"the": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


@each
def test_a_statement_gives_the_points_of_the_card(exercise):
    text, said = " ".join(statement(exercise.path)[1].lower().split()), set()
    for pattern, items in POINTS.items():
        for numbers in re.findall(pattern, text):
            said |= set(zip(items, [numbers] if isinstance(numbers, str) else numbers, strict=True))
    counted = {(item, NUMBERS.get(number) or int(number)) for item, number in said}
    assert counted <= {*exercise.points.items(), ("total", exercise.total)}
    assert dict(counted).keys() >= exercise.points.keys() - {"correct"}, "say what the points for efficiency are for"


def test_a_card_gives_the_minutes_of_its_exercises():
    for path in SECTIONS.pages():
        chapter = [exercise for exercise in ALL if path.name.startswith(f"{exercise.chapter:02}-")]
        if chapter:
            minutes = sum(exercise.minutes for exercise in chapter)
            assert f"minutes to read, {minutes} for the exercises." in path.read_text(), path.name


@each
def test_a_recorded_mistake_is_not_what_a_right_answer_returns(exercise):
    """Otherwise whoever fails for another reason would be told of this mistake."""
    tests = load_tests(exercise.test)
    right = outcomes(tests, load_answer(exercise.answer_in(SOLUTIONS).read_text(), "solution"))
    for mistake in read_mistakes(exercise.mistakes, exercise.name):
        assert recognise(right, mistake.item, (mistake,)) is None, mistake.name
