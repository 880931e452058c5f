"""What the rescue of a group does differently for the sake of its failures: more memory, another site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from cmcompile.model.ids import Id
from cmcompile.model.outcome import Quantum
from cmcompile.model.policy import Remedy
from cmcompile.rescue.case import Case, Ground
from cmcompile.rescue.quanta import RUN_AGAIN, Cure, Left, Meeting

_GOVERNORS = frozenset({"instrument", "skymap"})


def settled(ground: Ground, case: Case, still: frozenset[str]) -> tuple[Case, list[str]]:
    """Return a case in which what can't be cured is left to a person, and notes about that.

    Parameters
    ----------
    still
        Dimensions that say nothing: they have one value in all that is lacking.
    """
    notes: dict[str, None] = {}
    found = []
    for one in _by_axis(case):
        row = {name: value for name, value in one.row.items() if name not in still}
        cure = one.cure
        if _out(ground, one) and cure.remedy is not Remedy.QUARANTINE:
            cure = Cure(Remedy.QUARANTINE)
        elif cure.remedy is Remedy.MORE_MEMORY and not _more(ground, case, one):
            notes[
                f"{one.task} has all the memory that its policy allows, or how much it has can't be told"
            ] = None
            cure = Cure(Remedy.REVIEW)
        elif cure.remedy is Remedy.AVOID_SITE and not ground.elsewhere(case.group):
            notes["there is no other site: set `site` in its recovery"] = None
            cure = Cure(Remedy.REVIEW)
        found.append(replace(one, row=row, cure=cure))
    lost = {one.quantum for one, now in zip(case.quanta, found, strict=True) if now.cure is not one.cure}
    return replace(case, quanta=tuple(_with_waiting(found, lost))), list(notes)


def _by_axis(case: Case) -> list[Left]:
    """Return the quanta of a group with visits as exposures, or the reverse, as its axis names them.

    That is done where all of them are among the ids of the axis, so that the two have the same numbers.
    """
    for name, other in (("exposure", "visit"), ("visit", "exposure")):
        part = case.group.part(name)
        values = {value for one in case.quanta if (value := one.row.get(other)) is not None}
        if part is None or not values or not values.issubset(part.ids):
            continue
        return [
            replace(one, row={(name if n == other else n): v for n, v in one.row.items()})
            for one in case.quanta
        ]
    return list(case.quanta)


def _with_waiting(quanta: Sequence[Left], lost: set[Quantum]) -> list[Left]:
    """Return quanta; what only waits for others is not run when none of them is."""
    if not lost:
        return list(quanta)
    going = (*RUN_AGAIN, Remedy.QUARANTINE)
    running = Meeting(q.row for q in quanta if not q.behind and q.cure.remedy in going)
    return [replace(q, cure=Cure(Remedy.REVIEW)) if q.behind and not running.of(q.row) else q for q in quanta]


def _out(ground: Ground, one: Left) -> bool:
    return bool(ground.excluded) and any(
        value in ground.excluded.get(name, ()) for name, value in one.row.items()
    )


def one_valued(cases: Sequence[Case], axes: Sequence[str]) -> frozenset[str]:
    """Return dimensions that tell nothing apart: all that is lacking has one value of it.

    A dimension that some quanta do not have tells them from the others, but for instrument and skymap, of
    which a step has one. Those of the axes stay.
    """
    seen: dict[str, set[Id]] = {}
    counts: Counter[str] = Counter()
    total = 0
    for case in cases:
        for one in case.quanta:
            total += 1
            counts.update(one.row.keys())
            for name, value in one.row.items():
                seen.setdefault(name, set()).add(value)
    return frozenset(
        name
        for name, values in seen.items()
        if len(values) == 1 and name not in axes and (name in _GOVERNORS or counts[name] == total)
    )


def _more(ground: Ground, case: Case, one: Left) -> int:
    """Return the memory that a quantum's task is to have; 0: it has all that it may have."""
    request = ground.request(case.group, one.task)
    if request is None:
        return 0
    wanted = ceil(request.now * one.cure.times)
    if one.cure.cap is not None:
        wanted = min(wanted, one.cure.cap)
    return wanted if wanted > request.now else 0


def settings(ground: Ground, case: Case, wanted: Sequence[Left]) -> dict[str, object]:
    """Return the keys of a rescue that cures some quanta of a group."""
    memory: dict[tuple[str, ...], int] = {}  # by the whole path of the key
    site = ""
    for one in wanted:
        if one.cure.remedy is Remedy.MORE_MEMORY:
            request = ground.request(case.group, one.task)
            if request is not None:
                path = (request.root, *request.path)
                memory[path] = max(memory.get(path, 0), _more(ground, case, one))
        elif one.cure.remedy is Remedy.AVOID_SITE:
            site = ground.elsewhere(case.group)
    found: dict[str, object] = {"site": site} if site else {}
    for path, value in sorted(memory.items()):
        found = merged(found, _nested(path, value))
    return found


def _nested(path: Sequence[str], value: object) -> dict[str, object]:
    inner = value
    for key in reversed(path):
        inner = {key: inner}
    return inner if isinstance(inner, dict) else {}


def merged(low: dict[str, object], high: dict[str, object]) -> dict[str, object]:
    """Return keys of two mappings, those of the second first in rank."""
    found = dict(low)
    for key, value in high.items():
        inner = found.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        found[key] = merged(inner, value) if both else value  # type: ignore[arg-type]
    return found
