"""All that is known of a campaign at once: spec, groups, decisions, ledger, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmcompile.cli.address import Address
from cmcompile.cli.campaigns import Place
from cmcompile.cli.choose import Answers, groups_and_gone, narrows, select_groups
from cmcompile.cli.ledgers import Look
from cmcompile.cli.output import use_sources
from cmcompile.model.errors import InputError

if TYPE_CHECKING:
    from cmcompile.cli.kept_sent import Sent
    from cmcompile.compiler.kept.form import Former
    from cmcompile.compiler.result import Compilation, Expansion
    from cmcompile.compiler.step import StepGroups
    from cmcompile.ledger.sent import AtCommit
    from cmcompile.model.campaign import ListData, Spec
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.group import Group
    from cmcompile.model.ports import Sources
    from cmcompile.model.source import Span
    from cmcompile.model.states import LedgerState, Standing
    from cmcompile.plan.declared import Declared
    from cmcompile.plan.inputs import Inputs
    from cmcompile.plan.standing import Judged


@dataclass(frozen=True, slots=True)
class Situation:
    """A campaign, and where it stands.

    Attributes
    ----------
    standings
        Of the groups of the spec, then of those that only the ledger knows.
    judged
        What they are made from; a plan is made from it too.
    findings
        Of reading, of the decisions, and of compiling.
    made
        What a plan is made from; groups that were taken from a former compilation have no bytes. None where
        groups were made without files.
    """

    place: Place
    inputs: Inputs
    look: Look
    standings: Mapping[tuple[str, str], Standing]
    judged: Judged
    findings: tuple[Diagnostic, ...]
    made: Compilation | None = None

    @property
    def spec(self) -> Spec:
        """The campaign as written."""
        return self.inputs.spec

    def compiled(self) -> Compilation:
        """Compile the campaign, with the bytes of every group: what is handed to BPS."""
        from cmcompile.compiler.compile import compile_spec
        from cmcompile.ledger.sent import sent_groups
        from cmcompile.version import EMIT

        sent, _ = sent_groups(self.inputs.state, self.spec.lists, at_commit(self.place), EMIT)
        return compile_spec(self.spec, sent)

    def groups(self) -> list[Group]:
        """Return the groups of the spec, then those that only the ledger knows."""
        return groups_and_gone([declared.group for declared in self.inputs.declared], self.standings)

    def with_rescues(self, groups: Iterable[Group]) -> frozenset[tuple[str, str]]:
        """Return the steps and ids of groups, and of the rescue groups whose claims cover them."""
        covering = self.inputs.state.covering
        keys = {(group.step, group.id) for group in groups}
        return frozenset(keys | {(step, r) for step, id_ in keys for r in covering.get((step, id_), ())})

    def chosen(self, addresses: Sequence[Address]) -> frozenset[tuple[str, str]] | None:
        """Return the steps and ids of the groups that selectors narrow to; None: all are meant.

        Raises
        ------
        NoGroupError
            As `select_groups`.
        """
        if not any(map(narrows, addresses)):
            return None
        groups = select_groups(addresses, self.spec, self.groups(), self.answers())
        return frozenset((group.step, group.id) for group in groups)

    def answers(self) -> Answers:
        """Return what conditions such as ``state:failed`` are held against."""
        standings = self.standings
        return {
            "state": lambda g: standings[g.step, g.id].state.value,
            "reason": lambda g: standings[g.step, g.id].reason.value,
            "workflow": self._newest,
        }

    def _newest(self, group: Group) -> str:
        """Return the state of the newest workflow of a group that counts; ``none`` where there is none."""
        record = self.inputs.state.groups.get((group.step, group.id))
        counting = () if record is None else record.counting
        return counting[-1].state.value if counting else "none"


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
    from cmcompile.cli.kept import keeper
    from cmcompile.cli.kept_sent import Sent
    from cmcompile.cli.overlaps import list_dates, stored_overlaps
    from cmcompile.compiler.jobs.count import JobCounter
    from cmcompile.compiler.result import Compilation
    from cmcompile.plan.inputs import Facts, Inputs
    from cmcompile.plan.over import over
    from cmcompile.plan.standing import judged, standings_of
    from cmcompile.spec.decisions import load_decisions
    from cmcompile.spec.files import WorkingTree
    from cmcompile.spec.load import load

    # Only what the working tree says is asked for again and again.
    keeps = keeper(place, look, files=files) if sources is None else None
    sources = sources or WorkingTree(place.root)
    use_sources(sources)
    spec, findings = (
        load(sources, place.path) if keeps is None else load(sources, place.path, keeps.read_list)
    )
    if spec is None:
        raise InputError(findings)
    decisions, about = load_decisions(sources, place.path)
    _no_errors(about)
    read = dict(spec.inputs)
    former = None if keeps is None else keeps.look(spec, read)
    known = () if keeps is None or keeps.kept is None or former is None else keeps.kept.about_sent
    sent = Sent(look.view.state, spec.lists, at_commit(place), known)
    result = _made(spec, sent, former, files=files)
    if keeps is not None:
        keeps.keep(result, read, sent)
    declared = tuple(_declared(result))
    overlaps, stored = stored_overlaps(spec, [one.group for one in declared])
    facts = Facts(look.ledger.clock.now(), list_dates(spec), overlaps, jobs=JobCounter(spec))
    inputs = Inputs(spec, declared, look.view.state, decisions, facts, result.collects, result.tagged)
    found = judged(inputs)
    every = (*findings, *about, *sent.findings, *result.findings, *stored, *over(spec, facts.now))
    compilation = result if isinstance(result, Compilation) else None
    return Situation(place, inputs, look, standings_of(found), found, every, made=compilation)


def compiled_with(
    place: Place, tree: Sources, state: LedgerState | None
) -> tuple[Compilation, tuple[Diagnostic, ...]]:
    """Read and compile a campaign with the groups that its ledger knows as sent.

    Raises
    ------
    InputError
        When the spec can't be used at all.
    """
    from cmcompile.cli.campaigns import read
    from cmcompile.compiler.compile import compile_spec
    from cmcompile.ledger.sent import sent_groups
    from cmcompile.version import EMIT

    spec, findings = read(place, tree)
    if spec is None:
        raise InputError(findings)
    if state is None:
        result = compile_spec(spec)
        return result, (*findings, *result.findings)
    sent, about = sent_groups(state, spec.lists, at_commit(place), EMIT)
    result = compile_spec(spec, sent)
    return result, (*findings, *about, *result.findings)


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


def _made(spec: Spec, sent: Sent, former: Former | None, *, files: bool) -> Compilation | Expansion:
    from cmcompile.compiler.compile import compile_again, expand_again

    return compile_again(spec, sent, former) if files else expand_again(spec, sent, former)


def _declared(result: Compilation | Expansion) -> Iterator[Declared]:
    from cmcompile.compiler.result import Compilation
    from cmcompile.plan.declared import Declared

    spans = _Spans(result.steps)
    compiled = result.groups if isinstance(result, Compilation) else ()
    written = {(made.group.step, made.group.id): made for made in compiled}
    for step in result.steps.values():
        for group in step.all():
            made = written.get((group.step, group.id))
            span = spans.of(group)
            if made is None:
                yield Declared(group, span=span)
            else:
                yield Declared(group, made.digest, made.output, made.site, span)


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
    from cmcompile.model.diagnostic import errors_in

    if any(errors_in(findings)):
        raise InputError(findings)
