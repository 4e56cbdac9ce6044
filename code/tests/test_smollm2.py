"""The book's model against transformers and llama.cpp, recorded by record/record_smollm2.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kvlab import Transformer, generate_cached, load_model
from kvlab.io.catalogue import MODELS

RECORD = json.loads((Path(__file__).parent / "data" / "smollm2.json").read_text(encoding="utf-8"))
# Measured against the record: 3e-5 at most, thirty layers of float32 summed in another order, on logits of up to 28.
# Room for other BLAS libraries, and still a quarter of the least that an epsilon of 1e-6 for 1e-5 does at any of them.
TOLERANCE = 2e-4
PROMPTS = pytest.mark.parametrize("prompt", RECORD["prompts"], ids=lambda prompt: prompt["text"][:20])

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def model() -> Transformer:
    return load_model("smollm2-135m")


def test_the_record_is_of_this_file() -> None:
    assert RECORD["model_sha256"] == MODELS["smollm2-135m"].sha256


@PROMPTS
def test_the_prompt_s_tokens(model: Transformer, prompt: dict[str, Any]) -> None:
    assert model.tokenizer.encode(prompt["text"], parse_special=True) == prompt["ids"]


@pytest.mark.parametrize(("text", "ids"), RECORD["tokens_by_llama_cpp"])
def test_tokens_as_llama_cpp(model: Transformer, text: str, ids: list[int]) -> None:
    assert model.tokenizer.encode(text) == ids


@PROMPTS
def test_logits_and_greedy_tokens_as_transformers(model: Transformer, prompt: dict[str, Any]) -> None:
    """The tokens exactly: the closest call in the record is decided by more than twice the tolerance."""
    assert prompt["smallest_gap"] > 2 * TOLERANCE
    logits = model.forward(prompt["ids"] + prompt["greedy"])  # [T, V]
    for expected in prompt["logits"]:
        row = logits[expected["position"]].astype(np.float64)
        np.testing.assert_allclose(row[expected["top_ids"]], expected["top_logits"], rtol=0, atol=TOLERANCE)
        log_sum_exp = row.max() + np.log(np.exp(row - row.max()).sum())
        np.testing.assert_allclose(log_sum_exp, expected["log_sum_exp"], rtol=0, atol=TOLERANCE)
    assert logits[len(prompt["ids"]) - 1 : -1].argmax(axis=-1).tolist() == prompt["greedy"]


@PROMPTS
def test_greedy_tokens_with_a_cache(model: Transformer, prompt: dict[str, Any]) -> None:
    assert list(generate_cached(model, prompt["ids"], len(prompt["greedy"]))) == prompt["greedy"]


def test_it_answers(model: Transformer) -> None:
    ids = model.tokenizer.encode_chat([{"role": "user", "content": "What is the capital of France?"}])
    answer = generate_cached(model, ids, 20, stop_ids=model.tokenizer.stop_ids)
    said = "".join(model.tokenizer.decode_stream(answer, skip_special_tokens=True))
    assert said == "The capital of France is Paris."
