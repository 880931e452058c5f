"""``validate --deep``: every predicate before the Butler's own parser and dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.group import CompiledGroup


class NoStackError(CmcompileError):
    """The LSST packages are not installed."""


def check_deep(result: Compilation) -> tuple[Diagnostic, ...]:
    """Return what the LSST packages say against the predicates of a campaign, each predicate asked once.

    Raises
    ------
    NoStackError
        When the packages are not installed.
    """
    from cmcompile.bps.query.growth import LIMIT, parts
    from cmcompile.bps.query.parser import parse
    from cmcompile.model.codes import query
    from cmcompile.model.diagnostic import Findings
    from cmcompile.observe import stack

    if not stack.available():
        hint = "`pip install 'cmcompile[lsst]'`, or set up a stack"
        raise NoStackError(f"--deep needs the LSST packages: {hint}")
    findings = Findings()
    for made in _predicates(result):
        step = result.steps[made.group.step].step
        expr = parse(made.where).expr
        if expr is not None and parts(expr) > LIMIT:
            continue  # reported without the stack, which would run out of memory over it
        error = stack.parse_error(made.where)
        said = (error,) if error else stack.check_with_universe(made.where)
        for message in said:
            findings.add(
                query.QUERY_INVALID,
                made.clauses[0].origin.span or step.span,
                f"the Butler refuses the query of {step.name}/{made.group.id}: {message}",
                f"the query is: {made.where[:200]}",
                scope=step.name,
            )
        findings.allow(step.name, step.allow)
    findings.allow("", result.spec.allow)
    return findings.sorted()


def _predicates(result: Compilation) -> Iterator[CompiledGroup]:
    seen: set[str] = set()
    for made in result.groups:
        if made.where and made.clauses and made.where not in seen:
            seen.add(made.where)
            yield made
