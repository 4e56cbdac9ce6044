"""The API reference leaves no module out and names none that is gone."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OVERVIEW = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "book" / "api").glob("*.md"))}
NAMED = [name for page in PAGES.values() for name in re.findall(r"^\.\. automodule:: (\S+)$", page, re.MULTILINE)]


def has_public_names(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") for node in body)


def test_every_module_has_its_section():
    """Diagrams and their parts are left out: chapters show them."""
    package = ROOT / "code" / "kvlab"
    paths = [path for path in package.glob("*/*.py") if path.stem != "__init__" and has_public_names(path)]
    modules = {f"kvlab.{path.parent.name}.{path.stem}" for path in paths if path.parent.name != "figures"}
    assert sorted(modules - set(NAMED)) == [], "run `.venv/bin/python .ci/sphinx/api_page.py`"


def test_every_section_has_its_module():
    missing = [name for name in NAMED if not (ROOT / "code" / f"{name.replace('.', '/')}.py").is_file()]
    assert missing == []
    assert len(set(NAMED)) == len(NAMED)
    assert [name for page in PAGES.values() for name in re.findall(r"^## (\S+)$", page, re.MULTILINE)] == NAMED


def test_a_module_is_on_the_page_of_its_folder():
    for folder, page in PAGES.items():
        assert set(re.findall(r"^## kvlab\.(\w+)\.", page, re.MULTILINE)) == {folder}


def test_the_overview_leads_to_every_module():
    assert sorted(re.findall(r"^\{py:mod\}`~(\S+)`$", OVERVIEW, re.MULTILINE)) == sorted(NAMED)
    assert sorted(re.findall(r"\]\(api/(\w+)\.md\)", OVERVIEW)) == sorted(PAGES)


def test_the_pages_are_as_the_package_says():
    pages = runpy.run_path(str(ROOT / ".ci" / "sphinx" / "api_page.py"))["pages"]()
    stale = [path.name for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `.venv/bin/python .ci/sphinx/api_page.py`"
