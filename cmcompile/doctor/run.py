"""All checks, in the order in which they are told, and what they come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from cmcompile.doctor.case import Case
from cmcompile.doctor.check import Check
from cmcompile.doctor.checks.environments import Plugin, Secrets, SetUp, Stack
from cmcompile.doctor.checks.ledgers import Ledger, Protection, Spool
from cmcompile.doctor.checks.machines import Area, Clock, Here, Room
from cmcompile.doctor.checks.outputs import Chains, Runs
from cmcompile.doctor.checks.pipelines import Includes, Pipeline
from cmcompile.doctor.checks.repositories import Butler, Data, Inputs
from cmcompile.doctor.checks.systems import Credentials, RunRecords, Wms
from cmcompile.model.checkup import Answers, Question, Result, Verdict

#: What is needed by others stands before them.
CHECKS: tuple[Check, ...] = (
    *(Secrets(), SetUp(), Stack(), Credentials(), Plugin(), Pipeline(), Includes()),
    *(Butler(), Inputs(), Data(), Runs(), Chains()),
    *(RunRecords(), Wms()),
    *(Ledger(), Protection(), Spool(), Area(), Room(), Clock(), Here()),
)
NAMES = tuple(check.name for check in CHECKS)


def chosen(names: Collection[str] = (), *, quick: bool = False) -> tuple[Check, ...]:
    """Return checks by name, in their order; without names all, or those that are quick."""
    return tuple(c for c in CHECKS if (c.name in names if names else c.quick or not quick))


def questions(checks: Sequence[Check], case: Case) -> tuple[Question, ...]:
    """Return what checks need to know, each question once."""
    return tuple(dict.fromkeys(q for check in checks for q in check.asks(case)))


def judged(checks: Sequence[Check], case: Case, answers: Answers) -> tuple[Result, ...]:
    """Return what checks found, each result once.

    Of what could not be asked it is told which fault is in the way, where there is one.
    """
    found: list[Result] = []
    for check in checks:
        faulty = {result.check for result in found if result.verdict is Verdict.FAULT}
        behind = next((name for name in check.after if name in faulty), "")
        found += _behind(check.judge(case, answers), behind)
    return tuple(dict.fromkeys(_allowed(result, case) for result in found))


def _behind(results: Iterable[Result], name: str) -> Iterator[Result]:
    for result in results:
        yield replace(result, behind=name) if result.verdict is Verdict.UNKNOWN and name else result


def _allowed(result: Result, case: Case) -> Result:
    reason = case.allow.get(result.code.name, "")
    return replace(result, allowed=reason) if reason and result.verdict is not Verdict.FINE else result
