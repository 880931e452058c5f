"""``cmcompile rescue --from-outcome``: rescues made from what became of groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from cmcompile.cli.exit import Exit
from cmcompile.cli.output import echo_findings
from cmcompile.cli.written import Edit, Message, write
from cmcompile.model.errors import InputError

if TYPE_CHECKING:
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.decided import Subjects
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.campaign import Step
    from cmcompile.model.diagnostic import Code, Diagnostic
    from cmcompile.model.policy import Policy
    from cmcompile.model.ports import Sources
    from cmcompile.model.states import LedgerState
    from cmcompile.rescue.case import Entry, Proposal
    from cmcompile.rescue.ground import Step as RescuedStep
    from cmcompile.rescue.ground import Told


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says.

    Attributes
    ----------
    chosen
        Ids of first-pass groups; None: all of the step.
    settings
        Keys that every rescue sets.
    """

    chosen: Collection[str] | None
    settings: Mapping[str, object]
    because: str | None
    dry_run: bool
    commit: bool


def from_outcome(about: Subjects, step: Step, asked: Asked) -> int:
    """Write the rescues that a step needs, and say what they are for; returns the exit code."""
    told, apart = outcomes(about, step, asked.chosen)
    found = _proposed(about, step, told, asked)
    _tell(step.name, found.proposal, found.covers)
    for line in apart:
        click.echo(line)
    code = Exit.ATTENTION if any(one.person for one in found.proposal.passed) else Exit.OK
    entries = found.proposal.entries
    if not entries and not found.proposal.excludes:
        click.echo(f"nothing is written: {step.name} needs no rescue that is not there")
        return code
    if found.fresh:
        echo_findings(found.fresh, err=True)
    if asked.dry_run:
        _show(step.name, found.proposal)
        return code
    names = ", ".join(entry.name for entry in entries) or "ids in quarantine"
    message = Message(f"{about.place.name}: rescues of {step.name}: {names}", asked.because or _why(entries))
    write(found.edit, message, commit=asked.commit)
    return code


def outcomes(
    about: Subjects, step: Step, chosen: Collection[str] | None
) -> tuple[dict[str, Told], tuple[str, ...]]:
    """Return what became of the groups of a step, and what is said of those that can't be judged yet."""
    from cmcompile.model.states import GroupState
    from cmcompile.rescue.ground import Told
    from cmcompile.rescue.quanta import cures
    from cmcompile.state.outcome import outcome_of
    from cmcompile.state.policy import ruled

    found: dict[str, Told] = {}
    apart = []
    for group in about.groups:
        name = group.id
        wanted = group.step == step.name and group.rescue is None and (chosen is None or name in chosen)
        record = about.state.groups.get((step.name, name)) if wanted and about.state else None
        if record is None or about.state is None:
            continue
        if record.verdict in (GroupState.ACCEPTED, GroupState.REJECTED):
            continue
        outcome = outcome_of(about.state, step.name, name)
        if record.live or outcome is None:
            why = "its run has not ended" if record.live else "what became of its quanta is not known"
            apart.append(f"{step.name}/{name}: {why}")
            continue
        policy = _policy(about, step)
        reason = _left_alone(about, step, name, named=chosen is not None)
        if reason:
            apart += [f"{step.name}/{name}: {reason}"] if outcome.missing else []
        elif policy is None:
            found[name] = Told(outcome)
        elif not outcome.complete:
            apart.append(f"{step.name}/{name}: a policy can't judge it, since not all failures are named")
        else:
            found[name] = Told(outcome, cures(ruled(policy, outcome.failures)), budget=policy.budgets.rescues)
    return found, tuple(apart)


def _left_alone(about: Subjects, step: Step, name: str, *, named: bool) -> str:
    """Return why a group needs no rescue, whatever it is lacking; empty: it may need one."""
    from cmcompile.model.reason import Reason

    standing = about.standings.get((step.name, name))
    if standing is not None and standing.reason is Reason.POLICY_RETRY:
        return "a policy sends it again"
    if standing is not None and standing.reason is Reason.ENDED_WELL and not named:
        return "it has no more failures than are accepted; name it with --groups to rescue it all the same"
    return ""


def _policy(about: Subjects, step: Step) -> Policy | None:
    name = step.pace.policy or about.spec.pace.policy
    return about.spec.policies.get(name) if name else None


@dataclass(frozen=True, slots=True)
class _Found:
    proposal: Proposal
    edit: Edit
    covers: tuple[tuple[str, tuple[str, ...]], ...]
    fresh: tuple[Diagnostic, ...]


def _proposed(about: Subjects, step: Step, told: Mapping[str, Told], asked: Asked) -> _Found:
    """Return rescues with the file as it is with them.

    Raises
    ------
    InputError
        When the campaign does not validate with them.
    """
    from cmcompile.cli.templates import Overlay
    from cmcompile.model.diagnostic import Severity
    from cmcompile.rescue.ground import Step as RescuedStep
    from cmcompile.spec.files import WorkingTree

    place = about.place
    tree = WorkingTree(place.root)
    before = tree.read(place.path)
    now, former = compiled_with(place, tree, about.state)
    sent = [g for s, g in about.state.groups if s == step.name] if about.state else []
    ground = RescuedStep(now, step.name, sent, about.state)
    proposal, after = _written(ground, told, asked, place.path, before, {})
    known = {(f.code, f.message) for f in former}
    result, findings = compiled_with(place, Overlay({place.path: after}, tree), about.state)
    _check(findings, known)
    releases = _releases(result, step.name, proposal)
    if releases:
        proposal, after = _written(ground, told, asked, place.path, before, releases)
        result, findings = compiled_with(place, Overlay({place.path: after}, tree), about.state)
        _check(findings, known)
    fresh = [f for f in findings if f.severity is Severity.WARNING and (f.code, f.message) not in known]
    names = {entry.name for entry in proposal.entries}
    made = [g.group for g in result.groups if g.group.step == step.name and g.group.rescue in names]
    edit = Edit(place.root, place.path, before, after)
    return _Found(proposal, edit, tuple((g.id, g.covers) for g in made), tuple(fresh))


def _check(findings: tuple[Diagnostic, ...], known: Collection[tuple[Code, str]]) -> None:
    """Refuse what does not validate; that a sent group was altered before is no fault of the rescue.

    Raises
    ------
    InputError
        With all findings.
    """
    from cmcompile.cli.situation import stops
    from cmcompile.model.diagnostic import errors_in

    if stops(findings) or any((f.code, f.message) not in known for f in errors_in(findings)):
        raise InputError(findings)


def _written(
    ground: RescuedStep,
    told: Mapping[str, Told],
    asked: Asked,
    path: str,
    before: bytes,
    releases: Mapping[str, str],
) -> tuple[Proposal, bytes]:
    """Return rescues, and the text of the file with them."""
    from cmcompile.rescue.cured import merged
    from cmcompile.rescue.make import make
    from cmcompile.rescue.recovery import recoveries
    from cmcompile.spec.edit.insert import add_item, add_key

    ways = [
        replace(way, settings=merged(way.settings, dict(asked.settings))) for way in recoveries(ground.step)
    ]
    cases = ground.cases(told, lambda name: releases.get(name, ""))
    proposal = make(ground.ground(), cases, ways)
    after = before
    for one in proposal.excludes:
        after = add_item(path, after, "exclude", one)
    for entry in proposal.entries:
        body = entry.body if asked.because is None else {**entry.body, "because": asked.because.strip()}
        after = add_key(path, after, ("steps", ground.step.name, "rescues"), entry.name, body)
    return proposal, after


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
    from cmcompile.cli.situation import at_commit
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


def _releases(result: Compilation, step: str, proposal: Proposal) -> dict[str, str]:
    """Return the stack of groups whose rescue would take another one, unless the spec says that it shall."""
    from cmcompile.model.campaign import highest
    from cmcompile.model.source import Mapping as MapNode

    declared = result.spec.step(step)
    names = {entry.name for entry in proposal.entries}
    layers = declared.rescue_defaults if declared else ()
    said = highest([layer for layer in layers if layer.get("vars") is not None], "vars")
    if isinstance(said, MapNode) and "release" in said:
        return {}
    ran = {g.group.id: g.release for g in result.groups if g.group.step == step and g.group.rescue is None}
    found: dict[str, str] = {}
    for made in result.groups:
        if made.group.step != step or made.group.rescue not in names:
            continue
        for covered in made.group.covers:
            release = ran.get(covered)
            if release is not None and release != made.release:
                found[covered] = release
    return found


def _why(entries: Iterable[Entry]) -> str:
    return "\n".join(f"{entry.name}: {entry.why[0]}" for entry in entries if entry.why)


def _tell(step: str, proposal: Proposal, covers: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    for entry in proposal.entries:
        beside = f", and {entry.beside} that need not" if entry.beside else ""
        quanta = f"{entry.wanted:,} {'quantum' if entry.wanted == 1 else 'quanta'} to run{beside}"
        click.echo(f"{step}/{entry.name}: {quanta}; {entry.why[0]}")
        for name, covered in covers:
            if name.startswith(f"{entry.name}."):
                click.echo(f"  {step}/{name} covers {', '.join(covered)}")
    for one in proposal.excludes:
        name, ids = next(iter(one.items()))
        ticket = f" ({one['ticket']})" if "ticket" in one else ""
        click.echo(f"excluded: {name} {ids}{ticket}")
    for passed in proposal.passed:
        click.echo(f"{step}/{passed.group}: {passed.why}")


def _show(step: str, proposal: Proposal) -> None:
    from cmcompile.spec.edit.write import block

    shown: dict[str, object] = {"exclude": list(proposal.excludes)} if proposal.excludes else {}
    if proposal.entries:
        entries = {entry.name: entry.body for entry in proposal.entries}
        shown["steps"] = {step: {"rescues": entries}}
    click.echo("\n".join(block(shown, 0, deep=4)))
