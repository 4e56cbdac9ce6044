"""A cell that recomputes where a kernel lives, and says so where none does."""

import sys
import types

from kvlab.figures.live import playground


def test_without_a_notebook_it_says_what_it_offers(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    display = types.ModuleType("IPython.display")
    display.Markdown = str
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setenv("KVLAB_BUILD", "1")
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    said = playground(lambda n: n, offers="choose n", n=(1, 9))
    assert said == "*In a live notebook, this cell lets you choose n.*"


def test_in_a_notebook_it_builds_the_control(monkeypatch):
    made = {}
    widgets = types.ModuleType("ipywidgets")
    widgets.__spec__ = types.SimpleNamespace(name="ipywidgets")
    widgets.interact_manual = lambda compute, **controls: made.update(controls)
    display = types.ModuleType("IPython.display")
    display.Markdown = str
    for name, module in (("ipywidgets", widgets), ("ipykernel", types.ModuleType("ipykernel"))):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.delenv("KVLAB_BUILD", raising=False)
    assert playground(lambda n: n, offers="choose n", n=(1, 9)) is None
    assert made == {"n": (1, 9)}
