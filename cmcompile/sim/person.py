"""The person who answers what a campaign asks, by decisions, and edits its spec."""

from __future__ import annotations

from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import Subject, WmsRef
from cmcompile.model.ledger import HistoryError, LedgerStore
from cmcompile.model.reason import Reason
from cmcompile.model.stamp import stamp
from cmcompile.model.states import GroupState, Workflow, WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.legality import Known, illegal
from cmcompile.plan.position import Position
from cmcompile.plan.standing import Judged, judged
from cmcompile.sim.far.choices import Weights
from cmcompile.sim.far.runs import Run
from cmcompile.sim.scene import Scene

_BY = "Ann <ann@test.invalid>"
#: What a person may want of a group that is over, and is not good or not settled.
_WISHES = (Verb.RETRY, Verb.ACCEPT, Verb.RESTART, Verb.REJECT, Verb.SUPERSEDE)
_LIKELY = Weights((4, 3, 3, 1, 1))
#: After so many decisions about a group a person only wants it to be over.
_PATIENCE = 6
_ASK = frozenset({GroupState.REVIEW, GroupState.FAILED, GroupState.PARTIAL})
_GOES_ON = frozenset({Reason.RESCUE_DECLARED, Reason.POLICY_RESCUE, Reason.RESCUE_LATER})
_DOUBT = frozenset({Reason.NOT_FOUND, Reason.RESTART_UNSEEN, Reason.OUTCOME_UNKNOWN})
#: How likely a person, at a look, declares the rescue though nothing failed; holds; rejects what is
#: accepted, or cancels; removes outputs.
_EDITS, _HOLDS, _SECOND_THOUGHTS, _REMOVES = 0.1, 0.03, 0.03, 0.2
#: The last, where a submission was given up: it is tidied away.
_VAIN = 0.9


class Person:
    """Looks at the ledger, and at the workload systems, and decides."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._store: LedgerStore = scene.far.clone()
        self._decided: dict[Key, int] = {}
        self._held = False

    def judged(self) -> Judged:
        """Return where the campaign stands."""
        scene = self._scene
        try:
            tip = self._store.tip()
        except HistoryError:
            self._store = scene.far.clone()
            tip = self._store.tip()
        state = scene.views.of(self._store, tip).state
        return judged(scene.branch.newest.inputs(state, scene.world.clock().now()))

    def look(self, *, calm: bool = False) -> bool:
        """Answer what is asked; tell whether anything was decided.

        Parameters
        ----------
        calm
            Whether only what is asked is answered.
        """
        found, branch = self.judged(), self._scene.branch
        before = branch.newest
        if not calm:
            self._moods(found)
        if branch.edits and (any(self._failed(p) for p in found.positions.values())):
            self._edit()
            return True
        self._gone(found)
        for key, position in found.positions.items():
            if not any(p.key == key and p.stands for p in found.decided.pending):
                self._answer(key, position, found)
        if self._held and calm:
            self._hold(Verb.RELEASE)
        return branch.newest is not before

    def _moods(self, found: Judged) -> None:
        """Do what nobody asked for."""
        choices = self._scene.world.choices
        if self._scene.branch.edits and choices.chance("edits", _EDITS):
            self._edit()
        if choices.chance("holds or releases", 0.5 if self._held else _HOLDS):
            self._hold(Verb.RELEASE if self._held else Verb.HOLD)
        good = [k for k, p in found.positions.items() if p.standing.state is GroupState.ACCEPTED]
        if good and choices.chance("thinks again", _SECOND_THOUGHTS):
            key = good[choices.pick("of which", len(good))]
            verbs = (Verb.REJECT, Verb.SUPERSEDE)
            self._try(verbs[choices.pick("wish", 2)], key, found)
        over = [w for r in found.world.state.groups.values() for w in r.workflows if not w.live]
        vain = [w for w in over if w.state is WorkflowState.ABANDONED and w.gate is not None]
        if over and choices.chance("removes outputs", _VAIN if vain else _REMOVES):
            some = vain or over
            workflow = some[choices.pick("of which", len(some))]
            self._try(Verb.RETIRE, (workflow.step, workflow.group), found, workflow)
        live = [w for r in found.world.state.groups.values() for w in r.live if w.run_id]
        if live and choices.chance("cancels", _SECOND_THOUGHTS):
            workflow = live[choices.pick("of which", len(live))]
            self._try(Verb.CANCEL, (workflow.step, workflow.group), found, workflow)

    def _gone(self, found: Judged) -> None:
        """Reject what was accepted and whose outputs are gone: a reconcile tells that as drift."""
        there = self._scene.butler.collections
        for key, record in found.world.state.groups.items():
            if record.verdict is not GroupState.ACCEPTED:
                continue
            workflows = [w for w in record.workflows if f"{w.group}@{w.name}" in record.judged]
            outputs = [w.claim.output_run for w in workflows if w.claim is not None]
            if any(output not in there for output in outputs):
                self._try(Verb.REJECT, key, found)

    def _edit(self) -> None:
        self._scene.branch.edit()
        self._scene.world.note("a person edits the spec")

    def _hold(self, verb: Verb) -> None:
        self._held = verb is Verb.HOLD
        self._decide(verb, None)

    def _failed(self, position: Position) -> bool:
        standing = position.standing
        return standing.state in _ASK and standing.outcome is not None and standing.outcome.missing > 0

    def _answer(self, key: Key, position: Position, found: Judged) -> None:
        standing = position.standing
        record = found.world.state.groups.get(key)
        if standing.state not in _ASK or standing.reason in _GOES_ON or record is None:
            return
        doubtful = [w for w in record.workflows if w.live and w.review in _DOUBT]
        if doubtful:
            self._doubt(doubtful[-1], key, found)
            return
        if standing.reason is Reason.FOREIGN_RUN and self._foreign(key, found):
            return
        live = [w for w in record.workflows if w.live]
        if live:
            self._try(Verb.CANCEL, key, found, live[0])
            return
        self._wish(key, found)

    def _doubt(self, workflow: Workflow, key: Key, found: Judged) -> None:
        """Look at the workload system, as the command says, and give a submission up that is not there."""
        claim = workflow.claim
        if claim is None or workflow.state is not WorkflowState.UNKNOWN:
            if workflow.run_id:
                self._restarted(workflow, key, found)
            return
        shown = [r for r in self._shown(claim.wms) if r.name == claim.run_name]
        if workflow.former_run_id is not None:
            shown = [r for r in shown if str(r.changed) != workflow.mark]
        if not shown:
            self._try(Verb.ABANDON, key, found, workflow, gate=workflow.gate or "")

    def _restarted(self, workflow: Workflow, key: Key, found: Judged) -> None:
        """Deal with a restart that was replied to and never shows."""
        run = self._scene.wms.runs.get(workflow.run_id or "")
        if run is not None and run.live:
            return
        self._try(Verb.CANCEL, key, found, workflow)

    def _foreign(self, key: Key, found: Judged) -> bool:
        """Cancel a run that the ledger does not know, or take it over; tell whether anything was done."""
        record = found.world.state.groups[key]
        choices, known = self._scene.world.choices, {r for w in record.workflows for r in w.runs}
        wms = {w.claim.wms for w in record.workflows if w.claim is not None}
        prefixes = tuple({w.claim.prefix for w in record.workflows if w.claim is not None})
        runs = [
            run
            for where in sorted(wms, key=str)
            for run in self._shown(where)
            if run.name.startswith(prefixes) and run.run_id not in known
        ]
        live = [run for run in runs if run.live]
        if live and (record.live or choices.chance("cancels what is foreign", 0.6)):
            self._scene.wms.cancel_by_hand(live[0].run_id)
            return True
        run = next(iter(live or runs), None)
        if run is None or record.live:
            return bool(live)
        where = f"{run.where.service}@{run.where.where}" if run.where.where else run.where.service
        return self._try(Verb.ADOPT, key, found, run=run.run_id, wms=where, output=run.job.output_run)

    def _wish(self, key: Key, found: Judged) -> None:
        choices = self._scene.world.choices
        many = self._decided.get(key, 0)
        first = _WISHES[choices.pick("wish", _LIKELY)] if many < _PATIENCE else Verb.ACCEPT
        for verb in (first, Verb.ACCEPT, Verb.REJECT, Verb.RETRY, Verb.SUPERSEDE, Verb.CANCEL):
            if self._try(verb, key, found):
                return

    def _try(
        self,
        verb: Verb,
        key: Key,
        found: Judged,
        workflow: Workflow | None = None,
        *,
        gate: str = "",
        run: str = "",
        wms: str = "",
        output: str = "",
    ) -> bool:
        """Decide, if the decision is legal now; tell whether it was."""
        record = found.world.state.groups.get(key)
        if workflow is None and record is not None and verb is not Verb.ADOPT:
            own = [w for w in record.counting if w.used] or list(record.counting)
            workflow = own[-1] if own else None
        if workflow is None and verb is not Verb.ADOPT:
            return False
        subject = Subject(*key, None if workflow is None or verb is Verb.ADOPT else workflow.name)
        decision = self._scene.branch.made(
            verb, subject, _BY, self._at(), "a reason", gate=gate, run=run, wms=wms, output=output
        )
        if illegal(decision, _known(found)) is not None:
            return False
        self._decided[key] = self._decided.get(key, 0) + 1
        self._merge(decision)
        return True

    def _decide(self, verb: Verb, subject: Subject | None) -> None:
        self._merge(self._scene.branch.made(verb, subject, _BY, self._at(), "a reason"))

    def _merge(self, decision: Decision) -> None:
        about = "" if decision.subject is None else f" {decision.subject}"
        self._scene.world.note(f"a person decides: {decision.verb.value}{about}")
        self._scene.branch.merge(decision)

    def _at(self) -> str:
        return stamp(self._scene.world.clock().now())

    def _shown(self, where: WmsRef) -> list[Run]:
        now, runs = self._scene.world.now, self._scene.wms.runs.values()
        return [run for run in runs if run.where == where and run.visible <= now]


def _known(found: Judged) -> Known:
    groups: dict[str, list[str]] = {}
    for step, group in found.world.declared:
        groups.setdefault(step, []).append(group)
    standings = {key: position.standing for key, position in found.positions.items()}
    covers = {key: declared.group.covers for key, declared in found.world.declared.items()}
    return Known(groups, found.world.state, standings, covers)
