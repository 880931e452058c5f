"""What a run of the world begins with: chosen, like everything random, by its choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmcompile.sim.campaign import NAMES
from cmcompile.sim.far.choices import Choices, Weights
from cmcompile.sim.far.faults import CALM, OF_PROCESSES, ROUGH, Fault, Rates
from cmcompile.sim.far.wms import Settings
from cmcompile.sim.launcher import Preparing

#: How often what no protocol can stand by itself happens, where it happens at all.
_BY_PEOPLE = {
    Fault.REWOUND: 0.006,
    Fault.REOPENED: 0.6,
    Fault.HAND_SUBMIT: 0.05,
    Fault.HAND_CANCEL: 0.1,
    Fault.HAND_RESTART: 0.1,
    Fault.HAND_DELETE: 0.1,
    Fault.CALL_TWICE: 0.1,
    Fault.SKEW: 0.5,
}
#: More than in a world that is rough only, since not every run of it meets them.
_MORE = {Fault.NOT_ARRIVED: 0.1, Fault.KILL: 0.01, Fault.KILL_CHILD: 0.01, Fault.KILL_BOTH: 0.01}
#: How many of all runs may meet a fault, where that is not ``_USUALLY``.
_OFTEN = {Fault.REMOTE_DOWN: 0.3, Fault.REWOUND: 0.2, Fault.HAND_SUBMIT: 0.3, Fault.SKEW: 0.2}
_USUALLY = 0.45
#: What happens more often than this is never made much more frequent.
_OFTEN_ENOUGH = 0.06
_SKEWS = (0.0, 45.0, -45.0, 3600.0, -3600.0, 90000.0, -90000.0)
#: Those without a weight are for tests that ask for them.
_CAMPAIGNS = {"one": 2, "two": 2, "rescue": 4, "covering": 4, "collected": 2}
#: One of them is enough: nothing rests on what was measured.
_MEASURED = ("collected",)
_CAMPAIGNS |= {"approved": 0, "tagged": 0, "retagged": 0}


@dataclass(slots=True)
class Setup:
    """The cast of a run, and how rough the world is.

    Attributes
    ----------
    hosts
        The error of the clock of each host, in seconds.
    runners
        The number of the host of each.
    passes
        So many passes are begun at most before everything becomes calm.
    every
        How long after the beginning of a pass a runner typically begins the next one, in seconds.
    answers
        How long the person typically takes between two looks, in seconds.
    active
        Whether people act at all before everything becomes calm.
    interrupts
        The probability that a person interrupts a pass.
    measures
        Whether quanta leave metadata that tell what they took.
    """

    campaign: str = "two"
    hosts: tuple[float, ...] = (0.0,)
    runners: tuple[int, ...] = (0,)
    rates: Rates = CALM
    settings: Settings = field(default_factory=Settings)
    preparing: Preparing = field(default_factory=Preparing)
    passes: int = 60
    every: float = 1500.0
    answers: float = 2400.0
    active: bool = True
    interrupts: float = 0.0
    measures: bool = False


def calm(campaign: str) -> Setup:
    """Return a setup in which nothing goes wrong, with one runner."""
    settings = Settings(failing=0.0, again=0.0, holding=0.0)
    return Setup(campaign, settings=settings, preparing=Preparing(transient=0.0, hard=0.0))


def chosen(choices: Choices) -> Setup:
    """Return a setup that is chosen: with some kinds of faults only, so that each is met alone too."""
    campaign = NAMES[choices.pick("campaign", Weights(_CAMPAIGNS[name] for name in NAMES))]
    rates = Rates((0.2, 0.05, 0.6)[choices.pick("switching", 3)], dict(_faults(choices)))
    many = choices.pick("hosts", 3) + 1
    skewed = rates.of(Fault.SKEW) > 0
    hosts = tuple(_SKEWS[choices.pick("skew", len(_SKEWS))] if skewed else 0.0 for _ in range(many))
    count = 2 + choices.pick("runners", Weights((6, 4, 3, 2, 1, 1, 1)))
    runners = tuple(choices.pick("host of a runner", many) for _ in range(count))
    takes = choices.pick("preparing takes", 3)
    return Setup(
        campaign,
        hosts,
        runners,
        rates,
        _settings(choices),
        Preparing((600.0, 6000.0, 60.0)[takes], (0.03, 0.0, 0.3)[choices.pick("preparing", 3)]),
        passes=20 + 11 * count,
        every=(1500.0, 300.0, 6000.0)[choices.pick("every", 3)],
        active=choices.pick("nobody answers", Weights((4, 1))) == 0,
        interrupts=(0.0, 0.2)[choices.pick("interrupts", 2)],
        measures=campaign in _MEASURED,
    )


def _settings(choices: Choices) -> Settings:
    return Settings(
        hidden=(60.0, 7200.0, 40000.0, 400000.0)[choices.pick("hidden for", 4)],
        waits=(300.0, 30.0)[choices.pick("waits", 2)],
        runs=(2400.0, 300.0, 9000.0)[choices.pick("runs", 3)],
        failing=(0.15, 0.0, 0.5)[choices.pick("failing", Weights((2, 1, 2)))],
        holding=0.06,
        tells=choices.pick("tells no outcome", 2) == 0,
    )


def _faults(choices: Choices) -> Mapping[Fault, float]:
    found = {}
    for fault, rate in {**ROUGH.faults, **_MORE, **_BY_PEOPLE}.items():
        often = _OFTEN.get(fault, _USUALLY)
        on = choices.pick(f"whether {fault.value}", Weights((1 - often, often)))
        if on:
            times = (1.0, 0.4, 2.0) if fault in OF_PROCESSES or rate > _OFTEN_ENOUGH else (1.0, 0.4, 6.0)
            found[fault] = rate * times[choices.pick(f"how often {fault.value}", 3)]
    return found
