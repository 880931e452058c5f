"""The claim: one workflow is taken by one process, under names that nobody else will ever use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cmcompile.apply.declaration import Declaration, Sendable
from cmcompile.apply.look_up import NotClear, look_up
from cmcompile.apply.outside import Desk
from cmcompile.apply.prior import prior_runs, void_runs
from cmcompile.apply.recheck import Recheck, used
from cmcompile.apply.room import room
from cmcompile.compiler.claim import as_run_files
from cmcompile.model.applied import End
from cmcompile.model.as_run import as_run_digest
from cmcompile.model.butler import Butler
from cmcompile.model.child import Order, Setting
from cmcompile.model.event import Claimed, Event, Subject
from cmcompile.model.naming import run_names
from cmcompile.model.plan import Item
from cmcompile.model.states import GroupRecord, LedgerState, Workflow, WorkflowState
from cmcompile.model.transaction import Landed, Lost, Proposal, Sight, Stop, Stopped, Unsure
from cmcompile.model.wms import NoAnswer, Wms
from cmcompile.plan.items import BUILDS_ON
from cmcompile.state.moves import may_append


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that is on the ledger.

    Attributes
    ----------
    subject
        The workflow.
    before
        With a restart: the workflow as it was.
    as_run
        The digest of the files that BPS is handed.
    record
        The group as it was without the claim; None: the ledger had nothing of it.
    """

    id: str
    item: Item
    subject: Subject
    claimed: Claimed
    order: Order
    as_run: str
    before: Workflow | None = None
    record: GroupRecord | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The step and the group."""
        return (self.subject.step, self.subject.group or "")


@dataclass(frozen=True, slots=True)
class NoClaim:
    """Nothing was claimed, or nobody knows whether something was."""

    end: End
    why: str


class Claiming:
    """Claims the group of an item, on the very tip where the item still holds.

    Of a group that was claimed before, the runs are looked up already here: what would be in the way of its
    gate is not prepared for an hour first, and leaves no claim behind in each pass.
    """

    def __init__(
        self,
        desk: Desk,
        wms: Wms,
        item: Item,
        plan: str,
        recheck: Recheck,
        declaration: Declaration,
        butler: Butler | None = None,
    ) -> None:
        self._desk = desk
        self._wms = wms
        self._butler = butler
        self._looked = False
        self._item = item
        self._plan = plan
        self._recheck = recheck
        self._declaration = declaration
        self._made: dict[str, Claim] = {}
        self._end = End.STALE

    def run(self) -> Claim | NoClaim:
        """Claim.

        Raises
        ------
        UnreachableError, LedgerError
            As `cmcompile.model.transaction.Book.decide`.
        """
        match self._desk.book.decide(self._judge):
            case Landed(events=events):
                return self._landed(events[0])
            case Stopped(stop=stop, overruled=overruled):
                return NoClaim(End.LOST if overruled else self._end, stop.reason)
            case Lost(tries=tries):
                return NoClaim(End.LOST, f"others wrote faster, {tries} times; nothing was claimed")
            case Unsure(why=why):
                # Should the claim land, it has no gate: it is given up once this process is gone.
                return NoClaim(End.UNASKED, f"it is not known whether the claim landed: {why}")

    def _landed(self, event: Event) -> Claim:
        claim = self._made[event.draft.id]
        return replace(claim, subject=event.subject)

    def _judge(self, sight: Sight) -> Proposal | Stop:
        state, item = sight.state, self._item
        if (by := used(item, state)) is not None:
            return self._stop(End.USED, by)
        if (refusal := self._recheck.refuse(item, state, self._declaration)) is not None:
            return self._stop(End.LATE if refusal.passing else End.STALE, refusal.why)
        world = self._recheck.judged(state, self._declaration).world
        if (full := room(world, (item.subject.step, item.subject.group or ""))) is not None:
            return self._stop(End.LATE, full)
        record = state.groups.get((item.subject.step, item.subject.group or ""))
        if item.subject.workflow is not None:
            return self._restart(item.subject.workflow, record, state)
        return self._new(record, state)

    def _stop(self, end: End, why: str) -> Stop:
        self._end = end
        return Stop(why)

    def _in_the_way(self, state: LedgerState, claimed: Claimed) -> Stop | None:
        """Look up, once; the look-up that counts is that before the gate.

        A group that was never claimed there is not looked up: it is by its first claim that a pass knows for
        which names to ask, and so finds what is in the way.
        """
        key = (self._item.subject.step, self._item.subject.group or "")
        record = state.groups.get(key)
        claims = [w.claim for w in record.workflows if w.claim is not None] if record is not None else []
        names = {(claim.wms, claim.prefix) for claim in claims}
        if self._looked or (claimed.wms, claimed.prefix) not in names:
            return None
        self._looked = True
        found = look_up(self._wms, state, key, claimed.covers, claimed.wms, claimed.prefix)
        return self._stop(End.UNASKED, found.why) if isinstance(found, NotClear) else None

    def _new(self, record: GroupRecord | None, state: LedgerState) -> Proposal | Stop:
        step, group = self._item.subject.step, self._item.subject.group or ""
        found = self._declaration.sendable(step, group)
        if found is None:
            return self._stop(End.STALE, f"the spec does not make {step}/{group}")
        if found.made.digest != self._item.definition:
            return self._stop(End.STALE, f"{step}/{group} compiles to other files than those planned")
        subject = Subject(step, group, next_name(record))
        id_ = self._desk.new_id()
        if self._goes_on(record):
            found = replace(found, takes_over=True)
        runs = self._taken_over(found, state)
        if isinstance(runs, NoAnswer):
            return self._stop(End.UNASKED, f"which runs to build on can't be told: {runs.why}")
        claimed = self._claimed(found, subject, id_, runs)
        if (stop := self._in_the_way(state, claimed)) is not None:
            return stop
        try:
            files = as_run_files(
                found.made, found.includes, claimed.output_run, claimed.submit_path, found.options_on(runs)
            )
        except ValueError as error:
            return self._stop(End.STALE, f"{step}/{group} can't be submitted: {error}")
        return self._proposal(subject, id_, claimed, files, found, record)

    def _taken_over(self, found: Sendable, state: LedgerState) -> tuple[str, ...] | NoAnswer:
        """Return the runs that the group builds on, newest first; one that made no collection is none."""
        group = found.made.group
        runs = prior_runs(state, group.step, group.id, group.covers) if found.takes_over else ()
        if not runs or self._butler is None:
            return runs
        # Where one collection is not there, the stack looks into none of them, and does all again.
        missing = self._butler.missing(runs)
        return missing if isinstance(missing, NoAnswer) else tuple(r for r in runs if r not in missing)

    def _goes_on(self, record: GroupRecord | None) -> bool:
        """Tell whether a group takes over what it made itself: a policy sends it for what is missing."""
        if BUILDS_ON in self._item.preconditions:
            return True
        newest = [w for w in record.counting if w.used][-1:] if record is not None else []
        # What was given up was to build on the same, and so is what is sent in its place.
        return any(
            w.state is WorkflowState.ABANDONED and w.claim is not None and bool(w.claim.builds_on)
            for w in newest
        )

    def _claimed(self, found: Sendable, subject: Subject, id_: str, runs: Sequence[str]) -> Claimed:
        made, workflow = found.made, subject.workflow or ""
        group = made.group
        names = run_names(made.output, group.step, group.id, workflow, id_, shared=found.shared)
        return Claimed(
            run_name=names.run_name,
            prefix=names.prefix,
            output_run=names.output_run,
            # Absolute for BPS, which fills it in: its jobs run elsewhere. The ledger names no machine's path.
            submit_path=f"${{PWD}}/submit/{names.output_run}",
            wms=found.wms,
            definition=made.digest,
            spec=self._declaration.ref,
            process=self._desk.host.here(),
            file=made.path,
            item=self._item.digest,
            plan=self._plan,
            covers=group.covers,
            members=dict(found.members),
            excluded=dict(group.excluded),
            builds_on=tuple(runs),
        )

    def _restart(self, name: str, record: GroupRecord | None, state: LedgerState) -> Proposal | Stop:
        workflows = () if record is None else record.workflows
        before = next((w for w in workflows if w.name == name), None)
        why = may_append(before, "claimed")
        if before is None or before.claim is None or before.run_id is None or why is not None:
            return self._stop(End.STALE, why or f"{self._item.subject} has no run that could be restarted")
        # All names stay those of the first claim: it is the same workflow, and the same run.
        claimed = replace(
            before.claim,
            process=self._desk.host.here(),
            item=self._item.digest,
            plan=self._plan,
            restart=True,
            adopted=False,
        )
        if (stop := self._in_the_way(state, claimed)) is not None:
            return stop
        found = self._declaration.sendable(before.step, before.group)
        return self._proposal(self._item.subject, self._desk.new_id(), claimed, {}, found, record, before)

    def _proposal(
        self,
        subject: Subject,
        id_: str,
        claimed: Claimed,
        files: Mapping[str, bytes],
        found: Sendable | None,
        record: GroupRecord | None,
        before: Workflow | None = None,
    ) -> Proposal:
        desk = self._desk
        draft = desk.draft(subject, claimed, id_, self._item.decision)
        restart = "" if before is None else before.run_id or ""
        order = Order(
            desk.campaign,
            subject,
            id_,
            claimed.wms,
            claimed.run_name,
            claimed.output_run,
            claimed.submit_path,
            files,
            "" if found is None else found.environment,
            restart,
            Setting() if found is None else found.setting,
            void_runs(record),
        )
        digest = as_run_digest(files)
        self._made[draft.id] = Claim(id_, self._item, subject, claimed, order, digest, before, record)
        place = desk.book.directory(subject)
        return Proposal(
            (draft,),
            {f"{place}/{path}": data for path, data in files.items()},
            f"claim {subject}" if before is None else f"claim {subject} for a restart",
        )


def next_name(record: GroupRecord | None) -> str:
    """Return the name of a group's next workflow, such as ``w00``."""
    taken = [] if record is None else [int(w.name[1:]) for w in record.workflows if w.name[1:].isdigit()]
    return f"w{max(taken, default=-1) + 1:02d}"
