"""The memory bill and the calculator on the page: the numbers are the model's, with and without scripts."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest

from kvlab.figures import calculator
from kvlab.figures.memory_bill import Bill, memory_bill
from kvlab.measure.layers import Serving
from kvlab.measure.presets import preset
from kvlab.measure.storage import storage

LENGTHS = [1024 * 2**i for i in range(6)]


def bill(**changes):
    bills = [
        Bill("8 heads", 10e9, 1e9, [length * 1e6 for length in LENGTHS]),
        Bill("fp8", 10e9, 1e9, [5e5 * n for n in LENGTHS]),
    ]
    return memory_bill(LENGTHS, bills, 40e9, title="It grows", subject="A model", **changes)


def test_bill_draws_to_scale_and_says_what_does_not_fit():
    figure = bill()
    root = Tree.fromstring(figure.html())
    assert figure.size[0] <= 340 and min(float(n.get("font-size", 99)) for n in root.iter()) >= 12
    bars = [one for one in figure.moving if one.tag == "rect"]
    scale = 272 / 40e9
    for i, length in enumerate(LENGTHS):
        assert bars[0].states[i]["width"] == pytest.approx(min(length * 1e6, 40e9 * 340 / 272 - 11e9) * scale, abs=0.01)
    assert "does not fit" in figure.captions[-1] and "does not fit" not in figure.captions[0]
    texts = [one for one in figure.moving if one.tag == "text"]
    assert texts[0].states[-1]["text"].endswith("too much")
    wanted = set(re.findall(r"url\(#([^)]+)\)", figure.html()))
    assert wanted and wanted <= {node.get("id") for node in root.iter()}


def test_a_bar_longer_than_the_picture_is_torn():
    bills = [Bill("long", 10e9, 1e9, [1e9, 30e9, 38.9e9, 39.1e9, 80e9, 160e9])]  # 340 units are 50e9 bytes
    figure = memory_bill(LENGTHS, bills, 40e9, title="t", subject="A model", start=1, still=4)
    tear = next(one for one in figure.drawing if not isinstance(one, str) and one.tag == "path")
    assert [state["visibility"] for state in tear.states] == ["hidden"] * 3 + ["visible"] * 3
    assert (figure.start, figure.still) == (1, 4)
    assert figure.description.endswith(figure.captions[4])


def test_bill_needs_a_size_for_each_length():
    with pytest.raises(ValueError, match="needs 6 cache sizes"):
        memory_bill(LENGTHS, [Bill("x", 1, 1, [1.0])], 1.0, title="t", subject="s")


def test_calculator_is_native_labelled_and_answered_without_scripts():
    part = calculator.calculator()
    root = Tree.fromstring(part.html)
    controls = [node for node in root.iter() if node.tag in ("select", "input")]
    assert len(controls) == 7 and all(node.get("disabled") for node in controls)  # until the script wakes them
    labelled = {node.get("for") for node in root.iter("label")}
    assert {node.get("id") for node in controls} == labelled
    cells = {node.get("data-out"): node.text for node in root.iter("td")}
    assert cells["one"] == "1.00 GiB = 1.07 GB" and cells["all"] == "8.00 GiB = 8.59 GB"
    left = 80 * 2**30 - preset("llama-3.1-8b").widths.n_parameters * 2
    assert cells["longest"] == f"{int(left // (8 * 131072)):,} tokens"


def node():
    beside = Path(sys.executable).with_name("node")
    return str(beside) if beside.exists() else shutil.which("node")


def cases():
    for name, tokens, form, devices in [
        ("llama-3.1-8b", 128_000, "fp8", 1), ("gemma-3-27b", 5000, "bf16", 2), ("gemma-3-27b", 1_000_000, "int4@64", 4),
        ("deepseek-v3.2", 163_840, "q8_0", 8), ("deepseek-v4-flash", 1_000_001, "fp8", 1),
        ("gpt-oss-20b", 77, "q4_0", 16),
        ("qwen3-next-80b-a3b", 9, "bf16", 2), ("mistral-7b-v0.1", 100_000, "fp32", 1), ("falcon-7b", 2048, "bf16", 8),
    ]:  # fmt: skip
        yield {"model": name, "tokens": tokens, "form": form, "devices": devices, "batch": 3, "memory": 700 * 2**30}


SCRIPT = """
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
(0, eval)(input.script);
const answers = input.cases.map((one) => {
  const form = input.table.forms[one.form];
  const ask = { ...one, keys: form, values: form, weights: input.table.forms.bf16 };
  const bill = kvBill(input.table.models[one.model], ask);
  return { ...bill, longest: bill.longest === Infinity ? "any" : bill.longest };
});
console.log(JSON.stringify(answers));
"""


@pytest.mark.skipif(node() is None, reason="node, which the book's environment brings, is not here")
def test_the_page_s_script_computes_what_python_computes():
    source = Path(calculator.__file__).with_name("calculator.js").read_text(encoding="utf-8")
    asked = list(cases())
    table = calculator.table([one["model"] for one in asked])
    given = json.dumps({"script": source, "table": table, "cases": asked})
    ran = subprocess.run([node(), "-e", SCRIPT], input=given, capture_output=True, text=True, check=True, timeout=60)
    for one, answer in zip(asked, json.loads(ran.stdout), strict=True):
        model, form = preset(one["model"]), storage(one["form"])
        serving = Serving(form, form, tensor_parallel=one["devices"])
        size = model.cache.sequence_bytes(one["tokens"], serving)
        weights = model.widths.weight_bytes(storage("bf16"), one["devices"])
        assert answer["one"] == pytest.approx(size, rel=1e-12) and answer["all"] == pytest.approx(3 * size, rel=1e-12)
        assert answer["weights"] == (None if weights is None else pytest.approx(weights))
        left = one["memory"] - (weights or 0)
        longest = model.cache.max_tokens(left, serving, batch=3) if left > 0 else -1
        assert answer["longest"] == ("any" if longest is None else longest)
