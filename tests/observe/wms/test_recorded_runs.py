"""Recorded runs keep the contract, and what can't be told of them is no answer."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts import wms as contract
from recorded_runs_bench import ENGINE, PARSL, EngineBench, RecordedRunsBench

from cmcompile.engine.record import Records, Run
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.wms.systems import Systems

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=[ENGINE, PARSL], ids=["engine", "parsl"])
def both(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RecordedRunsBench]:
    bench = RecordedRunsBench(tmp_path, request.param)
    yield bench
    bench.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[RecordedRunsBench]:
    bench = RecordedRunsBench(tmp_path)
    yield bench
    bench.close()


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[contract.WmsBench], None], both: RecordedRunsBench) -> None:
    check(both)


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract_with_the_engine(check: Callable[[contract.WmsBench], None], tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    try:
        check(bench)
    finally:
        bench.close()


def test_a_run_whose_supervisor_was_killed_has_failed(bench: RecordedRunsBench) -> None:
    run = bench.submit("p/x/w00")
    before = contract.looked(bench, run)[run]
    bench.kill(run)
    after = contract.looked(bench, run)[run]
    assert (before.state, after.state, after.wms_state) == ("running", "failed", "SUPERVISOR_GONE")
    assert before.changed != after.changed
    assert bench.wms.cancel(bench.where, run) is None
    assert not Records(bench.home).is_asked_to_cancel(run)


def test_services_of_one_home_are_apart(bench: RecordedRunsBench) -> None:
    run = bench.submit("p/x/w00")
    parsl = WmsRef(PARSL, bench.where.where)
    assert bench.wms.find(parsl, ["p/x/"]) == ()
    assert bench.wms.look(parsl, [run]) == {}
    assert isinstance(bench.wms.cancel(parsl, run), NoAnswer)
    assert not Records(bench.home).is_asked_to_cancel(run)


def test_a_class_is_the_same_by_another_path(bench: RecordedRunsBench) -> None:
    run = bench.submit("p/x/w00")
    other = WmsRef("cmcompile.engine.EngineService", bench.where.where)
    assert set(bench.wms.look(other, [run])) == {run}  # type: ignore[arg-type]


def test_no_records_are_no_answer(tmp_path: Path) -> None:
    for where in (tmp_path / "none", tmp_path, "~nobody-of-this-name/runs"):
        ref = WmsRef(ENGINE, str(where))
        answers = (Systems().find(ref, ["p"]), Systems().look(ref, ["1"]), Systems().cancel(ref, "1"))
        assert all(isinstance(answer, NoAnswer) and answer.why for answer in answers)


def test_a_cancel_of_no_run_is_no_answer(bench: RecordedRunsBench) -> None:
    for run_id in ("1", "", "../1", "²", "no-such-run"):
        assert isinstance(bench.wms.cancel(bench.where, run_id), NoAnswer)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"7", b'{"format": 2}', b'{"format": 1, "id": "1"}'])
@pytest.mark.parametrize("file", ["run.json", "state.json"])
def test_an_unreadable_record_is_no_answer(bench: RecordedRunsBench, file: str, text: bytes) -> None:
    run, other = bench.submit("p/x/w00"), bench.submit("q/x/w00")
    (Records(bench.home).place(run) / file).write_bytes(text)
    assert isinstance(bench.wms.find(bench.where, ["p/"]), NoAnswer)
    assert isinstance(bench.wms.look(bench.where, [run]), NoAnswer)
    assert isinstance(bench.wms.cancel(bench.where, run), NoAnswer)
    assert set(contract.looked(bench, other)) == {other}


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [("state.json", "state", "odd"), ("run.json", "name", 7), ("run.json", "service", 7)],
)
def test_an_odd_record_is_no_answer(bench: RecordedRunsBench, file: str, key: str, value: object) -> None:
    run = bench.submit("p/x/w00")
    path = Records(bench.home).place(run) / file
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    assert isinstance(bench.wms.find(bench.where, ["p/"]), NoAnswer)


def test_live_runs_of_another_machine_are_no_answer(
    bench: RecordedRunsBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, over = bench.submit("p/live"), bench.submit("p/over")
    bench.end(over, "succeeded")
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert contract.looked(bench, over)[over].state == "succeeded"
    assert bench.wms.cancel(bench.where, over) is None
    assert isinstance(bench.wms.find(bench.where, ["p/"]), NoAnswer)
    answer = bench.wms.look(bench.where, [live])
    assert isinstance(answer, NoAnswer)
    assert "can't be asked" in answer.why
    assert isinstance(bench.wms.cancel(bench.where, live), NoAnswer)
    assert not Records(bench.home).is_asked_to_cancel(live)


def test_a_place_that_the_variable_names(bench: RecordedRunsBench, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bench.submit("p/x/w00")
    monkeypatch.setenv("CMCOMPILE_RUNS", str(bench.home))
    answer = bench.wms.find(WmsRef(ENGINE), ["p/"])
    assert not isinstance(answer, NoAnswer)
    assert [one.run_id for one in answer] == [run]


def test_the_command_for_parsl_cancels(tmp_path: Path) -> None:
    bench = RecordedRunsBench(tmp_path, PARSL)
    try:
        run = bench.submit("p/x/w00")
        subprocess.run(["sh", "-c", bench.wms.cancel_command(bench.where, run)], check=True)
        bench.settle()
        assert contract.looked(bench, run)[run].state == "cancelled"
    finally:
        bench.close()


def test_the_command_for_the_engine_names_the_records(bench: RecordedRunsBench) -> None:
    words = shlex.split(bench.wms.cancel_command(bench.where, "7"))
    assert words == [
        f"CMCOMPILE_RUNS={bench.home}",
        "bps",
        "cancel",
        "--wms-service-class",
        ENGINE,
        "--id",
        "7",
    ]
    assert bench.wms.cancel_command(WmsRef(ENGINE), "7").startswith("bps cancel ")


def test_no_lsst_package_is_imported(bench: RecordedRunsBench) -> None:
    run = bench.submit("p/x/w00")
    code = (
        "import sys\n"
        "from cmcompile.model.body import WmsRef\n"
        "from cmcompile.observe.wms.systems import Systems\n"
        f"where = WmsRef({ENGINE!r}, {str(bench.home)!r})\n"
        f"with Systems() as wms:\n    assert set(wms.look(where, [{run!r}])) == {{{run!r}}}\n"
        f"    assert len(wms.find(where, ['p/'])) == 1\n    assert wms.cancel(where, {run!r}) is None\n"
        "print(*[name for name in sys.modules if name.split('.')[0] == 'lsst'])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def _some(home: Path, number: int) -> list[str]:
    records = Records(home)
    ids = []
    for n in range(number):
        run, hold = records.new(Run("", f"p/x/w{n:04}", ENGINE, "/nowhere", "2026-11-20T08:00:00Z"))
        records.set(run.id, "succeeded" if n % 2 else "running", "WORD")
        hold.close()
        ids.append(run.id)
    return ids


def _cpu(act: Callable[[], object]) -> float:
    """Return the least CPU seconds of some attempts: others may be in the way."""
    spent = []
    for _ in range(5):
        start = time.process_time()
        act()
        spent.append(time.process_time() - start)
    return min(spent)


def test_looking_costs_little_and_grows_with_the_number_of_runs(
    tmp_path: Path, record_property: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # of the records that are made here
    seconds = {}
    for number in (100, 400):
        home = tmp_path / str(number)
        ids, where = _some(home, number), WmsRef(ENGINE, str(home))
        with Systems() as wms:
            seconds["look", number] = _cpu(lambda: wms.look(where, ids))  # noqa: B023
            seconds["find", number] = _cpu(lambda: wms.find(where, ["p/x/"]))  # noqa: B023
            seconds["find none", number] = _cpu(lambda: wms.find(where, ["q/"]))  # noqa: B023
            seconds["look one", number] = _cpu(lambda: wms.look(where, ids[-1:]))  # noqa: B023
            seen = wms.look(where, ids)
            assert not isinstance(seen, NoAnswer)
            assert len(seen) == number
    told = ", ".join(f"{what} of {n}: {s * 1000:.1f} ms" for (what, n), s in seconds.items())
    record_property("told", f"CPU of recorded runs: {told}")
    assert seconds["look", 400] < 0.4
    for what in ("look", "find"):
        assert seconds[what, 400] < 8 * seconds[what, 100]
    assert seconds["look one", 400] < 0.005
