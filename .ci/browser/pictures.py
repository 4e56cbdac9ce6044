"""What can be seen of one region of a page, and whether two looks at it differ."""

import io

from PIL import Image, ImageChops
from playwright.sync_api import Locator

NOISE = 24  # of 255: what the smoothing of an edge can differ by from one look to the next
VISIBLE = 100  # pixels: edges at odd places give up to 50; the least change of a frame in the book has 800

MOVED = "part => Promise.allSettled(part.getAnimations({ subtree: true }).map((one) => one.finished)).then(() => null)"


def picture(region: Locator) -> Image.Image:
    """Look at a region, once all that moves in it has arrived."""
    region.evaluate(MOVED)
    return Image.open(io.BytesIO(region.screenshot())).convert("RGB")


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
