"""Your number is one too small. Tokens count from 1, and the cache pays from the one after the last that was behind."""


def pays_from(recomputed, cached, setup):
    behind, last = setup, 0
    for number, (slow, fast) in enumerate(zip(recomputed, cached, strict=True), start=1):
        behind += fast - slow
        if behind >= 0:
            last = number
    return last if last < len(cached) else None
