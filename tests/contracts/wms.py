"""What every ``Wms`` must do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen, Wms

STATES = {"submitted", "running", "held", "succeeded", "partial", "failed", "cancelled"}
LIVE = {"submitted", "running", "held"}


class WmsBench(Protocol):
    """A workload system, and what may happen in it."""

    @property
    def wms(self) -> Wms:
        """The one under test."""

    @property
    def where(self) -> WmsRef:
        """The system that runs are submitted to."""

    @property
    def elsewhere(self) -> WmsRef:
        """Another system, without runs."""

    def submit(self, name: str) -> str:
        """Submit a run, wait until it is shown, and return its id; it lives until it is ended."""

    def end(self, run_id: str, state: str) -> None:
        """End a run as ``succeeded`` or ``failed``, and wait until that is shown."""

    def settle(self) -> None:
        """Wait until what was asked for is done."""

    def break_down(self) -> None:
        """Let the system answer no more."""


def found(bench: WmsBench, *prefixes: str) -> dict[str, RunSeen]:
    answer = bench.wms.find(bench.where, prefixes)
    assert not isinstance(answer, NoAnswer), answer
    assert len({run.run_id for run in answer}) == len(answer)
    assert all(run.state in STATES and run.wms_state for run in answer)
    return {run.run_id: run for run in answer}


def looked(bench: WmsBench, *run_ids: str) -> dict[str, RunSeen]:
    answer = bench.wms.look(bench.where, run_ids)
    assert not isinstance(answer, NoAnswer), answer
    return dict(answer)


def finds_by_prefix(bench: WmsBench) -> None:
    one, two = bench.submit("p/c/step1/1-11/w00-aaaaaa"), bench.submit("p/c/step1/1-11/w01-bbbbbb")
    other = bench.submit("p/c/step1/1-110/w00-cccccc")
    assert set(found(bench, "p/c/step1/1-11/w")) == {one, two}
    assert set(found(bench, "p/c/step1/1-11/w00", "p/c/step1/1-110/w")) == {one, other}
    assert found(bench, "p/c/step1/1-11/w")[two].name == "p/c/step1/1-11/w01-bbbbbb"
    assert found(bench, "c/step1") == found(bench) == {}


def takes_prefixes_literally(bench: WmsBench) -> None:
    bench.submit("p/c/step1/1-11/w00-aaaaaa")
    for pattern in ("p/c/step1/.*", "p/c/%", "p/c/*", "p/c/step_/", "p/c/step?/", "P/C/STEP1/"):
        assert found(bench, pattern) == {}


def shows_old_and_new(bench: WmsBench) -> None:
    old, bad, new = bench.submit("p/x/w00"), bench.submit("p/x/w01"), bench.submit("p/x/w02")
    bench.end(old, "succeeded")
    bench.end(bad, "failed")
    seen = found(bench, "p/x/w")
    assert [seen[run].state for run in (old, bad)] == ["succeeded", "failed"]
    assert seen[new].state in LIVE
    assert seen[new].outcome is None


def two_runs_of_one_name_are_two(bench: WmsBench) -> None:
    assert set(found(bench, "p/x/w")) == set()
    ids = {bench.submit("p/x/w00"), bench.submit("p/x/w00")}
    assert len(ids) == 2
    assert set(found(bench, "p/x/w")) == ids


def looks_by_id(bench: WmsBench) -> None:
    one, two = bench.submit("p/x/w00"), bench.submit("p/x/w01")
    seen = looked(bench, one, "no-such-run")
    assert set(seen) == {one}
    assert seen[one].run_id == one
    assert seen[one].name == "p/x/w00"
    assert set(looked(bench, one, two)) == {one, two}
    assert looked(bench) == {}


def tells_changes(bench: WmsBench) -> None:
    run = bench.submit("p/x/w00")
    before = looked(bench, run)[run]
    bench.end(run, "failed")
    after = looked(bench, run)[run]
    assert before.changed != after.changed
    assert looked(bench, run)[run].changed == after.changed
    assert found(bench, "p/x/")[run].changed == after.changed


def cancels_again_and_again(bench: WmsBench) -> None:
    run, over = bench.submit("p/x/w00"), bench.submit("p/x/w01")
    bench.end(over, "succeeded")
    assert bench.wms.cancel(bench.where, run) is None
    assert bench.wms.cancel(bench.where, run) is None
    bench.wms.cancel(bench.where, over)
    bench.settle()
    bench.wms.cancel(bench.where, run)
    bench.settle()
    seen = looked(bench, run, over)
    assert (seen[run].state, seen[over].state) == ("cancelled", "succeeded")


def systems_are_apart(bench: WmsBench) -> None:
    run = bench.submit("p/x/w00")
    assert bench.wms.find(bench.elsewhere, ["p/x/"]) == ()
    assert bench.wms.look(bench.elsewhere, [run]) == {}


def tells_how_to_cancel_and_how_long_to_wait(bench: WmsBench) -> None:
    run = bench.submit("p/x/w00")
    assert run in bench.wms.cancel_command(bench.where, run)
    assert bench.wms.settling(bench.where) > 0


def no_answer_is_told(bench: WmsBench) -> None:
    run = bench.submit("p/x/w00")
    bench.break_down()
    answers = [
        bench.wms.find(bench.where, ["p/x/"]),
        bench.wms.look(bench.where, [run]),
        bench.wms.cancel(bench.where, run),
    ]
    assert all(isinstance(answer, NoAnswer) and answer.why for answer in answers)


CHECKS: tuple[Callable[[WmsBench], None], ...] = (
    finds_by_prefix,
    takes_prefixes_literally,
    shows_old_and_new,
    two_runs_of_one_name_are_two,
    looks_by_id,
    tells_changes,
    cancels_again_and_again,
    systems_are_apart,
    tells_how_to_cancel_and_how_long_to_wait,
    no_answer_is_told,
)
