"""Policies tried on samples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cmcompile.model.failures import Sample, Tried
from cmcompile.model.outcome import Failure
from cmcompile.model.policy import Policy, Rule, Ruled
from cmcompile.state.policy.matching import ruled


def tried(policy: Policy, samples: Iterable[Sample]) -> tuple[Tried, ...]:
    """Return what a policy says of samples."""
    return tuple(_tried(policy, sample) for sample in samples)


def _tried(policy: Policy, sample: Sample) -> Tried:
    [one] = ruled(policy, [sample.failure])
    matched = () if one.rule is None else tuple(_matched(one.rule, sample.failure))
    return Tried(sample, one.rule, matched, "; ".join(_wrong(sample, one)))


def _wrong(sample: Sample, one: Ruled) -> Iterator[str]:
    found = {
        "class": one.kind.value,
        "rule": "" if one.rule is None else one.rule.name,
        "action": one.remedy.value,
    }
    for key, wanted in sample.expect:
        if found.get(key) != wanted:
            yield f"{key} {wanted or 'none'} is expected, and it is {found.get(key) or 'none'}"


def _matched(rule: Rule, failure: Failure) -> Iterator[str]:
    cause = failure.cause
    if rule.sources and cause is not None:
        yield f"source {cause.source}"
    if rule.codes and cause is not None:
        yield f"code {cause.code}"
    if rule.task:
        yield f"task {failure.quantum.task} is like {rule.task}"
    if rule.site and cause is not None:
        yield f"site {cause.site} is like {rule.site}"
    if rule.message and (found := re.search(rule.message, failure.message)):
        yield f"the message has {found[0]!r}"
