"""A forecast: several runs for each sort of needs that is to be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmcompile.model.forecast import Forecast
from cmcompile.model.stamp import stamp
from cmcompile.plan.inputs import Inputs
from cmcompile.sim.forecast.declared import SILENT, Declared
from cmcompile.sim.forecast.forecast import answer
from cmcompile.sim.forecast.known import known, notes, told
from cmcompile.sim.forecast.times import Kind
from cmcompile.sim.forecast.variant import Needs, has_needs


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes
    ----------
    slots
        Workflows at once; None: as the spec says.
    needs
        None: as written, and both others beside it.
    every
        Seconds from pass to pass; None: as declared.
    """

    slots: int | None = None
    needs: Needs | None = None
    every: float | None = None
    runs: int = 20
    seed: int = 1


def forecast(
    inputs: Inputs,
    question: Question,
    emit: int,
    *,
    measured: Mapping[tuple[str, bool], Kind] | None = None,
    declared: Declared = SILENT,
    ledger: str = "",
) -> Forecast:
    """Say when a campaign will end, from the ledger as it is now.

    Parameters
    ----------
    inputs
        As of a plan.
    emit
        The version of the bytes that this cmcompile writes.
    measured
        What workflows took, by step and whether of its rescues.
    ledger
        The tip's commit, to be told.
    """
    spec = inputs.spec
    times = known([step.name for step in spec.steps], measured or {}, declared, question.every)
    slots = spec.pace.running if question.slots is None else question.slots
    answers = [
        answer(inputs, times, needs, question.slots, question.runs, question.seed, emit)
        for needs in _asked(inputs, question)
    ]
    policed = [step.name for step in spec.steps if step.pace.policy or spec.pace.policy]
    overlaps = {pair: by for found in answers for pair, by in found.told.items()}
    return Forecast(
        campaign=spec.name,
        at=stamp(inputs.facts.now),
        ledger=ledger,
        slots=slots,
        every=times.every,
        runs=question.runs,
        seed=question.seed,
        times=told(times, policed),
        notes=tuple(notes(times, declared, overlaps, policed)),
        variants=tuple(found.variant for found in answers),
    )


def _asked(inputs: Inputs, question: Question) -> Sequence[Needs]:
    if question.needs is not None:
        return (question.needs,)
    return ("as written", "barrier", "overlap") if has_needs(inputs.spec) else ("as written",)
