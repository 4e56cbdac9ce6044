"""Questions on paper: the answer is not below the question but at the end of the chapter, a link away."""

from itertools import groupby

from docutils import nodes

from paper.markup import OnPaper, anchor, argument, chapters, flow, page_around, page_of, tex, words


class answer(nodes.General, nodes.Element):
    """What a question's answer is, kept beside it until its place is known."""


def asked(question, page):
    """The nodes of a question: its words, what there is to choose, where the answer is."""
    choices = []
    if question.unit is None:
        for letter, option in zip("ABCDEFGH", question.options, strict=False):
            choices += [tex(f"\\kvchoice{{{letter}}}"), *argument(*words(option.text)), tex("%\n")]
    else:
        choices = [tex("\\kvblank"), *argument(nodes.Text(question.unit)), tex("%\n")]
    place = f"question:{page}:{question.name}"
    head = [tex("\n\\begin{kvquestion}"), *argument(*words(question.asked)), tex(anchor(place) + "%\n")]
    tail = tex(f"\\kvanswerat{{{page_of('answer:' + place)}}}\n\\end{{kvquestion}}\n")
    return [flow(*head, *choices, tail), answer("", place=place, question=question)]


def answered(node, number):
    """The nodes of an answer."""
    question = node["question"]
    head = tex(f"\n\\kvanswer{{{number}}}{{{page_of(node['place'])}}}{anchor('answer:' + node['place'])}\n")
    if question.unit is not None:
        only = question.options[0]
        return [flow(head, tex("\\kvright"), *argument(*words(only.text)), tex(". "), *words(only.why))]
    said = []
    for letter, option in zip("ABCDEFGH", question.options, strict=False):
        mark = [tex(f"\\kvright{{{letter}}}"), nodes.Text(", right. ")] if option.right else [nodes.Text(f"{letter}. ")]
        said += [tex("\\kvwhy{"), *mark, *words(option.why), tex("}%\n")]
    return [flow(head, *said)]


class Answers(OnPaper):
    """Collect each page's answers at its end."""

    default_priority = 40

    def run(self, **options):
        """Number the questions of each page as LaTeX does, by their order."""
        places = dict(chapters(self.document))
        found = list(self.document.findall(answer))
        for page, group in groupby(found, key=page_around):
            section = next(places[page].findall(nodes.section))
            made = [tex("\n\\begin{kvanswers}\n")]
            for number, node in enumerate(group, 1):
                made += answered(node, number)
            section.extend([*made, tex("\n\\end{kvanswers}\n")])
        for node in found:
            node.parent.remove(node)


def setup(app):
    """Join in."""
    app.add_post_transform(Answers)
