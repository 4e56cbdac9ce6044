"""A table that may be wider than a phone scrolls in a box that has a name and takes the keyboard's focus.

Whether it is too wide depends on the screen. The build estimates the least width from the longest words of each
column, and leaves small tables alone: a stop of the tab key should be worth something.
"""

from docutils import nodes

from screen.markup import OnScreen

PHONE = 38  # characters beside each other in a table on a screen of 390 pixels
GAP = 2  # between two columns, in characters


class scroller(nodes.container):
    """The box around a table."""


class Tables(OnScreen):
    """Put each wide table into its box."""

    default_priority = 210

    def run(self, **options):
        """Measure and wrap."""
        for table in list(self.document.findall(nodes.table)):
            box = scroller("", name=name(table), wide=least_width(table) > PHONE)
            table.replace_self(box)
            box += table


def rows(table):
    """The cells of each row."""
    return [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]


def least_width(table):
    """How many characters a table needs beside each other, when its text breaks wherever it may."""
    columns = zip(*(map(least_cell, row) for row in rows(table)), strict=False)
    return sum(max(column) + GAP for column in columns)


def least_cell(entry):
    """The length of the longest run of characters in a cell that no line can break."""
    whole = [node.astext() for node in entry.findall(nodes.literal) if "kv-shape" in node["classes"]]
    whole += [node.astext() for node in entry.findall(nodes.math)]
    return max((len(text) for text in [*entry.astext().split(), *whole]), default=0)


def name(table):
    """What a screen reader calls the box: the table's caption, or its columns."""
    titles = [node.astext() for node in table.findall(nodes.title)]
    heads = [" ".join(cell.astext().split()) for cell in (rows(table) or [[]])[0]]
    return titles[0] if titles else "Table: " + ", ".join(filter(None, heads))


def visit_scroller(writer, node):
    """Open the box; a small table needs no name."""
    role = {"role": "region", "aria-label": node["name"], "tabindex": "0"} if node["wide"] else {}
    writer.body.append(writer.starttag(node, "div", CLASS="kv-scroll", **role))


def depart_scroller(writer, node):
    """Close it."""
    writer.body.append("</div>\n")


def mend_list_of_works(app, pagename, templatename, context, doctree):
    """Take a role away that docutils gives the list of works: its entries are no list items."""
    if "body" in context:
        context["body"] = context["body"].replace('role="list" class="citation-list"', 'class="citation-list"')


def setup(app):
    """Join in."""
    app.add_node(scroller, html=(visit_scroller, depart_scroller))
    app.add_post_transform(Tables)
    app.connect("html-page-context", mend_list_of_works)
