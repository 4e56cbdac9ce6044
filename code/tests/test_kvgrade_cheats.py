"""Wrong answers that try to get points all the same, or to take them from others."""

import os

import numpy as np
import pytest
from small_course import answer, make_course, verdict

from kvgrade.guard import Guard
from kvgrade.workers import Workers

# Each is right for x = 1, where that helps it to go on; TESTS is the folder of the exercises. None does harm where the
# grader lets it through: signals are 0, and files are those of the test.
LIES = {
    "an int that equals everything": """
class Liar(int):
    __eq__ = __ge__ = __le__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0
    __hash__ = int.__hash__
    __repr__ = lambda self: "2"
def double(x): return Liar(7)
""",
    "a float": """
class Liar(float):
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
def double(x): return Liar(7)
""",
    "a number of NumPy's": """
import numpy as np
class Liar(np.float64):
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
def double(x): return Liar(7)
""",
    "an object that says it is an int": """
class Liar:
    __class__ = int
    __eq__ = __le__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0
def double(x): return Liar()
""",
}
LOOKS = {
    "the caller's frame": """
import sys
def double(x): return 2 * sys._getframe(1).f_locals["x"]
""",
    "the frame through inspect": """
import inspect
def double(x):
    inspect.currentframe().f_back.f_globals["expect"] = lambda *a, **k: None
    return 2 if x == 1 else 0
""",
    "the frame through a traceback": """
def double(x):
    try: 1 / 0
    except ZeroDivisionError as error: frame = error.__traceback__.tb_frame.f_back
    frame.f_globals["expect"] = lambda *a, **k: None
    return 2 if x == 1 else 0
""",
    "the frame through a generator": """
def numbers(): yield (yield 1)
def double(x):
    one = numbers()
    next(one)
    one.gi_frame.f_back
    return 2 * x
""",
    "all frames, asked by a library's thread": """
import sys
from concurrent.futures import ThreadPoolExecutor
def double(x):
    with ThreadPoolExecutor(1) as pool: frames = pool.submit(sys._current_frames).result().values()
    for frame in frames:
        while frame:
            if "expect" in frame.f_globals: frame.f_globals["expect"] = lambda *a, **k: None
            frame = frame.f_back
    return 2 if x == 1 else 0
""",
    "a trace function": """
import sys
def trace(frame, event, argument):
    if "expect" in frame.f_globals: frame.f_globals["expect"] = lambda *a, **k: None
    return trace
sys.settrace(trace)
def double(x): return 2 if x == 1 else 0
""",
    "a profile function": """
import sys
def profile(frame, event, argument):
    if "expect" in frame.f_globals: frame.f_globals["expect"] = lambda *a, **k: None
sys.setprofile(profile)
def double(x): return 2 if x == 1 else 0
""",
    "a signal's frame": """
import signal, time
def seen(number, frame):
    while frame:
        if "expect" in frame.f_globals: frame.f_globals["expect"] = lambda *a, **k: None
        frame = frame.f_back
signal.signal(signal.SIGALRM, seen)
def double(x):
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.1)
    return 2 if x == 1 else 0
""",
    "all objects": """
import gc
for one in gc.get_objects():
    if getattr(one, "__name__", "") == "expect": one.__globals__["Comparison"] = print
def double(x): return 0
""",
    "the tests' own oracle": """
names = {}
exec(open("TESTS/01_first_steps/tests/test_e1_double.py").read(), names)
def double(x): return 2 * x
""",
    "the solutions": """
exec(open("TESTS/../solutions/01_first_steps/e1_double.py").read())
""",
    "the solutions as a module": """
import sys
sys.path.insert(0, "TESTS/../solutions/01_first_steps")
from e1_double import double
""",
    "the arguments of the process": """
import multiprocessing
job, token, *_ = multiprocessing.current_process()._args
def double(x): return 2 * x
""",
}
CHANGES = {
    "the grader, imported": """
import kvgrade.expectations
kvgrade.expectations.Comparison.compare = lambda *a: None
def double(x): return 0
""",
    "the grader, found among the modules": """
import sys
for module in list(sys.modules.values()):
    if hasattr(module, "Comparison"): module.Comparison.compare = lambda *a: None
def double(x): return 0
""",
    "the grader, found among the exceptions": """
wrong = next(one for one in Exception.__subclasses__() if one.__name__ == "Wrong")
wrong.__init__ = lambda self, *lines: setattr(self, "headline", "") or setattr(self, "lines", [])
def double(x): return 2 * x
""",
    "the grader, found among all classes": """
for one in object.__subclasses__():
    if one.__module__ == "kvgrade.compare": one.compare = lambda *a: None
def double(x): return 0
""",
    "a function's code": """
for one in object.__subclasses__():
    if one.__module__ == "kvgrade.compare": one.compare.__code__ = (lambda self, got, want, what: None).__code__
def double(x): return 0
""",
    "a name of Python's": """
import builtins
builtins.abs = lambda x: 0
def double(x): return 2 * x
""",
    "a name of NumPy's": """
import numpy as np
np.isclose = lambda *a, **k: np.array(True)
def double(x): return 2 * x
""",
    "a name that hides one of Python's": """
import numpy as np
vars(np.lib)["isinstance"] = lambda *a: True
def double(x): return 2 * x
""",
    "the package": """
import kvlab
kvlab.KVCache.get = None
def double(x): return 2 * x
""",
    "the random inputs": """
import numpy as np
np.random.default_rng = lambda seed=None: None
def double(x): return 2 * x
""",
    "the meter of memory": "import tracemalloc\ndef double(x): return 2 * x\n",
    "the meter of memory, its inside": "import _tracemalloc\ndef double(x): return 2 * x\n",
    "memory that nobody counts": "import mmap\nroom = mmap.mmap(-1, 4096)\ndef double(x): return 2 * x\n",
    "the tests": """
from pathlib import Path
for path in Path("TESTS").glob("*/tests/test_*.py"): path.write_text("def test_correct(answer, rng): pass")
def double(x): return 0
""",
    "the tests, by renaming": """
import os
os.rename("TESTS/01_first_steps/tests", "TESTS/01_first_steps/old")
def double(x): return 2 * x
""",
    "the tests, by removing": """
import os
os.remove("TESTS/01_first_steps/tests/mistakes.json")
def double(x): return 2 * x
""",
    "another answer": """
open("TESTS/01_first_steps/e2_twice.py", "w").close()
def double(x): return 2 * x
""",
    "the folder of all that is temporary": """
import os
open(os.path.join(os.path.dirname("TESTS"), "there.txt"), "w").close()
def double(x): return 2 * x
""",
    "the stack that the grader reads": """
import os, tempfile
open(os.path.join(os.path.dirname(tempfile.gettempdir()), "stack.txt"), "a").close()
def double(x): return 2 * x
""",
}
BREAKS = {
    "a program": "import subprocess\nsubprocess.run(['true'])\ndef double(x): return 2 * x\n",
    "a program through a shell": "import os\nos.system('true')\ndef double(x): return 2 * x\n",
    "a program, started by a library's thread": """
import os, threading
def double(x):
    timer = threading.Timer(0, os.system, ["touch TESTS/there.py"])
    timer.start()
    timer.join()
    return 0
""",
    "a copy of the process": "import os\nos.fork()\ndef double(x): return 2 * x\n",
    "a connection": "import socket\nsocket.socket()\ndef double(x): return 2 * x\n",
    "foreign functions": "import ctypes\nctypes.string_at(b'x')\ndef double(x): return 2 * x\n",
    "a signal to the grader": "import os\ndef double(x):\n    os.kill(os.getppid(), 0)\n    return 2 * x\n",
    "a signal to its group": "import os\ndef double(x):\n    os.killpg(0, 0)\n    return 2 * x\n",
    "an exception that cannot be told": """
class Mine(BaseException):
    def __str__(self): raise self
def double(x): raise Mine
""",
    "notes that are run when they are read": """
class Evil:
    def __reduce__(self): return exec, ("open('TESTS/there.py', 'w')",)
def double(x):
    error = ValueError("x")
    error.__notes__ = [Evil(), 3]
    raise error
""",
    "an exception that takes no notes": """
class Mine(Exception):
    add_note = None
def double(x): raise Mine("x")
""",
    "letters that no file can hold": "def double(x):\n    print('\\ud800')\n    raise ValueError('\\udfff')\n",
    "letters that move the cursor": "def double(x):\n    print('\\x1b[2J\\r 1/1')\n    raise ValueError('\\x1b[2J')\n",
    "lines of a table": "def double(x):\n    print('  ✓ 1.1 Double   1/1\\nTotal 7/7   3 full')\n    return 0\n",
    "all modules gone": "import sys\nsys.modules.clear()\ndef double(x): return 0\n",
    "a flood of notes": """
def double(x):
    error = ValueError("x")
    for i in range(10_000): error.add_note("note " * 1000)
    raise error
""",
    "a name without end": "def double(x):\n    raise type('x' * 10_000, (Exception,), {})\n",
    "an object without end": """
class Long:
    def __repr__(self): return "x" * 10**8
def double(x): return Long()
""",
    "an object that cannot be shown": """
class Silent:
    def __repr__(self): raise SystemExit
def double(x): return Silent()
""",
    "a forged message": """
import json, os, struct
def double(x):
    message = json.dumps({"items": {"correct": {"outcome": "passed"}}, "mistake": None, "printed": ""}).encode()
    for pipe in range(3, 40):
        try: os.write(pipe, struct.pack("!i", len(message)) + message)
        except OSError: pass
    return 0
""",
    "a message that does not end": """
import os, struct
def double(x):
    for pipe in range(3, 40):
        try: os.write(pipe, struct.pack("!i", 100_000))
        except OSError: pass
    while True: pass
""",
}
CHEATS = {**LIES, **LOOKS, **CHANGES, **BREAKS}


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with a right answer to 1.2, and a solution to 1.1."""
    course = make_course(tmp_path_factory.mktemp("course"))
    answer(course, "twice", "return x + x")
    (course / "solutions/01_first_steps").mkdir(parents=True)
    (course / "solutions/01_first_steps/e1_double.py").write_text("def double(x): return x + x\n")
    return course


def tree(course):
    return {path: path.is_file() and path.read_bytes() for path in course.rglob("*") if path.name != "e1_double.py"}


@pytest.mark.parametrize("body", CHEATS.values(), ids=CHEATS)
def test_it_gets_no_points_and_takes_none(course, workers, body):
    answer(course, "double", body.replace("TESTS", str(course / "exercises")))
    before = tree(course)
    cheat, honest = (verdict(workers, course, name) for name in ("double", "twice"))
    assert cheat.points == 0 and cheat.state == "wrong", "a wrong answer has points"
    assert honest.points == 5, honest.lines()
    assert tree(course) == before
    told = [cheat.headline, *cheat.lines()]
    assert cheat.headline and "please report this" not in "".join(told)
    assert all(letter.isprintable() for line in told for letter in line) and sum(map(len, told)) < 3000
    "".join(told).encode()


@pytest.mark.parametrize("name", ["a name of NumPy's", "the package", "the random inputs", "a name of Python's"])
def test_whatever_it_changes_is_told(course, workers, name):
    answer(course, "double", CHEATS[name])
    assert verdict(workers, course, "double").headline.startswith("it changed ")


def test_exercises_are_closed_wherever_they_lie(course):
    """Also below the one folder in which an answer may write."""
    guard = Guard(tree.__code__, course / "exercises/02_more/tests/test_e1_again.py", scratch=course)
    guard("open", (str(course / "mine.txt"), "w", os.O_WRONLY | os.O_CREAT))
    for name in ("exercises/01_first_steps/e1_double.py", "solutions/01_first_steps/e1_double.py"):
        with pytest.raises(PermissionError, match="may not read"):
            guard("open", (str(course / name), "r", os.O_RDONLY))


def test_libraries_can_be_read_and_not_written(course, tmp_path):
    guard = Guard(tree.__code__, course / "exercises/02_more/tests/test_e1_again.py", scratch=tmp_path)
    guard("open", (np.__file__, "r", os.O_RDONLY))
    with pytest.raises(PermissionError, match="may not change"):
        guard("open", (np.__file__, "a", os.O_WRONLY | os.O_APPEND))


def test_a_right_answer_is_right(course, workers):
    """Otherwise the tests above would pass whatever the grader did."""
    answer(course, "double", "return x + x")
    assert verdict(workers, course, "double").points == 1
