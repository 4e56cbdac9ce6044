"""What cells show as HTML, on paper: charts, figures to step through, the calculator, questions."""

import re

from docutils import nodes

from kvlab.figures.still import still
from kvlab.figures.still_words import question, worked
from paper.markup import OnPaper, anchor, argument, flow, page_around, tex, words
from paper.pictures import pdf_of
from paper.questions import asked

UNIT = 0.645  # points for one unit of a drawing that stands alone
PAIR = 205.0  # points, the width of one of two frames side by side


class Figures(OnPaper):
    """Put what paper can hold in place of HTML, before MyST-NB chooses among what a cell offers."""

    default_priority = 3

    def run(self, **options):
        """Go through all outputs that have an HTML form."""
        for html in list(self.document.findall(nodes.raw)):
            if html["format"] == "html" and html.parent.get("mime_type") == "text/html":
                made = self.on_paper(html.astext(), page_around(html))
                if made:
                    html.parent.parent.replace_self(made)

    def on_paper(self, html, page):
        """The nodes for one output, or nothing if it is none of the book's."""
        kind = re.match(r"""<div class=["'][^"']*kv-(chart|stepper|calculator|quiz)\b""", html)
        if not kind:
            return []
        if kind[1] == "quiz":
            return asked(question(html), page)
        return self.calculator(worked(html), page) if kind[1] == "calculator" else self.figure(still(html), page)

    def figure(self, drawn, page):
        """A figure that floats: its frames, and the finding as caption."""
        return [
            flow(
                tex("\n\\begin{kvfigure}\n"),
                *(node for panel in drawn.panels for node in self.panel(panel, len(drawn.panels) > 1)),
                tex("\\kvcaption"), *argument(*words(drawn.title)),
                tex(f"{{{drawn.frames if drawn.frames > 1 else ''}}}"),
                tex(anchor(f"figure:{page}:{drawn.name}") + "\n\\end{kvfigure}\n"),
            )
        ]  # fmt: skip

    def panel(self, panel, several):
        """One frame."""
        width = PAIR if several else UNIT * panel.size[0]
        file = pdf_of(panel.svg, self.app.outdir)
        head = tex(f"\\{'kvpanel' if several else 'kvpicture'}{{{width:.1f}pt}}{{{file}}}")
        return [head, *argument(nodes.Text(panel.name)), *argument(nodes.Text(panel.caption)), tex("%\n")]

    def calculator(self, solved, page):
        """The calculator, as it answers one question."""
        rows = []
        for command, pairs in (("kvgiven", solved.given), ("kvfound", solved.found)):
            for label, value in pairs:
                rows += [tex(f"\\{command}"), *argument(nodes.Text(label)), *argument(nodes.Text(value)), tex("%\n")]
        place = tex(anchor(f"figure:{page}:{solved.name}") + "\n")
        head = [tex("\n\\begin{kvcalculator}"), *argument(*words(solved.title))]
        return [flow(*head, place, *rows, tex("\\end{kvcalculator}\n"))]


def setup(app):
    """Join in."""
    app.add_post_transform(Figures)
