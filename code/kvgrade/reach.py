"""What an answer shares with its tests, kept as it was.

Both run in one process, and Python lets anybody change a module that is loaded. So an answer does not find the grader
among the modules, and when it has run, all names that it shares with the tests must still mean what they meant.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType

HIDDEN = ("kvgrade", "tracemalloc", "_tracemalloc")  # the grader, and the meter that it reads
SHARED = ("builtins", "math", "numpy", "kvlab", "kvgrade")
NOTED = (list, tuple, dict, set, frozenset, str)  # Python's own notes: __warningregistry__, or __slotnames__ by `copy`
GONE = object()

Owner = ModuleType | type
Names = dict[str, tuple[Owner, dict[str, object]]]  # by what an owner is called: the owner, and what its names mean


@contextlib.contextmanager
def out_of_reach(tests: ModuleType, changed: list[str]) -> Iterator[None]:
    """Hide the grader meanwhile; afterwards put back what was changed.

    Parameters
    ----------
    tests : module
        Loaded already.
    changed : list of str
        Takes the names that were changed, such as ``numpy.isclose``.
    """
    modules = dict(sys.modules)
    before = names_of([module for name, module in modules.items() if _top(name) in SHARED])
    before[tests.__name__] = (tests, dict(vars(tests)))  # not what is in their classes, which they may change
    _hide()
    try:
        yield
    finally:
        _hide()  # copies that the answer has imported
        sys.modules.update(modules)
        changed += put_back(before)


def names_of(modules: list[ModuleType]) -> Names:
    """What all names in these modules, and in the classes that they define, mean now."""
    owners: dict[str, Owner] = {}
    for module in modules:
        owners[module.__name__] = module
        classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
        owners |= {f"{module.__name__}.{one.__name__}": one for one in classes}
    return {called: (owner, dict(vars(owner))) for called, owner in owners.items()}


def put_back(before: Names) -> list[str]:
    """Give every name its meaning again; tell which ones had lost it."""
    changed = []
    for called, (owner, names) in before.items():
        now = dict(vars(owner))
        for name in names.keys() | now.keys():
            if now.get(name, GONE) is names.get(name, GONE) or (name not in names and _harmless(name, now[name])):
                continue
            changed.append(f"{called}.{name}")
            with contextlib.suppress(AttributeError, TypeError):
                setattr(owner, name, names[name]) if name in names else delattr(owner, name)
    return sorted(changed)


def _harmless(name: str, added: object) -> bool:
    """Whether Python adds such a name by itself: a part of a package was loaded, something was noted."""
    return isinstance(added, ModuleType) or (name.startswith("__") and type(added) in NOTED)


def _hide() -> None:
    for name in list(sys.modules):
        if _top(name) in HIDDEN:
            del sys.modules[name]


def _top(name: str) -> str:
    return name.partition(".")[0]
