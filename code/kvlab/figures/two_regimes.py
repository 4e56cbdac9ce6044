"""Two regimes: a generation on a time line, one wide pass over the prompt and then thin steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, element, grouped, hatch, identifier, text

Floats = NDArray[np.float64]

_WIDTH, _LINE, _HIGH, _TABLE = 340, 42, 44, 146


def two_regimes(
    prompt_lengths: Sequence[int],
    step_seconds: Any,
    *,
    title: str,
    start: int = 0,
    name: str = "two-regimes",
) -> Stepper:
    """Show when each token of a generation arrives, for one prompt length at a time.

    Parameters
    ----------
    prompt_lengths : sequence of int
        Growing.
    step_seconds : array [prompts, tokens]
        Seconds of each step as measured; the first is the pass over the prompt. At least two tokens.
    title : str
        The finding.
    start : int
        The frame that opens; the last has the finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper

    Raises
    ------
    ValueError
        Lengths and times do not match, or a time is not positive.
    """
    identifier(name)
    seconds = np.asarray(step_seconds, dtype=np.float64)
    if seconds.ndim != 2 or len(seconds) != len(prompt_lengths) or seconds.shape[1] < 2 or not (seconds > 0).all():
        raise ValueError(f"give {len(prompt_lengths)} rows of two or more times above zero, not {list(seconds.shape)}")
    first, later = seconds[:, 0], np.median(seconds[:, 1:], axis=1)
    drawing: list[str | Moving] = [f"<defs>{hatch(f'{name}-hatch', 'new')}</defs>"]
    drawing += [*_time_line(seconds, name), *_time_axis(float(seconds.sum(axis=1).max()))]
    drawing += _table(prompt_lengths, first, later, name)
    captions = [_caption(*row) for row in zip(prompt_lengths, first, later, strict=True)]
    names = [f"{length:,} tokens" for length in prompt_lengths]
    size = (_WIDTH, _TABLE + 56)
    return Stepper(drawing, captions, size, name, title, captions[-1], "Prompt", names, start, stills=(0, -1))


def _time_line(seconds: Floats, name: str) -> list[str | Moving]:
    """The prompt's pass as one block, and every later step as a thin one, to scale."""
    scale = _WIDTH / seconds.sum(axis=1).max()
    wide, ends = seconds * scale, np.cumsum(seconds, axis=1) * scale  # [prompts, tokens]
    box: dict[str, Value] = {"y": _LINE, "height": _HIGH}
    look: dict[str, Value] = {"x": 0, "fill": f"url(#{name}-hatch)", "stroke": variable("new"), "stroke-width": 2}
    ticks = [
        Moving("rect", box, [{"x": float(e - w), "width": max(0.6, float(w) - 1)} for e, w in zip(*step, strict=True)])
        for step in zip(ends[:, 1:].T, wide[:, 1:].T, strict=True)
    ]
    return [
        text("time since the request", 0, 13, font_size=12, fill=variable("muted")),
        *_first_token(ends[:, 0], seconds[:, 0]),
        Moving("rect", {**box, **look}, [{"width": float(end)} for end in ends[:, 0]]),
        *grouped({"fill": variable("cached")}, ticks),
    ]


def _first_token(ends: Floats, seconds: Floats) -> list[Moving]:
    """A mark where the first token arrives, and its time on the side that has room."""
    words: list[dict[str, Value]] = [
        {"text": f"first token, {_ms(s)}", "x": float(x) + (9 if x < 190 else -9), "text-anchor": side}
        for x, s, side in zip(ends, seconds, np.where(ends < 190, "start", "end").tolist(), strict=True)
    ]
    style: dict[str, Value] = {"y": 35, "font-size": 13, "font-weight": 700, "fill": variable("ink")}
    mark = Moving("text", {**style, "text-anchor": "middle"}, [{"x": float(x)} for x in ends], "▼")
    return [mark, Moving("text", style, words)]


def _time_axis(total: float) -> list[str]:
    """Marks below the time line at round times."""
    unit = next(u for u in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 1e9) if total / u <= 6)
    marks, y = [], _LINE + _HIGH
    for i in range(int(total / unit) + 1):
        x = i * unit / total * _WIDTH
        marks.append(element("rect", {"x": x, "y": y + 3, "width": 1, "height": 5, "fill": variable("muted")}))
        anchor = "start" if i == 0 else "end" if x > _WIDTH - 12 else "middle"
        marks.append(
            text(_seconds(i * unit, unit), x, y + 22, font_size=12, fill=variable("muted"), text_anchor=anchor)
        )
    return marks


def _table(lengths: Sequence[int], first: Floats, later: Floats, name: str) -> list[str | Moving]:
    """Both regimes in numbers: how many tokens a pass reads, how long it takes, and what a token costs in it."""
    head: dict[str, Value] = {"font_size": 12, "fill": variable("muted"), "text_anchor": "end"}
    columns = {"reads": 180, "takes": 258, "per token": _WIDTH}
    rows: list[str | Moving] = [text(word, x, _TABLE, **head) for word, x in columns.items()]
    regimes = [
        ("prefill", f"url(#{name}-hatch)", [f"{n:,}" for n in lengths], first, first / np.asarray(lengths)),
        ("each later step", variable("cached"), ["1"] * len(lengths), later, later),
    ]
    for i, (words, fill, reads, takes, each) in enumerate(regimes):
        y = _TABLE + 22 * (i + 1)
        rows.append(element("rect", {"x": 0, "y": y - 11, "width": 16, "height": 13, "fill": fill}))
        rows.append(text(words, 24, y, font_size=13))
        cells = (reads, [_ms(s) for s in takes], [_ms(s) for s in each])
        for x, cell in zip(columns.values(), cells, strict=True):
            fixed: dict[str, Value] = {"x": x, "y": y, "text-anchor": "end", "font-size": 13}
            rows.append(Moving("text", fixed, [{"text": words} for words in cell]))
    return rows


def _caption(length: int, first: float, later: float) -> str:
    return (
        f"A prompt of {length:,} tokens: the first token after {_ms(first)}, the time of {first / later:.1f} later "
        f"ones; then one every {_ms(later)}. A prompt token took {_ms(first / length)}."
    )


def _ms(seconds: float) -> str:
    """Milliseconds, with a decimal where there are few of them."""
    ms = 1e3 * seconds
    return f"{ms:,.0f} ms" if ms >= 20 else f"{ms:.1f} ms"


def _seconds(value: float, unit: float) -> str:
    decimals = max(0, -int(np.floor(np.log10(unit))))
    return f"{value:.{decimals}f} s" if value else "0"
