"""The API reference leaves no module out and names none that is gone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^\.\. automodule:: (\S+)$", PAGE, re.MULTILINE)


def has_public_names(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") for node in body)


def test_every_module_has_its_section():
    """Diagrams and their parts are left out: chapters show them."""
    package = ROOT / "code" / "kvlab"
    paths = [path for path in package.glob("*/*.py") if path.stem != "__init__" and has_public_names(path)]
    modules = {f"kvlab.{path.parent.name}.{path.stem}" for path in paths if path.parent.name != "figures"}
    assert sorted(modules - set(NAMED)) == [], "add `### name` and `.. automodule:: name` to book/api.md"


def test_every_section_has_its_module():
    missing = [name for name in NAMED if not (ROOT / "code" / f"{name.replace('.', '/')}.py").is_file()]
    assert missing == []
    assert len(set(NAMED)) == len(NAMED)
    assert re.findall(r"^### (\S+)$", PAGE, re.MULTILINE) == NAMED
