"""Telling what happens while a plan is applied, for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import click

from cmcompile.cli.output import current, screen
from cmcompile.cli.progress import Line
from cmcompile.model.applied import Moment, Result, Told
from cmcompile.model.drift import Drift
from cmcompile.model.event import Subject, WmsRef
from cmcompile.model.plan import IDLE, Plan
from cmcompile.model.ports import Clock
from cmcompile.model.rescued import Rescued
from cmcompile.model.stamp import stamp
from cmcompile.report import apply as report

_CALLED = frozenset({Moment.CALLED})


@dataclass(slots=True)
class Telling:
    """Says what happens with one campaign, as it happens.

    With the format ``json`` there is one object per line on stdout, and nothing else.

    Attributes
    ----------
    results
        What came of items so far.
    former
        What was said in passes before of what stays so until a person acts; it is not said again to people.
    """

    campaign: str
    format: str
    clock: Clock
    results: list[Result] = field(default_factory=list)
    former: dict[str, str] = field(default_factory=dict)
    _called: set[Subject] = field(default_factory=set)
    _line: Line = field(default_factory=lambda: Line(sys.stderr is not None and sys.stderr.isatty()))
    _total: int = 0

    @property
    def for_programs(self) -> bool:
        """Whether a program reads what is told."""
        return self.format == "json"

    def begin(self, plan: Plan) -> None:
        """Say what is about to be applied."""
        acting = sum(item.action not in IDLE for item in plan.items())
        self._total += acting
        if self.for_programs:
            self.say_json(report.begin_json(self.campaign, plan, acting))

    def told(self, told: Told) -> None:
        """Say that something happened."""
        if told.moment in _CALLED:
            self._called.add(told.subject)
        if self.for_programs:
            self.say_json(report.told_json(self.campaign, told, self._now()))
        else:
            self.say(report.told_text(told, screen()))

    def result(self, result: Result) -> None:
        """Say what came of an item."""
        self.results.append(result)
        called = result.subject in self._called
        if self.for_programs:
            self.say_json(report.result_json(self.campaign, result, self._now(), called=called))
        else:
            self.say(report.result_text(self.campaign, result, screen(), called=called))

    def rescued(self, found: Rescued) -> None:
        """Say that a policy had a rescue written, or that it could not be."""
        if self.for_programs:
            self.say_json(report.rescued_json(self.campaign, found))
        else:
            self.say(report.rescued_text(found, screen()))

    def seen(self, recorded: int, silent: Mapping[WmsRef, str]) -> None:
        """Say what a look at the world brought."""
        if self.for_programs:
            self.say_json(report.seen_json(self.campaign, recorded, silent))
        else:
            self.say(report.seen_text(self.campaign, recorded, silent, screen()))

    def drift(self, found: Sequence[Drift]) -> None:
        """Say what nobody here brought about."""
        if self.for_programs:
            for drift in found:
                self.say_json(report.drift_json(self.campaign, drift))
        else:
            self._say_once("drift", report.drift_text(self.campaign, found, screen()))

    def left(self, plan: Plan) -> None:
        """Say what is left to do; programs ask `cmcompile plan`."""
        if not self.for_programs:
            self._say_once("left", report.left_text(self.campaign, plan, screen()))

    def ended(self, results: Iterable[Result], code: int, error: str = "") -> None:
        """Say what came of all."""
        self._line.end()
        if self.for_programs:
            self.say_json(report.summary_json(self.campaign, results, code, error))
        else:
            self.say(report.summary_text(self.campaign, results, screen()))

    def say_json(self, line: report.Line) -> None:
        """Write an object."""
        click.echo(json.dumps(line, ensure_ascii=False))

    def say(self, text: str) -> None:
        """Write lines for people, over the one that changes."""
        if not text:
            return
        self._line.end()
        click.echo(text, nl=False, color=current().colour() or None)
        if self._total:
            self._line("applied", len(self.results), self._total)

    def _say_once(self, kind: str, text: str) -> None:
        if self.former.get(kind) != text:
            self.former[kind] = text
            self.say(text)

    def _now(self) -> str:
        return stamp(self.clock.now())
