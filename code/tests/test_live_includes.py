"""What a notebook shows where the book includes code."""

import re

import pytest

from kvlive.includes import included
from kvlive.prose import Page
from tasks import ROOT

SOURCE = '''\
"""A module."""

import math


@decorated
class Cache:
    """Keeps."""

    def update(self, key):
        """Stage."""
        rows = key + 1
        return rows

    def reset(self):
        self.rows = []


def last(x):
    return x[-1]
'''


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "cache.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"language": "python", "lines": "3"}, "import math"),
        ({"lines": "1, 19-"}, '"""A module."""\ndef last(x):\n    return x[-1]'),
        ({"pyobject": "last"}, "def last(x):\n    return x[-1]"),
        ({"pyobject": "Cache.reset", "dedent": "4"}, "def reset(self):\n    self.rows = []"),
        ({"start-at": "rows = key", "end-at": "return", "dedent": ""}, "rows = key + 1\nreturn rows"),
        ({"start-at": "def reset", "end-before": "def", "dedent": ""}, "def reset(self):\n    self.rows = []\n\n"),
        ({"pyobject": "Cache.update", "start-at": "rows", "dedent": "8"}, "rows = key + 1\nreturn rows"),
    ],
)
def test_the_options_choose_lines_as_sphinx_does(source, options, expected):
    assert included(source, options) == expected


def test_a_decorator_belongs_to_what_it_decorates(source):
    assert included(source, {"pyobject": "Cache"}).startswith("@decorated\nclass Cache:")
    assert included(source, {"pyobject": "Cache"}).endswith("self.rows = []")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"emphasize-lines": "3"}, "emphasize-lines is not one of"),
        ({"pyobject": "Cache.absent"}, "pyobject 'Cache.absent' chooses nothing"),
        ({"start-at": "nowhere"}, "start-at 'nowhere' chooses nothing"),
        ({"lines": "400-"}, "chooses nothing"),
    ],
)
def test_what_cannot_be_chosen_is_an_error(source, options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        included(source, options)


def test_included_code_stands_where_the_directive_stood(tmp_path):
    (tmp_path / "cell.py").write_text('x = """\n```\n"""\n')
    text = 'Before.\n\n````{literalinclude} cell.py\n:start-at: "x = \\"\\""\n````\n\nAfter.\n'
    assert Page(tmp_path / "page.md").shown(text) == 'Before.\n\n````python\nx = """\n```\n"""\n````\n\nAfter.\n'


def test_a_file_that_a_copy_lacks_is_named(tmp_path):
    shown = Page(tmp_path / "page.md").shown("```{literalinclude} ../solutions/e1_how_often.py\n```\n")
    assert shown == "*(`e1_how_often.py` is not part of this copy.)*\n"


def test_the_chapters_include_what_is_there():
    """As many blocks of code as directives, and none of them empty."""
    seen = 0
    for path in sorted((ROOT / "book").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        directives = re.findall(r"^`{3,}\{literalinclude\}", text, re.MULTILINE)
        shown = Page(path).shown(text)
        assert len(re.findall(r"^`{3,}python\n\S", shown, re.MULTILINE)) >= len(directives)
        assert "{literalinclude}" not in shown and "not part of this copy" not in shown
        seen += len(directives)
    assert seen > 20
