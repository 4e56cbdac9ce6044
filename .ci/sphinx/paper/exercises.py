"""Exercises on paper: the task where it is asked, hints and solutions in appendices, each a link away.

What else a page folds away stands open.
"""

from itertools import groupby

from docutils import nodes
from sphinx import addnodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from paper.markup import OnPaper, anchor, argument, chapters, flow, moved, page_around, page_of, tex

AFTER = "book/exercises"  # the page that the appendices follow


def is_dropdown(node):
    """Whether a page folds this away."""
    return isinstance(node, nodes.container) and node.get("design_component") == "dropdown"


def folded_title(node):
    """What is written on a fold."""
    return node[0].astext() if isinstance(node[0], nodes.rubric) else ""


def heading(node):
    """An exercise's number, if it has one, and its name."""
    head, *rest = node[0].children
    return head.astext().removeprefix("Exercise").strip(), [part.deepcopy() for part in rest[1:-1]]


def places(node):
    """Everything that links may call a node."""
    page = page_around(node)
    return "".join(anchor(f"{page}:{name}") for name in node["ids"]) + anchor(f"exercise:{node['label']}")


class Exercises(OnPaper):
    """Rewrite exercises and solutions, once their titles are known."""

    default_priority = 45

    def run(self, **options):
        """Take the hints and the solutions out, then open whatever else is folded."""
        tasks = list(self.document.findall(lambda node: isinstance(node, exercise_node | exercise_enumerable_node)))
        names = {task["label"]: heading(task) for task in tasks}
        solved = {node["target_label"]: node for node in self.document.findall(solution_node)}
        hinted = {task["label"]: hints(task) for task in tasks}
        self.append("Hints", "hints", tasks, names, hinted)
        self.append("Solutions", "solution", tasks, names, {key: solution(node) for key, node in solved.items()})
        for node in solved.values():
            node.parent.remove(node)
        for task in tasks:
            task.replace_self(exercise(task, names[task["label"]], hinted[task["label"]], task["label"] in solved))
        for fold in list(self.document.findall(is_dropdown)):
            fold.replace_self(opened(fold))

    def append(self, title, kind, tasks, names, content):
        """Add an appendix with one entry for each exercise that has something to say."""
        section = nodes.section("", nodes.title(title, title), ids=[kind])
        for page, group in groupby(tasks, key=page_around):
            entries = [task for task in group if content.get(task["label"])]
            if entries:
                section += flow(tex("\n\\kvchapterof"), *argument(nodes.Text(self.env.titles[page].astext())))
            for task in entries:
                head = entry_head(kind, task["label"], *names[task["label"]])
                section += moved("", head, *content[task["label"]], tex("\n\\end{kventry}\n"), docname=page)
        if len(section) > 1:
            self.insert(addnodes.start_of_file("", section, docname=f"paper/{kind}"))

    def insert(self, appendix):
        """Put an appendix after the page of all exercises and the appendices that are there."""
        own = [node for page, node in chapters(self.document) if page == AFTER or page.startswith("paper/")]
        own[-1].parent.insert(own[-1].parent.index(own[-1]) + 1, appendix)


def entry_head(kind, label, number, name):
    """The first lines of an entry of an appendix."""
    words = [tex("\n\\begin{kventry}" + f"{{{kind}}}{{{number}}}"), *argument(*(part.deepcopy() for part in name))]
    return flow(*words, tex(f"{{{page_of('exercise:' + label)}}}{anchor(f'{kind}:{label}')}\n"))


def hints(task):
    """An exercise's hints, taken out of it and out of one another."""
    found = []
    for fold in [fold for fold in task.findall(is_dropdown) if folded_title(fold) in ("Hint", "Another hint")]:
        own = [part.deepcopy() for part in fold.children[1:] if not is_dropdown(part)]
        own[0].insert(0, tex("\\kvhint{}"))
        found += own
    for fold in [fold for fold in task.findall(is_dropdown) if folded_title(fold) == "Hint"]:
        fold.parent.remove(fold)
    return found


def solution(node):
    """A solution, without its title."""
    page = page_around(node)
    own = [part.deepcopy() for part in node.children[1:]]
    return [tex("".join(anchor(f"{page}:{name}") for name in node["ids"])), *own]


def exercise(task, name, hinted, solved):
    """An exercise where it is asked."""
    label, (number, words) = task["label"], name
    ways = [f"Hints on page~{page_of('hints:' + label)}."] * bool(hinted)
    ways += [f"Solution on page~{page_of('solution:' + label)}."] * solved
    head = flow(tex(f"\n\\begin{{kvexercise}}{{{number}}}"), *argument(*words), tex(places(task) + "\n"))
    return [head, *task.children[1:], tex(f"\n\\kvways{{{' '.join(ways)}}}\n\\end{{kvexercise}}\n")]


def opened(fold):
    """What a page folds away, open."""
    title = nodes.Text(folded_title(fold))
    rest = fold.children[1:] if title else fold.children
    head = flow(tex("\n\\begin{kvopened}"), *argument(title), tex("\n"))
    return [head, *rest, tex("\n\\end{kvopened}\n")]


def setup(app):
    """Join in."""
    app.add_post_transform(Exercises)
