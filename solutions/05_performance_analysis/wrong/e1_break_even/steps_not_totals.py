"""You compare single steps. The setup is earned back by the sum of what all steps have saved."""


def pays_from(recomputed, cached, setup):
    pays = None
    for number, (slow, fast) in enumerate(zip(recomputed, cached, strict=True), start=1):
        if setup + fast >= slow:
            pays = None
        elif pays is None:
            pays = number
    return pays
