"""5.1 When it pays"""

from collections.abc import Sequence


def pays_from(recomputed: Sequence[float], cached: Sequence[float], setup: float) -> int | None:
    """The token at which the lead was taken that has lasted to the end: a lead that is lost is forgotten."""
    behind, pays = setup, None  # seconds by which the cached run is late
    for number, (slow, fast) in enumerate(zip(recomputed, cached, strict=True), start=1):
        behind += fast - slow
        if behind >= 0:
            pays = None
        elif pays is None:
            pays = number
    return pays
