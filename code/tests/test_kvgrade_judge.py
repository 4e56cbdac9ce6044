"""One answer in a process of its own: whatever happens there becomes a sentence, and costs that answer only."""

import re
import time

import pytest
from small_course import answer, judged, make_course, verdict

from kvgrade.course import find_exercises
from kvgrade.grade import job_for
from kvgrade.workers import Workers


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path)


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as pool:
        yield pool


def test_an_assertion_of_the_test_is_a_sentence_below_its_case(course, workers):
    path = course / "exercises/01_first_steps/tests/test_e1_double.py"
    path.write_text(path.read_text().replace("expect(answer.double(x), 2 * x", "assert answer.double(x) > 1, (x"))
    answer(course, "double", "return 1")
    assert re.search(r"0/1  \(1, 'double'\)\n +x is 1\n", judged(workers, course, "double"))


@pytest.mark.parametrize("text", ["{", "{}", '{"e1_double": [{"name": "of another version"}]}'])
def test_mistakes_that_cannot_be_read_do_not_matter(course, workers, text):
    (course / "exercises/01_first_steps/tests/mistakes.json").write_text(text)
    answer(course, "double", "return x * x")
    assert "double is wrong" in judged(workers, course, "double")


ACCIDENTS = {
    "def double(x) return 1\n": ["does not parse", "line 1", "expected ':'"],
    "import no_such_module\n": ["stops while it is loaded", "No module named 'no_such_module'"],
    "import sys\nsys.exit(0)\n": ["stops while it is loaded: SystemExit", "line 2: sys.exit(0)"],
    "def double(x):\n    raise SystemExit(0)\n": ["raises SystemExit", "line 2"],
    "import faulthandler\ndef double(x):\n    faulthandler._sigsegv()\n": ["ended the process", "exit code -11"],
    "import os\nos.closerange(3, 99)\ndef double(x): return 0\n": ["ended the process", "exit code"],
    "import os\ndef double(x):\n    os._exit(0)\n": ["raises SystemExit", "line 3"],
    "def double(x):\n    while True: x += 1\n": ["stopped after 6 s", "line 2: while True: x += 1"],
    "import os\nprint('flood ' * 10**6)\nos.write(1, b'out')\ndef double(x): return None\n": ["None", "flood flood"],
    "import builtins\nbuiltins.len = builtins.print = None\ndef double(x): return 2 * x + 1\n": [
        "it changed builtins.len",
        "must stay as it is",
    ],
    "def double(x): return double(x)\n": ["raises RecursionError"],
    "def double(x): return 2\0\n": ["null byte"],
    "x = " + "(" * 5000 + "\n": ["does not parse", "too many nested"],
    "raise NotImplementedError.__base__('no')\ndef double(x): ...\n": ["RuntimeError: no", "line 1"],
    "import numpy as np\ndef double(x): return np.ones(10**11)\n": ["MemoryError", "x is 1", "line 2"],
    "import numpy as np\ndef double(x): return np.zeros(5 * 2**30, bool)\n": ["raises MemoryError", "line 2"],  # 5 GiB
    "def double(x):\n    return input('number? ')\n": ["EOFError", "line 2"],
    "def triple(x):\n    return 3 * x\n": ["double is not there", "e1_double.py must define it"],
    "def double(x):\n    assert x > 9, 'mine'\n": ["raises AssertionError: mine", "line 2"],
}


@pytest.mark.parametrize("body", ACCIDENTS, ids=[words[0] for words in ACCIDENTS.values()])
def test_an_accident_becomes_a_sentence(course, workers, body):
    answer(course, "double", body)
    said = judged(workers, course, "double")
    assert said.startswith("  ✗ 1.1 Double") and "Traceback" not in said and len(said) < 1000
    assert all(word in " ".join(said.split()) for word in ACCIDENTS[body]), said
    answer(course, "twice", "return x + x")
    assert judged(workers, course, "twice").startswith("  ✓ 1.2 Twice ")


LOOSE_ENDS = {
    "a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\n",
    "a hook at the exit": "import atexit, os, time\natexit.register(time.sleep, 99)\natexit.register(os._exit, 3)\n",
    "a finalizer": "class Last:\n    def __del__(self): raise ValueError\nlast = Last()\n",
    "a broken stream": "import sys\nsys.stdout = sys.stderr = None\n",
    "a deep stack": "import sys\nsys.setrecursionlimit(10**6)\n",
    "another folder": "import os, tempfile\nos.chdir(tempfile.gettempdir())\n",
    "warnings": "import warnings\nwarnings.simplefilter('error')\nwarnings.warn\n",
}


@pytest.mark.parametrize("start", LOOSE_ENDS.values(), ids=LOOSE_ENDS)
def test_what_an_answer_leaves_behind_does_not_matter(course, workers, start):
    answer(course, "double", f"{start}def double(x): return x + x\n")
    before = time.monotonic()
    assert verdict(workers, course, "double").points == 1
    assert time.monotonic() - before < 20


def test_what_libraries_do_for_an_answer_works(course, workers):
    """Some of it looks at the stack, writes files or imports; none of that is the answer's own doing."""
    answer(course, "double", LIBRARIES)
    found = verdict(workers, course, "double")
    assert found.points == 1, found.lines()


LIBRARIES = """
import copy, dataclasses, enum, logging, sqlite3, statistics, tempfile, typing, warnings
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy as np
from kvlab import KVCache

Pair = namedtuple("Pair", "a b")
Colour = enum.Enum("Colour", "RED GREEN")
class Named(typing.NamedTuple):
    a: int
@typing.runtime_checkable
class Sized(typing.Protocol):
    def __len__(self): ...
@dataclasses.dataclass
class Point:
    x: float

def double(x):
    logging.warning("x is %s", x)
    warnings.warn("careful")
    np.fft.fft([1.0]), np.polynomial.Polynomial([1.0])
    assert copy.deepcopy(KVCache(4, 1, 1, 2)).position == 0
    assert isinstance([], Sized) and Point(1.0).x == Named(1).a and Colour.RED
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        np.save(path, np.array([x, x]))
        found = np.load(path)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(int, found.sum()).result()
"""


def test_a_loop_is_stopped_though_it_swallows_everything(course, workers):
    answer(course, "double", "def double(x):\n    while True:\n        try: x += 1\n        except: pass\n")
    before = time.monotonic()
    assert "stopped after 6 s" in judged(workers, course, "double")
    assert time.monotonic() - before < 30  # of its bound on processor time it would hear after 120 s


def test_the_stuck_line_of_another_text_is_not_looked_up(course, workers):
    """The stack names line 1000 of a file that has three."""
    body = 'def double(x):\n    exec(compile("\\n" * 999 + "while True: pass", __file__, "exec"))\n'
    answer(course, "double", body)
    said = judged(workers, course, "double")
    assert "stopped after 6 s" in said and "it was at" not in said


def test_a_fault_in_the_tests_is_no_fault_of_the_answer(course, workers):
    path = course / "exercises/01_first_steps/tests/test_e1_double.py"
    path.write_text("import no_such_module\n")
    assert "the grader stumbled over it: ModuleNotFoundError" in judged(workers, course, "double")


def test_probes_that_fail_do_not_keep_the_verdict_back(course, workers):
    path = course / "exercises/01_first_steps/tests/test_e1_double.py"
    path.write_text(path.read_text().replace("def probes(answer):\n", "def probes(answer):\n    answer.triple\n"))
    answer(course, "double", "return x * x")
    said = judged(workers, course, "double")
    assert "double is wrong" in said and "square" not in said


def test_closing_ends_what_runs(course):
    answer(course, "double", "def double(x):\n    while True: pass\n")
    before = time.monotonic()
    with Workers(1) as workers:
        root = course / "exercises"
        futures = [workers.start(job_for(exercise, root)) for exercise in find_exercises(root)]
        time.sleep(2)
    assert time.monotonic() - before < 5.5  # the limit is six seconds
    assert [future.cancelled() for future in futures][1:] == [True, True]


def test_a_process_can_also_be_spawned(course):
    """As on Windows, where nothing can fork."""
    answer(course, "double", "def double(x):\n    while True:\n        x += 1\n")
    with Workers(1, method="spawn") as workers:
        said = judged(workers, course, "double")
    assert "it was at line 3" in said or "it was at line 4" in said
