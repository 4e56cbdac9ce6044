"""The plane of a roofline: operations a byte across, operations a second up, and a machine's two limits in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kvlab.figures.palette import variable
from kvlab.figures.svg import Value, element, text

_LEFT, _RIGHT, _TOP, BOTTOM = 40.0, 334.0, 34.0, 214.0


class Roof(Protocol):
    """What the figure asks of a machine; ``kvlab.measure.intensity.Roof`` is one."""

    @property
    def rate(self) -> float:
        """Operations a second."""
        ...

    @property
    def ridge(self) -> float:
        """Operations a byte at which both limits meet."""
        ...

    def attainable(self, intensity: float) -> float:
        """Operations a second under the roof."""
        ...


@dataclass(frozen=True)
class Scale:
    """Powers of two across, powers of ten up."""

    low_x: int
    high_x: int
    low_y: int
    high_y: int

    @classmethod
    def of(cls, roof: Roof, intensities: Sequence[float], rates: Sequence[float]) -> Scale:
        """Wide enough for all points, and for both sides of the roof."""
        across = [math.log2(x) for x in intensities] + [math.log2(roof.ridge)]
        low, high = math.floor(min(across) - 0.5), math.ceil(max(across) + 0.5)
        up = [math.log10(y) for y in rates]
        up += [math.log10(roof.rate), math.log10(roof.attainable(2.0**low))]
        return cls(low, high, math.floor(min(up)), math.ceil(max(up) + 0.05))

    def x(self, intensity: float) -> float:
        """Where an intensity lies."""
        share = (math.log2(intensity) - self.low_x) / (self.high_x - self.low_x)
        return _LEFT + share * (_RIGHT - _LEFT)

    def y(self, rate: float) -> float:
        """Where a rate lies."""
        share = (math.log10(rate) - self.low_y) / (self.high_y - self.low_y)
        return BOTTOM - share * (BOTTOM - _TOP)


def rules(scale: Scale) -> list[str]:
    """Rules, numbers, and what they measure."""
    parts = [text("billion operations a second (log scale)", 0, 14, font_size=12, fill=variable("muted"))]
    for power in range(scale.low_y, scale.high_y + 1):
        y = scale.y(10.0**power)
        parts.append(element("path", {"d": f"M{_LEFT:.0f} {y:.1f}H{_RIGHT:.0f}", "stroke": variable("line")}))
        parts.append(text(f"{10.0 ** (power - 9):,.10g}", _LEFT - 5, y + 4, font_size=12, text_anchor="end"))
    for power in range(scale.low_x, scale.high_x + 1, 1 + (scale.high_x - scale.low_x) // 8):
        x = scale.x(2.0**power)
        words = f"1/{2**-power}" if power < 0 else f"{2**power}"
        parts.append(text(words, x, BOTTOM + 17, font_size=12, text_anchor="middle"))
    below: dict[str, Value] = {"font_size": 12, "fill": variable("muted"), "text_anchor": "middle"}
    return [*parts, text("operations for each byte (log scale)", (_LEFT + _RIGHT) / 2, BOTTOM + 34, **below)]


def limits(scale: Scale, roof: Roof) -> list[str]:
    """The slope that memory sets, the level that arithmetic sets, and the ridge between."""
    start, ridge, level = 2.0**scale.low_x, scale.x(roof.ridge), scale.y(roof.rate)
    path = f"M{_LEFT:.0f} {scale.y(roof.attainable(start)):.1f}L{ridge:.1f} {level:.1f}H{_RIGHT:.0f}"
    drop = f"M{ridge:.1f} {level:.1f}V{BOTTOM:.0f}"
    faint: dict[str, Value] = {"stroke": variable("muted"), "stroke-dasharray": "2 4", "fill": "none"}
    return [
        element("path", {"d": drop, **faint}),
        element("path", {"d": path, "stroke": variable("ink"), "stroke-width": 2.5, "fill": "none"}),
        text(f"ridge at {roof.ridge:.1f}", ridge + 5, BOTTOM - 6, font_size=12, fill=variable("muted"))
        if ridge < 0.68 * _RIGHT
        else text(f"ridge at {roof.ridge:.1f}", ridge - 5, BOTTOM - 6, font_size=12, text_anchor="end"),
    ]
