"""``python -m kvlab memory``: a table to read, and a sentence for what cannot be."""

import json

import pytest

from kvlab.__main__ import main


def run(capsys, line):
    status = main(["memory", *line.split()])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_table_says_what_was_asked(capsys):
    status, out, _ = run(capsys, "--model llama-3.1-8b --context 128k --batch 8 --dtype fp8")
    assert status == 0
    for part in ("llama-3.1-8b: 128,000 tokens x 8 sequences, cache in fp8", "8 key/value heads of 128", "64.0 KiB",
                 "62.5 GiB", "128k is read as 128,000; write 128Ki for 131,072"):  # fmt: skip
        assert part in out


def test_what_fits_is_told(capsys):
    _, out, _ = run(capsys, "--model llama-3.1-8b --context 8Ki --memory 24GiB")
    left = 24 * 2**30 * 0.9 - 8_029_995_008 * 2
    longest = int(next(line for line in out.splitlines() if "longest" in line).split()[4].replace(",", ""))
    assert longest * 131072 <= left < (longest + 5000) * 131072  # activations take the rest
    _, out, _ = run(capsys, "--model llama-3.1-70b --memory 80GB")
    assert "weights alone do not fit" in out


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("--model gemma-3-27b --context 128Ki", ["52 layers window:", "newest 1,024 tokens", "one more, beyond T"]),
        ("--model deepseek-v3 --tp 8", ["one vector of 512 + 64 for all heads", "one of 8 devices"]),
        ("--model qwen3-next", ["36 layers state:", "548,864 numbers at any length"]),
        (
            "--model deepseek-v4-flash --context 1M",
            ["one row for 128 tokens", "keys only", "unknown: give --parameters"],
        ),
        ("--model deepseek-v4-flash --parameters 284B --weights fp8", ["284 GB"]),
        ("--model llama-3.1-8b --dtype q8_0,int4", ["q8_0,int4", "int4 counts no scales"]),
        ("--model llama-3.1-8b --block 16 --context 17", ["blocks of 16", "4.00 MiB"]),
        ("--list", ["smollm2-135m", "https://github.com/Lightning-AI/litgpt"]),
    ],
)
def test_kinds_of_models_and_options(capsys, line, parts):
    status, out, _ = run(capsys, line)
    assert status == 0
    for part in parts:
        assert part in out


def test_any_config_is_taken(capsys, tmp_path):
    config = {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4}
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_key_value_heads": 2, "vocab_size": 10}))
    status, out, _ = run(capsys, f"--config {tmp_path} --context 1Ki")
    assert status == 0 and "2 key/value heads of 16" in out and "256 KiB" in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "say which model"),
        ("--model lama-3.1-8b", "Did you mean llama-3.1-8b"),
        ("--model llama-3.1-8b --memory 16", "16GB is 16,000,000,000"),
        ("--model llama-3.1-8b --memory 16Gb", "would be bits"),
        ("--model llama-3.1-8b --context 128KB", "not sized in bytes"),
        ("--model llama-3.1-8b --context 0", "at least 1"),
        ("--model llama-3.1-8b --tp 3", "cannot be shared out over 3 devices"),
        ("--model llama-3.1-8b --dtype fp7", "no number format"),
        ("--model llama-3.1-8b --memory 80GB --utilization 90", "share of the memory"),
        ("--config nowhere", "cannot be read"),
    ],
)
def test_mistakes_get_a_sentence_and_no_table(capsys, line, said):
    status, out, err = run(capsys, line)
    assert status == 1 and out == "" and said in err and "Traceback" not in err
