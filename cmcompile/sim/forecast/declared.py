"""The durations file: what a person says of how long things take; strict YAML, findings with positions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from cmcompile.model.codes import names, shape
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ports import Sources
from cmcompile.model.source import Mapping as MappingNode
from cmcompile.model.source import Node, Scalar, Span
from cmcompile.sim.forecast.spread import Between, always
from cmcompile.sim.forecast.times import Mix, Overlapping
from cmcompile.spec.files import read_yaml
from cmcompile.spec.schema import check
from cmcompile.spec.values import mapping, number, percent, text

_DURATION = re.compile(r"([0-9.]+)([smhdw])\Z")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


@dataclass(frozen=True, slots=True)
class Part:
    """What is said of the first pass of a step, or of its rescues; None: nothing."""

    duration: Between | None = None
    preparation: Between | None = None
    failures: float | None = None
    mix: Mix | None = None

    def over(self, other: Part) -> Part:
        """Return what is said here, and where nothing is, what is said there."""
        return Part(
            self.duration or other.duration,
            self.preparation or other.preparation,
            other.failures if self.failures is None else self.failures,
            self.mix or other.mix,
        )


NOTHING = Part()


@dataclass(frozen=True, slots=True)
class Declared:
    """What a durations file says.

    Attributes
    ----------
    first, rescue
        By step; under an empty name what holds for all.
    every, at_once, person
        None: not said.
    never
        Whether it says that no person ever answers.
    """

    first: Mapping[str, Part] = field(default_factory=dict)
    rescue: Mapping[str, Part] = field(default_factory=dict)
    overlaps: Mapping[tuple[str, str], Overlapping] = field(default_factory=dict)
    every: float | None = None
    at_once: int | None = None
    person: float | None = None
    never: bool = False

    def of(self, step: str, *, rescue: bool) -> Part:
        """Return what is said of a step, or of all."""
        some = self.rescue if rescue else self.first
        return some.get(step, NOTHING).over(some.get("", NOTHING))


SILENT = Declared()


def seconds(told: str) -> float | None:
    """Return a duration such as ``90m`` in seconds; None where it is none."""
    found = _DURATION.match(told)
    try:
        return float(found[1]) * _SECONDS[found[2]] if found else None
    except ValueError:
        return None


def load_durations(
    sources: Sources, path: str, steps: Collection[str], findings: Findings
) -> Declared | None:
    """Read a durations file.

    Parameters
    ----------
    steps
        Those of the campaign: others are a slip.

    Returns
    -------
    What it says; None where it has errors, which are in ``findings``.
    """
    node = read_yaml(sources, path, findings, None)
    if node is None or not check(node, "durations", findings) or not isinstance(node, MappingNode):
        return None
    reading = _Reading(steps, findings)
    found = reading.read(node)
    return found if reading.good else None


class _Reading:
    """Reads a document whose shape is right."""

    def __init__(self, steps: Collection[str], findings: Findings) -> None:
        self._steps = steps
        self._findings = findings
        self.good = True

    def read(self, node: MappingNode) -> Declared:
        first, rescue = {}, {}
        overlaps: dict[tuple[str, str], Overlapping] = {}
        if (common := mapping(node.get("all"))) is not None:
            first[""], rescue[""] = self._part(common), self._part(mapping(common.get("rescue")))
        steps = mapping(node.get("steps"))
        for entry in steps or ():
            body = mapping(entry.value)
            self._known(entry.key, entry.key_span)
            first[entry.key] = self._part(body)
            rescue[entry.key] = self._part(mapping(body.get("rescue")) if body else None)
            for other in (mapping(body.get("overlaps")) if body else None) or ():
                self._known(other.key, other.key_span)
                overlaps[entry.key, other.key] = _overlapping(other.value)
        person = text(node.get("person"))
        at_once = number(node.get("at_once"), 0) or None
        every = self._interval(node)
        never = person == "never"
        return Declared(first, rescue, overlaps, every, at_once, seconds(person or ""), never)

    def _interval(self, node: MappingNode) -> float | None:
        every = seconds(text(node.get("every")) or "")
        if every == 0:
            self._wrong(node.key_span("every"), "`every` must be longer than nothing", "for example `15m`")
        return every

    def _part(self, node: MappingNode | None) -> Part:
        if node is None:
            return NOTHING
        return Part(
            self._spread(node.get("duration")),
            self._spread(node.get("preparation")),
            percent(node.get("failures")),
            self._mix(node),
        )

    def _mix(self, node: MappingNode) -> Mix | None:
        retried, rescued = percent(node.get("retried")), percent(node.get("rescued"))
        if retried is None and rescued is None:
            return None
        found = Mix(retried or 0.0, rescued or 0.0)
        if found.retried + found.rescued > 1 + 1e-9:
            last = "rescued" if node.get("rescued") is not None else "retried"
            hint = "both are shares of the same failures, and the rest waits for a person"
            self._wrong(node.key_span(last), "`retried` and `rescued` are more than 100% together", hint)
        return found

    def _spread(self, node: Node | None) -> Between | None:
        if isinstance(node, Scalar):
            told = seconds(text(node) or "")
            return None if told is None else always(told)
        if not isinstance(node, MappingNode):
            return None
        low, likely, high = (seconds(text(node.get(key)) or "") or 0.0 for key in ("low", "likely", "high"))
        if not low <= likely <= high:
            hint = "write the shortest as `low`, the most frequent as `likely`, the longest as `high`"
            self._wrong(node.key_span("likely"), "`likely` must be between `low` and `high`", hint)
        return Between(low, likely, high)

    def _known(self, step: str, span: Span) -> None:
        if step in self._steps:
            return
        near = get_close_matches(step, self._steps, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"the steps are: {', '.join(self._steps)}"
        self.good = False
        self._findings.add(names.UNKNOWN_REFERENCE, span, f"no step is named {step}", hint)

    def _wrong(self, span: Span, message: str, hint: str) -> None:
        self.good = False
        self._findings.add(shape.OUT_OF_BOUNDS, span, message, hint)


def _overlapping(node: Node) -> Overlapping:
    if isinstance(node, MappingNode):
        return Overlapping(percent(node.get("share")) or 0.0, text(node.get("spread")) != "anywhere")
    return Overlapping(percent(node) or 0.0)
