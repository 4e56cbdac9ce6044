"""What a process says of the answer that ran in it: text, of which nothing is run and all can be checked."""

from __future__ import annotations

import json
from dataclasses import asdict

from kvgrade.job import Job, Outcome
from kvgrade.verdict import Item

LONGEST = 200_000  # bytes


def pack(outcome: Outcome, token: str) -> bytes:
    """An outcome as a message; the token shows that it is the grader's."""
    fields = {
        "items": {name: asdict(item) for name, item in outcome.items.items()},
        "mistake": outcome.mistake.name if outcome.mistake else None,
        "printed": outcome.printed,
    }
    return (token + json.dumps(fields)).encode()


def unpack(message: bytes, token: str, job: Job) -> Outcome:
    """The outcome of which a message speaks.

    Raises
    ------
    ValueError
        It is not a message of the grader's.
    """
    start = token.encode()
    if not message.startswith(start):
        raise ValueError("what the process said is not from the grader")
    fields = json.loads(message[len(start) :])
    items = {name: Item(**item) for name, item in fields["items"].items()}
    mistake = next((one for one in job.mistakes if one.name == fields["mistake"]), None)
    return Outcome(items, mistake, fields["printed"])
