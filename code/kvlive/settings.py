"""What is written into an environment, once, so that JupyterLab opens the chapters as notebooks.

Files of JupyterLab's own, below the folder of the running Python, which is the project's `.venv` or Binder's.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

FRONT_END = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Jupytext Notebook"}},
    # A chapter's kernel holds a language model: closing the page gives its memory back.
    "@jupyterlab/notebook-extension:tracker": {"kernelShutdown": True},
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
}
SERVER = {
    "ServerApp": {"contents_manager_class": "kvlive.contents.BookContents"},
    "LabApp": {"default_url": "/lab/tree/binder/welcome.md"},
    # Every Markdown file is MyST: else Jupytext would make a cell of each block of code in it.
    "BookContents": {
        "preferred_jupytext_formats_read": "md:myst",
        "notebook_metadata_filter": "all,-jupytext.text_representation.jupytext_version",
    },
}
EXTENSION = {
    "name": "kvlive",
    "version": "0.1.0",
    "jupyterlab": {"extension": True, "_build": {"load": "static/numbers.js", "extension": "./extension"}},
}


def write_settings(prefix: Path = Path(sys.prefix)) -> list[Path]:
    """Write JupyterLab's settings.

    Parameters
    ----------
    prefix : Path
        The folder of the environment that JupyterLab runs in.

    Returns
    -------
    list of Path
        The files.
    """
    share = prefix / "share" / "jupyter"
    extension = share / "labextensions" / "kvlive"
    script = files("kvlive").joinpath("numbers.js").read_text(encoding="utf-8")
    return [
        _write(share / "lab" / "settings" / "overrides.json", _json(FRONT_END)),
        _write(prefix / "etc" / "jupyter" / "jupyter_server_config.json", _json(SERVER)),
        _write(extension / "package.json", _json(EXTENSION)),
        _write(extension / "static" / "numbers.js", script),
    ]


def _json(settings: dict[str, Any]) -> str:
    return json.dumps(settings, indent=2) + "\n"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
