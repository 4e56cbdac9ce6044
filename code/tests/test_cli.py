"""What is typed at a terminal, and the README's own lines."""

import re
from pathlib import Path

import numpy as np
import pytest

import kvlab
from kvlab.__main__ import main
from kvlab.measure.report import report

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["fly"], 2), (["--help"], 0)])
def test_without_a_command_it_lists_them(arguments, status, capsys):
    assert main(arguments) == status
    listed = capsys.readouterr().err
    assert all(command in listed for command in ("model", "generate", "bench"))


def test_an_unknown_model_is_a_sentence_not_a_traceback(capsys):
    assert main(["generate", "hello", "--model", "no-such-model"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("\nkvlab: ") and "no-such-model" in said and "smollm2-135m" in said


@pytest.mark.model
def test_generate_continues_a_text_with_and_without_a_cache(capsys):
    texts = []
    for options in ([], ["--no-cache"]):
        assert main(["generate", "Once upon a time there was", "--tokens", "6", *options]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] and texts[0].startswith("Once upon a time there was a small town")


@pytest.mark.model
def test_a_chat_ends_with_its_stop_token_unprinted(capsys):
    assert main(["generate", "What is the capital of France?", "--chat", "--tokens", "40"]) == 0
    answer = capsys.readouterr().out
    assert "Paris" in answer and "<|im_end|>" not in answer and answer.endswith("\n")


def test_the_report_of_a_small_model_has_every_table():
    model = kvlab.Transformer.random(
        kvlab.ModelConfig(n_layers=2, embed_dim=16, n_heads=2, n_kv_heads=1, head_dim=8, mlp_dim=32, vocab_size=40)
    )
    text = "\n".join(report(model, 8, [4]))
    for part in (f"NumPy {np.__version__}", "recomputed", "cached", "operations", "quartiles", "peak memory"):
        assert part in text
    assert re.search(r"^ +4 +\d+\.\d\d", text, re.MULTILINE)


def test_the_readme_s_lines_run(capsys):
    """As printed, but for 3 tokens instead of 100: the model in it is as large as a real one."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (snippet,) = [block for block in blocks if "benchmark_standard_generation(prompt, 100)" in block]
    exec(snippet.replace("prompt, 100", "prompt, 3"), {})
    printed = capsys.readouterr().out
    assert re.search(r"Speedup: \d+\.\dx faster!", printed)
    assert "Cache size: 93.8 MB" in printed and "Memory efficiency: 0.02" in printed
