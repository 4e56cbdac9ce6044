"""The nbgrader course grades as the grader does: `.venv/bin/python .ci/nbgrader_proof.py [COURSE] [CHAPTER ...]`.

COURSE is what `make assignments` wrote (default: _build/assignments). Each chapter gets a course folder and a gradebook
of its own in a temporary folder, so that chapters run side by side. There, the real nbgrader

- makes the students' version, in which each answer's cell must be the stub to the letter and nothing hidden is left,
- validates the instructor's version, in which every cell must pass,
- grades three submissions: `full` has the references pasted in; `partial` has references, known wrong answers, stubs
  and one endless loop in turn, and its locked tests emptied; `empty` is untouched.

The points in the gradebook are compared with what the grader gives to the same files, item by item.
"""

import os
import re
import shutil
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from kvgrade.assignments import HIDDEN_SEEDS
from kvgrade.cells import without_docstring
from kvgrade.course import find_exercises
from kvgrade.grade import job_for
from kvgrade.record import wrong_answers
from kvgrade.workers import Workers

ROOT = Path(__file__).resolve().parents[1]
EXERCISES, SOLUTIONS = ROOT / "exercises", ROOT / "solutions"
LOOP_SECONDS = 15  # a cell's limit here; the course allows more
TURN = ("solved", "wrong", "to do", "wrong")


def main(course="_build/assignments", *chapters):
    """Prove all chapters; return the exit status."""
    started = time.monotonic()
    course = Path(course).resolve()
    if not (course / "source").is_dir():
        print(f"nbgrader proof: there is no course in {course}: type make assignments first", file=sys.stderr)
        return 1
    plans = plan(find_exercises(EXERCISES), chapters)
    with tempfile.TemporaryDirectory(prefix="nbgrader-proof-") as scratch:
        seal(Path(scratch))
        jobs = [(course, Path(scratch) / name, name, submissions) for name, submissions in plans.items()]
        with ProcessPoolExecutor(max(1, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
            results = list(pool.map(prove, *zip(*jobs, strict=True)))
    faults = [fault for found, _ in results for fault in found]
    for name, (found, n) in zip(plans, results, strict=True):
        print(f"{name:<26} {n:>3} grades, {len(found)} differ")
    print(f"{sum(n for _, n in results)} grades in {time.monotonic() - started:.0f} s")
    if faults:
        print(*faults, f"nbgrader proof: {len(faults)} differences, listed above", sep="\n", file=sys.stderr)
    return 1 if faults else 0


def seal(scratch):
    """Nothing of this machine's Jupyter plays a part, and nothing of it is changed; nbgrader finds its `alembic`."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        os.environ[name] = str(scratch / name.lower())
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    kernel = scratch / "ipythondir" / "profile_default" / "ipython_kernel_config.py"
    kernel.parent.mkdir(parents=True)
    kernel.write_text('c.Application.log_level = "ERROR"\n', encoding="utf-8")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


# ---- what is submitted, and what it deserves


def plan(exercises, chapters):
    """For each chapter and learner: the text of each answer (None: untouched), and the points of each item."""
    plans = {}
    with Workers() as workers:
        for i, exercise in enumerate(exercises):
            if chapters and str(exercise.chapter) not in chapters:
                continue
            learners = plans.setdefault(exercise.path.parent.name, {"full": [], "partial": [], "empty": []})
            solution = exercise.answer_in(SOLUTIONS).read_text(encoding="utf-8")
            answers = {"full": solution, "partial": chosen(exercise, i, solution), "empty": None}
            for learner, text in answers.items():
                learners[learner].append((exercise, text, deserved(workers, exercise, text)))
    return plans


def chosen(exercise, i, solution):
    """The answer of the partial submission: decided by the exercise's place alone."""
    if i == 0:
        stub = exercise.path.read_text(encoding="utf-8")
        return re.sub(r"raise NotImplementedError\(.*\)", "while True:\n        pass", stub, count=1)
    kind, files = TURN[i % len(TURN)], wrong_answers(exercise, SOLUTIONS)
    if kind == "wrong" and files:
        return files[i % len(files)].read_text(encoding="utf-8")
    return None if kind == "to do" else solution


def deserved(workers, exercise, text):
    """The points of each item: those of the card if it passes with the public seed and the hidden ones."""
    if text is None or "while True:\n        pass" in text:
        return dict.fromkeys(exercise.points, 0)
    jobs = [replace(job_for(exercise, EXERCISES, seed=seed), source=text) for seed in (0, *HIDDEN_SEEDS)]
    runs = [workers.result(future).items for future in [workers.start(job) for job in jobs]]
    return {
        item: points if all(run[item].outcome == "passed" for run in runs) else 0
        for item, points in exercise.points.items()
    }


# ---- one chapter, in a process of its own


def prove(course, folder, name, submissions):
    """Return what differs, in sentences, and how many grades were compared."""
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    warnings.simplefilter("ignore")  # nbgrader's own, about its database
    shutil.copytree(course / "source" / name, folder / "source" / name)
    shutil.copy(course / "nbgrader_config.py", folder)
    config = PyFileConfigLoader("nbgrader_config.py", str(folder)).load_config()
    config.CourseDirectory.root = str(folder)
    config.Execute.timeout = LOOP_SECONDS
    with here(folder):
        api = NbGraderAPI(config=config)
        api.log_level = "ERROR"
        made = api.generate_assignment(name)
        if not made["success"]:
            return [f"{name}: nbgrader could not make the students' version\n{made.get('error') or made['log']}"], 0
        released = folder / "release" / name / f"{name}.ipynb"
        faults = release_faults(name, released, submissions["empty"])
        faults += validation_faults(name, folder / "source" / name / f"{name}.ipynb", config)
        for learner, answers in submissions.items():
            submit(released, folder / "submitted" / learner / name, answers, tamper=learner == "partial")
            graded = api.autograde(name, learner)
            if graded["success"]:
                faults += restored_faults(name, learner, folder, answers)
            else:
                faults.append(f"{name}, {learner}: nbgrader could not grade\n{graded.get('error') or graded['log']}")
        with Gradebook(f"sqlite:///{folder}/gradebook.db", "kv-caching") as book:
            grades = list(compare(book, name, submissions))
    return faults + [fault for fault in grades if fault], len(grades)


@contextmanager
def here(folder):
    """Work in a folder: nbgrader takes its database and its folders from there."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def cells_of(path):
    """A notebook, and its cells by nbgrader's name for them."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    return notebook, {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def release_faults(name, released, answers):
    """The students' version must hold the stubs, and nothing that is hidden."""
    notebook, cells = cells_of(released)
    text = "\n".join(cell.source for cell in notebook.cells)
    left = [mark for mark in ("### BEGIN", "### END", "for seed in") if mark in text]
    faults = [f"{name}: the students' version holds `{mark}`" for mark in left]
    for exercise, _, _ in answers:
        stub = without_docstring(exercise.path.read_text(encoding="utf-8"))
        if cells[exercise.name].source.rstrip() != stub.rstrip():
            faults.append(f"{exercise.number}: the students' version of the answer's cell is not the stub")
    return faults


def validation_faults(name, path, config):
    """Every cell of the instructor's version must run without an error."""
    from nbgrader.validator import Validator

    validator = Validator(config=config)
    validator.validate_all = True
    found = validator.validate(str(path))
    return [f"{name}: a cell of the instructor's version fails: {cell}" for cell in found.get("failed", [])]


def submit(released, folder, answers, *, tamper):
    """Hand a notebook in; whoever tampers with it has emptied the tests."""
    import nbformat

    notebook, cells = cells_of(released)
    for exercise, text, _ in answers:
        if text is not None:
            cells[exercise.name].source = text
        for item in exercise.points if tamper else ():
            cells[f"{exercise.name}-{item}"].source = "pass"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / released.name)


def restored_faults(name, learner, folder, answers):
    """Before it graded, nbgrader must have put the instructor's tests back, the hidden ones included."""
    _, source = cells_of(folder / "source" / name / f"{name}.ipynb")
    _, graded = cells_of(folder / "autograded" / learner / name / f"{name}.ipynb")
    tests = [(exercise.number, f"{exercise.name}-{item}") for exercise, _, points in answers for item in points]
    return [
        f"{number}, {learner}: the graded notebook does not hold the hidden tests"
        for number, test in tests
        if graded[test].source != source[test].source or "### BEGIN HIDDEN TESTS" not in source[test].source
    ]


def compare(book, name, submissions):
    """For each item of each exercise of each learner: None, or a sentence if the grade is not what it should be."""
    from nbgrader.api import MissingEntry

    for learner, answers in submissions.items():
        for exercise, _, points in answers:
            for item, want in points.items():
                try:
                    got = book.find_grade(f"{exercise.name}-{item}", name, name, learner).score
                except MissingEntry:
                    got = "no grade"
                same = got == want
                yield None if same else f"{exercise.number} {item}, {learner}: nbgrader gives {got}, deserved is {want}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
