"""You forget the lead at every slow step. One slow step shortens a lead; only the totals can end it."""


def pays_from(recomputed, cached, setup):
    behind, pays = setup, None
    for number, (slow, fast) in enumerate(zip(recomputed, cached, strict=True), start=1):
        behind += fast - slow
        if fast >= slow:
            pays = None
        elif behind < 0 and pays is None:
            pays = number
    return pays
