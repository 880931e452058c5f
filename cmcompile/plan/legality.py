"""Decisions among themselves and against the ledger: which hold, which are done, which are illegal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from cmcompile.model.batch import is_batch
from cmcompile.model.codes import decisions as codes
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.diagnostic import Diagnostic, Findings
from cmcompile.model.event import Subject
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Standing, Workflow
from cmcompile.state.conflicts import in_conflict, rests_on
from cmcompile.state.moves import refusal

#: They are about what may be sent, and no event is written for them.
SCOPES = frozenset({Verb.HOLD, Verb.RELEASE})
#: What a later decision about the same thing takes back, beside the same verb.
OVERRULES: dict[Verb, frozenset[Verb]] = {
    Verb.ACCEPT: frozenset({Verb.REJECT, Verb.RETRY, Verb.RESTART, Verb.SUPERSEDE}),
    Verb.REJECT: frozenset({Verb.ACCEPT, Verb.RETRY, Verb.RESTART}),
    Verb.RETRY: frozenset({Verb.ACCEPT, Verb.RESTART}),
    Verb.RESTART: frozenset({Verb.ACCEPT, Verb.RETRY}),
    Verb.SUPERSEDE: frozenset({Verb.ACCEPT, Verb.RETRY, Verb.RESTART}),
    Verb.RETIRE: frozenset({Verb.RESTART}),
    Verb.CANCEL: frozenset({Verb.RESTART}),
    Verb.HOLD: frozenset({Verb.RELEASE}),
    Verb.RELEASE: frozenset({Verb.HOLD}),
}
_VERDICTS = {Verb.ACCEPT: GroupState.ACCEPTED, Verb.REJECT: GroupState.REJECTED}


@dataclass(frozen=True, slots=True)
class Holds:
    """Holds and releases, in file order."""

    decisions: tuple[Decision, ...]

    def on(self, step: str | None = None, group: str | None = None) -> Decision | None:
        """Return the hold that a group, a step, or the campaign is under.

        The newest word about it, or about what it is part of, counts.
        """
        inner = None if step is None else Subject(step, group)
        for decision in reversed(self.decisions):
            if within(inner, decision.subject):
                return decision if decision.verb is Verb.HOLD else None
        return None


def active_holds(decisions: Iterable[Decision]) -> Holds:
    """Return what is held."""
    return Holds(tuple(d for d in decisions if d.verb in SCOPES))


def within(inner: Subject | None, outer: Subject | None) -> bool:
    """Tell whether what one subject names is part of what another names; None is the campaign."""
    if outer is None:
        return True
    if inner is None or inner.step != outer.step:
        return False
    return outer.group is None or inner.group == outer.group


def in_force(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that no later one about the same thing takes back, in file order."""
    kept: dict[tuple[Subject | None, Verb], tuple[int, Decision]] = {}
    for number, decision in enumerate(decisions):
        for verb in OVERRULES.get(decision.verb, ()):
            kept.pop((decision.subject, verb), None)
        kept[decision.subject, decision.verb] = (number, decision)
    return tuple(decision for _, decision in sorted(kept.values(), key=lambda pair: pair[0]))


def is_done(decision: Decision, state: LedgerState) -> bool:
    """Tell whether an event of the ledger names the decision, or the ledger says the same without it."""
    subject = decision.subject
    if subject is None:
        return False
    if subject.group is None:
        step = state.steps.get(subject.step)
        return decision.verb is Verb.RETIRE and step is not None and step.retired
    record = state.groups.get((subject.step, subject.group))
    if record is None:
        return False
    if decision.id in record.decisions or any(decision.id in w.decisions for w in record.workflows):
        return True
    if decision.verb is Verb.ADOPT:
        return has_run(record, decision)
    if decision.verb in _VERDICTS:
        names = {name if "@" in name else f"{record.group}@{name}" for name in record.judged}
        return f"{record.group}@{subject.workflow}" in names and record.verdict is _VERDICTS[decision.verb]
    return decision.verb is Verb.SUPERSEDE and subject.workflow in record.superseded


def has_run(record: GroupRecord, decision: Decision) -> bool:
    """Tell whether a run that is to be adopted is that of a workflow of the group already."""
    return any(
        decision.run in workflow.runs
        for workflow in record.workflows
        if workflow.claim is not None
        and decision.wms
        in (workflow.claim.wms.service, f"{workflow.claim.wms.service}@{workflow.claim.wms.where}")
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What decisions are held against.

    Attributes
    ----------
    groups
        The ids of the groups of each step of the spec.
    state
        What the ledger says; None where no ledger is known, so that only names can be checked.
    covers
        What rescue groups of the spec cover, by step and group.
    """

    groups: Mapping[str, Collection[str]]
    state: LedgerState | None = None
    standings: Mapping[tuple[str, str], Standing] = field(default_factory=dict)
    covers: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)

    def standing(self, step: str, group: str) -> GroupState | None:
        """Return where a group stands, or None."""
        found = self.standings.get((step, group))
        return None if found is None else found.state

    def record(self, subject: Subject | None) -> GroupRecord | None:
        """Return what the ledger says of the group of a subject."""
        if self.state is None or subject is None or subject.group is None:
            return None
        return self.state.groups.get((subject.step, subject.group))

    def workflow(self, subject: Subject | None) -> Workflow | None:
        """Return the workflow of a subject."""
        record = self.record(subject)
        return None if record is None or subject is None else record.workflow(subject.workflow)


def check_decisions(decisions: Iterable[Decision], known: Known) -> tuple[Diagnostic, ...]:
    """Return what is wrong with decisions: names that are not there, and moves that are not legal.

    What is done, or taken back by a later decision, is not asked about its legality; nor is what comes after
    a legal decision about the same group that is yet to be carried out, since that changes the group.
    """
    findings = Findings()
    decisions = tuple(decisions)
    valid = {id(d) for d in in_force(decisions)}
    scopes: list[Decision] = []
    changing: set[Subject] = set()
    for decision in decisions:
        fault = missing(decision.subject, known)
        if fault is not None:
            findings.add(codes.UNKNOWN_TARGET, decision.span, *fault)
        elif decision.verb is Verb.RELEASE:
            _check_release(decision, scopes, findings)
        elif id(decision) in valid and decision.verb is not Verb.HOLD:
            _check_legal(decision, known, changing, findings)
        if decision.verb in SCOPES:
            scopes.append(decision)
    return findings.sorted()


def _check_legal(decision: Decision, known: Known, changing: set[Subject], findings: Findings) -> None:
    """Report a decision that is yet to be carried out and can't be; a hold just has no effect then."""
    subject = decision.subject
    if subject is None or known.state is None or is_done(decision, known.state):
        return
    group = Subject(subject.step, subject.group)
    why = illegal(decision, known)
    if why is None:
        changing.add(group)
    elif group not in changing:
        findings.add(
            codes.ILLEGAL,
            decision.span,
            f"`{decision.verb.value} {subject}` can't be done: {why}",
            "take the decision out, or decide what is possible now",
        )


def _check_release(decision: Decision, before: list[Decision], findings: Findings) -> None:
    subject = decision.subject
    if any(d.verb is Verb.HOLD and within(d.subject, subject) for d in before):
        return
    step, group = (None, None) if subject is None else (subject.step, subject.group)
    if Holds(tuple(before)).on(step, group) is None:
        findings.add(
            codes.NOTHING_HELD,
            decision.span,
            f"{subject or 'the campaign'} is released, and no decision before this one holds it",
            "take it out, or put it behind the hold",
        )


def missing(subject: Subject | None, known: Known) -> tuple[str, str] | None:
    """Return what a subject names that is not there, and a hint; None where all is there."""
    if subject is None:
        return None
    sent = known.state.groups if known.state is not None else {}
    if subject.step not in known.groups and not any(step == subject.step for step, _ in sent):
        return f"there is no step {subject.step}", _near(subject.step, known.groups)
    if subject.group is None:
        return None
    of_step = known.groups.get(subject.step, ())
    if subject.group not in of_step and (subject.step, subject.group) not in sent:
        hint = _near(subject.group, dict.fromkeys([*of_step, *(g for s, g in sent if s == subject.step)]))
        if known.state is None:
            hint += "; no ledger is known here: fetch it, if the group was sent once"
        return f"{subject.step} has no group {subject.group}", hint
    if subject.workflow is None or known.state is None or known.workflow(subject) is not None:
        return None
    record = known.record(subject)
    if record is None or not record.workflows:
        return f"{subject.step}/{subject.group} was never sent, so it has no {subject.workflow}", ""
    has = ", ".join(w.name for w in record.workflows)
    return f"{subject.step}/{subject.group} has no workflow {subject.workflow}", f"it has {has}"


def _near(name: str, names: Iterable[str]) -> str:
    names = list(names)
    near = get_close_matches(name, names, n=2)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if len(names) < 2:
        return f"there is only {names[0]}" if names else "there is none"
    return f"there are {names[0]} to {names[-1]}"


def illegal(decision: Decision, known: Known) -> str | None:
    """Return why the ledger forbids a decision whose subject is there, in words; None: it is legal."""
    subject = decision.subject
    if subject is None or subject.group is None or known.state is None:
        return None
    if (why := _of_batch(decision.verb, known.workflow(subject))) is not None:
        return why
    key = (subject.step, subject.group)
    sharing = in_conflict(known.state, *key, known.covers.get(key, ()))
    return refusal(
        decision.verb,
        known.record(subject) or GroupRecord(*key),
        known.workflow(subject),
        known.standing(*key),
        others=[w for w in sharing if w.group != subject.group],
        step=known.state.steps.get(subject.step),
        gate=decision.gate,
        rests=rests_on(known.state, known.workflow(subject)),
    )


#: What is not done with runs of batch steps, and what is done in its place.
_NOT_OF_BATCH = {
    Verb.RESTART: "its jobs are not begun again: `retry` sends those that failed or are missing",
    Verb.RETIRE: "its outputs are files, and none are removed: do it by hand; `reject` has them made anew",
}


def _of_batch(verb: Verb, workflow: Workflow | None) -> str | None:
    """Return why something is not done with a run of a batch step; None: it may be."""
    if workflow is None or workflow.claim is None or not is_batch(workflow.claim.wms.service):
        return None
    return _NOT_OF_BATCH.get(verb)
