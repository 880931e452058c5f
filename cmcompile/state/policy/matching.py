"""Which rule of a policy matches a failure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from cmcompile.model.outcome import Failure, Fault
from cmcompile.model.policy import Policy, Rule, Ruled

#: Of a message only so much is looked at, in characters: a regular expression may take long.
_LONGEST = 10_000


def matching(policy: Policy, failure: Failure) -> Rule | None:
    """Return the first rule that matches a failure; None: it is unknown, and for a person."""
    return next((rule for rule in policy.rules if _matches(rule, failure)), None)


def ruled(policy: Policy, failures: Iterable[Failure]) -> tuple[Ruled, ...]:
    """Return what a policy says of each failure, in their order.

    A quantum that never ran since another one failed has no reason of its own: it is *behind*, and what is
    done about the others does for it too.
    """
    return tuple(
        Ruled(failure, None, behind=True)
        if failure.fault is Fault.BLOCKED
        else Ruled(failure, matching(policy, failure))
        for failure in failures
    )


def _matches(rule: Rule, failure: Failure) -> bool:
    cause = failure.cause
    if rule.sources and (cause is None or cause.source not in rule.sources):
        return False
    if rule.codes and (cause is None or cause.code not in rule.codes):
        return False
    if rule.site and (cause is None or not cause.site or not fnmatchcase(cause.site, rule.site)):
        return False
    if rule.task and not fnmatchcase(failure.quantum.task, rule.task):
        return False
    if rule.message and not _pattern(rule.message).search(failure.message[:_LONGEST]):
        return False
    # One that says nothing, which no policy file can hold, matches nothing either.
    return bool(rule.sources or rule.codes or rule.site or rule.task or rule.message)


@lru_cache(maxsize=512)
def _pattern(message: str) -> re.Pattern[str]:
    return re.compile(message)
