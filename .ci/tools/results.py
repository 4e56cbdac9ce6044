"""What a build may keep of the one before, so that no page shows a number older than the code."""

import shutil
import sys

from tools.environment import BUILD, LOCK, ROOT
from tools.say import digest

PAGES = BUILD / "html"
WHOLE = BUILD / "pages-are-whole"  # there if the last build succeeded

KERNEL_START = '''"""Every kernel of the build runs this first: a warning in a cell is an error there."""
import os as _os
import warnings as _warnings

_os.environ["PYTHONWARNINGS"] = "error"  # for what a cell starts
_warnings.simplefilter("error")
for _name in ("asyncio", "ipykernel", "IPython", "jupyter_client", "tornado", "traitlets", "zmq"):
    _warnings.filterwarnings("default", module=_name + r"(\\.|$)")  # the kernel's own, mostly as it stops
del _os, _warnings, _name
'''


def forget_stale_results(fresh: bool) -> None:
    """Drop all results if anything changed that they depend on besides the text of their own page.

    Jupyter's cache compares cells only: it would go on showing what an older `kvlab` computed.
    """
    depends = [LOCK, ROOT / "_config.yml"]
    first = ROOT / "exercises" / "01_problem_analysis" / "tests"  # the front page shows what the grader says
    for folder in (ROOT / "code" / "kvlab", ROOT / "code" / "kvgrade", first, ROOT / "book"):
        depends += sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".json", ".csv", ".css", ".js"})
    key = digest(sys.version.encode(), *(str(path).encode() + path.read_bytes() for path in depends))
    mark = BUILD / "results-key"
    if fresh or not mark.exists() or mark.read_text() != key:
        shutil.rmtree(BUILD / ".jupyter_cache", ignore_errors=True)
        WHOLE.unlink(missing_ok=True)
    if not WHOLE.exists():  # Sphinx would not repeat the warnings of pages that it has read before
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        shutil.rmtree(PAGES, ignore_errors=True)
        shutil.rmtree(PAGES.with_name("html-heavy"), ignore_errors=True)  # see .ci/sphinx/light
    profile = BUILD / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True, exist_ok=True)
    (profile / "startup" / "00-warnings.py").write_text(KERNEL_START, encoding="utf-8")
    (profile / "ipython_kernel_config.py").write_text('c.Application.log_level = "ERROR"\n', encoding="utf-8")
    mark.write_text(key)
    WHOLE.unlink(missing_ok=True)
