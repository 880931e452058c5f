"""All that is known of a campaign at once: spec, groups, decisions, ledger, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place, read
from cmcompile.cli.choose import Answers
from cmcompile.cli.ledgers import Look
from cmcompile.model.errors import InputError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.compiler.step import StepGroups
    from cmcompile.ledger.sent import AtCommit
    from cmcompile.model.campaign import ListData, Spec
    from cmcompile.model.decision import Decision
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.group import Group, SentGroups
    from cmcompile.model.ports import Sources
    from cmcompile.model.source import Span
    from cmcompile.model.states import Standing
    from cmcompile.plan.declared import Declared
    from cmcompile.plan.inputs import Inputs
    from cmcompile.plan.standing import Judged


@dataclass(frozen=True, slots=True)
class Situation:
    """A campaign, and where it stands.

    Attributes
    ----------
    compilation
        None where its groups were made without files.
    standings
        Of the groups of the spec, then of those that only the ledger knows.
    judged
        What they are made from; a plan is made from it too.
    findings
        Of reading, of the decisions, and of compiling.
    """

    place: Place
    inputs: Inputs
    look: Look
    standings: Mapping[tuple[str, str], Standing]
    judged: Judged
    findings: tuple[Diagnostic, ...]
    compilation: Compilation | None = None

    @property
    def spec(self) -> Spec:
        """The campaign as written."""
        return self.inputs.spec

    def groups(self) -> list[Group]:
        """Return the groups of the spec, then those that only the ledger knows."""
        from cmcompile.model.group import Group

        found = [declared.group for declared in self.inputs.declared]
        here = {(group.step, group.id) for group in found}
        return [*found, *(Group(*key, ()) for key in self.standings if key not in here)]

    def answers(self) -> Answers:
        """Return what conditions such as ``state:failed`` are held against."""
        standings = self.standings
        return {
            "state": lambda g: standings[g.step, g.id].state.value,
            "reason": lambda g: standings[g.step, g.id].reason.value,
        }


def situation(place: Place, look: Look, *, files: bool = False, sources: Sources | None = None) -> Situation:
    """Find out where a campaign stands.

    Parameters
    ----------
    files
        Whether groups are compiled, as a plan needs it, or only made.

    Raises
    ------
    InputError
        When the spec or the decisions can't be used.
    """
    from cmcompile.model.collector import paused_collector

    with paused_collector():
        return _situation(place, look, sources, files=files)


def _situation(place: Place, look: Look, sources: Sources | None, *, files: bool) -> Situation:
    from cmcompile.ledger.sent import sent_groups
    from cmcompile.plan.standing import judged, standings_of
    from cmcompile.spec.decisions import load_decisions
    from cmcompile.spec.files import WorkingTree
    from cmcompile.version import EMIT

    sources = sources or WorkingTree(place.root)
    spec, findings = read(place, sources)
    if spec is None:
        raise InputError(findings)
    decisions, about = load_decisions(sources, place.path)
    _no_errors(about)
    state = look.view.state
    sent, of_ledger = sent_groups(state, spec.lists, at_commit(place), EMIT)
    findings = (*findings, *about, *of_ledger)
    if files:
        made, compilation, more = _compiled(spec, sent, decisions, look)
    else:
        made, more = _expanded(spec, sent, decisions, look)
        compilation = None
    found = judged(made)
    return Situation(place, made, look, standings_of(found), found, (*findings, *more), compilation)


def at_commit(place: Place) -> AtCommit:
    """Return what reads the lists of a spec of the past; None where the clone does not have it."""

    def lists(path: str, commit: str) -> Mapping[str, ListData] | None:
        from cmcompile.git.errors import GitError
        from cmcompile.git.revision import Revision
        from cmcompile.spec.load import load

        try:
            spec, _ = load(Revision(place.root, commit), path)
        except GitError:
            return None
        return None if spec is None else spec.lists

    return lists


def _compiled(
    spec: Spec, sent: SentGroups, decisions: tuple[Decision, ...], look: Look
) -> tuple[Inputs, Compilation, tuple[Diagnostic, ...]]:
    from cmcompile.compiler.compile import compile_spec
    from cmcompile.plan.declared import Declared

    result = compile_spec(spec, sent)
    spans = _Spans(result.steps)
    written = {(g.group.step, g.group.id): g for g in result.groups}
    declared = []
    for step in result.steps.values():
        for group in step.all():
            made = written.get((group.step, group.id))
            span = spans.of(group)
            declared.append(
                Declared(group, span=span)
                if made is None
                else Declared(group, made.digest, made.output, made.site, span)
            )
    return _inputs(spec, declared, decisions, look, result.collects), result, result.findings


def _expanded(
    spec: Spec, sent: SentGroups, decisions: tuple[Decision, ...], look: Look
) -> tuple[Inputs, tuple[Diagnostic, ...]]:
    from cmcompile.compiler.compile import expand_spec
    from cmcompile.plan.declared import Declared

    result = expand_spec(spec, sent)
    spans = _Spans(result.steps)
    declared = [Declared(g, span=spans.of(g)) for step in result.steps.values() for g in step.all()]
    return _inputs(spec, declared, decisions, look, result.collects), result.findings


def _inputs(
    spec: Spec,
    declared: list[Declared],
    decisions: tuple[Decision, ...],
    look: Look,
    collects: Mapping[str, str],
) -> Inputs:
    from cmcompile.plan.inputs import Facts, Inputs

    facts = Facts(look.ledger.clock.now())
    return Inputs(spec, tuple(declared), look.view.state, decisions, facts, collects)


class _Spans:
    """What declares a group: an override that is for few, its extra group, its rescue, or its step."""

    def __init__(self, steps: Mapping[str, StepGroups]) -> None:
        self._steps = steps
        self._extra = {s.step.name: {e.id: e.span for e in s.step.extra} for s in steps.values()}
        self._rescues = {s.step.name: {r.name: r.span for r in s.step.rescues} for s in steps.values()}

    def of(self, group: Group) -> Span:
        """Return the place of what declares a group."""
        if group.rescue is not None:
            return self._rescues[group.step][group.rescue]
        return self._extra[group.step].get(group.id) or self._steps[group.step].step.span


def _no_errors(findings: tuple[Diagnostic, ...]) -> None:
    from cmcompile.model.diagnostic import Severity

    if any(f.severity is Severity.ERROR and f.allowed is None for f in findings):
        raise InputError(findings)
