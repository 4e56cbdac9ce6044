"""Code on paper: few colours, all dark enough for print in grey, where weight and slope carry the difference."""

from docutils import nodes
from pygments.style import Style
from pygments.token import Comment, Error, Generic, Keyword, Literal, Name, Number, Operator, String, Token

from paper.markup import OnPaper


class Paper(Style):
    """Keywords bold, comments slanted; the colours have a contrast of at least 7 on the listings' ground."""

    styles = {  # noqa: RUF012
        Token: "#222832",
        Comment: "italic #48566b",
        Keyword: "bold #2f3a8f",
        Keyword.Constant: "#2f3a8f",
        Name.Builtin: "#2f3a8f",
        Name.Function: "bold #222832",
        Name.Class: "bold #222832",
        Name.Decorator: "#63206e",
        Name.Exception: "#2f3a8f",
        Operator.Word: "bold #2f3a8f",
        String: "#2c5a2d",
        String.Doc: "italic #2c5a2d",
        String.Interpol: "#63206e",
        Number: "#7c1c02",
        Literal: "#7c1c02",
        Generic.Prompt: "#48566b",
        Generic.Output: "#222832",
        Error: "",
    }


class Ends(OnPaper):
    """A listing ends with its last line that says something."""

    default_priority = 50

    def run(self, **options):
        """Drop what is blank below."""
        for listing in self.document.findall(nodes.literal_block):
            text = listing.astext().rstrip()
            if listing.rawsource == listing.astext() != text:
                listing.rawsource = text
                listing[:] = [nodes.Text(text)]


def colours(app):
    """Choose them once the builder is known; pages have their theme's."""
    if app.builder.name == "latex":
        app.config.pygments_style = "paper.listings.Paper"


def setup(app):
    """Join in."""
    app.connect("builder-inited", colours)
    app.add_post_transform(Ends)
