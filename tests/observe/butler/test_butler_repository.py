"""What a real Butler tells of real workflows, and what it does where something is in the way."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.butler import ONE, TWO
from sky_bench import SkyBench
from sky_fixtures import made_sky as made_sky
from sky_fixtures import repo as repo

from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler.repository import Repository

pytestmark = pytest.mark.service("lsst")


@pytest.fixture
def bench(repo: Path, tmp_path: Path) -> SkyBench:
    return SkyBench(repo, tmp_path)


def visit(task: str, detector: int) -> Quantum:
    return Quantum(task, f"detector={detector}, instrument=SimCam, visit=1")


def known(bench: SkyBench, run: str, *earlier: str) -> Outcome:
    answer = bench.butler.outcome([run], earlier)
    assert isinstance(answer, Outcome), answer
    return answer


def test_a_group_its_failures_and_the_rescue(bench: SkyBench) -> None:
    import sky

    assert sky.execute(bench.repo, bench.area, "u/g/w00", bad=[ONE, visit("calibrate", 1)]) == 24
    first = known(bench, "u/g/w00")
    counts = [(t.task, t.quanta, t.succeeded, t.failed, t.blocked, t.other) for t in first.tasks]
    assert counts == [("calibrate", 8, 7, 1, 0, 0), ("isr", 8, 7, 1, 0, 0), ("stats", 8, 7, 0, 1, 0)]
    assert first.failures == (
        Failure(
            visit("calibrate", 1),
            Fault.FAILED,
            f"RuntimeError: made to fail: {visit('calibrate', 1).data_id}",
        ),
        Failure(ONE, Fault.FAILED, f"RuntimeError: made to fail: {ONE.data_id}"),
        Failure(visit("stats", 1), Fault.BLOCKED),
    )
    made = sky.execute(bench.repo, bench.area, "u/r/w00", bad=[ONE], after=["u/g/w00"])
    assert made == 3
    rescue = known(bench, "u/r/w00", "u/g/w00")
    assert rescue.cleared == (visit("calibrate", 1), visit("stats", 1))
    assert [f.quantum for f in rescue.failures] == [ONE]
    assert (rescue.quanta, rescue.complete) == (3, True)


def test_a_success_without_all_outputs_has_a_caveat(bench: SkyBench, monkeypatch: pytest.MonkeyPatch) -> None:
    import sky

    from cmcompile.observe.butler import provenance

    idle = visit("calibrate", 1)
    assert sky.execute(bench.repo, bench.area, "u/g/w00", idle=[idle]) == 24
    nothing = "ANY_OUTPUTS_MISSING|ALL_OUTPUTS_MISSING|NO_WORK"
    found = {task.task: task for task in known(bench, "u/g/w00").tasks}
    assert (found["calibrate"].succeeded, found["calibrate"].caveats) == (8, {nothing: 1})
    # What it was to work on is not there: the stack finds out before the task runs.
    assert found["stats"].caveats == {nothing.replace("WORK", "WORK|ADJUST_QUANTUM_RAISED"): 1}
    assert found["isr"].caveats == {}
    monkeypatch.setattr(provenance, "METADATA", 1)
    caveats = [task.caveats for task in known(bench, "u/g/w00").tasks]
    assert sorted(caveats, key=str) == sorted([{nothing: 1}, {}, {"unread": 1}], key=str)
    for path in bench.repo.rglob("*_metadata_*"):
        path.unlink()
    caveats = [task.caveats for task in known(bench, "u/g/w00").tasks]
    assert caveats == [{"unread": 1}, {}, {"unread": 1}]


def test_a_job_that_was_killed_leaves_quanta_of_which_nothing_is_known(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: True, TWO: True})
    forget(bench.repo, "isr_log", "isr_metadata", detector=0)
    forget(bench.repo, "isr_log", detector=1)
    outcome = known(bench, "u/g/w00")
    assert [(f.quantum, f.fault) for f in outcome.failures] == [(ONE, Fault.OTHER), (TWO, Fault.OTHER)]
    assert "was killed" in outcome.failures[0].message
    assert outcome.failures[1].message == "metadata without a log"


def test_outputs_of_two_runs_are_for_a_person(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: True, TWO: True})
    bench.ended("u/g/w01", {ONE: True})
    forget(bench.repo, "isrOut", run="u/g/w01", detector=0)
    (failure,) = known(bench, "u/g/w01", "u/g/w00").failures
    assert (failure.quantum, failure.fault) == (ONE, Fault.OTHER)
    assert "u/g/w00, u/g/w01" in failure.message
    assert known(bench, "u/g/w01").missing == 0


def forget(repo: Path, *types: str, run: str = "u/g/w00", detector: int) -> None:
    from lsst.daf.butler import Butler

    with Butler.from_config(str(repo), writeable=True) as butler:
        where = f"instrument='SimCam' and detector={detector}"
        refs = [r for type_ in types for r in butler.query_datasets(type_, collections=run, where=where)]
        butler.pruneDatasets(refs, disassociate=True, unstore=True, purge=True)


def test_without_the_graph_nothing_is_known_and_nothing_is_sure_of_what_went_before(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: False})
    bench.ended("u/g/w01", {ONE: True})
    shutil.rmtree(bench.area / "submit/u/g/w00")
    answer = bench.butler.outcome(["u/g/w00"])
    assert isinstance(answer, NoAnswer)
    assert "there is no quantum graph of u/g/w00 in" in answer.why
    outcome = known(bench, "u/g/w01", "u/g/w00")
    assert (outcome.missing, outcome.cleared, outcome.complete) == (0, (), False)


def test_tasks_need_not_be_installed(bench: SkyBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.ended("u/g/w00", {ONE: False})
    monkeypatch.setitem(sys.modules, "sky_tasks", None)
    assert [f.quantum for f in known(bench, "u/g/w00").failures] == [ONE]


def test_the_graph_of_the_run_is_taken_among_others(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: False})
    bench.ended("u/g/w01", {TWO: True})
    (other,) = (bench.area / "submit/u/g/w01").glob("*.qg")
    shutil.copy(other, bench.area / "submit/u/g/w00/zz.qg")
    assert [f.quantum for f in known(bench, "u/g/w00").failures] == [ONE]


def test_what_is_no_run_is_not_removed(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: True})
    assert bench.butler.chain("u/out", ["u/g/w00"]) is None
    answer = bench.butler.retire(["u/g/w00", "u/out"])
    assert answer == NoAnswer("u/out is no RUN collection; nothing was removed")
    assert bench.butler.missing(["u/g/w00"]) == frozenset()


def test_a_removed_run_leaves_chains_tags_and_no_files(bench: SkyBench) -> None:
    from lsst.daf.butler import Butler, CollectionType

    for name in ("u/g/w00", "u/g/w01"):
        bench.ended(name, {ONE: True})
    bench.butler.chain("u/out", ["u/g/w01", "u/g/w00"])
    with Butler.from_config(str(bench.repo), writeable=True) as butler:
        butler.collections.register("u/tag", CollectionType.TAGGED)
        butler.registry.associate("u/tag", butler.query_datasets("isrOut", collections="u/g/w00"))
    assert bench.butler.retire(["u/g/w00"]) is None
    assert bench.chained("u/out") == ("u/g/w01",)
    assert not [path for path in (bench.repo / "u/g/w00").rglob("*") if path.is_file()]
    with Butler.from_config(str(bench.repo)) as butler:
        assert butler.query_datasets("isrOut", collections="u/tag", explain=False) == []


def test_a_chain_takes_no_other_collections_place(bench: SkyBench) -> None:
    for name in ("u/g/w00", "u/g/w01"):
        bench.ended(name, {ONE: True})
    answer = bench.butler.chain("u/g/w01", ["u/g/w00"])
    assert answer == NoAnswer("u/g/w01 is a RUN collection, and was left as it is")
    answer = bench.butler.chain("u/a", ["u/a"])
    assert answer == NoAnswer("there is no collection u/a")


def test_a_chain_may_hold_chains(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: True})
    assert bench.butler.chain("u/step", ["u/g/w00"]) is None
    assert bench.butler.chain("u/out", ["u/step"]) is None
    assert bench.chained("u/out") == ("u/step",)


@pytest.fixture
def locked(repo: Path) -> Iterator[Path]:
    database = sqlite3.connect(repo / "gen3.sqlite3", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    yield repo
    database.close()


def test_a_locked_registry_holds_nobody_up(locked: Path, tmp_path: Path) -> None:
    butler = Repository(str(locked), tmp_path, quick=0.5)
    first, second = butler.missing(["u/g/w00"]), butler.chain("u/out", [])
    assert first == NoAnswer(f"the Butler {locked} did not answer within 0.5 s")
    assert second == NoAnswer(f"the Butler {locked} still has not answered an earlier question")


def test_a_repository_that_is_not_there(tmp_path: Path) -> None:
    answer = Repository(str(tmp_path / "nowhere"), tmp_path).missing(["u/g/w00"])
    assert isinstance(answer, NoAnswer)
    assert "nowhere" in answer.why
    assert "\n" not in answer.why


def test_a_relative_path_begins_at_the_area(repo: Path, tmp_path: Path) -> None:
    assert Repository(repo.name, tmp_path).missing(["SimCam/raw"]) == frozenset()
