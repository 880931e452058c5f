"""What a command may decide: each target is held against the ledger before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from cmcompile.cli.decided import Subjects
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.errors import CmcompileError
from cmcompile.model.event import Subject

if TYPE_CHECKING:
    from cmcompile.model.states import Workflow


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in every entry of one command.

    Attributes
    ----------
    extra
        By key, with ``adopt``.
    gates
        With ``abandon``: the ids given on the command line.
    """

    verb: Verb
    by: str
    at: str
    because: str
    extra: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[str, ...] = ()


@dataclass(slots=True)
class Sorted:
    """The entries of a command: to be written, there already, refused."""

    fresh: list[Decision] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def sort(
    targets: Sequence[Subject | None],
    said: Said,
    about: Subjects,
    extras: Mapping[Subject | None, Mapping[str, str]] | None = None,
) -> Sorted:
    """Return the entries that may be written, and what is said of the others.

    Parameters
    ----------
    extras
        What else stands in the entry of each target, in place of ``said.extra``.
    """
    from cmcompile.plan.legality import illegal, in_force, is_done, missing

    known = about.known()
    pending = [d for d in in_force(about.decisions) if known.state is None or not is_done(d, known.state)]
    found = Sorted()
    for subject in targets:
        name = "the campaign" if subject is None else str(subject)
        same = next((d for d in pending if d.subject == subject and d.verb is said.verb), None)
        if same is not None:
            found.there.append(f"{name}: decided already, {same.span}")
            continue
        why = _not_sent(said.verb, subject)
        fault = missing(subject, known)
        if fault is not None and why is None:
            why = "; ".join(filter(None, fault))
        own = said if extras is None else replace(said, extra=extras[subject])
        decision = _decision(own, subject, about, refused=why is not None)
        why = why or illegal(decision, known)
        if why is None:
            found.fresh.append(decision)
        else:
            found.refused.append(f"{name}: {why}")
    return found


def _not_sent(verb: Verb, subject: Subject | None) -> str | None:
    whole = {Verb.HOLD, Verb.RELEASE, Verb.ADOPT}
    if subject is None or subject.group is None or subject.workflow is not None or verb in whole:
        return None
    return f"it was never sent, as far as the ledger is known here: there is nothing to {verb.value}"


def _decision(said: Said, subject: Subject | None, about: Subjects, *, refused: bool) -> Decision:
    from cmcompile.model.source import Span
    from cmcompile.spec.decisions import WHOLE, decision_id, decisions_path

    extra = dict(said.extra)
    if said.verb is Verb.ABANDON and not refused:
        extra["gate"] = _gate(said, about.known().workflow(subject))
    entry = {said.verb.value: WHOLE if subject is None else str(subject)}
    entry |= {"by": said.by, "at": said.at, "because": said.because} | extra
    span = Span(decisions_path(about.place.path), 1, 1)
    return Decision(decision_id(entry), said.verb, subject, said.by, said.at, said.because, span, **extra)


def _gate(said: Said, workflow: Workflow | None) -> str:
    """Return the gate that a person names, once he has seen what is known of the submission."""
    from cmcompile.cli.new import on_terminal

    if workflow is None or workflow.gate is None:
        return ""
    if workflow.gate in said.gates:
        return workflow.gate
    click.echo(_about(workflow), err=True)
    if said.gates:
        given = ", ".join(said.gates)
        raise CmcompileError(f"{workflow}: --gate {given} is not its gate, which is {workflow.gate}")
    if not on_terminal():
        raise CmcompileError(
            f"make sure that the run is not there, then name the gate: --gate {workflow.gate}"
        )
    click.echo("Is this run really not there? Look in the workload system first.", err=True)
    given = str(click.prompt("type the gate's id to give it up", err=True)).strip()
    if given != workflow.gate:
        raise CmcompileError(f"{given} is not the gate of {workflow}, and nothing was written")
    return given


def _about(workflow: Workflow) -> str:
    """Return what is known of a submission whose run may exist."""
    lines = [f"{workflow}: {workflow.state.value} since {workflow.since or 'an unknown time'}"]
    if workflow.detail:
        lines.append(f"  {workflow.detail}")
    claim = workflow.claim
    if claim is not None:
        wms = f"{claim.wms.service}@{claim.wms.where}" if claim.wms.where else claim.wms.service
        process = claim.process
        lines += [f"  run name: {claim.run_name}", f"  workload system: {wms}"]
        lines += [f"  sent by: process {process.pid} on {process.host}, boot {process.boot_id}"]
    return "\n".join([*lines, f"  gate: {workflow.gate}"])
