"""An engine in a process of its own: reads requests from standard input, answers on standard output.

A line is a JSON list of a method's name and its arguments; the answer is a line ``{"is": ...}``, or
``{"failed": "why"}``, after which the process is as good as before. Run as
``python -m kvlab.bench.worker ENGINE MODEL THREADS``.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

ENGINES = {
    "kvlab": "kvlab.bench.kvlab_engine",
    "compiled": "kvlab.bench.compiled_engine",
    "torch": "kvlab.bench.torch_engine",
    "transformers": "kvlab.bench.transformers_engine",
    "llama.cpp": "kvlab.bench.llama_engine",
}


def serve(engine: Any, requests: Any, answers: Any) -> None:
    """Answer requests until there are none."""
    for line in requests:
        method, *arguments = json.loads(line)
        try:
            answer = {"is": getattr(engine, method)(*arguments)}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def main(arguments: list[str]) -> None:
    """Make the engine, say so, and serve; what libraries print goes to standard error."""
    name, model, threads = arguments
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        engine = importlib.import_module(ENGINES[name]).make(model, int(threads))
    except Exception as error:
        print(json.dumps({"failed": f"{type(error).__name__}: {error}"}), file=answers, flush=True)
        return
    print(json.dumps({"is": "ready"}), file=answers, flush=True)
    serve(engine, sys.stdin, answers)


if __name__ == "__main__":
    main(sys.argv[1:])
