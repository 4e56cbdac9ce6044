"""Every quiz tells a right answer from a wrong one, by mouse, by touch and by keyboard alone."""

import pytest

from browser.reading import PHONE
from browser.verdict import no_faults


class Quiz:
    """One question on an open page.

    Attributes
    ----------
    right, wrong : str
        An answer of each kind: for a choice the value of its button, for a number what to type.
    """

    def __init__(self, page, name):
        self.page, self.name = page, name
        self.root = page.locator(f'.kv-quiz[id="{name}"]')
        self.check = self.root.locator(".kv-check")
        self.feedback = self.root.locator(".kv-feedback")
        self.root.scroll_into_view_if_needed()
        self.check.wait_for(state="visible")
        self.is_choice = self.root.get_attribute("data-kind") == "choice"
        self.right, self.wrong = self.choices() if self.is_choice else self.numbers()
        self.faults = []

    def choices(self):
        rights = self.root.locator(".kv-solution li").evaluate_all("items => items.map((one) => one.dataset.right)")
        assert rights.count("yes") == 1, f"#{self.name} has {rights.count('yes')} right answers, not one"
        return str(rights.index("yes")), str(rights.index("no"))

    def numbers(self):
        entry = self.root.locator("input")
        answer, share = (float(entry.get_attribute(f"data-{key}")) for key in ("answer", "tolerance"))
        return f"{answer:.12g}", f"{answer + 2 * abs(answer) * share + max(1, abs(answer)):.12g}"

    def field(self, answer):
        """Return what takes an answer: the button of a choice, or the field for a number."""
        return self.root.locator(f'input[value="{answer}"]' if self.is_choice else "input")

    def expect(self, right, after):
        """Note a fault unless the quiz says, where it can be seen, whether the answer is right."""
        said, words = self.feedback.get_attribute("data-right") or "", self.feedback.inner_text().strip()
        if said != right or not words:
            self.faults.append(
                f"#{self.name} .kv-feedback: after {after} it says `{words}` ({said or 'neither right nor wrong'}), "
                f"expected {right or 'a request for an answer'}: mend the quiz's answers or quiz.js"
            )


def quizzes(page):
    """Return every quiz of an open page."""
    return [Quiz(page, name) for name in page.locator(".kv-quiz").evaluate_all("all => all.map((one) => one.id)")]


def answer_by_hand(quiz, answer, press):
    """Answer with mouse or finger: `press` is what it does to a part of the page."""
    if quiz.is_choice:
        press(quiz.root.locator(f'.kv-answer:has(input[value="{answer}"])'))
    else:
        press(quiz.field(answer))
        quiz.field(answer).fill(answer)
    press(quiz.check)


READERS = {
    "mouse": ({}, lambda part: part.click()),
    "touch": (PHONE, lambda part: part.tap()),
}


@pytest.mark.parametrize("hand", READERS)
def test_by_hand(quiz_page, hand, reading):
    faults, (reader, press) = [], READERS[hand]
    for quiz in quizzes(reading(quiz_page, **reader)):
        press(quiz.check)
        quiz.expect("", f"{hand} on Check without an answer")
        for right, answer in (("no", quiz.wrong), ("yes", quiz.right)):
            answer_by_hand(quiz, answer, press)
            quiz.expect(right, f"the answer {answer} by {hand}")
        faults += quiz.faults
    no_faults(quiz_page, faults)


def answer_by_keys(quiz, answer):
    """Answer with keys alone: arrows choose, Tab goes on, Enter answers."""
    press = quiz.page.keyboard.press
    quiz.root.locator("input").first.focus()
    if quiz.is_choice:
        for _ in range(quiz.root.locator("input").count()):
            if not quiz.field(answer).is_checked():
                press("ArrowDown")
    else:
        press("Control+A")
        quiz.page.keyboard.type(answer)
    press("Enter")


def test_by_keyboard(quiz_page, reading):
    faults = []
    for quiz in quizzes(reading(quiz_page)):
        for right, answer in (("no", quiz.wrong), ("yes", quiz.right)):
            answer_by_keys(quiz, answer)
            quiz.expect(right, f"the answer {answer} and Enter")
        answer_by_keys(quiz, quiz.wrong)
        quiz.page.keyboard.press("Tab")
        quiz.page.keyboard.press(" ")
        quiz.expect("no", "Tab to the button and the space bar")
        if not quiz.check.evaluate("button => button === document.activeElement"):
            quiz.faults.append(f"#{quiz.name} .kv-check: Tab does not lead from the answer to it: put it right behind")
        faults += quiz.faults
    no_faults(quiz_page, faults)
