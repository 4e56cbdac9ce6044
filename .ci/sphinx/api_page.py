"""Write the API reference: ``book/api.md``, and a page for each folder of the package in ``book/api/``.

.venv/bin/python .ci/sphinx/api_page.py

A module is a section of its folder's page. Modules come in the order of the package's map.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "code" / "kvlab"
FOLDERS = {
    "model": "The model: nothing in it knows which cache it is given.",
    "cache": "The caches, behind one contract.",
    "io": "Reading models: files, tokenizers, the download.",
    "measure": "Counting, comparing, timing, sizing.",
    "bench": "The engine beside others, and the steps that made it fast.",
    "figures": "What chapters use to draw and to ask. The diagrams and their parts are left out.",
}
FIGURES = ["palette", "style", "labels", "inline", "svg", "frames", "quiz", "numbers", "live"]
HEAD = """# API reference

All public names of the package, a page for each of its folders, in the order in which to read them. The text is that
of the docstrings. Letters in shapes are those of [Notation](notation.md).

The names that most programs need are importable from `kvlab` itself: `KVCache`, `Transformer`, `ModelConfig`,
`CachedMultiHeadAttention`, `load_model`, `generate_cached`, `generate_recompute`, `compare_generation` and a few more.
"""


def has_public_names(path: Path) -> bool:
    """Whether a module defines a function or class without a leading underscore."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(node, kinds) and not node.name.startswith("_") for node in body)


def first_line(path: Path) -> str:
    """What a module says of itself in its first line."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.split("\n", 1)[0]


def reading_order() -> list[str]:
    """The entries of the package's map, such as ``model/ops`` or ``io/gguf*``."""
    said = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))) or ""
    return re.findall(r"^\s+(\w+/\w+\*?)", said, flags=re.MULTILINE)


def place(module: str, order: list[str]) -> tuple[int, str]:
    """Where a module stands in the map; those it does not name come last."""
    fits = [entry == module or (entry[-1] == "*" and module.startswith(entry[:-1])) for entry in order]
    return (fits.index(True) if True in fits else len(order)), module


def modules(folder: str) -> list[str]:
    """A folder's modules with public names, in reading order."""
    if folder == "figures":
        return FIGURES
    paths = [path for path in (PACKAGE / folder).glob("*.py") if path.stem != "__init__"]
    found = [path.stem for path in paths if has_public_names(path)]
    return sorted(found, key=lambda name: place(f"{folder}/{name}", reading_order()))


def overview() -> str:
    """The page that leads to the others: each folder, and each module with its first line."""
    parts = [HEAD]
    for folder, sentence in FOLDERS.items():
        parts.append(f"## [kvlab.{folder}](api/{folder}.md)\n\n{sentence}\n")
        parts += [entry(folder, name) for name in modules(folder)]
    return "\n".join(parts)


def entry(folder: str, name: str) -> str:
    """A module's name, which leads to its section, and its first line."""
    return f"{{py:mod}}`~kvlab.{folder}.{name}`\n: {first_line(PACKAGE / folder / f'{name}.py')}\n"


def folder_page(folder: str) -> str:
    """The page of one folder."""
    parts = [f"# kvlab.{folder}\n\n{FOLDERS[folder]}\n"]
    for name in modules(folder):
        module = f"kvlab.{folder}.{name}"
        parts.append(f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n```\n")
    return "\n".join(parts)


def pages() -> dict[Path, str]:
    """Every page of the reference, by its path."""
    book = ROOT / "book"
    return {book / "api.md": overview()} | {book / "api" / f"{name}.md": folder_page(name) for name in FOLDERS}


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
