"""A figure to step through, as its reader meets it: a picture, a slider, buttons."""

from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Locator, Page

from browser.pictures import differ, picture


class Stepper:
    """The parts of one figure on an open page, and what can be said of its picture.

    Attributes
    ----------
    slider, previous, next, play : Locator
        Its controls.
    frames : int
        How many there are.
    faults : list of str
        What has been found wrong, a sentence each.
    """

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.root = page.locator(f'.kv-stepper[id="{name}"]')
        self.slider, self.previous, self.next, self.play, self.stage = (
            self.root.locator(f".kv-{part}") for part in ("slider", "previous", "next", "play", "stage")
        )
        self.faults: list[str] = []
        self.root.scroll_into_view_if_needed()
        self.slider.wait_for(state="visible")
        self.frames = int(self.slider.get_attribute("max") or 0)

    @property
    def frame(self) -> int:
        """The frame that the slider stands at, counted from 1."""
        return int(self.slider.input_value())

    def look(self) -> Image.Image:
        return picture(self.stage)

    def expect(self, frame: int, after: str) -> None:
        if self.frame != frame:
            self.faults.append(
                f"#{self.name}: after {after} it is at frame {self.frame}, not {frame}: mend stepper.js or its controls"
            )

    def expect_change(self, before: Image.Image, after: str) -> Image.Image:
        """Note a fault if the picture is the same as before; return what it is now."""
        now = self.look()
        if not differ(before, now):
            self.faults.append(
                f"#{self.name} .kv-stage: {after} changes nothing in the picture: "
                "let the drawing show what the caption says, or leave the frame out"
            )
        return now

    def expect_same(self, before: Image.Image, after: str) -> None:
        if differ(before, self.look()):
            self.faults.append(
                f"#{self.name} .kv-stage: {after} does not bring back the picture: a state of a frame is missing"
            )

    def go_to_first(self) -> None:
        """Bring the figure to its first frame."""
        self.slider.focus()
        self.slider.press("Home")

    def there_and_back(self, forward: Callable[[], None], back: Callable[[], None], how: str) -> None:
        """Go one frame on and back again, by these two actions."""
        first, at = self.look(), self.frame
        forward()
        self.expect(at + 1, f"{how} on")
        self.expect_change(first, f"{how} on")
        back()
        self.expect(at, f"{how} back")
        self.expect_same(first, f"{how} back")


def part_of(locator: Locator, share: float) -> dict[str, float]:
    """Return the point of an element that lies this share of its width from the left, in its middle."""
    box = locator.bounding_box()
    assert box, "the element is not shown"
    return {"x": max(1.0, min(box["width"] - 1, share * box["width"])), "y": box["height"] / 2}
