"""Runs that were killed, cancelled, or failed, and sources that are gone: what is said, and what helps."""

from __future__ import annotations

import re

import pytest
from failing_night import night as night
from failing_world import World, plain

from cmcompile.engine import record
from cmcompile.model.wms import LOST

pytestmark = [
    pytest.mark.service("lsst"),
    pytest.mark.service("minutes"),
    pytest.mark.xdist_group("failures"),
]


def shown(night: World, name: str) -> list[str]:
    return plain(night, night.scenes[name].out).splitlines()


def test_the_word_for_a_run_that_is_lost_is_one() -> None:
    assert record.LOST == LOST


def test_a_run_whose_supervisor_was_killed_is_to_be_restarted(night: World) -> None:
    assert shown(night, "ended dirs")[:3] == [
        "faults/dirs/1001: failed, needs a person",
        "  its run failed: the process that ran its jobs was killed, or the machine went down: "
        "SUPERVISOR_GONE",
        "  cmcompile restart faults/dirs/1001@w01 --because '…'",
    ]
    told = night.scenes["third apply"].out
    assert re.search(r"^\+ restart dirs/1001@w01 done: run \d+$", told, re.MULTILINE)
    assert "+ accept dirs/1001 done\n" in night.scenes["they are back"].out


def test_a_run_that_was_cancelled_by_hand_is_told_as_drift(night: World) -> None:
    assert "Successfully canceled job" in night.scenes["bps cancel"].out
    assert re.search(
        r"^drift, 1 thing that nobody here brought about\n"
        r"  ! runs/1001@w01: it was cancelled, and nobody here asked for that: run \d+ is CANCELLED\n"
        r"      cmcompile log faults/runs/1001\n",
        night.scenes["killed, cancelled"].out,
        re.MULTILINE,
    )
    assert shown(night, "ended runs")[:3] == [
        "faults/runs/1001: failed, needs a person",
        "  its run was cancelled",
        "  cmcompile retry faults/runs/1001@w01 --because '…'",
    ]
    assert "+ accept runs/1001 done\n" in night.scenes["they are back"].out


def test_records_that_are_gone_change_nothing(night: World) -> None:
    assert shown(night, "no runs") == [
        "faults: nothing new was seen",
        "! EngineService (HOME/runs) gave no answer: HOME/runs does not exist, or holds no records of runs; "
        "what is known of its runs stays as it was",
    ]
    assert shown(night, "status, no runs")[:2] == ["faults/path/1001: active", "  is under way: running"]


def test_a_butler_that_is_gone_is_asked_again(night: World) -> None:
    warned = plain(night, night.scenes["no butler"].err)
    assert warned.startswith(
        "cmcompile: warning: faults: the Butler did not tell what became of the quanta of chain/1001@w01, "
        "dirs/1001@w01, empty/1001@w01 and 4 more: Config location file://HOME/butler does not exist."
    )
    assert warned.endswith("; the next pass asks again\n")
    assert shown(night, "status, no butler")[:3] == [
        "faults/path/1001: review, needs a person",
        "  what became of its quanta is not known",
        "  cmcompile reconcile faults",
    ]
    assert "+ accept path/1001 done\n" in night.scenes["they are back"].out


def test_a_quantum_that_failed_is_shown_with_its_message(night: World) -> None:
    told = shown(night, "a quantum failed")
    assert told[:3] == [
        "faults/stack/1002: review, needs a person",
        "  has failures: 1 of 2 quanta failed",
        "  cmcompile retry faults/stack/1002@w01 --because '…'",
    ]
    assert (
        "      failed calibrateImage detector=0, instrument=QuickCam, visit=1002: RuntimeError: 3 stars are "
        "saturated, and maxSaturated is 2: no zero point fits"
    ) in told
    assert "calibrateImage detector=0 instrument=QuickCam visit=1002: failed" in shown(night, "logs")


def test_in_the_end_all_is_well(night: World) -> None:
    assert shown(night, "last status")[0] == "faults: nothing needs a person; all 7 groups accepted"
    assert "\n  healthy: nothing was changed or removed" in night.scenes["verify"].out
