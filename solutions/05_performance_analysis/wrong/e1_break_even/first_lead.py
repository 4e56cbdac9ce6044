"""You stop at the first token that puts the cached run ahead. A slow step behind it can lose the lead again."""


def pays_from(recomputed, cached, setup):
    behind = setup
    for number, (slow, fast) in enumerate(zip(recomputed, cached, strict=True), start=1):
        behind += fast - slow
        if behind < 0:
            return number
    return None
