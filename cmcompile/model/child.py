"""The preparing child: what it is asked, what it answers, and the gate between preparing and the call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from cmcompile.model.body import Process, WmsRef
from cmcompile.model.event import Subject


@dataclass(frozen=True, slots=True)
class Setting:
    """How the environment that BPS runs in is set up.

    Attributes
    ----------
    setup
        Shell commands, in order.
    variables
        Set before these commands, and again after them.
    secrets
        Names of variables that are handed on; their values are never written anywhere.
    """

    setup: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to prepare and to submit.

    Attributes
    ----------
    claim
        The claim's id.
    files
        As run, by path: ``submit.yaml`` and its includes.
    environment
        The name of the environment that BPS runs in, or empty.
    restart
        The id of the run to take up again; empty: a new one.
    setting
        How that environment is set up.
    void
        Output runs of the group that count no more, since they were rejected, superseded or retired: what
        they left is not taken over.
    """

    campaign: str
    subject: Subject
    claim: str
    wms: WmsRef
    run_name: str
    output_run: str
    submit_path: str
    files: Mapping[str, bytes]
    environment: str = ""
    restart: str = ""
    setting: Setting = field(default_factory=Setting)
    void: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """Preparing succeeded; the child waits for the word.

    Attributes
    ----------
    files
        Digests (sha256) of BPS's own as-run files, by name.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    quanta: int | None = None


@dataclass(frozen=True, slots=True)
class NotReady:
    """Preparing failed; the workload system was not touched.

    Attributes
    ----------
    transient
        Whether trying again may help without an edit.
    """

    message: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """The word: it names the claim that the child prepared, and the gate that was passed for it.

    Attributes
    ----------
    event
        The id that the event ``submitted`` is to have, whoever writes it first, child or parent.
    by, ci
        As that event says them.
    """

    claim: str
    gate: str
    event: str
    by: str
    ci: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The workload system took the run.

    Attributes
    ----------
    at
        When the child got the reply, UTC, ``2026-11-20T08:00:00Z``.
    """

    run_id: str
    at: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class NoReply:
    """After the word: nobody knows whether a run exists."""

    why: str


Preparation: TypeAlias = Ready | NotReady
Reply: TypeAlias = Taken | NoReply


class Child(Protocol):
    """A preparing child. It calls the workload system once, after the word, and never else."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def prepared(self) -> Preparation:
        """Return what came of preparing; waits for it. A child that ended without a word is not ready."""

    def go(self, word: Word) -> None:
        """Say the word. It is said once, and from then on a run may exist."""

    def reply(self) -> Reply | None:
        """Return what came of the call; waits for it. None: a person interrupted the waiting."""

    def stop(self) -> None:
        """Close the pipe: a child that did not get the word ends without a call. It may be repeated."""


class Launcher(Protocol):
    """Starts preparing children."""

    def start(self, order: Order) -> Child | NotReady:
        """Start one."""

    def first(self, children: Collection[Child]) -> Child | None:
        """Wait until one of some children has prepared, or has ended. None: a person interrupted."""


class Driver(Protocol):
    """What a child does itself: BPS, or what is simulated."""

    def prepare(self, order: Order) -> Preparation:
        """Make graph and files; the workload system is not touched."""

    def call(self, order: Order) -> Reply:
        """Ask the workload system, once, to take the run; any doubt is `NoReply`."""


class Host(Protocol):
    """The machine that runs this, and its processes."""

    def here(self) -> Process:
        """Return this process."""

    def alive(self, process: Process) -> bool | None:
        """Tell whether a process lives. None: it is of another machine and can't be asked."""


class Interrupts(Protocol):
    """How often a person asked to stop."""

    @property
    def asked(self) -> int:
        """0: not; 1: stop as soon as nothing is in doubt; 2: stop at once."""
