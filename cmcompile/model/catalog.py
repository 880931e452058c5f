"""Outputs of batch jobs, as the catalog has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: Who told of an output: the job by a signal, or somebody who looked at the files.
Source: TypeAlias = Literal["signal", "scan"]


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a job left behind.

    Attributes
    ----------
    name
        As the job table names it; what a job told of beside that stands as it told it.
    path
        Where the file is, absolute; empty where nobody said.
    size
        In bytes; None: not known.
    checksum
        With its kind before it, such as ``sha256:9f86…``; or empty.
    events
        How many the job says are in it; None: it did not say.
    run
        The output run of the workflow, ``calor/1/w00-5f3a9c``.
    job
        The number of the job in the table of its group.
    data_id
        What the job was for: ``run=22000, segment=1``.
    at
        When it was finished, in seconds since 1970 UTC: by the signal, else when the file was last changed.
    """

    name: str
    path: str
    campaign: str
    step: str
    group: str
    workflow: str
    run: str
    job: int
    data_id: str = ""
    size: int | None = None
    checksum: str = ""
    events: int | None = None
    at: float = 0.0
    source: Source = "signal"


@dataclass(frozen=True, slots=True)
class Held:
    """What a catalog holds under one name of a campaign.

    Attributes
    ----------
    last
        What counts: the one that was finished last.
    others
        The rest, newest first: another workflow, or another place.
    """

    last: Output
    others: tuple[Output, ...] = ()


def held(outputs: Iterable[Output]) -> list[Held]:
    """Put outputs of one name of a campaign together, in the order in which names come; the last one wins."""
    found: dict[tuple[str, str], list[Output]] = {}
    for output in outputs:
        found.setdefault((output.campaign, output.name), []).append(output)
    return [_held(some) for some in found.values()]


def _held(some: list[Output]) -> Held:
    # Of two that were finished at one moment the later workflow counts: the answer is always the same.
    last, *others = sorted(some, key=lambda o: (o.at, o.workflow, o.run, o.path), reverse=True)
    return Held(last, tuple(others))
