"""What policies did about bad ends is measured, and what they sent again counts with the rescues."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forecast_campaigns import POLICY, SAYS, made
from state_events import GATE, PREPARED, claimed, event, submitted

from cmcompile.model.event import Body, Event, Observed, Subject, Submitted
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.stamp import stamp
from cmcompile.plan.standing import judged
from cmcompile.plan.world import World
from cmcompile.sim.forecast.extract import extract
from cmcompile.sim.forecast.graph import At
from cmcompile.sim.forecast.measured import kinds
from cmcompile.sim.forecast.times import Mix, Then
from cmcompile.state.fold import fold
from cmcompile.version import EMIT

BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)
ACCEPTED = (
    "- {name: none, match: {message: nothing}, class: expected, action: accept, within: 50%, because: x}\n"
)
FILES = {
    "policies/careful.yaml": POLICY.replace("RETRIES", "2").replace("RESCUES", "2").replace("STEP", "")
    + ACCEPTED
}


def ran(
    group: str, name: str, says: str, seconds: float = 1000, builds_on: tuple[str, ...] = ()
) -> list[Event]:
    """Return the events of a workflow of which one quantum of four failed, or none."""
    failures = (Failure(Quantum("isr", "visit: 1"), Fault.FAILED, says),) if says else ()
    outcome = Outcome((TaskOutcome("isr", 4, 4 - len(failures), len(failures)),), failures)
    bodies: list[tuple[float, Body]] = [
        (0, replace(claimed(), builds_on=builds_on)),
        (60, Submitted("1")),
        (60 + seconds, Observed("partial" if says else "succeeded", "done", "1", outcome)),
    ]
    return [
        event(n, body, subject=Subject("a", group, name), time=stamp(BEGIN + timedelta(seconds=when)))
        for n, (when, body) in enumerate(bodies, 1)
    ]


def world(head: str) -> World:
    return World(made(f"{head}steps: {{a: {{split: [{{by: tract, values: 1..8}}]}}}}\n", FILES).inputs())


FIRST = [
    SAYS[Then.RETRY],
    SAYS[Then.RETRY],
    SAYS[Then.RESCUE],
    SAYS[Then.PERSON],
    "nothing to do",
    "",
    "",
    "",
]


def test_shares_of_what_policies_do() -> None:
    events = [e for n, says in enumerate(FIRST, 1) for e in ran(str(n), "w00", says)]
    events += [e for n in "123" for e in ran(n, "w01", "", 200, ("u/run",))]
    found = kinds(events, world("policy: careful\n"), {})
    first, rescues = found["a", False], found["a", True]
    assert (first.workflows, first.failures, first.mix) == (8, 0.5, Mix(0.5, 0.25))
    assert (first.duration.middle, rescues.duration.middle) == (1000, 200)
    assert (rescues.workflows, rescues.failures, rescues.mix) == (3, 0, None)


def test_without_a_policy_a_person_is_asked_about_all() -> None:
    events = [e for n, says in enumerate(FIRST, 1) for e in ran(str(n), "w00", says)]
    first = kinds(events, world(""), {})["a", False]
    assert (first.failures, first.mix) == (5 / 8, Mix(0, 0))
    looked = world("policy: careful\naccept: {review: true}\n")
    assert kinds(events, looked, {})["a", False].failures == 5 / 8


def under_way(group: str, name: str, **claim: tuple[str, ...]) -> list[Event]:
    """Return the events of a workflow that runs."""
    bodies: list[Body] = [replace(claimed(), **claim), PREPARED, GATE, submitted("1")]  # type: ignore[arg-type]
    subject = Subject("a", group, name)
    return [event(n, body, subject=subject, time=stamp(BEGIN)) for n, body in enumerate(bodies, 1)]


def ended(group: str, name: str, says: str) -> list[Event]:
    """Return the events of a workflow that ran and has ended."""
    last = ran(group, name, says)[-1]
    return [*under_way(group, name), replace(last, number=5)]


def test_groups_of_which_a_policy_goes_on_begin_so() -> None:
    rescue = "rescues: {r: {groups: [5], because: x}}"
    spec = f"policy: careful\nsteps: {{a: {{split: [{{by: tract, values: 1..8}}], {rescue}}}}}\n"
    events = [e for n, says in enumerate(FIRST[:4], 1) for e in ended(str(n), "w00", says)]
    events += under_way("2", "w01", builds_on=("u/run",))
    events += [*ended("5", "w00", SAYS[Then.RETRY]), *under_way("r.5", "w00", covers=("5",))]
    found = made(spec, FILES)
    graph = extract(judged(found.inputs(fold(events), BEGIN + timedelta(hours=1))), EMIT + 1)
    starts = {node.key[1]: node.start for node in graph.nodes if not node.unwritten}
    told = {name: (s.at, s.then, s.takes_over, s.sent, s.rescues) for name, s in starts.items() if s.sent}
    assert told == {
        "1": (At.UNSENT, Then.PERSON, True, 1, 0),
        "2": (At.LIVE, Then.PERSON, True, 2, 0),
        "3": (At.BAD, Then.RESCUE, False, 1, 0),
        "4": (At.BAD, Then.PERSON, False, 1, 0),
        "5": (At.BAD, Then.RETRY, False, 1, 1),
        "r.5": (At.LIVE, Then.PERSON, False, 1, 0),
    }
    assert graph.retries == {"a": 1}
    names = {r: graph.nodes[r].key[1] for node in graph.nodes if node.key[1] == "5" for r in node.rescuers}
    assert list(names.values()) == ["r.5", "rescue.5"]
