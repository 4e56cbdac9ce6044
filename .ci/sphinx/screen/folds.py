"""What a page folds away is a `details` element, which needs no script: solutions, and the code of hidden cells.

A browser opens it when a search or a link leads inside, and on paper style sheets can open it.
"""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx_exercise.nodes import solution_node

from screen.markup import OnScreen
from screen.titles import parts


class Summary(nodes.title):
    """The line of a fold that always shows."""


class Solutions(OnScreen):
    """Name each solution like its exercise."""

    default_priority = 31

    def run(self, **options):
        """Turn "Solution to Exercise 1.1 (How often?)", with its link, into "Solution 1.1 How often?"."""
        for solution in self.document.findall(solution_node):
            link = next(solution[0].findall(nodes.reference))
            label, name = parts(link)
            number = label.removeprefix("Exercise")
            head = nodes.inline("", f"Solution{number}", classes=["caption-number"])
            solution[0] = Summary("", "", head, nodes.Text(" "), *name)


def visit_solution(writer, node):
    """Open the fold."""
    writer.body.append(f'<details class="kv-fold solution" id="{node["ids"][0]}">\n')


def depart_fold(writer, node):
    """Close it."""
    writer.body.append("</details>\n")


def visit_summary(writer, node):
    """Open its line."""
    writer.body.append("<summary>")


def depart_summary(writer, node):
    """Close its line."""
    writer.body.append("</summary>\n")


def visit_hidden(writer, node):
    """Fold a part of a cell; myst-nb's own writer puts paragraphs into the line, and another name over them."""
    classes = " ".join(node["classes"])
    part = "output" if "output" in node["prompt_show"] else "code"
    writer.body.append(f'<details class="kv-fold hide {classes}">\n<summary>The {part} of this cell</summary>\n')


def write_ours(app):
    """Replace the ways in which the extensions write these nodes."""
    app.add_node(solution_node, override=True, html=(visit_solution, depart_fold))
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden, depart_fold))


def setup(app):
    """Join in, after the extensions whose nodes these are."""
    app.add_node(Summary, html=(visit_summary, depart_summary))
    app.add_post_transform(Solutions)
    app.connect("builder-inited", write_ours)
