"""You count equal totals as a lead. A run that has taken the same time has not paid."""


def pays_from(recomputed, cached, setup):
    behind, pays = setup, None
    for number, (slow, fast) in enumerate(zip(recomputed, cached, strict=True), start=1):
        behind += fast - slow
        if behind > 0:
            pays = None
        elif pays is None:
            pays = number
    return pays
