"""What the parts share."""

from sphinx.transforms.post_transforms import SphinxPostTransform


class OnScreen(SphinxPostTransform):
    """A change of the document that only HTML sees."""

    formats = ("html",)
