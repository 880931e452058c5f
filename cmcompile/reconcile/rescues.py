"""Rescues made from outcomes, and the text of the spec with them: for the command, and for a policy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from cmcompile.compiler.result import Compilation
from cmcompile.model.campaign import highest
from cmcompile.model.diagnostic import Code, Diagnostic, Severity, errors_in
from cmcompile.model.errors import InputError
from cmcompile.model.source import Mapping as MapNode
from cmcompile.model.states import LedgerState
from cmcompile.model.stopping import stops
from cmcompile.rescue.case import Proposal
from cmcompile.rescue.cured import merged
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.make import make
from cmcompile.rescue.recovery import recoveries
from cmcompile.spec.edit.insert import add_item, add_key

#: Compiles the campaign with another text of its file, and says what is wrong with it.
Compile: TypeAlias = Callable[[bytes], tuple[Compilation, tuple[Diagnostic, ...]]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of all rescues.

    Attributes
    ----------
    settings
        Keys that every rescue sets.
    because
        In place of the reason that is found.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Rescues, and the file with them.

    Attributes
    ----------
    covers
        The rescue groups that they make, with what each covers.
    fresh
        Warnings that were not there before.
    """

    proposal: Proposal
    before: bytes
    after: bytes
    covers: tuple[tuple[str, tuple[str, ...]], ...]
    fresh: tuple[Diagnostic, ...]


class Rescuer:
    """Makes the rescues of one step.

    Parameters
    ----------
    path, before
        The campaign's file, and its text as it is.

    Attributes
    ----------
    ground
        The step as it is.
    """

    def __init__(
        self, path: str, before: bytes, step: str, state: LedgerState | None, compiled: Compile
    ) -> None:
        self._path = path
        self._before = before
        self._step = step
        self._compiled = compiled
        now, former = compiled(before)
        sent = [g for s, g in state.groups if s == step] if state else []
        self.ground = Step(now, step, sent, state)
        self._known = {(f.code, f.message) for f in former}

    def proposed(self, told: Mapping[str, Told], wish: Wish) -> Found:
        """Return rescues with the file as it is with them.

        Parameters
        ----------
        told
            What became of groups, by id.

        Raises
        ------
        InputError
            When the campaign does not validate with them.
        """
        proposal, after = self._written(told, wish, {})
        result, findings = self._compiled(after)
        _check(findings, self._known)
        releases = _releases(result, self._step, proposal)
        if releases:
            proposal, after = self._written(told, wish, releases)
            result, findings = self._compiled(after)
            _check(findings, self._known)
        warnings = (f for f in findings if f.severity is Severity.WARNING)
        fresh = tuple(f for f in warnings if (f.code, f.message) not in self._known)
        names = {entry.name for entry in proposal.entries}
        made = [g.group for g in result.groups if g.group.step == self._step and g.group.rescue in names]
        return Found(proposal, self._before, after, tuple((g.id, g.covers) for g in made), fresh)

    def _written(
        self, told: Mapping[str, Told], wish: Wish, releases: Mapping[str, str]
    ) -> tuple[Proposal, bytes]:
        """Return rescues, and the text of the file with them."""
        ways = [
            replace(way, settings=merged(way.settings, dict(wish.settings)))
            for way in recoveries(self.ground.step)
        ]
        cases = self.ground.cases(told, lambda name: releases.get(name, ""))
        proposal = make(self.ground.ground(), cases, ways)
        after = self._before
        for one in proposal.excludes:
            after = add_item(self._path, after, "exclude", one)
        for entry in proposal.entries:
            body = entry.body if wish.because is None else {**entry.body, "because": wish.because.strip()}
            after = add_key(self._path, after, ("steps", self._step, "rescues"), entry.name, body)
        return proposal, after


def _check(findings: tuple[Diagnostic, ...], known: Collection[tuple[Code, str]]) -> None:
    """Refuse what does not validate; that a sent group was altered before is no fault of the rescue.

    Raises
    ------
    InputError
        With all findings.
    """
    if stops(findings) or any((f.code, f.message) not in known for f in errors_in(findings)):
        raise InputError(findings)


def _releases(result: Compilation, step: str, proposal: Proposal) -> dict[str, str]:
    """Return the stack of groups whose rescue would take another one, unless the spec says that it shall."""
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
