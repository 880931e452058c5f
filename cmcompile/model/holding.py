"""What RUN collections hold: how many datasets of each type, and how much room they take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """The datasets of one type in a collection.

    Attributes
    ----------
    task
        The label of the task that makes them; empty where no task does, or it is not known.
    bytes
        The room that their files take; None where the store does not tell for all.
    """

    task: str
    dataset_type: str
    datasets: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Holding:
    """What the output run of a workflow holds.

    Attributes
    ----------
    workflow
        ``<step>/<group>@<name>``.
    state
        Of the workflow, as the ledger says.
    held
        By task and type; None: there is no collection.
    """

    workflow: str
    run: str
    state: str
    held: tuple[Held, ...] | None


def total(parts: Iterable[Held]) -> tuple[Held, ...]:
    """Add up by task and type; the order is that of the first part that has it."""
    found: dict[tuple[str, str], Held] = {}
    for part in parts:
        key = (part.task, part.dataset_type)
        former = found.get(key)
        if former is not None:
            room = None if former.bytes is None or part.bytes is None else former.bytes + part.bytes
            part = Held(*key, former.datasets + part.datasets, room)
        found[key] = part
    return tuple(found.values())
