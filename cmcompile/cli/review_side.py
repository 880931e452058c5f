"""One campaign at one side of a review: compiled, judged and planned, as far as that goes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place, compiled
from cmcompile.cli.ledgers import Look, look
from cmcompile.cli.review_sides import Sides
from cmcompile.cli.situation import Situation, situation
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.review import Asked, Estimate, LedgerSeen
from cmcompile.model.stopping import stops

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.plan import Plan, PlanSource
    from cmcompile.model.ports import Sources


@dataclass(frozen=True, slots=True)
class Read:
    """A ledger as it was read for a review.

    Attributes
    ----------
    look
        None: nothing can be told of it, and ``fault`` says why.
    """

    look: Look | None
    seen: LedgerSeen
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """A campaign at the base or at the head.

    Attributes
    ----------
    now
        Where it stands; None: its spec or its decisions can't be used, or its ledger can't be read.
    made
        Its compilation, also where no ledger can be read.
    compiling, deciding
        What is found against the spec, and against its decisions where they are held against the ledger.
    """

    now: Situation | None
    made: Compilation | None
    compiling: tuple[Diagnostic, ...]
    deciding: tuple[Diagnostic, ...] = ()

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings."""
        return (*self.compiling, *self.deciding)

    @property
    def compiles(self) -> bool:
        """Whether nothing but a refused edit is found against the spec."""
        return self.made is not None and not stops(self.compiling)

    @property
    def fault(self) -> str:
        """Why it can't be planned; or empty."""
        if not self.compiles:
            return "the spec or its decisions have errors"
        return "a decision can't be carried out" if stops(self.deciding) else ""


def read_ledger(place: Place, *, offline: bool, silent: set[str]) -> Read:
    """Read the ledger of a campaign; that it can't be had is an answer too.

    Parameters
    ----------
    silent
        Remotes that did not answer; they are not asked again.
    """
    try:
        found = look(place, offline=offline, degrade=True, silent=silent)
    except CmcompileError as error:
        return Read(None, LedgerSeen(Asked.NOT_KNOWN), str(error))
    seen = found.seen()
    if found.fresh:
        asked = Asked.FRESH
    elif offline:
        asked = Asked.SEEN
    else:
        asked = Asked.SILENT if seen.commit else Asked.NOT_KNOWN
    fault = "its remote did not answer, and it was never fetched here" if asked is Asked.NOT_KNOWN else ""
    return Read(found, LedgerSeen(asked, seen.commit, seen.at), fault)


def side_of(place: Place, sources: Sources, read: Read) -> Side:
    """Compile a campaign at one side, and judge where it stands; errors are findings."""
    try:
        if read.look is None:
            made, findings = compiled(place, sources)
            return Side(None, made, findings)
        now = situation(place, read.look, files=True, sources=sources)
    except InputError as error:
        return Side(None, None, error.findings)
    return Side(now, now.made, now.findings, _illegal(now))


def _illegal(now: Situation) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the decisions, held against where things stand without them."""
    if not now.inputs.decisions:
        return ()
    from dataclasses import replace

    from cmcompile.cli.decided import Subjects
    from cmcompile.plan.legality import check_decisions
    from cmcompile.plan.standing import standings

    undecided = standings(replace(now.inputs, decisions=()))
    groups = tuple(declared.group for declared in now.inputs.declared)
    about = Subjects(now.place, now.spec, groups, now.inputs.decisions, now.inputs.state, undecided)
    return check_decisions(now.inputs.decisions, about.known())


def plan_of(now: Situation, sides: Sides, sources: Sources, *, head: bool) -> Plan:
    """Return the plan for a whole campaign at one side."""
    from cmcompile.plan.make import make_plan

    return make_plan(now.inputs, _source(now, sides, sources, head=head), already=now.judged)


def _source(now: Situation, sides: Sides, sources: Sources, *, head: bool) -> PlanSource:
    from cmcompile.model.plan import PlanSource
    from cmcompile.spec.decisions import decisions_path
    from cmcompile.version import EMIT, VERSION

    inputs, path = dict(now.spec.inputs), decisions_path(now.place.path)
    if sources.exists(path):
        inputs[path] = sha256(sources.read(path)).hexdigest()
    committed = not head or not sides.dirty & inputs.keys()
    commit = (sides.commit if head else sides.base.commit) if committed else ""
    tip = now.look.view.tip
    return PlanSource(
        now.spec.name,
        now.spec.path,
        commit,
        dict(sorted(inputs.items())),
        "" if tip is None else tip.commit,
        VERSION,
        EMIT,
    )


def left_to_send(now: Situation) -> Estimate:
    """Return how much of a campaign was never sent, and what that is expected to cost."""
    from cmcompile.plan.costs import Costs

    costs = Costs(now.judged.world)
    groups = rescues = 0
    known = []
    for declared in now.inputs.declared:
        record = now.inputs.state.groups.get(declared.key)
        if record is not None and any(workflow.used for workflow in record.workflows):
            continue
        if declared.group.rescue is not None:
            rescues += 1
            continue
        groups += 1
        cost = costs.of(declared.key, declared.group)
        if cost is not None:
            known.append(cost)
    hours = [cost.core_hours for cost in known if cost.core_hours is not None]
    quanta = [cost.quanta for cost in known if cost.quanta is not None]
    return Estimate(
        groups,
        rescues,
        len(known),
        sum(quanta) if quanta else None,
        (sum(low for low, _ in hours), sum(high for _, high in hours)) if hours else None,
        tuple(dict.fromkeys(cost.source for cost in known)),
    )
