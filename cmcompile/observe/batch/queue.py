"""What a batch system shows of its jobs, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from cmcompile.model.batch import JobFact
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said

#: Runs a command that asks a batch system.
Ask: TypeAlias = Callable[[WmsRef, Sequence[str]], Said | NoAnswer]
#: Tells by id and name whether a run is asked for.
Chosen: TypeAlias = Callable[[str, str], bool]


@dataclass(slots=True)
class Shown:
    """A run, as a batch system shows it.

    Attributes
    ----------
    jobs
        By their numbers; the system shows no others, or not any more.
    """

    run_id: str
    name: str
    jobs: dict[int, JobFact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A batch system.

    Attributes
    ----------
    name
        What it calls itself.
    private
        Whether it shows jobs to nobody but their owner.
    """

    name: str
    private: bool = False


class Queue(Protocol):
    """A batch system. No method retries anything; whatever is odd about an answer, it is none."""

    def shown(self, where: WmsRef, chosen: Chosen) -> Mapping[str, Shown] | NoAnswer:
        """Return the runs that are chosen, by id: all that is not over, and what has ended lately."""

    def past(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, Shown] | NoAnswer:
        """Return what the system still knows of jobs that have left its queue, by the ids of their runs.

        What it does not tell it may have forgotten; a system without accounts knows nothing.
        """

    def cluster(self, where: WmsRef) -> Cluster | NoAnswer:
        """Return which system it is."""

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of all jobs of a run; it may be repeated."""

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return the command with which a person does that."""
