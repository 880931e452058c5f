"""What jobs tell of their outputs."""

from __future__ import annotations

from pathlib import Path

from sent_world import Submitted, table

from cmcompile.batch.run_files import SIGNALS
from cmcompile.catalog.filled import outputs_told, seconds
from cmcompile.model.catalog import Output
from cmcompile.model.signal import SignalKind, SignalOutput
from cmcompile.signals.packed import jobs_of


def told(submitted: Submitted) -> list[Output]:
    return list(outputs_told(submitted.sent, jobs_of(submitted.directory / SIGNALS).values()))


def test_what_ended_well_is_taken_with_what_it_told(tmp_path: Path) -> None:
    one = Submitted(tmp_path, table(["/out/calor.root", "hist.root"]))
    calor = SignalOutput("calor.root", "/out/calor.root", 1000, "md5:00ff", 5)
    other = SignalOutput("extra.txt", "extra.txt", 3)
    one.said(1, SignalKind.BEGUN, 1)
    one.said(1, SignalKind.FINISHED, 8, exit_=0, outputs=[calor, other])
    one.said(1, SignalKind.ENDED, 9, exit_=0)

    found = told(one)

    run = "calor/1/w00-00ff00"
    at = seconds("2026-11-20T08:00:09Z")
    common = ("one", "calor", "1", "w00", run, 1, "run=22000, segment=1")
    assert found == [
        Output("/out/calor.root", "/out/calor.root", *common, 1000, "md5:00ff", 5, at),
        Output("hist.root", str(tmp_path / run / "work/1/hist.root"), *common, at=at),
        # It told a path below a directory that nobody else knows.
        Output("extra.txt", "", *common, 3, at=at),
    ]


def test_a_single_output_holds_all_events(tmp_path: Path) -> None:
    one = Submitted(tmp_path, table(["a.root"], ["a.root", "b.root"]))
    for number in (1, 2):
        one.said(number, SignalKind.FINISHED, 3, events=70)
        one.said(number, SignalKind.ENDED, 4, exit_=0)

    assert [(o.job, o.name, o.events) for o in told(one)] == [
        (1, "a.root", 70),
        (2, "a.root", None),
        (2, "b.root", None),
    ]


def test_what_did_not_end_well_is_not_taken(tmp_path: Path) -> None:
    one = Submitted(tmp_path, table(*[["a.root"]] * 6))
    one.ended(1, exit_=1)
    one.said(2, SignalKind.BEGUN)
    one.said(3, SignalKind.FAILED, exit_=3)
    one.said(4, SignalKind.FINISHED, 5)
    one.ended(4, exit_=7, second=6)  # the wrapper found an output missing
    one.said(5, SignalKind.FINISHED, 5)  # it may have been killed with its wrapper
    one.said(9, SignalKind.FINISHED, 5)  # no such job
    one.ended(9)

    assert told(one) == []


def test_two_outputs_of_one_last_name_are_not_mixed_up(tmp_path: Path) -> None:
    one = Submitted(tmp_path, table(["x/a.root", "y/a.root"]))
    one.said(
        1, SignalKind.FINISHED, 1, outputs=[SignalOutput("a.root", size=4), SignalOutput("y/a.root", size=5)]
    )
    one.said(1, SignalKind.ENDED, 2, exit_=0)

    assert [(o.name, o.size) for o in told(one)] == [("x/a.root", None), ("y/a.root", 5), ("a.root", 4)]


def test_moments_keep_their_part_of_a_second() -> None:
    assert seconds("2026-11-20T08:00:00.25Z") == seconds("2026-11-20T08:00:00Z") + 0.25
    assert seconds("2026-02-30T08:00:00Z") == 0
