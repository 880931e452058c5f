"""What events say, one class for each kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from cmcompile.model.collected import Chained, Chaining, Tagged, Tagging
from cmcompile.model.diagnosed import Diagnosed
from cmcompile.model.ids import Id
from cmcompile.model.outcome import Outcome
from cmcompile.model.signal import Signalled
from cmcompile.model.usage import Measured


@dataclass(frozen=True, slots=True)
class WmsRef:
    """A workload system that a run was, or is to be, given to.

    Attributes
    ----------
    service
        The BPS plugin class.
    where
        Which server, queue or schedd of it, as its driver names it; empty where there is one only.
    """

    service: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """The process that made a claim: enough to tell on the same host whether it is still alive.

    Attributes
    ----------
    started
        When it began, as its host counts: it tells a process from a later one with the same id. Empty where
        that is not known.
    """

    host: str
    boot_id: str
    pid: int
    started: str = ""


@dataclass(frozen=True, slots=True)
class SpecRef:
    """What a group was compiled from.

    Attributes
    ----------
    path
        The spec file, relative to the root of the repository.
    commit
        The commit of the spec; empty when it was submitted from an uncommitted tree.
    version, emit
        The cmcompile that compiled it.
    override
        What was overridden on purpose at submission: ``dirty`` (the bytes can't be had from the commit),
        ``unpushed``, or both with a comma between; empty: nothing.
    """

    path: str
    commit: str
    version: str
    emit: int
    override: str = ""

    @property
    def dirty(self) -> bool:
        """Whether files that were not committed may have gone into it: the commit then gives other bytes."""
        return not self.commit or "dirty" in self.override.split(",")


@dataclass(frozen=True, slots=True)
class Member:
    """The part of an axis that a group was sent with.

    Attributes
    ----------
    key, source
        As in `cmcompile.model.group.Part`.
    over
        The name of the list whose ids the ranges run over; None: ``values`` holds the ids.
    column
        The column of that list.
    ranges
        Inclusive; all ids of the list from the first to the second.
    count, digest
        Of the ids: their number, and the sha256 of their JSON, so that a list that changed is noticed.
    """

    key: str
    source: int
    count: int
    digest: str
    over: str | None = None
    column: str = ""
    ranges: tuple[tuple[Id, Id], ...] = ()
    values: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A workflow is claimed by one process: nobody else may submit it.

    Attributes
    ----------
    run_name, prefix
        The exact name that the WMS will show, and what all names of the group's workflows begin with.
    output_run, submit_path
        The keys that the claim adds to the compiled file.
    definition
        The definition digest of the group.
    item, plan
        Digests of the plan's item and of the plan; empty where there was none.
    covers
        The first-pass groups that a rescue group covers, in the ledger's and the spec's eyes.
    file
        The path of the submit file in the compiled output; as-run includes stand relative to it.
    members, excluded
        Per axis, and per dimension: what the compiler needs to pin the group.
    builds_on
        Runs whose outputs are taken over (``skip_existing_in``), newest first.
    restart
        Whether it restarts the run of the same workflow.
    adopted
        Whether the run was started outside of cmcompile and taken over by a decision.
    """

    run_name: str
    prefix: str
    output_run: str
    submit_path: str
    wms: WmsRef
    definition: str
    spec: SpecRef
    process: Process
    file: str = ""
    item: str = ""
    plan: str = ""
    covers: tuple[str, ...] = ()
    members: dict[str, Member] = field(default_factory=dict)
    excluded: dict[str, tuple[Id, ...]] = field(default_factory=dict)
    builds_on: tuple[str, ...] = ()
    restart: bool = False
    adopted: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Graph and files are made; the WMS has not been touched.

    Attributes
    ----------
    files
        Digests (sha256) of BPS's own as-run files, by name.
    quanta
        In the graph; None where it is not known.
    """

    files: dict[str, str] = field(default_factory=dict)
    quanta: int | None = None


@dataclass(frozen=True, slots=True)
class PrepareFailed:
    """Preparing failed, before the gate: nothing was submitted.

    Attributes
    ----------
    transient
        Whether trying again may help without an edit.
    """

    message: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Submitting:
    """The gate: from here on a run may exist.

    Attributes
    ----------
    look_up, as_run
        Digests of what the look-up answered, and of the files handed to BPS.
    child
        The process id of the preparing child that waits for the word.
    former
        With a restart: the mark (``RunSeen.changed``) of the run that is taken up again, as the look-up
        showed it. Only another mark shows that the restart was made.
    """

    run_name: str
    wms: WmsRef
    look_up: str
    as_run: str
    process: Process
    child: int
    former: str = ""


@dataclass(frozen=True, slots=True)
class NotCalled:
    """The word was not given after the gate: nothing was submitted."""

    gate: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A claim, or a gate, is given up.

    Attributes
    ----------
    gate
        The id of the gate's event where a person gave it up after looking; None before the gate.
    """

    gate: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The word was given and no reply came: nobody knows whether a run exists."""

    gate: str
    why: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """The WMS has the run.

    Attributes
    ----------
    gate
        The gate's event; None for an adopted run.
    recovered
        Whether it was found by look-up instead of the reply.
    """

    run_id: str
    gate: str | None = None
    recovered: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a source showed of a run, when it changed.

    Attributes
    ----------
    state
        ``running``, ``held``, ``succeeded``, ``partial``, ``failed`` or ``cancelled``.
    wms_state
        The WMS's own word.
    outcome
        With the states that end a run, where it is known.
    """

    state: str
    wms_state: str
    run_id: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A person must look at a workflow or a group.

    Attributes
    ----------
    reason
        The value of a `cmcompile.model.reason.Reason`.
    """

    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class Cancelling:
    """The run is to be cancelled: the intent, written before the WMS is asked; may be repeated."""

    run_id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Retiring:
    """The outputs are to be removed: the intent."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Retired:
    """The outputs are removed; the run is looked up no more."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The group's outputs are good.

    Attributes
    ----------
    workflows
        The workflows judged, ``<group>@<workflow>``: its own and those that cover it.
    missing, quanta
        As folded over them.
    """

    workflows: tuple[str, ...]
    why: str = ""
    missing: int | None = None
    quanta: int | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The group's outputs are bad."""

    workflows: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Superseded:
    """The workflows of a group count no more: it may be sent anew, with another definition."""

    workflows: tuple[str, ...]
    why: str


Body: TypeAlias = (
    Claimed
    | Prepared
    | PrepareFailed
    | Submitting
    | NotCalled
    | Abandoned
    | Unknown
    | Submitted
    | Observed
    | Measured
    | Diagnosed
    | Signalled
    | Reviewed
    | Cancelling
    | Retiring
    | Retired
    | Accepted
    | Rejected
    | Superseded
    | Chaining
    | Chained
    | Tagging
    | Tagged
)
