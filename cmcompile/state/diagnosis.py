"""An outcome with what was told of its failures later on."""

from __future__ import annotations

from dataclasses import replace

from cmcompile.model.diagnosed import Diagnosed
from cmcompile.model.outcome import Fault, Outcome


def with_causes(outcome: Outcome | None, told: Diagnosed | None) -> Outcome | None:
    """Return an outcome whose failures have the causes that were told of them; the counts stay.

    What a failure says already goes before. A quantum that never ran has no job.
    """
    if outcome is None or told is None or not told.causes:
        return outcome
    known = {one.quantum: one for one in told.causes}
    failures = []
    for failure in outcome.failures:
        one = known.get(failure.quantum)
        if one is not None and failure.fault is not Fault.BLOCKED:
            failure = replace(
                failure, cause=failure.cause or one.cause, message=failure.message or one.message
            )
        failures.append(failure)
    return replace(outcome, failures=tuple(failures))
