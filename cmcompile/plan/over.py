"""Exclusions whose day is over: compiling never asks for the date, and who looks at a campaign does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cmcompile.model import codes
from cmcompile.model.campaign import Exclude, Spec
from cmcompile.model.diagnostic import Diagnostic, Findings
from cmcompile.plan.times import end_of

#: So many ids are named; the rest is counted.
_NAMED = 5


def over(spec: Spec, now: datetime) -> tuple[Diagnostic, ...]:
    """Return a finding for each exclusion of a campaign that was to end before now.

    It holds all the same: the same files give the same groups, on whatever day.
    """
    findings = Findings()
    for exclude in _over(spec, now):
        findings.add(
            codes.dates.EXCLUDE_OVER,
            exclude.span,
            f"the exclusion of {_ids(exclude)} was until {exclude.until}, and still holds: {exclude.because}",
            "take the entry out, or give it a later day; what was sent without these ids takes a rescue",
        )
    findings.allow("", spec.allow)
    return findings.sorted()


def _over(spec: Spec, now: datetime) -> Iterator[Exclude]:
    for exclude in spec.exclude:
        end = end_of(exclude.until) if exclude.until else None
        if end is not None and end <= now:
            yield exclude


def _ids(exclude: Exclude) -> str:
    named = ", ".join(map(str, exclude.ids[:_NAMED]))
    more = f" and {len(exclude.ids) - _NAMED} more" if len(exclude.ids) > _NAMED else ""
    return f"{exclude.name} {named}{more}"
