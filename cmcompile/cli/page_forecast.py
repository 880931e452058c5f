"""The forecast that stands on the page of a ledger."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from cmcompile.model.errors import CmcompileError
from cmcompile.model.states import GroupState

if TYPE_CHECKING:
    from cmcompile.cli.situation import Situation

#: Of larger campaigns it takes longer than a pass should: 25,000 groups took 12 s of CPU.
_GROUPS = 5_000
_RUNS = 5
#: With a larger share of failures nobody knows when it will end.
_FAILING = 0.5


def forecast_day(now: Situation) -> str:
    """Return the day on which a campaign is forecast to end: the middle one of a few runs.

    It is empty where that is not known: too few workflows of a step were measured, so that it would be
    assumed; something waits for a person, or most workflows fail; all is accepted already. It is so too where
    the campaign is large.
    """
    from cmcompile.model.status import needs_person

    some = now.standings.values()
    if len(some) > _GROUPS or any(map(needs_person, some)):
        return ""
    left = {standing.step for standing in some if standing.state is not GroupState.ACCEPTED}
    try:
        return _day(now, left) if left else ""
    except CmcompileError:
        return ""  # the page is worth more than its forecast


def _day(now: Situation, left: Collection[str]) -> str:
    """Return the day, where it was measured how long workflows of all steps that are left take."""
    from datetime import timedelta

    from cmcompile.cli.forecast import measured
    from cmcompile.model.stamp import stamp
    from cmcompile.sim.forecast.whole import Question, forecast
    from cmcompile.version import EMIT

    known = measured(now)
    if any((step, False) not in known for step in left):
        return ""
    # Where everything fails again and again a forecast takes for ever.
    if max(kind.failures for kind in known.values()) > _FAILING:
        return ""
    found = forecast(now.inputs, Question(runs=_RUNS), EMIT, measured=known)
    seconds = found.variants[0].ends.p50
    return "" if seconds is None else stamp(now.inputs.facts.now + timedelta(seconds=seconds))[:10]
