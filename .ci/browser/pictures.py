"""What can be seen of a page or of one region of it, and whether two looks at it differ."""

import io
from collections.abc import Iterator

from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page

NOISE = 24  # of 255: what the smoothing of an edge can differ by from one look to the next
VISIBLE = 100  # pixels: edges at odd places give up to 50; the least change of a frame in the book has 800
TALLEST = 5000  # pixels in one picture; the browser is slow at taller ones, and repeats itself in some

MOVED = "part => Promise.allSettled(part.getAnimations({ subtree: true }).map((one) => one.finished)).then(() => null)"


def picture(region: Locator) -> Image.Image:
    """Look at a region, once all that moves in it has arrived."""
    region.evaluate(MOVED)
    return decoded(region.screenshot())


def pieces(page: Page) -> Iterator[tuple[int, bytes]]:
    """Look at a whole page, one piece below the other: yields where a piece begins, and its picture as JPEG."""
    width = page.evaluate("innerWidth")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
    for wanted in range(0, height, TALLEST):
        top = page.evaluate(f"scrollTo({{ top: {wanted}, behavior: 'instant' }}), scrollY")
        yield round(top), page.screenshot(type="jpeg", quality=55, animations="disabled")


def decoded(data: bytes) -> Image.Image:
    """Return the picture in a file's bytes."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def changed_pixels(one: Image.Image, other: Image.Image) -> int:
    """Count the pixels in which two pictures differ; pictures of unequal size differ in all."""
    if one.size != other.size:
        return max(one.width * one.height, other.width * other.height)
    largest = ImageChops.difference(one, other).split()
    difference = ImageChops.lighter(ImageChops.lighter(largest[0], largest[1]), largest[2])
    return sum(difference.histogram()[NOISE + 1 :])


def differ(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether a reader sees a difference."""
    return changed_pixels(one, other) >= VISIBLE


def contrast(picture: Image.Image) -> int:
    """Return how far the palest and the darkest pixel of a picture are apart, of 255."""
    darkest, palest = picture.convert("L").getextrema()
    return palest - darkest
