"""Worlds in which one kind of trouble is met often: there a guard against it is missed within few seeds."""

from __future__ import annotations

from collections.abc import Callable

from cmcompile.sim import campaign, person
from cmcompile.sim.far.choices import Choices, Weights
from cmcompile.sim.far.faults import Fault, Rates
from cmcompile.sim.far.wms import Settings
from cmcompile.sim.launcher import Preparing
from cmcompile.sim.seed import Patch
from cmcompile.sim.setup import Setup

_LIMITED = campaign.HEAD + "limits: {running: 1}\nsteps: {a: {split: [{by: tract, values: 1..2}]}}\n"
#: A campaign whose limit binds although its groups share no data.
LIMITED: Patch = (campaign, "_TEXTS", {**campaign._TEXTS, "limited": (_LIMITED,)})


def _world(
    rates: Rates,
    *,
    campaigns: tuple[str, ...] = ("one",),
    skews: tuple[float, ...] = (0.0,),
    runners: tuple[int, ...] = (0, 0),
    waits: float = 30.0,
    runs: float = 300.0,
    failing: float = 0.5,
    hidden: float = 60.0,
    takes: float = 60.0,
    passes: int = 60,
    every: float = 300.0,
    answers: float = 900.0,
) -> Callable[[Choices], Setup]:
    def made(choices: Choices) -> Setup:
        name = campaigns[choices.pick("campaign", len(campaigns))]
        how = Settings(waits=waits, runs=runs, failing=failing, hidden=hidden)
        return Setup(
            name, skews, runners, rates, how, Preparing(takes), passes=passes, every=every, answers=answers
        )

    return made


#: Runs that had failed go on, and lists lack some: with and without rescues.
REOPENING = _world(
    Rates(0.2, {Fault.REOPENED: 1.0, Fault.EMPTY: 0.1, Fault.TRUNCATED: 0.1}),
    campaigns=("one", "covering"),
    runs=900.0,
    takes=600.0,
    passes=250,
    every=150.0,
    answers=60.0,
)
#: Runs of a rescue, and of what it covers, go on.
COVERING = _world(
    Rates(0.2, {Fault.REOPENED: 1.0, Fault.EMPTY: 0.2, Fault.TRUNCATED: 0.1}),
    campaigns=("covering",),
    runs=900.0,
    takes=600.0,
    every=600.0,
    answers=300.0,
)
#: Groups are accepted while runs go on.
ACCEPTING = _world(
    Rates(0.2, {Fault.REOPENED: 1.0, Fault.PAUSE: 0.03}),
    skews=(0.0, 0.0),
    runners=(0, 0, 1),
    runs=200.0,
    failing=0.7,
    passes=300,
    every=60.0,
    answers=30.0,
)
#: People submit by hand.
BY_HAND = _world(Rates(0.2, {Fault.HAND_SUBMIT: 0.3}), runs=900.0, takes=600.0, passes=30, answers=300.0)
#: The clock of one host is a day ahead, and processes stand still: claims are given up while they are used.
RACING = _world(
    Rates(0.5, {Fault.PAUSE: 0.03}),
    campaigns=("one", "covering"),
    skews=(0.0, 90000.0),
    runners=(0, 0, 1, 1),
    runs=9000.0,
    every=120.0,
)
#: As that, and the remote does not say what it took: gates are put to review before they are read again.
OVERRULING = _world(
    Rates(0.5, {Fault.PAUSE: 0.08, Fault.PUSH_REPLY_LOST: 0.3}),
    skews=(0.0, 90000.0),
    runners=(0, 1, 1, 1),
    passes=250,
    every=60.0,
    answers=200.0,
)
#: Pushes are lost, or late, or their answers are.
LOSSY = _world(
    Rates(
        0.4,
        {
            Fault.PUSH_LOST: 0.1,
            Fault.PUSH_REPLY_LOST: 0.1,
            Fault.PUSH_LATE: 0.1,
            Fault.UNREACHABLE: 0.05,
            Fault.PAUSE: 0.01,
        },
    ),
    campaigns=("one", "collected"),
    skews=(0.0, 90000.0, -90000.0),
    runners=(0, 1, 2),
    passes=40,
)
#: Many do the same at the same time, and pushes are lost.
TWINS = _world(
    Rates(0.6, {Fault.PUSH_LOST: 0.4, Fault.PAUSE: 0.05}),
    skews=(0.0, 0.0),
    runners=(0, 0, 0, 1, 1, 1),
    passes=300,
    every=5.0,
    answers=200.0,
)
#: The remote is down again and again.
DOWN = _world(
    Rates(0.2, {Fault.REMOTE_DOWN: 0.02, Fault.UNREACHABLE: 0.1, Fault.KILL: 0.01}),
    campaigns=("one", "collected"),
    failing=0.3,
    passes=40,
    every=600.0,
)
_UNSEEN = Rates(0.2, {Fault.HIDDEN: 0.9, Fault.REPLY_LOST: 0.3, Fault.KILL_BOTH: 0.01})
#: Replies are lost, and runs are not shown for hours.
HIDING = _world(
    _UNSEEN,
    campaigns=("one", "covering"),
    skews=(0.0, 0.0),
    runners=(0, 1),
    waits=300.0,
    runs=9000.0,
    failing=0.3,
    hidden=20000.0,
    answers=1500.0,
)
#: As that, with a limit; its campaign is `LIMITED`.
LIMITING = _world(
    _UNSEEN,
    campaigns=("limited",),
    skews=(0.0, 0.0),
    runners=(0, 1),
    waits=300.0,
    runs=9000.0,
    failing=0.3,
    hidden=20000.0,
    answers=1500.0,
)
#: People restart what failed more than anything else.
RESTARTS: Patch = (person, "_LIKELY", Weights((1, 1, 12, 1, 1)))
#: Restarts are taken up late.
RESTARTING = _world(
    Rates(0.2, {Fault.LATE: 0.3}),
    skews=(0.0, 0.0),
    runners=(0, 1),
    waits=3000.0,
    failing=0.9,
    every=600.0,
    answers=300.0,
)
#: And nobody hears of it: the replies come when nobody waits for them any more.
UNHEARD = _world(
    Rates(0.2, {Fault.LATE: 0.8}),
    skews=(0.0, 0.0),
    runners=(0, 1),
    waits=3000.0,
    failing=0.9,
    every=600.0,
    answers=300.0,
)
