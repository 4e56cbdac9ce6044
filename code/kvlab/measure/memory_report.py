"""``python -m kvlab memory``: a model's bill as a table to read."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from kvlab.measure.layers import Serving
from kvlab.measure.memory_lines import bill_lines, cache_lines, fit_lines
from kvlab.measure.presets import Described, from_config, preset, rows
from kvlab.measure.storage import key_and_value, storage
from kvlab.measure.units import parse_bytes, parse_count


def parser() -> argparse.ArgumentParser:
    """What the command understands."""
    made = argparse.ArgumentParser(
        prog="kvlab memory",
        description="What a model's KV cache takes, beside its weights.",
        epilog="k, M and G are powers of 1000; Ki, Mi and Gi of 1024. So 128k tokens are 128,000, and 128Ki 131,072.",
    )
    which = made.add_mutually_exclusive_group()
    which.add_argument("--model", help="a name, such as llama-3.1-8b; --list shows all")
    which.add_argument("--config", metavar="FILE", help="any model's config.json, or its folder")
    which.add_argument("--list", action="store_true", help="the names that --model knows")
    made.add_argument("--context", default="8Ki", metavar="T", help="tokens of each sequence (default 8Ki)")
    made.add_argument("--batch", default="1", metavar="B", help="sequences (default 1)")
    made.add_argument("--dtype", default="bf16", metavar="D", help="of the cache: bf16, fp8, int4@64, or keys,values")
    made.add_argument("--weights", default="bf16", metavar="D", help="number format of the weights (default bf16)")
    made.add_argument("--parameters", metavar="N", help="how many weights, if that is not known: 70B")
    made.add_argument("--tp", default="1", metavar="N", help="devices that share the heads; all results are for one")
    made.add_argument("--block", default="1", metavar="N", help="tokens of a block (vLLM: 16; default 1, no rounding)")
    made.add_argument("--memory", metavar="SIZE", help="of one device, such as 80GB or 24GiB: what fits?")
    made.add_argument("--utilization", default="0.9", metavar="U", help="share of it that may be used (default 0.9)")
    return made


def memory_command(arguments: Sequence[str]) -> None:
    """Print what was asked for.

    Raises
    ------
    ValueError
        Something was asked for that cannot be; the sentence says what.
    """
    options = parser().parse_args(arguments)
    if options.list:
        for row in rows().values():
            print(f"{row['name']:<20} {row['source']}")
        return
    if not (options.model or options.config):
        raise ValueError(
            "say which model: --model llama-3.1-8b, or --config path/to/config.json; --list has the names."
        )
    model = from_config(options.config) if options.config else preset(options.model)
    keys, values = key_and_value(options.dtype)
    serving = Serving(
        keys, values, tensor_parallel=parse_count(options.tp, "--tp"), block=parse_count(options.block, "--block")
    )
    context, batch = parse_count(options.context, "--context"), parse_count(options.batch, "--batch")
    if context < 1 or batch < 1:
        raise ValueError(f"--context is {context} and --batch {batch}; both must be at least 1.")
    weights = _weights(model, options, serving)
    lines = [*cache_lines(model, serving, context, batch), *bill_lines(model, serving, context, batch, weights)]
    if options.memory:
        budget = _share(options.utilization) * parse_bytes(options.memory, "--memory")
        lines += fit_lines(model, serving, context, batch, weights, budget)
    lines += remark_lines(model, serving, context, options)
    print("\n".join(lines))


def _weights(model: Described, options: argparse.Namespace, serving: Serving) -> float | None:
    form = storage(options.weights)
    if options.parameters:
        count = parse_count(options.parameters, "--parameters", billions=True)
        return form.row_bytes(count) / serving.tensor_parallel
    return model.widths.weight_bytes(form, serving.tensor_parallel)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise ValueError(f"--utilization is {text!r}; it is a share of the memory, above 0 and at most 1: 0.9.")
    return share


def remark_lines(model: Described, serving: Serving, context: int, options: argparse.Namespace) -> Iterator[str]:
    """How the request was read, and what the numbers leave out."""
    yield ""
    if options.context.strip().lower().endswith("k"):
        read = parse_count(options.context)
        other = options.context.strip()[:-1] + "Ki"
        yield f"  {options.context} is read as {read:,}; write {other} for {parse_count(other):,}."
    if model.max_positions and context > model.max_positions:
        yield f"  Its makers state a context of {model.max_positions:,} tokens."
    for remark in dict.fromkeys([serving.keys.remark, serving.values.remark]):
        if remark:
            yield f"  Note: {remark}."
    if model.remark:
        yield f"  Note: {model.remark}."
    yield f"  Shapes: {model.source}"
