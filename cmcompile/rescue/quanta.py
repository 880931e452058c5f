"""The quanta that a group is lacking, and what is to be done about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from cmcompile.model.ids import Id
from cmcompile.model.outcome import Fault, Outcome, Quantum
from cmcompile.model.policy import Remedy, Ruled


class Lack(Enum):
    """Why a quantum has no outputs, as a recovery names it; of ``ADDED`` only ids are known, not quanta."""

    MISSING = "missing_outputs"
    FAILED = "failed"
    UNCONSUMED = "unconsumed"
    ADDED = "added_inputs"


#: Remedies that make a rescue run a quantum again.
RUN_AGAIN = frozenset({Remedy.RETRY, Remedy.RESCUE, Remedy.MORE_MEMORY, Remedy.AVOID_SITE})


@dataclass(frozen=True, slots=True)
class Cure:
    """What is to be done about a quantum.

    Attributes
    ----------
    times, cap
        With ``MORE_MEMORY``: by what the request is multiplied, and what it never goes beyond, in MB.
    ticket
        With ``QUARANTINE``: where the ids are looked into.
    """

    remedy: Remedy = Remedy.RESCUE
    times: Fraction = Fraction(3, 2)
    cap: int | None = None
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A quantum without outputs.

    Attributes
    ----------
    row
        Its data id: a value per dimension.
    behind
        What others are lacking for which it waits; empty: it waits for none that is known.
    """

    quantum: Quantum
    row: Mapping[str, Id]
    lack: Lack
    cure: Cure
    behind: frozenset[Lack] = frozenset()

    @property
    def task(self) -> str:
        """The task of the quantum."""
        return self.quantum.task


_LACKS = {Fault.FAILED: Lack.FAILED, Fault.BLOCKED: Lack.UNCONSUMED, Fault.OTHER: Lack.MISSING}
#: Two names of the same data wherever one visit is one exposure.
_SAME = {"visit": "exposure"}


def row_of(data_id: str) -> dict[str, Id]:
    """Return the values of a data id by dimension; whole numbers as such."""
    found: dict[str, Id] = {}
    for piece in data_id.split(", "):
        name, equals, value = piece.partition("=")
        if equals:
            found[name.strip()] = int(value) if _is_number(value) else value
    return found


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and text == str(int(text))


def _same(row: Mapping[str, Id]) -> dict[str, Id]:
    """Return a data id in which visit 5 is exposure 5.

    Where that does not hold, quanta are said to have no data in common that have some: to be asked of what
    shall *not* run, never of what shall.
    """
    return {_SAME.get(name, name): value for name, value in row.items()}


def cures(ruled: Iterable[Ruled]) -> dict[Quantum, Cure]:
    """Return what a policy says of failures, but for those that only wait for another one."""
    found = {}
    for one in ruled:
        if one.behind:
            continue
        rule = one.rule
        cure = Cure(one.remedy) if rule is None else Cure(one.remedy, rule.times, rule.cap, rule.ticket)
        found[one.failure.quantum] = cure
    return found


def left(outcome: Outcome, cures: Mapping[Quantum, Cure]) -> tuple[Left, ...]:
    """Return the quanta that a group is lacking.

    One that never ran since others failed shares their fate: it is run again when one of them is, or is put
    into quarantine, and left as it is when all of them are left.

    Parameters
    ----------
    cures
        What is to be done, by quantum; one that is not named is to be run again.
    """
    order = {task.task: at for at, task in enumerate(outcome.tasks)}
    failed = [f.quantum for f in outcome.failures if f.fault is not Fault.BLOCKED]
    rows = {f.quantum: row_of(f.quantum.data_id) for f in outcome.failures}
    lacks = {f.quantum: _LACKS[f.fault] for f in outcome.failures}
    meeting = Meeting(rows[one] for one in failed)
    found = []
    for failure in outcome.failures:
        quantum, lack = failure.quantum, _LACKS[failure.fault]
        before: list[Quantum] = []
        if failure.fault is Fault.BLOCKED:
            at, near = order.get(quantum.task, len(order)), (failed[n] for n in meeting.of(rows[quantum]))
            before = [one for one in near if order.get(one.task, -1) < at]
        cure = cures.get(quantum) or _shared([cures.get(one, Cure()) for one in before])
        found.append(Left(quantum, rows[quantum], lack, cure, frozenset(lacks[one] for one in before)))
    return tuple(sorted(found, key=lambda one: (order.get(one.task, len(order)), one.quantum)))


def _shared(before: Sequence[Cure]) -> Cure:
    """Return what is done about a quantum that waits for others."""
    if not before or any(c.remedy in RUN_AGAIN or c.remedy is Remedy.QUARANTINE for c in before):
        return Cure()
    return Cure(before[0].remedy)


class Meeting:
    """Finds, among many data ids, those that may have data in common with one; by look-up, not one by one.

    Parameters
    ----------
    same
        Whether a visit and an exposure of one number count as the same. To be asked of what shall *not* run.
    """

    def __init__(self, rows: Iterable[Mapping[str, Id]], *, same: bool = True) -> None:
        self._same = same
        self._by_shape: dict[frozenset[str], list[int]] = {}
        self._rows = [_same(row) if same else dict(row) for row in rows]
        for at, row in enumerate(self._rows):
            self._by_shape.setdefault(frozenset(row), []).append(at)
        self._index: dict[tuple[frozenset[str], frozenset[str]], dict[object, list[int]]] = {}

    def of(self, row: Mapping[str, Id]) -> list[int]:
        """Return the places of those that may have data in common with one."""
        mine, found = _same(row) if self._same else dict(row), []
        for shape, places in self._by_shape.items():
            shared = tuple(sorted(shape & mine.keys()))
            known = self._index.get((shape, frozenset(shared)))
            if known is None:
                known = {}
                for at in places:
                    known.setdefault(tuple(self._rows[at][name] for name in shared), []).append(at)
                self._index[shape, frozenset(shared)] = known
            found += known.get(tuple(mine[name] for name in shared), [])
        return found
