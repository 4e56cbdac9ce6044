"""Tables on paper."""

from docutils import nodes

from paper.markup import OnPaper

MANY = 15  # rows
LINE = 84  # characters


class EmptyCells(OnPaper):
    """A cell with nothing in it takes no line of its own."""

    default_priority = 50

    def run(self, **options):
        """Drop the paragraph that says nothing."""
        for cell in self.document.findall(nodes.entry):
            for part in [part for part in cell if isinstance(part, nodes.paragraph) and not part.children]:
                cell.remove(part)


class LongTables(OnPaper):
    """A table of many short rows may go on on the next page."""

    default_priority = 50

    def run(self, **options):
        """Mark those whose rows fit on one line each."""
        for table in self.document.findall(nodes.table):
            rows = [[cell.astext() for cell in row] for row in table.findall(nodes.row)]
            widths = [max(map(len, column)) for column in zip(*rows, strict=False)]
            if len(rows) > MANY and sum(widths) + 3 * len(widths) < LINE:
                table["classes"].append("longtable")


def setup(app):
    """Join in."""
    app.add_post_transform(EmptyCells)
    app.add_post_transform(LongTables)
