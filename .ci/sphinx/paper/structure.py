"""The order of a book: title page, the front page as a first chapter, parts, numbers as the files have them."""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import thebibliography

from paper.markup import OnPaper, argument, chapters, comes_from, flow, tex

ON_SCREEN = {"cover", "kv-ways"}  # what the front page has that paper has elsewhere: the title page, the contents
REFERENCE = "book/api"  # set small, in two columns, with the pages below it
FRONT = "About this book"  # what the front page is called when its title is on the title page


class Structure(OnPaper):
    """Arrange the assembled pages, before anything is moved."""

    default_priority = 25

    def run(self, **options):
        """Make the front page a chapter, then say before each page what it is."""
        self.front_page()
        trees = self.config.external_site_map.root.subtrees
        parts = {tree.files()[0]: tree for tree in trees}
        tops = {self.document["docname"]}.union(*(tree.files() for tree in trees))
        for page, node in list(chapters(self.document)):
            before = [part_title(parts[page])] if page in parts else []
            before.append(tex(opening(page) if page in tops else comes_from(page)))
            node.parent.insert(node.parent.index(node), before)
            if page == REFERENCE:
                in_columns(next(node.findall(nodes.section)))
        for title in self.document.findall(nodes.title):
            plain_in_bookmarks(title)

    def front_page(self):
        """Give the front page's text a chapter of its own; the cover goes to the title page."""
        root = next(self.document.findall(nodes.section))
        own = [part for part in root.children[1:] if not isinstance(part, nodes.compound)]
        for part in own:
            root.remove(part)
        chapter = nodes.section("", nodes.title(FRONT, FRONT), *own, ids=["about-this-book"])
        for part in [part for part in chapter.findall(nodes.Element) if ON_SCREEN & set(part["classes"])]:
            part.parent.remove(part)
        root.insert(1, addnodes.start_of_file("", chapter, docname=self.document["docname"]))


def part_title(part):
    """A page with a part's title if its chapters are numbered; else the contents alone name it."""
    command = "kvpart" if part.numbered else "kvquietpart"
    return flow(tex(f"\n\\{command}"), *argument(nodes.Text(part.caption)), tex("\n"))


def in_columns(page):
    """Set the pages below a page in columns."""
    first = page.first_child_matching_class((nodes.section, nodes.compound))
    page.insert(first, tex("\n\\begin{kvcolumns}\n"))
    page.append(tex("\n\\end{kvcolumns}\n"))


def plain_in_bookmarks(title):
    """A formula in a heading has a form for the reader's list of bookmarks."""
    for formula in list(title.findall(nodes.math)):
        plain = formula.astext().translate(str.maketrans("", "", "\\{}$"))
        formula.replace_self(tex(rf"\texorpdfstring{{\({formula.astext()}\)}}{{{plain}}}"))


def opening(page):
    """What stands before a chapter: its number, which is its file's number, or that it has none."""
    number = re.match(r"(\d+)-", page.rsplit("/", 1)[-1])
    return f"\n\\kvnumbered{{{int(number[1])}}}{{{page}}}\n" if number else f"\n\\kvunnumbered{{{page}}}\n"


class Front(OnPaper):
    """Leave the front page's name to the beginning of the book, which has it already."""

    default_priority = 750

    def run(self, **options):
        """Take the second one away."""
        for page, node in chapters(self.document):
            if page == self.document["docname"]:
                next(node.findall(nodes.section))["ids"].remove(":doc")


class Bibliography(OnPaper):
    """Put the list of works on its own page; Sphinx puts it at the end of the book, with a second title."""

    default_priority = 760

    def run(self, **options):
        """Move the list."""
        page = dict(chapters(self.document)).get("book/bibliography")
        for works in list(self.document.findall(thebibliography)):
            if page is not None:
                works.parent.remove(works)
                next(page.findall(nodes.section)).append(works)


def setup(app):
    """Join in."""
    app.add_post_transform(Structure)
    app.add_post_transform(Front)
    app.add_post_transform(Bibliography)
