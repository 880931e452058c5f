"""What the simulated workload system does to those who use it."""

from __future__ import annotations

import math

import pytest
from far_worlds import CONDOR, PANDA, always, done, dull, job, start

from cmcompile.model.outcome import Quantum
from cmcompile.model.wms import NoAnswer
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.farm import Farm
from cmcompile.sim.far.faults import ROUGH, Fault
from cmcompile.sim.far.runs import HAND, Origin, Run
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.settings import Settings
from cmcompile.sim.far.task import KillAt
from cmcompile.sim.far.wms import SimWms

_YEAR = 365 * 86400.0


def only(farm: Farm) -> Run:
    (run,) = farm.runs.values()
    return run


def submitted(wms: SimWms, name: str = "p/x/w00") -> Run:
    run_id = wms.submit(PANDA, job(name, "claim", "gate"))
    assert isinstance(run_id, str)
    return wms.runs[run_id]


def test_a_run_lives_and_ends_by_itself() -> None:
    world = dull()
    wms = SimWms(world)
    run = submitted(wms)
    ended: list[str] = []
    wms.ended.append(lambda run: ended.append(run.state))
    states = [run.state]
    while run.live:
        world.run(world.now + 60.0)
        states += [run.state] * (run.state != states[-1])
    assert states == ["submitted", "running", "succeeded"]
    assert ended == ["succeeded"]
    assert len(run.intervals) == 1
    assert run.intervals[0] == pytest.approx((0.0, 7500.0))
    assert run.live_at(7499.0)
    assert not run.live_at(7501.0)
    assert run.outcome is not None
    assert (run.outcome.quanta, run.outcome.missing) == (4, 0)


def test_each_call_makes_a_run_and_is_kept() -> None:
    world = dull()
    wms = SimWms(world)
    for name in ("child a", "child b"):
        done(world, lambda: wms.submit(PANDA, job("p/x/w00", "claim", "gate")), name)
    wms.submit(CONDOR, job("p/y/w00"))
    one, two, three = wms.calls
    assert (one.run_ids, two.run_ids) == (["1001"], ["1002"])
    assert (one.by, two.by, three.by) == ("child a", "child b", HAND)
    assert (one.live, two.live, three.live) == ((), ("1001",), ("1001", "1002"))
    assert (two.kind, two.where, two.name) == ("submit", PANDA, "p/x/w00")
    assert (two.claim, two.gate) == ("claim", "gate")
    assert one.arrived is not None
    assert 0 < one.at <= one.arrived < two.at
    assert [run.causes for run in wms.runs.values()] == [[("claim", "gate")]] * 2 + [[("", "")]]
    assert [run.run_id for run in wms.live(PANDA)] == ["1001", "1002"]


@pytest.mark.parametrize(
    ("fault", "made", "answered"),
    [
        (Fault.REPLY_LOST, 1, False),
        (Fault.NOT_ARRIVED, 0, False),
        (Fault.TOO_MANY, 0, False),
        (Fault.CALL_TWICE, 2, True),
    ],
)
def test_a_submission_goes_wrong(fault: Fault, made: int, answered: bool) -> None:
    world = always(fault)
    wms = SimWms(world)
    answer = done(world, lambda: wms.submit(PANDA, job()))
    assert isinstance(answer, str) is answered
    assert len(wms.runs) == len(wms.calls[0].run_ids) == made
    assert (wms.calls[0].arrived is not None) is (made > 0)
    assert [run.by for run in wms.runs.values()] == ["task"] * made


def test_a_submission_arrives_when_nobody_waits_for_it() -> None:
    world = always(Fault.LATE, seed=1)
    wms = SimWms(world)
    assert isinstance(done(world, lambda: wms.submit(PANDA, job())), NoAnswer)
    (call,) = wms.calls
    assert (wms.runs, call.arrived) == ({}, None)
    world.run(until=lambda: bool(wms.runs))
    assert call.arrived == only(wms).taken == pytest.approx(world.now)
    assert call.arrived > call.at + wms.settings.timeout
    assert only(wms).by == "task"


@pytest.mark.parametrize(("boundary", "made"), [(1, 0), (2, 1)])
def test_whoever_is_killed_has_called_or_not(boundary: int, made: int) -> None:
    with World(Choices.dull(), kill_at=KillAt("t", boundary)) as world:
        wms = SimWms(world)
        task = start(world, "t", lambda: wms.submit(PANDA, job()))
        world.run(60.0)
        assert (task.passed, task.result) == (boundary, None)
        assert len(wms.runs) == len(wms.calls) == made


def test_a_run_is_hidden_for_a_while() -> None:
    world = always(Fault.HIDDEN, seed=5)
    wms = SimWms(world)
    run = submitted(wms)
    assert run.visible > run.taken
    assert wms.find(PANDA, ["p/"]) == ()
    assert wms.look(PANDA, [run.run_id]) == {}
    world.run(run.visible)
    assert wms.find(PANDA, ["p/"]) != ()
    assert set(wms.look(PANDA, [run.run_id]) or ()) == {run.run_id}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (Fault.EMPTY, {0}),
        (Fault.TRUNCATED, {0, 1, 2, 3}),
        (Fault.DUPLICATED, {8}),
        (Fault.LATE, {4}),
        (Fault.REPLY_LOST, None),
        (Fault.TOO_MANY, None),
    ],
)
def test_a_list_goes_wrong(fault: Fault, shown: set[int] | None) -> None:
    lengths: set[int] = set()
    for seed in range(30):
        world = always(fault, seed=seed)
        wms = SimWms(world)
        for number in range(4):
            submitted(wms, f"p/x/w0{number}")
        answer = done(world, lambda wms=wms: wms.find(PANDA, ["p/"]))  # type: ignore[misc]
        assert isinstance(answer, NoAnswer) is (shown is None)
        lengths |= set() if isinstance(answer, NoAnswer) else {len(answer)}
        assert world.fired[fault] == 1
    assert lengths == (shown or set())


def test_a_late_answer_says_what_was() -> None:
    world = always(Fault.LATE, seed=3)
    wms = SimWms(world)
    submitted(wms)
    world.later(0.5, "", lambda: submitted(wms, "p/x/w01"))
    answer = done(world, lambda: wms.find(PANDA, ["p/"]))
    assert len(answer) == 1  # type: ignore[arg-type]
    assert len(wms.runs) == 2


def test_cancelling_takes_its_time() -> None:
    world = dull()
    wms = SimWms(world)
    run = submitted(wms)
    assert done(world, lambda: wms.cancel(PANDA, run.run_id)) is None
    assert run.live
    world.run(world.now + 3600.0)
    assert (run.state, run.outcome) == ("cancelled", None)
    assert not wms.live()


def test_a_restart_is_taken_up_later_under_the_same_id() -> None:
    world = dull()
    wms = SimWms(world)
    run = submitted(wms)
    assert isinstance(wms.restart(PANDA, run.run_id, "c2", "g2"), NoAnswer), "it is not over"
    wms.end(run.run_id, "failed")
    assert isinstance(wms.restart(CONDOR, run.run_id), NoAnswer), "it is of another system"
    changed = run.changed
    assert wms.restart(PANDA, run.run_id, "c3", "g3") == run.run_id
    assert (run.live, run.restarts, run.changed) == (False, 1, changed)
    submitted(wms, "p/y/w00")
    assert wms.calls[-1].awaiting == (run.run_id,)
    world.run(until=lambda: run.live)
    assert (run.restarts, len(run.intervals), run.intervals[1]) == (0, 2, (world.now, math.inf))
    assert run.causes == [("claim", "gate"), ("c3", "g3")]
    assert run.origins == [Origin("submitted", "claim", "gate"), Origin("restarted", "c3", "g3")]
    assert [call.run_ids for call in wms.calls] == [[run.run_id], [], [], [run.run_id], ["1002"]]
    wms.settings.fails = lambda _: False
    wms.end(run.run_id)
    assert run.outcome is not None
    assert run.state == "succeeded"
    assert {quantum.task for quantum in run.outcome.cleared} == {"isr", "calibrate"}


def test_a_restart_of_what_runs_again_is_dropped() -> None:
    world = dull()
    wms = SimWms(world)
    run = submitted(wms)
    wms.end(run.run_id, "failed")
    assert wms.restart(PANDA, run.run_id) == wms.restart(PANDA, run.run_id) == run.run_id
    assert run.restarts == 2
    world.run(until=lambda: run.restarts == 0)
    assert (run.state, len(run.intervals), len(run.causes)) == ("running", 2, 3)


def test_a_run_that_failed_is_taken_back_to_running() -> None:
    world = always(Fault.REOPENED)
    wms = SimWms(world)
    good, bad = submitted(wms), submitted(wms, "p/y/w00")
    wms.end(good.run_id, "succeeded")
    wms.end(bad.run_id, "failed")
    world.run(until=lambda: bool(wms.live()))
    assert (good.reopened, bad.reopened, bad.state, len(bad.intervals)) == (0, 1, "running", 2)
    assert bad.origins[1] == Origin("reopened")
    assert world.fired == {Fault.REOPENED: 1}


def test_what_people_do_by_hand() -> None:
    world = dull()
    wms = SimWms(world)
    run = wms.runs[wms.by_hand(PANDA, job())]
    assert (run.by, wms.calls) == (HAND, [])
    wms.cancel_by_hand(run.run_id)
    world.run(until=lambda: not run.live)
    wms.restart_by_hand(run.run_id)
    world.run(until=lambda: run.live)
    assert run.causes == [("", "")] * 2
    assert set(world.fired) == {Fault.HAND_SUBMIT, Fault.HAND_CANCEL, Fault.HAND_RESTART}


def test_quanta_of_a_failed_input_are_blocked_and_cleared_by_another_run() -> None:
    world = dull()
    bad = {Quantum("isr", "detector=1, group=u/g")}
    wms = SimWms(world, Settings(fails=lambda quantum: quantum in bad))
    first, second = submitted(wms, "g/w00"), submitted(wms, "g/w01")
    wms.end(first.run_id)
    assert first.outcome is not None
    assert first.state == "partial"
    assert [(t.task, t.succeeded, t.failed, t.blocked) for t in first.outcome.tasks] == [
        ("isr", 1, 1, 0),
        ("calibrate", 1, 0, 1),
    ]
    bad.clear()
    wms.end(second.run_id)
    assert second.outcome is not None
    assert set(second.outcome.cleared) == {failure.quantum for failure in first.outcome.failures}
    assert not wms.fates.lacking


def test_retries_clear_most_failures() -> None:
    world = World(Choices(1))
    wms = SimWms(world)
    failed = cleared = 0
    for number in range(300):
        for attempt in range(2):
            run = submitted(wms, f"g{number}/w0{attempt}")
            wms.end(run.run_id)
            assert run.outcome is not None
            failed += run.outcome.missing * (1 - attempt)
            cleared += len(run.outcome.cleared)
    assert 100 < failed < 300
    assert 0.5 * failed < cleared < failed


def test_every_fault_of_the_system_happens_somewhere() -> None:
    fired: set[Fault] = set()
    for seed in range(80):
        with World(Choices(seed), ROUGH) as world:
            wms = SimWms(world, Settings(runs=600.0))

            def use(wms: SimWms = wms) -> None:
                for number in range(5):
                    answer = wms.submit(PANDA, job(f"p/x/w{number}"))
                    wms.find(PANDA, ["p/"])
                    wms.look(PANDA, [answer if isinstance(answer, str) else "none"])

            for name in ("a", "b"):
                start(world, name, use)
            assert world.run(_YEAR)
            fired |= set(world.fired)
            for run in wms.runs.values():
                assert all(a < b for a, b in run.intervals), "each life has an end"
    wanted = {Fault.REPLY_LOST, Fault.NOT_ARRIVED, Fault.LATE, Fault.EMPTY, Fault.TRUNCATED, Fault.DUPLICATED}
    assert fired >= wanted | {Fault.TOO_MANY, Fault.HIDDEN, Fault.KILL, Fault.PAUSE}
