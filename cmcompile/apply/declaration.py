"""What the spec branch declares, as applying asks for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cmcompile.model.child import Setting
from cmcompile.model.event import Member, SpecRef, WmsRef
from cmcompile.model.group import CompiledGroup, IncludeFile
from cmcompile.model.rescued import Rescued
from cmcompile.model.states import LedgerState
from cmcompile.plan.inputs import Inputs


@dataclass(frozen=True, slots=True)
class Sendable:
    """A compiled group, with all that a claim keeps of it.

    Attributes
    ----------
    includes
        The include files of the compilation, by path in its output.
    shared
        Whether another group of the campaign has the same output.
    environment
        The name of the environment that BPS runs in, or empty.
    setting
        How that environment is set up.
    takes_over
        Whether outputs of earlier runs of the same data are taken over (``skip_existing_in: prior``).
    graph_options
        Gives the options for the graph, from the runs whose outputs are taken over; None: none are added.
    """

    made: CompiledGroup
    includes: Mapping[str, IncludeFile]
    wms: WmsRef
    shared: bool
    members: Mapping[str, Member] = field(default_factory=dict)
    environment: str = ""
    setting: Setting = field(default_factory=Setting)
    takes_over: bool = False
    graph_options: Callable[[Sequence[str]], str] | None = None

    def options_on(self, runs: Sequence[str]) -> str:
        """Return the options for the graph where outputs of runs are taken over; empty: none are added."""
        return "" if self.graph_options is None else self.graph_options(runs)


class Declaration(Protocol):
    """A campaign as one state of its spec branch declares it."""

    @property
    def ref(self) -> SpecRef:
        """Which state of the spec it is."""

    def inputs(self, state: LedgerState, now: datetime) -> Inputs:
        """Return what plans are made from, with what a ledger says."""

    def sendable(self, step: str, group: str) -> Sendable | None:
        """Return a group with its bytes; None: the spec does not make it."""


class SpecBranch(Protocol):
    """The branch that the spec stands on."""

    def read(self, state: LedgerState) -> Declaration:
        """Ask for the branch now, and return what it declares.

        Parameters
        ----------
        state
            What the ledger says: groups that were sent stay as they were sent.

        Raises
        ------
        UnreachableError
            When the branch can't be asked: a hold, a pause or a rejection may stand there.
        InputError
            When what stands there has errors.
        """

    def rescue(self, state: LedgerState, groups: Mapping[str, Collection[str]]) -> tuple[Rescued, ...]:
        """Write the rescues of groups onto the branch: one commit, by compare-and-swap, or nothing.

        Only what is due is written: groups that stand at ``policy_rescue`` by the branch as it is then. So it
        may be repeated, and nothing comes of it where another has written them; what became of what is
        ``NotWritten`` may not be known, and the branch says it when it is read again.

        Parameters
        ----------
        state
            What the ledger says.
        groups
            Ids of groups of the first pass, by step.
        """
