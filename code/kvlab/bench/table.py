"""The comparison as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kvlab.bench.row import Row


def table(title: str, rows: Sequence[Row], *, unit: Mapping[str, float] | None = None) -> Iterator[str]:
    """A block of rows that have the same engines: milliseconds with their spread, and ratios.

    Parameters
    ----------
    title : str
    rows : sequence of Row
    unit : mapping of str to float, optional
        Tokens of each job: then tokens a second are shown beside its milliseconds.

    Yields
    ------
    str
    """
    engines = list(dict.fromkeys(name for row in rows for name in row.seconds))
    width = max(len(row.job) for row in rows)
    floors = any(row.floor is not None for row in rows)
    head = [f"{title:<{width}}", *(f"{name:>20}" for name in engines)]
    yield "\n" + "  ".join([*head, *([f"{'floor':>8}", f"{'over it':>8}"] if floors else [])])
    for row in rows:
        cells = [f"{row.job:<{width}}", *(_cell(row, name, unit) for name in engines)]
        yield "  ".join([*cells, *(_floor(row) if floors else [])])


def _cell(row: Row, engine: str, unit: Mapping[str, float] | None) -> str:
    """Milliseconds, half the middle half of the rounds, tokens a second, and the ratio to the first engine."""
    if engine not in row.seconds:
        return " " * 20
    seconds, first = row.median(engine), next(iter(row.seconds))
    ratio = "" if engine == first else f" {seconds / row.median(first):.2f}x"
    rate = f" {unit[row.job] / seconds:,.0f}/s" if unit and row.job in unit else ""
    return f"{f'{1e3 * seconds:.4g} ±{50 * row.spread(engine):.0f}%{rate}{ratio}':>20}"


def _floor(row: Row) -> list[str]:
    if row.floor is None:
        return [f"{'':>8}", f"{'':>8}"]
    return [f"{1e3 * row.floor:8.2f}", f"{row.median(next(iter(row.seconds))) / row.floor:8.2f}"]
