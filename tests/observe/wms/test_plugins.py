"""Any BPS plugin is asked by a real observer, and what it can't tell is no answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contracts import wms as contract
from plugin_bench import PluginBench, observing, service

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.wms.systems import Systems

pytestmark = pytest.mark.service("lsst")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recording") / "home"


@pytest.fixture(scope="module")
def observed(home: Path) -> Iterator[Systems]:
    """One observer for all tests: the stack is imported once."""
    with observing(home) as wms:
        yield wms


@pytest.fixture
def bench(observed: Systems, home: Path) -> PluginBench:
    return PluginBench(observed, home)


def no_answer(answer: object, *words: str) -> None:
    assert isinstance(answer, NoAnswer), answer
    assert all(word in answer.why for word in words), answer.why


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[contract.WmsBench], None], bench: PluginBench) -> None:
    check(bench)


@pytest.mark.parametrize(
    ("run", "state", "wms_state"),
    [
        ({"word": "UNREADY"}, "submitted", "UNREADY"),
        ({"word": "PENDING"}, "submitted", "PENDING"),
        ({"word": "MISFIT"}, "running", "MISFIT"),
        ({"word": "HELD"}, "held", "HELD"),
        ({"word": "DELETED"}, "cancelled", "DELETED"),
        ({"word": "SUCCEEDED", "counts": {"SUCCEEDED": 9}}, "succeeded", "SUCCEEDED"),
        ({"word": "SUCCEEDED", "counts": {"SUCCEEDED": 8, "PRUNED": 1}}, "partial", "SUCCEEDED"),
        ({"word": "SUCCEEDED", "status": "FAILED"}, "failed", "SUCCEEDED, status FAILED"),
        (
            {"word": "SUCCEEDED", "status": "FAILED", "counts": {"SUCCEEDED": 8, "FAILED": 1}},
            "partial",
            "SUCCEEDED, status FAILED",
        ),
        ({"word": "FAILED", "status": "RUNNING"}, "running", "FAILED, status RUNNING"),
        ({"word": "FAILED", "status": "UNKNOWN"}, "failed", "FAILED"),
        ({"word": "UNKNOWN", "status": "HELD"}, "held", "UNKNOWN, status HELD"),
        ({"word": "FAILED", "counts": {"SUCCEEDED": 2, "FAILED": 9}}, "failed", "FAILED"),
        ({"word": "FAILED", "counts": {"SUCCEEDED": 3, "FAILED": 9}}, "partial", "FAILED"),
        (
            {"word": "FAILED", "counts": {"SUCCEEDED": 1, "FAILED": 9}, "summary": "isr:9;finalJob:0"},
            "partial",
            "FAILED",
        ),
    ],
)
def test_states(bench: PluginBench, run: dict[str, Any], state: str, wms_state: str) -> None:
    run_id = bench.submit("p/x/w00", **run)
    seen = contract.looked(bench, run_id)[run_id]
    assert (seen.state, seen.wms_state) == (state, wms_state)
    assert seen.changed
    assert contract.found(bench, "p/")[run_id] == seen


def test_a_live_run_is_asked_for_once(bench: PluginBench) -> None:
    bench.submit("p/x/w00")
    assert contract.found(bench, "p/")
    assert len(bench.calls("report")) == 1
    assert bench.calls("get_status") == []


def test_a_state_that_is_not_known_is_no_answer(bench: PluginBench) -> None:
    run, other = bench.submit("p/x/w00", word="UNKNOWN"), bench.submit("q/x/w00")
    no_answer(bench.wms.find(bench.where, ["p/"]), "can't tell", run)
    no_answer(bench.wms.look(bench.where, [run]), "can't tell", run)
    assert set(contract.found(bench, "q/")) == {other}


def test_a_status_that_is_not_implemented_is_not_needed(bench: PluginBench) -> None:
    bench.fault("no status")
    run = bench.submit("p/x/w00", word="FAILED")
    assert contract.looked(bench, run)[run].state == "failed"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("raises", ("RuntimeError", "the server said no")),
        ("exits", ("SystemExit",)),
        ("not implemented", ("has no `report`",)),
        ("swallowed", ("no run", "could not reach the server")),
        ("no summary", ("no run", "not implemented yet")),
    ],
)
def test_faults_are_told_and_the_observer_goes_on(
    bench: PluginBench, fault: str, words: tuple[str, ...]
) -> None:
    run = bench.submit("p/x/w00")
    bench.fault(fault)
    no_answer(bench.wms.find(bench.where, ["p/"]), *words)
    if fault != "no summary":
        no_answer(bench.wms.look(bench.where, [run]))
        no_answer(bench.wms.cancel(bench.where, run))
    bench.fault()
    assert set(contract.found(bench, "p/")) == {run}


def test_an_empty_answer_is_one_only_of_a_system_that_is_there(bench: PluginBench) -> None:
    bench.fault("empty")
    assert contract.found(bench, "p/") == {}
    bench.fault("empty", "no ping")
    assert contract.found(bench, "p/") == {}
    bench.fault("empty", "down")
    no_answer(bench.wms.find(bench.where, ["p/"]), "ping", "nobody is there")
    no_answer(bench.wms.look(bench.where, ["1"]), "ping")


def test_where_there_is_no_summary_runs_are_asked_for_one_by_one(bench: PluginBench) -> None:
    one, two = bench.submit("p/x/w00"), bench.submit("p/x/w01")
    bench.fault("no summary")
    assert set(contract.looked(bench, one, two, "17")) == {one, two}
    bench.fault("no summary", "newer")
    assert contract.looked(bench, one) == {}
    bench.fault("no summary", "down")
    no_answer(bench.wms.look(bench.where, [one, "17"]), "ping")
    bench.fault("not implemented")
    no_answer(bench.wms.look(bench.where, [one]), "has no `report`")


@pytest.mark.parametrize("run", [{"id": None}, {"id": "None"}, {"name": None}, {"name": "MISS"}])
def test_a_run_of_ours_without_name_or_id_is_no_answer(bench: PluginBench, run: dict[str, Any]) -> None:
    bench.change(bench.submit("p/x/w00"), path="/area/submit/p/x/w00", **run)
    no_answer(bench.wms.find(bench.where, ["p/x/w"]), "without name or id", "/area/submit/p/x/w00")
    assert contract.found(bench, "q/x/w") == {}


def test_two_runs_of_one_id_are_no_answer(bench: PluginBench) -> None:
    bench.submit("p/x/w00", id="7")
    bench.submit("p/x/w01", id="7")
    no_answer(bench.wms.find(bench.where, ["p/"]), "twice")


def test_what_a_plugin_prints_is_kept_apart(bench: PluginBench) -> None:
    run = bench.submit("p/x/w00")
    bench.fault("prints")
    assert set(contract.found(bench, "p/")) == {run}
    assert set(contract.looked(bench, run)) == {run}


def test_a_cancel_is_refused(bench: PluginBench) -> None:
    run = bench.submit("p/x/w00")
    bench.fault("refuses")
    no_answer(bench.wms.cancel(bench.where, run), "did not cancel", "you may not")
    assert contract.looked(bench, run)[run].state == "running"


def test_a_run_that_is_not_shown_is_not_cancelled(bench: PluginBench) -> None:
    bench.submit("p/x/w00")
    no_answer(bench.wms.cancel(bench.where, "17"), "does not show run 17")
    assert bench.calls("cancel") == []


def test_a_run_that_is_over_is_not_cancelled(bench: PluginBench) -> None:
    run = bench.submit("p/x/w00", word="FAILED")
    assert bench.wms.cancel(bench.where, run) is None
    assert bench.calls("cancel") == []


def test_a_server_is_named_only_to_a_plugin_that_understands(bench: PluginBench) -> None:
    run = bench.submit("p/x/w00")
    no_answer(bench.wms.find(WmsRef(bench.where.service, "there"), ["p/"]), "can't be told to ask there")
    answer = bench.wms.find(WmsRef(service("PanDAService").service, "there"), ["p/"])
    assert not isinstance(answer, NoAnswer)
    assert [one.run_id for one in answer] == [run]
    assert bench.calls("report")[-1].endswith("[('iddsServer', 'there')]")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("recording_plugin.None", ("recording_plugin.None",)),
        ("no_such_package.Service", ("no_such_package",)),
        ("recording_plugin.NoService", ("no BPS plugin",)),
        ("", ()),
    ],
)
def test_what_is_no_plugin_is_no_answer(bench: PluginBench, name: str, words: tuple[str, ...]) -> None:
    no_answer(bench.wms.find(WmsRef(name), ["p/"]), *words)


@pytest.mark.parametrize(
    ("fault", "words"), [("hangs", ("no reply within",)), ("dies", ("this was the end",))]
)
def test_an_observer_that_is_lost_is_replaced(home: Path, fault: str, words: tuple[str, ...]) -> None:
    with observing(home, timeout=5.0, starting=180.0) as wms:
        bench = PluginBench(wms, home)
        run = bench.submit("p/x/w00")
        assert set(contract.found(bench, "p/")) == {run}
        bench.fault(fault)
        start = time.monotonic()
        no_answer(wms.look(bench.where, [run]), *words)
        assert time.monotonic() - start < 60
        bench.fault()
        assert set(contract.looked(bench, run)) == {run}
