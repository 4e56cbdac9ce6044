"""The titles of exercises: "Exercise 1.1 How often?" where sphinx-exercise writes "Exercise 1.1 (How often?)".

Its sections inside exercises and solutions all have the same id; they lose it.
"""

from docutils import nodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from screen.markup import OnScreen

BOXES = (exercise_node, exercise_enumerable_node, solution_node)


class Titles(OnScreen):
    """Rewrite the titles, once sphinx-exercise has resolved them."""

    default_priority = 30

    def run(self, **options):
        """Take the brackets away, and the ids that are there twice."""
        for box in self.document.findall(lambda node: isinstance(node, BOXES)):
            for section in box.findall(nodes.section):
                section["ids"] = [name for name in section["ids"] if not name.endswith("-content")]
            if not isinstance(box, solution_node):
                label, name = parts(box[0])
                head = [nodes.inline("", label, classes=["caption-number"]), nodes.Text(" ")] if label else []
                box[0].children = []
                box[0].extend([*head, *name])


def parts(title):
    """What stands before the brackets, and the nodes between them."""
    texts = list(title.children)
    opening = next((i for i, part in enumerate(texts) if part.astext() == " ("), None)
    if opening is None:
        return title.astext().strip(), []
    return "".join(part.astext() for part in texts[:opening]).strip(), texts[opening + 1 : -1]


def setup(app):
    """Join in."""
    app.add_post_transform(Titles)
