"""What every ``Butler`` must do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cmcompile.model.butler import Butler
from cmcompile.model.outcome import Outcome, Quantum
from cmcompile.model.tagged import TagContent
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer

_OF = "instrument=SimCam"
ONE, TWO = (Quantum("isr", f"detector={n}, exposure=1, {_OF}") for n in (0, 1))
THREE = Quantum("calibrate", f"detector=2, {_OF}, visit=1")


class ButlerBench(Protocol):
    """A data repository, and what may happen in it."""

    @property
    def butler(self) -> Butler:
        """The one under test."""

    def ended(self, run: str, quanta: Mapping[Quantum, bool]) -> None:
        """Let a workflow that writes a RUN collection end; each quantum with whether it succeeded."""

    def chained(self, collection: str) -> tuple[str, ...] | None:
        """Return what a chained collection really holds; None: there is none."""

    def tagged(self, collection: str) -> frozenset[tuple[str, str]] | None:
        """Return the run and data id of each dataset that a tagged collection really holds; None: none is."""

    def break_down(self) -> None:
        """Let the repository answer no more."""


def told(bench: ButlerBench, *runs: str, earlier: Sequence[str] = ()) -> Outcome:
    answer = bench.butler.outcome(runs, earlier)
    assert isinstance(answer, Outcome), answer
    return answer


def counts_and_names(bench: ButlerBench) -> None:
    bench.ended("c/g/w00", {ONE: True, TWO: False, THREE: True})
    outcome = told(bench, "c/g/w00")
    assert {t.task: (t.quanta, t.succeeded) for t in outcome.tasks} == {"isr": (2, 1), "calibrate": (1, 1)}
    assert [failure.quantum for failure in outcome.failures] == [TWO]
    assert (outcome.quanta, outcome.missing, outcome.complete) == (3, 1, True)


def the_newest_run_counts(bench: ButlerBench) -> None:
    bench.ended("c/g/w00", {ONE: True, TWO: False, THREE: False})
    bench.ended("c/g/w01", {TWO: True, THREE: False})
    outcome = told(bench, "c/g/w00", "c/g/w01")
    assert [failure.quantum for failure in outcome.failures] == [THREE]
    assert (outcome.quanta, outcome.missing) == (3, 1)
    assert outcome.cleared == (TWO,)
    assert told(bench, "c/g/w00").missing == 2


def what_failed_earlier_is_cleared(bench: ButlerBench) -> None:
    bench.ended("c/g/w00", {ONE: True, TWO: False, THREE: False})
    bench.ended("c/h/w00", {ONE: False})
    bench.ended("c/r/w00", {ONE: True, TWO: True, THREE: False})
    for earlier, cleared in (
        ((), ()),
        (("c/g/w00",), (TWO,)),
        (("c/h/w00",), (ONE,)),
        (("c/g/w00", "c/h/w00", "c/never/w00"), (ONE, TWO)),
    ):
        outcome = told(bench, "c/r/w00", earlier=earlier)
        assert set(outcome.cleared) == set(cleared)
        assert (outcome.quanta, outcome.missing, outcome.complete) == (3, 1, True)
        assert [failure.quantum for failure in outcome.failures] == [THREE]


def a_later_failure_is_not_cleared(bench: ButlerBench) -> None:
    bench.ended("c/g/w00", {ONE: False, TWO: False})
    bench.ended("c/g/w01", {ONE: True, TWO: True})
    bench.ended("c/g/w02", {TWO: False})
    assert told(bench, "c/g/w02", earlier=["c/g/w00", "c/g/w01"]).cleared == ()
    outcome = told(bench, "c/g/w00", "c/g/w01", "c/g/w02")
    assert outcome.cleared == (ONE,)
    assert [failure.quantum for failure in outcome.failures] == [TWO]


def a_collection_appears_when_a_run_ends(bench: ButlerBench) -> None:
    assert bench.butler.missing(["c/g/w00", "c/g/w01"]) == frozenset({"c/g/w00", "c/g/w01"})
    assert isinstance(bench.butler.outcome(["c/g/w00"]), NoAnswer)
    bench.ended("c/g/w00", {ONE: True})
    assert bench.butler.missing(["c/g/w00", "c/g/w01"]) == frozenset({"c/g/w01"})
    assert bench.butler.missing([]) == frozenset()
    assert isinstance(bench.butler.outcome(["c/g/w00", "c/g/w01"]), NoAnswer)


def chains_anew_and_again(bench: ButlerBench) -> None:
    for run in ("c/a/w00", "c/b/w00"):
        bench.ended(run, {ONE: True})
    assert bench.chained("c/out") is None
    for runs in (("c/a/w00", "c/b/w00"), ("c/b/w00", "c/a/w00"), ("c/b/w00", "c/a/w00"), ("c/a/w00",)):
        assert bench.butler.chain("c/out", runs) is None
        assert bench.chained("c/out") == runs


def chains_only_what_is_there(bench: ButlerBench) -> None:
    bench.ended("c/a/w00", {ONE: True})
    assert bench.butler.chain("c/out", ["c/a/w00"]) is None
    assert isinstance(bench.butler.chain("c/out", ["c/a/w00", "c/b/w00"]), NoAnswer)
    assert bench.chained("c/out") == ("c/a/w00",)


def tag(bench: ButlerBench, *runs: str, where: str = "", datasets: Sequence[str] = ("isrOut",)) -> TagContent:
    answer = bench.butler.tag("c/tag", runs, datasets, where)
    assert isinstance(answer, TagContent), answer
    return answer


def untagged(
    bench: ButlerBench,
    *runs: str,
    where: str = "",
    datasets: Sequence[str] = ("isrOut",),
    name: str = "c/tag",
) -> str:
    answer = bench.butler.tag(name, runs, datasets, where)
    assert isinstance(answer, NoAnswer), answer
    assert answer.why
    return answer.why


def tags_what_is_asked_for_and_again(bench: ButlerBench) -> None:
    bench.ended("c/a/w00", {ONE: True, TWO: True, THREE: True})
    assert bench.tagged("c/tag") is None
    one, both = ("c/a/w00", ONE.data_id), {("c/a/w00", q.data_id) for q in (ONE, TWO)}
    few, all_ = "instrument='SimCam' and detector in (0)", ""
    contents: dict[str, TagContent] = {}
    for where, held in ((few, {one}), (few, {one}), (all_, both), (all_, both), (few, {one})):
        content = tag(bench, "c/a/w00", where=where)
        assert bench.tagged("c/tag") == frozenset(held)
        assert content.count == len(held)
        assert contents.setdefault(where, content) == content
    assert contents[few] != contents[all_]


def tags_the_first_of_several(bench: ButlerBench) -> None:
    for run in ("c/a/w00", "c/b/w00"):
        bench.ended(run, {ONE: True})
    contents = []
    for runs in (("c/a/w00", "c/b/w00"), ("c/b/w00", "c/a/w00"), ("c/a/w00", "c/b/w00")):
        contents.append(tag(bench, *runs))
        assert bench.tagged("c/tag") == frozenset({(runs[0], ONE.data_id)})
    assert contents[0] == contents[2] != contents[1]
    assert bench.butler.chain("c/out", ["c/b/w00", "c/a/w00"]) is None
    assert tag(bench, "c/out") == contents[1]


def tags_nothing_that_is_empty(bench: ButlerBench) -> None:
    bench.ended("c/a/w00", {ONE: True, TWO: True})
    nothing = "instrument='SimCam' and detector=3"
    assert "c/tag was left as it is" in untagged(bench, "c/a/w00", where=nothing)
    assert bench.tagged("c/tag") is None
    tag(bench, "c/a/w00")
    for why in (
        untagged(bench, "c/a/w00", where=nothing),
        untagged(bench, "c/a/w00", datasets=["calibrated"]),
        untagged(bench, "c/a/w00", datasets=["neverHeardOf"]),
        untagged(bench, "c/a/w00", where="instrument='SimCam' and ==="),
        untagged(bench, "c/a/w00", where="nothing=3"),
        untagged(bench, "c/a/w00", "c/never/w00"),
    ):
        assert why
        assert len(bench.tagged("c/tag") or ()) == 2


def tags_no_other_collection(bench: ButlerBench) -> None:
    for run in ("c/a/w00", "c/b/w00"):
        bench.ended(run, {ONE: True})
    assert bench.butler.chain("c/out", ["c/a/w00"]) is None
    assert "CHAINED" in untagged(bench, "c/b/w00", name="c/out")
    assert bench.chained("c/out") == ("c/a/w00",)
    assert "RUN" in untagged(bench, "c/b/w00", name="c/a/w00")


def a_removed_run_leaves_tags(bench: ButlerBench) -> None:
    for run in ("c/a/w00", "c/b/w00"):
        bench.ended(run, {ONE if run == "c/a/w00" else TWO: True})
    tag(bench, "c/a/w00", "c/b/w00")
    assert bench.butler.retire(["c/a/w00"]) is None
    assert bench.tagged("c/tag") == frozenset({("c/b/w00", TWO.data_id)})


def retires_and_again(bench: ButlerBench) -> None:
    for run in ("c/a/w00", "c/b/w00"):
        bench.ended(run, {ONE: True})
    for _ in range(2):
        assert bench.butler.retire(["c/a/w00", "c/never/w00"]) is None
        assert bench.butler.missing(["c/a/w00", "c/b/w00"]) == frozenset({"c/a/w00"})


def tells_what_quanta_took(bench: ButlerBench) -> None:
    bench.ended("c/a/w00", {ONE: True, TWO: True, THREE: False})
    assert isinstance(bench.butler.usage(["c/a/w00", "c/never/w00"]), NoAnswer)
    answer = bench.butler.usage(["c/a/w00"])
    assert isinstance(answer, Usage), answer
    assert [(task.task, task.quanta, task.sampled) for task in answer.tasks] == [("isr", 2, 2)]
    for task in answer.tasks:
        assert task.memory is not None
        assert task.memory.max > 0
        for some, whole in ((task.cpu, task.cpu_sum), (task.wall, task.wall_sum)):
            assert 0 <= some.median <= some.p95 <= some.max <= whole
        assert "2026-01-01" < task.started <= task.ended


def of_several_runs_all_took_it(bench: ButlerBench) -> None:
    bench.ended("c/a/w00", {ONE: True, TWO: False})
    bench.ended("c/a/w01", {TWO: True, THREE: True})
    answer = bench.butler.usage(["c/a/w00", "c/a/w01"])
    assert isinstance(answer, Usage), answer
    assert {task.task: task.quanta for task in answer.tasks} == {"isr": 2, "calibrate": 1}


def nothing_was_left_to_tell_it(bench: ButlerBench) -> None:
    bench.ended("c/a/w00", {ONE: False})
    assert bench.butler.usage(["c/a/w00"]) == Usage()
    assert bench.butler.usage([]) == Usage()


def no_answer_is_told(bench: ButlerBench) -> None:
    bench.ended("c/a/w00", {ONE: True})
    bench.break_down()
    answers = [
        bench.butler.outcome(["c/a/w00"]),
        bench.butler.missing(["c/a/w00"]),
        bench.butler.usage(["c/a/w00"]),
        bench.butler.chain("c/out", ["c/a/w00"]),
        bench.butler.tag("c/tag", ["c/a/w00"], ["isrOut"], ""),
        bench.butler.retire(["c/a/w00"]),
    ]
    assert all(isinstance(answer, NoAnswer) and answer.why for answer in answers)


CHECKS: tuple[Callable[[ButlerBench], None], ...] = (
    counts_and_names,
    the_newest_run_counts,
    what_failed_earlier_is_cleared,
    a_later_failure_is_not_cleared,
    a_collection_appears_when_a_run_ends,
    chains_anew_and_again,
    chains_only_what_is_there,
    tags_what_is_asked_for_and_again,
    tags_the_first_of_several,
    tags_nothing_that_is_empty,
    tags_no_other_collection,
    a_removed_run_leaves_tags,
    retires_and_again,
    tells_what_quanta_took,
    of_several_runs_all_took_it,
    nothing_was_left_to_tell_it,
    no_answer_is_told,
)
