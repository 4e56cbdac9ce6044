"""The roofline of a machine, and where the two halves of a decode step stand under it as the batch grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.roofline_axes import BOTTOM, Roof, Scale, limits, rules
from kvlab.figures.svg import Moving, Value, element, identifier, text
from kvlab.figures.words import in_digits, percent

_LIST = BOTTOM + 82
_SHAPES = {"weights": "M0 -8L8 0L0 8L-8 0Z", "cached": "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0Z"}


@dataclass(frozen=True)
class Part:
    """One part of a step, at each batch size.

    Attributes
    ----------
    name : str
        ``linear layers``.
    role : str
        ``weights`` or ``cached``: what it reads.
    intensities : sequence of float
        Operations a byte, counted.
    rates : sequence of float
        Operations a second, measured.
    """

    name: str
    role: str
    intensities: Sequence[float]
    rates: Sequence[float]


def roofline(
    roof: Roof, batches: Sequence[int], parts: Sequence[Part], *, title: str, start: int = 0, name: str = "roofline"
) -> Stepper:
    """Show the parts of a step under a machine's roof, one frame for each batch size.

    Parameters
    ----------
    roof : Roof
    batches : sequence of int
    parts : sequence of Part
        Each with one intensity and one rate for each batch size; at most one for each role.
    title : str
        The finding.
    start : int
        The frame that opens; the last has the finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper
    """
    identifier(name)
    for part in parts:
        if len(part.intensities) != len(batches) or len(part.rates) != len(batches):
            raise ValueError(f"{part.name} needs {len(batches)} intensities and rates, one for each batch size")
        if part.role not in _SHAPES or min(*part.intensities, *part.rates) <= 0:
            raise ValueError(f"{part.name}: the role is one of {', '.join(_SHAPES)}, and all numbers are above 0")
    scale = Scale.of(roof, [x for part in parts for x in part.intensities], [y for part in parts for y in part.rates])
    drawing: list[str | Moving] = [*rules(scale), *limits(scale, roof)]
    for i, part in enumerate(parts):
        drawing += _points(scale, roof, part)
        drawing += _row(part, roof, _LIST + 24 * i)
    drawing += _heading(_LIST - 24)
    captions = [_caption(batch, k, roof, parts) for k, batch in enumerate(batches)]
    names = [f"B = {batch}" for batch in batches]
    size = (340, _LIST + 24 * len(parts) - 10)
    description = f"{captions[0]} {captions[-1]}"
    return Stepper(drawing, captions, size, name, title, description, "Batch", names, start, stills=(0, -1))


def _points(scale: Scale, roof: Roof, part: Part) -> list[str | Moving]:
    """The measured points: all of them faintly, the batch's own large, and the gap up to its roof."""
    places = [(scale.x(x), scale.y(y)) for x, y in zip(part.intensities, part.rates, strict=True)]
    tops = [scale.y(roof.attainable(x)) for x in part.intensities]
    trail = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    faint: dict[str, Value] = {"stroke": variable(part.role), "stroke-opacity": 0.45, "fill": "none"}
    gaps = [{"d": f"M{x:.1f} {y:.1f}V{top:.1f}"} for (x, y), top in zip(places, tops, strict=True)]
    where = [{"transform": f"translate({x:.1f} {y:.1f})"} for x, y in places]
    look: dict[str, Value] = {"d": _SHAPES[part.role], "stroke": variable("paper"), "stroke-width": 1.5}
    return [
        element("path", {"d": trail, **faint, "stroke-width": 2}),
        *(element("circle", {"cx": x, "cy": y, "r": 3, **faint}) for x, y in places),
        Moving("path", {"stroke": variable(part.role), "stroke-width": 1.5, "stroke-dasharray": "3 3"}, gaps),
        Moving("path", {**look, "fill": variable(part.role)}, where),
    ]


def _heading(y: float) -> list[str]:
    words: dict[str, Value] = {"font_size": 12, "fill": variable("muted"), "text_anchor": "end"}
    return [text("per byte", 178, y, **words), text("billion/s", 252, y, **words), text("of its roof", 336, y, **words)]


def _row(part: Part, roof: Roof, y: float) -> list[str | Moving]:
    """A part's numbers in this frame."""
    shares = _shares(part, roof)
    mark: dict[str, Value] = {"d": _SHAPES[part.role], "fill": variable(part.role)}
    number: dict[str, Value] = {"y": y, "text-anchor": "end", "font-size": 13}
    return [
        element("path", {**mark, "transform": f"translate(9 {y - 5:.0f})"}),
        text(part.name, 24, y, font_size=13),
        Moving("text", {**number, "x": 178}, [{"text": f"{x:.1f}"} for x in part.intensities]),
        Moving("text", {**number, "x": 252}, [{"text": in_digits(rate / 1e9)} for rate in part.rates]),
        Moving("text", {**number, "x": 336, "font-weight": 700}, [{"text": percent(share)} for share in shares]),
    ]


def _shares(part: Part, roof: Roof) -> list[float]:
    return [rate / roof.attainable(x) for x, rate in zip(part.intensities, part.rates, strict=True)]


def _caption(batch: int, frame: int, roof: Roof, parts: Sequence[Part]) -> str:
    clauses = []
    for part in parts:
        intensity = part.intensities[frame]
        side = "arithmetic" if intensity > roof.ridge else "memory"
        clauses.append(
            f"{part.name}: {intensity:.1f} operations a byte, limited by {side}, "
            f"{percent(_shares(part, roof)[frame])} of the roof"
        )
    return f"Batch {batch}. " + "; ".join(clauses) + "."
