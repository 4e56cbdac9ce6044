"""The cache chapter's figures show what stores and caches really did."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest

from kvlab import ConcatCache, KVCache, ModelConfig, Transformer
from kvlab.figures.palette import PAGE, ROLES
from kvlab.figures.three_stores import three_stores
from kvlab.figures.transaction import transaction
from kvlab.figures.transaction_trace import Event

CONFIG = ModelConfig(
    n_layers=4, embed_dim=32, n_heads=4, n_kv_heads=2, head_dim=8, mlp_dim=48, vocab_size=50
)  # fmt: skip
COUNTS = {
    "list": [t + t * (t + 1) // 2 for t in range(1, 13)],
    "concatenate": [t * (t + 1) // 2 for t in range(1, 13)],
    "buffer": list(range(1, 13)),
}


class Recorder(KVCache):
    """Records the calls of a step, and fails at a layer if told to."""

    fail_at: int | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.events = []

    def begin(self, n):
        positions = super().begin(n)
        self.events.append(Event("begin", n, self.position))
        return positions

    def update(self, layer_idx, key, value=None):
        if layer_idx == self.fail_at:
            self.events.append(Event("fail", layer_idx, self.position))
            raise RuntimeError("injected")
        segments = super().update(layer_idx, key, value)
        self.events.append(Event("update", layer_idx, self.position))
        return segments

    def advance(self, n=1):
        super().advance(n)
        self.events.append(Event("advance", n, self.position))

    def abort(self):
        super().abort()
        self.events.append(Event("abort", 0, self.position))


def trace(fail_at):
    """A real forward pass over one token behind three others, and the cache afterwards."""
    cache = Recorder.for_model(CONFIG, 6)
    model = Transformer.random(CONFIG)
    model.forward([1, 2, 3], cache)
    cache.events.clear()
    cache.fail_at = fail_at
    if fail_at is None:
        model.forward([4], cache)
    else:
        with pytest.raises(RuntimeError, match="injected"):
            model.forward([4], cache)
    return cache


def runs():
    return {"no failure": trace(None).events, **{f"layer {i} fails": trace(i).events for i in range(4)}}


def both():
    return [
        three_stores(COUNTS, 16, title="A buffer writes 12 rows"),
        transaction(runs(), 4, 6, title="Nothing counts until advance"),
    ]


def cells(figure, frame):
    """The filled rectangles of a frame, by their look."""
    root = Tree.fromstring(figure.svg(frame))
    rects = [n for n in root.iter() if n.tag.endswith("rect") and n.get("visibility") != "hidden" and "x" in n.attrib]
    return [(n.get("fill"), n.get("stroke"), float(n.get("y"))) for n in rects]


@pytest.mark.parametrize("figure", both(), ids=["three_stores", "transaction"])
def test_well_formed_small_enough_to_read_on_a_phone(figure):
    root = Tree.fromstring(figure.html())
    sizes = [float(node.get("font-size")) for node in root.iter() if node.get("font-size")]
    assert figure.size[0] <= 340
    assert min(sizes) >= 12
    found = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(found) == len(set(found))
    assert set(re.findall(r"url\(#([^)]+)\)", figure.html())) <= set(found)
    assert len(figure.html().encode()) < 40_000
    known = {f"--kv-{entry.name}" for entry in ROLES + PAGE} | {"--kv-styled"}
    assert set(re.findall(r"var\((--kv-[a-z]+)", figure.html())) <= known


@pytest.mark.parametrize("figure", both(), ids=["three_stores", "transaction"])
def test_words_are_inside_the_canvas(figure):
    for frame in range(len(figure.captions)):
        for node in Tree.fromstring(figure.svg(frame)).iter():
            if node.tag.endswith("}text") and node.text:
                width = 0.55 * float(node.get("font-size") or 12) * len(node.text)
                shift = {"middle": width / 2, "end": width}.get(node.get("text-anchor"), 0)
                assert float(node.get("x")) - shift >= -2
                assert float(node.get("x")) - shift + width <= 344, node.text


def test_counts_of_the_stores_are_drawn_cell_by_cell():
    figure = three_stores(COUNTS, 16, title="t")
    for frame, caption in enumerate(figure.captions):
        drawn = cells(figure, frame)
        hatched = sum("hatch" in fill and y < 236 for fill, _, y in drawn)
        new = sum("--kv-new" in stroke and y < 236 for _, stroke, y in drawn if stroke)
        written = sum(COUNTS[store][frame] - (COUNTS[store][frame - 1] if frame else 0) for store in COUNTS)
        assert hatched + new == written
        assert f"{COUNTS['list'][frame]}, {COUNTS['concatenate'][frame]} and {COUNTS['buffer'][frame]}" in caption


def test_the_drawn_counts_are_what_the_package_s_caches_write():
    key = np.zeros((2, 8), np.float32)
    for cache, store in ((ConcatCache(1, 2, 8), "concatenate"), (KVCache(16, 1, 2, 8), "buffer")):
        for total in COUNTS[store]:
            cache.update(0, key, key)
            cache.advance()
            assert cache.bytes_written == total * cache.bytes_per_token


@pytest.mark.parametrize(
    ("counts", "slots", "said"),
    [
        ({"list": [1], "buffer": [1]}, 16, "give the rows written by"),
        ({"list": [1, 2], "concatenate": [1], "buffer": [1, 2]}, 16, "different numbers of appends"),
        (COUNTS, 8, "slots hold all appends"),
        (COUNTS, 40, "slots hold all appends"),
    ],
)
def test_counts_that_do_not_fit_are_refused(counts, slots, said):
    with pytest.raises(ValueError, match=said):
        three_stores(counts, slots, title="t")


@pytest.mark.parametrize("fail_at", [None, 0, 1, 2, 3])
def test_what_the_transaction_shows_is_what_the_cache_holds(fail_at):
    cache = trace(fail_at)
    figure = transaction({"run": cache.events}, 4, 6, title="t")
    assert cache.position == (4 if fail_at is None else 3)
    last = cells(figure, -1)
    left = sum("hatch" in fill and y < 174 for fill, _, y in last)
    written = [bool(np.any(cache._keys[layer, :, 3])) for layer in range(4)]
    assert written == [fail_at is None or layer < fail_at for layer in range(4)]
    assert left == (0 if fail_at is None else fail_at)
    committed = sum("--kv-cached" in fill and y < 174 for fill, _, y in last)
    assert committed == 4 * cache.position


def test_each_run_can_be_picked():
    figure = transaction(runs(), 4, 6, title="t")
    buttons = [node for node in Tree.fromstring(figure.html()).iter("button") if node.get("data-to")]
    assert [button.text for button in buttons] == list(runs())
    for button in buttons:
        assert figure.names[int(button.get("data-to"))] == f"{button.text}: begin(1)"
        assert button.get("aria-pressed") == "false"  # the script says which is shown
    data = json.loads(re.search(r'kv-data" type="application/json">(.*?)</script>', figure.html()).group(1))
    assert len(data["frames"]) == len(figure.captions) == sum(map(len, runs().values()))


def test_it_opens_where_a_layer_fails_and_stands_still_at_the_end():
    figure = transaction(runs(), 4, 6, title="t", opens="layer 2 fails")
    assert figure.names[figure.start] == "layer 2 fails: fail layer 2"
    assert figure.names[figure.still] == "layer 2 fails: abort()"
    first = transaction(runs(), 4, 6, title="t")
    assert first.names[first.start] == "no failure: begin(1)"
    assert first.names[first.still] == "no failure: advance(1)"
    with pytest.raises(ValueError, match="no run is called 'layer 9 fails'; there are no failure, layer 0 fails"):
        transaction(runs(), 4, 6, title="t", opens="layer 9 fails")


def test_traces_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="must start with begin"):
        transaction({"run": [Event("advance", 1, 3)]}, 4, 6, title="t")
    with pytest.raises(ValueError, match="do not fit into 6 slots"):
        transaction({"run": [Event("begin", 4, 3)]}, 4, 6, title="t")
