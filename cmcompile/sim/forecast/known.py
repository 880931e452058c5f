"""What is taken for known of durations: declared, else measured, else assumed; and what to say of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from cmcompile.model.forecast import TimesOf
from cmcompile.sim.forecast.declared import Declared, Part
from cmcompile.sim.forecast.times import (
    ASSUMED,
    ASSUMED_INTERVAL,
    ASSUMED_PERSON,
    AT_ONCE,
    Kind,
    Mix,
    Times,
)


def known(
    steps: Iterable[str],
    measured: Mapping[tuple[str, bool], Kind],
    declared: Declared,
    every: float | None = None,
) -> Times:
    """Return what is taken for known.

    Parameters
    ----------
    measured
        By step and whether of its rescues.
    every
        Seconds from pass to pass; None: as declared.
    """
    first, rescue = {}, {}
    for step in steps:
        first[step] = _kind(measured.get((step, False), ASSUMED), declared.of(step, rescue=False))
        again = measured.get((step, True), replace(first[step], failures=0.0))
        rescue[step] = _kind(again, declared.of(step, rescue=True))
    pooled = _pooled(measured.values())
    first = {step: replace(kind, mix=kind.mix or pooled) for step, kind in first.items()}
    rescue = {step: replace(kind, mix=kind.mix or first[step].mix) for step, kind in rescue.items()}
    person = ASSUMED_PERSON if declared.person is None else declared.person
    return Times(
        first,
        rescue,
        every or declared.every or ASSUMED_INTERVAL,
        declared.at_once or AT_ONCE,
        None if declared.never else person,
        declared.overlaps,
    )


def _pooled(kinds: Iterable[Kind]) -> Mix | None:
    """Return what policies did about the failures of all steps, for those that had none."""
    some = [(kind.mix, kind.failures * kind.workflows) for kind in kinds if kind.mix is not None]
    whole = sum(many for _, many in some)
    if not whole:
        return None
    retried = sum(mix.retried * many for mix, many in some) / whole
    return Mix(retried, sum(mix.rescued * many for mix, many in some) / whole)


def _kind(kind: Kind, part: Part) -> Kind:
    return replace(
        kind,
        duration=part.duration or kind.duration,
        preparation=part.preparation or kind.preparation,
        failures=kind.failures if part.failures is None else part.failures,
        source="declared" if part.duration is not None else kind.source,
        mix=part.mix or kind.mix,
    )


def told(times: Times, policed: Collection[str] = ()) -> tuple[TimesOf, ...]:
    """Return what is known of the first pass of each step.

    Parameters
    ----------
    policed
        The steps that have a policy: of others a person is asked about all failures.
    """
    return tuple(_told(step, kind, known=step in policed) for step, kind in times.first.items())


def _told(step: str, kind: Kind, *, known: bool) -> TimesOf:
    mix = kind.mix if known and kind.mix is not None else Mix()
    return TimesOf(
        step,
        kind.source,
        kind.workflows,
        kind.duration.middle,
        kind.preparation.middle,
        kind.failures,
        mix.retried,
        mix.rescued,
    )


def notes(
    times: Times,
    declared: Declared,
    overlaps: Mapping[tuple[str, str], str],
    policed: Collection[str] = (),
) -> Iterator[str]:
    """Yield what a reader must know of what the forecast rests on.

    Parameters
    ----------
    overlaps
        By step and needed step: what overlap was judged by.
    policed
        The steps that have a policy.
    """
    guessed = [step for step, kind in times.first.items() if kind.source == "assumed"]
    if guessed:
        yield (
            f"nothing is known of how long {', '.join(guessed)} take{'s' * (len(guessed) == 1)}: "
            "12 h and 15 min of preparing are assumed; declare them with --durations"
        )
    failing = any(kind.failures for kind in (*times.first.values(), *times.rescue.values()))
    if failing and declared.person is None and not declared.never:
        yield "that a person answers what waits for one after 1 d is assumed; declare `person`"
    unknown = [step for step in policed if times.first[step].failures and times.first[step].mix is None]
    if unknown:
        yield (
            f"what policies do about failures of {', '.join(unknown)} is not known: "
            "all wait for a person; declare `retried` and `rescued`"
        )
    for (step, needed), by in overlaps.items():
        if by == "unknown":
            yield f"what {step} overlaps of {needed} is not known: it waits for all; declare `overlaps`"
        elif by != "sky":
            what = "shared ids" if by == "ids" else "the declared share"
            yield f"what {step} overlaps of {needed} is estimated from {what}, not from the sky"
