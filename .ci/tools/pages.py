"""Building the pages: strictly, offline for the reader, and never with a number older than the code."""

import os
import re
import sys

from tools.environment import BUILD, ROOT, clean_env, program
from tools.faults import page_faults
from tools.npm import assets, node_folder
from tools.results import PAGES, WHOLE, forget_stale_results
from tools.say import Trouble, stage

STRICT = ["-W", "--keep-going", "-n"]  # each warning is an error, all are shown, no reference dangles


def build(fresh: bool) -> None:
    """Turn the chapters into `_build/html`, or say what is wrong with them."""
    assets()
    forget_stale_results(fresh)
    with stage("Building the pages; the cells of every chapter that changed are run"):
        status, said = jupyter_book()
    if status:
        print(*failed_cells(said), sep="\n", file=sys.stderr)
        raise Trouble("the pages did not build, for the reasons above (all that was said is in _build/pages.log)")
    faults = page_faults(PAGES)
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        raise Trouble("the pages above load from another host, or show a formula that KaTeX cannot read")
    WHOLE.touch()


COLOUR = re.compile(r"\x1b\[[\d;]*m")
CHATTER = re.compile(
    r"\x1b\[01m|\s*(\x1b\[9\dm=|$)|(Running Jupyter-Book|Source Folder|Config Path|Output Path|Using jupyter-cache"
    r"|\[etoc\]|checking bibtex|parsing bibtex|The HTML pages|Finished generating)|.*: Cached executed notebook"
)


def jupyter_book(*options: str, log: str = "pages.log", **more: str) -> tuple[int, str]:
    """Run Jupyter Book; show what matters of what it says, and return its exit status and all it said."""
    lines = []
    settings = {
        "IPYTHONDIR": str(BUILD / "ipython"),
        "KVLAB_BUILD": "1",  # no one is there to move a slider
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of `.venv`, whatever else the machine has
        "MPLBACKEND": "agg",
        "PATH": os.pathsep.join([node_folder(), clean_env()["PATH"]]),
    }
    command = ["build", ".", *STRICT, *options, "--path-output", "."]
    with program("jupyter-book", *command, **settings, **more) as process:
        for line in process.stdout:
            lines.append(COLOUR.sub("", line))
            if not CHATTER.match(line) and not line.startswith("Traceback"):
                print("    " + lines[-1].rstrip().replace(f"{ROOT}{os.sep}", ""), flush=True)
            if line.startswith(("Traceback", "Finished generating")):
                break  # the rest repeats it
        lines += [COLOUR.sub("", line) for line in process.stdout]
    (BUILD / log).write_text("".join(lines), encoding="utf-8")
    return process.returncode, "".join(lines)


def failed_cells(said: str) -> list[str]:
    """Return each failed cell with its traceback, out of everything that Jupyter Book said."""
    cell = r"An error occurred while executing the following cell:.*?(?=\nThe above exception|\Z)"
    return re.findall(cell, said, re.DOTALL)
