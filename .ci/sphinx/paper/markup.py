"""Small pieces of LaTeX between the nodes of a page."""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform


class OnPaper(SphinxPostTransform):
    """A change to the whole book, assembled from its pages, that only LaTeX sees."""

    builders = ("latex",)


class Adopt(OnPaper):
    """Tell what stands in a page that it stands there; Sphinx leaves it with the document that it was read from."""

    default_priority = 1

    def run(self, **options):
        """Set the parents right."""
        for _, page in chapters(self.document):
            for part in page.children:
                part.parent = page


class moved(nodes.General, nodes.Element):
    """Part of a page that stands elsewhere on paper; what it links to, and what links to it, stays the same."""


def tex(markup):
    """LaTeX as it is."""
    return nodes.raw("", markup, format="latex")


def words(runs):
    """Words of a figure or a question, code among them as code."""
    return [nodes.literal(text, text) if code else nodes.Text(text) for text, code in runs]


def argument(*content):
    """Nodes as the argument of a LaTeX command."""
    return [tex("{"), *content, tex("}")]


def flow(*content):
    """Nodes in one run: nothing comes between them."""
    return nodes.inline("", "", *content)


def anchor(name):
    """A place that `page_of` can name."""
    return rf"\phantomsection\label{{\detokenize{{{name}}}}}"


def page_of(name):
    """The number of the page where a place is, as a link."""
    return rf"\kvpageof{{\detokenize{{{name}}}}}"


def comes_from(page):
    """A remark in the LaTeX file: what follows is a page's."""
    return f"\n% from {page}\n"


def chapters(document):
    """Each page of the assembled book that has a file of its own: its name, and its node."""
    for node in document.findall(addnodes.start_of_file):
        yield node["docname"], node


def page_around(node):
    """The name of the page that a node belongs to."""
    while node is not None and node.tagname not in ("start_of_file", "moved", "document"):
        node = node.parent
    return node["docname"]


def enter(writer, node):
    """Links inside count from the page that it comes from."""
    writer.curfilestack.append(node["docname"])
    writer.body.append(comes_from(node["docname"]))


def leave(writer, node):
    """Back to where it stands."""
    writer.curfilestack.pop()
    writer.body.append(comes_from(writer.curfilestack[-1]))


def setup(app):
    """Join in."""
    app.add_post_transform(Adopt)
    app.add_node(moved, latex=(enter, leave))
