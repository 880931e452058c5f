"""Runs by what a batch system shows, what it said before, and what jobs said; no more is known."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from batch_systems import CONDOR, SLURM, TITLES, Answers, placed, said_end, slurm

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.batch.commands import Said
from cmcompile.observe.batch.runs import BatchRuns


def found(area: Path, answers: Answers, *prefixes: str) -> dict[str, RunSeen]:
    answer = BatchRuns(area, answers).find(SLURM, prefixes)
    assert not isinstance(answer, NoAnswer), answer
    return {run.run_id: run for run in answer}


def no_answer(area: Path, answers: Answers) -> str:
    runs = BatchRuns(area, answers)
    one, two = runs.find(SLURM, ["c_"]), runs.look(SLURM, ["7"])
    assert isinstance(one, NoAnswer)
    assert isinstance(two, NoAnswer)
    assert one == two
    return one.why


def test_what_slurm_forgets_is_known_by_what_it_said(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    shown = ["7 1 COMPLETED c_g_w00", "7 2 FAILED c_g_w00 NonZeroExitCode 768", "7 3 RUNNING c_g_w00"]
    assert found(tmp_path, slurm(*shown), "c_")["7"].state == "running"
    # Two have left the queue since, and said nothing; the third is there to its end.
    ended = slurm("7 3 OUT_OF_MEMORY c_g_w00 OutOfMemory 253")
    last = found(tmp_path, ended, "c_")["7"]
    assert (last.state, last.wms_state) == ("partial", "1 COMPLETED, 1 FAILED, 1 OUT_OF_MEMORY")
    gone = slurm()
    assert found(tmp_path, gone, "c_") == {"7": last}
    assert [command[0] for command in gone.asked] == ["squeue"], "all of it was said before"
    assert BatchRuns(tmp_path, slurm()).look(SLURM, ["7", "8"]) == {"7": last}


def test_jobs_that_nobody_saw_end_say_it_themselves(tmp_path: Path) -> None:
    place = placed(tmp_path, "c_g_w00", run_id="7")
    for job, code in ((1, 0), (2, 3)):
        said_end(place, job, code)
    said_end(place, 3, 0, kind="begun")
    seen = found(tmp_path, slurm(), "c_")["7"]
    # The third was begun and never ended: it is not known to have failed.
    assert (seen.state, seen.wms_state) == ("partial", "1 ended, 1 ended well, 1 unknown")
    said_end(place, 3, 0)
    again = found(tmp_path, slurm(), "c_")["7"]
    assert again.wms_state == "1 ended, 2 ended well"
    assert again.changed != seen.changed


def test_accounts_are_asked_for_what_the_queue_does_not_show(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    lines = (
        "7_1|COMPLETED|0:0|node1|c_g_w00|\n7_2|CANCELLED by 1000|0:15|node1|c_g_w00|\n8_1|FAILED|1:0|n|x|\n"
    )
    seen = found(tmp_path, slurm("7 3 TIMEOUT c_g_w00", sacct=Said(0, lines)), "c_")["7"]
    assert seen.wms_state == "1 CANCELLED, 1 COMPLETED, 1 TIMEOUT"
    assert found(tmp_path, slurm(), "c_")["7"] == seen


def test_another_cluster_tells_nothing(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    assert no_answer(tmp_path, slurm(cluster="other")) == (
        "run 7 was given to tests, and what is asked here is other"
    )
    # What it shows with this name is told all the same.
    shown = slurm("7 1 RUNNING c_g_w00", "7 2 RUNNING c_g_w00", "7 3 RUNNING c_g_w00", cluster="other")
    assert found(tmp_path, shown, "c_")["7"].state == "running"


def test_what_has_no_id_is_not_missing_because_another_cluster_does_not_show_it(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00")
    answer = BatchRuns(tmp_path, slurm(cluster="other")).find(SLURM, ["c_"])
    assert answer == NoAnswer("run c_g_w00 was given to tests, and what is asked here is other")


def test_another_cluster_cancels_nothing(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    answer = BatchRuns(tmp_path, slurm(cluster="other")).cancel(SLURM, "7")
    assert answer == NoAnswer("run 7 was given to tests, and what is asked here is other")


def test_a_cluster_that_did_not_say_its_name_is_asked_again(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    answers = slurm(scontrol=NoAnswer("scontrol gave no answer in time"))
    runs = BatchRuns(tmp_path, answers)
    assert isinstance(runs.find(SLURM, ["c_"]), NoAnswer)
    answers.by_program["scontrol"] = slurm().by_program["scontrol"]
    assert not isinstance(runs.find(SLURM, ["c_"]), NoAnswer)


def test_jobs_of_others_that_are_hidden_tell_nothing(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7", user="somebody-else")
    assert "somebody-else must ask" in no_answer(tmp_path, slurm(private="accounts,jobs"))
    assert found(tmp_path, slurm(private="accounts"), "c_")["7"].wms_state == "3 unknown"
    own = placed(tmp_path / "own", "c_g_w00", run_id="7", user=pwd.getpwuid(os.geteuid()).pw_name)
    assert found(own.parents[3], slurm(private="jobs"), "c_")["7"].wms_state == "3 unknown"


def test_a_run_whose_reply_was_lost_is_found_in_the_queue_and_remembered(tmp_path: Path) -> None:
    place = placed(tmp_path, "c_g_w00")
    assert found(tmp_path, slurm(), "c_") == {}
    shown = slurm(*(f"9 {n} COMPLETED c_g_w00" for n in (1, 2, 3)))
    assert found(tmp_path, shown, "c_")["9"].state == "succeeded"
    assert (place / "taken.txt").read_text() == "9\n"
    assert found(tmp_path, slurm(), "c_")["9"].state == "succeeded"


def test_jobs_without_an_id_are_no_absence(tmp_path: Path) -> None:
    place = placed(tmp_path, "c_g_w00")
    said_end(place, 1, 0, kind="begun")
    answer = BatchRuns(tmp_path, slurm()).find(SLURM, ["c_"])
    assert isinstance(answer, NoAnswer)
    assert "jobs of c_g_w00 have run, and neither its reply nor the queue tells its id" in answer.why


def test_a_reply_that_comes_while_it_is_asked_is_no_end(tmp_path: Path) -> None:
    place = placed(tmp_path, "c_g_w00")

    def squeue() -> Said:
        # It was asked a moment before the jobs were there.
        (place / "taken.txt").write_text("9\n")
        return Said(0, TITLES)

    answers = slurm()
    answers.by_program["squeue"] = squeue
    assert found(tmp_path, answers, "c_") == {}


def test_a_run_without_jobs_is_over(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", 2, run_id="7", skipped=[1, 2])
    seen = found(tmp_path, slurm(), "c_")["7"]
    assert (seen.state, seen.wms_state) == ("succeeded", "no jobs")


def test_two_arrays_of_one_name_are_two_runs(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", 1, run_id="7")
    seen = found(tmp_path, slurm("7 1 COMPLETED c_g_w00", "8 1 RUNNING c_g_w00"), "c_")
    assert {run.run_id: run.state for run in seen.values()} == {"7": "succeeded", "8": "running"}


def test_what_was_started_by_hand_is_shown(tmp_path: Path) -> None:
    seen = found(tmp_path, slurm("7 1 RUNNING c_g_w00", "8 N/A PENDING c_g_w01", "9 1 RUNNING other"), "c_")
    assert {run.run_id: run.state for run in seen.values()} == {"7": "running", "8": "submitted"}
    assert found(tmp_path, slurm("7 1 RUNNING c_g_w00")) == {}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (NoAnswer("squeue gave no answer in time"), "squeue gave no answer in time"),
        (Said(1, "", "slurm_load_jobs error: Unable to contact slurm controller"), "Unable to contact"),
        (Said(0, ""), "cut off"),
        (Said(0, "nothing of it\n"), "cut off"),
        (Said(0, TITLES.rstrip("\n")), "cut off"),
        (Said(0, f"{TITLES}7|1|RUNNING|None|0|0|node1|c_g_w0"), "cut off"),
        (Said(0, f"{TITLES}7|1|DREAMING|None|0|0|node1|c_g_w00|\n"), "DREAMING of job 7"),
    ],
)
def test_what_is_odd_is_no_answer(tmp_path: Path, answer: Said | NoAnswer, why: str) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    assert why in no_answer(tmp_path, slurm(squeue=answer))


def test_others_may_call_their_jobs_what_they_like(tmp_path: Path) -> None:
    rows = (
        "5|1|RUNNING|None|0|0|n|a|b|c|",
        "6|1|RUNNING|None|0|0|n|two\nlines|",
        "4|1|DREAMING|None|0|0|n|x|",
    )
    text = TITLES + "".join(f"{row}\n" for row in rows)
    assert found(tmp_path, slurm(squeue=Said(0, text)), "c_") == {}
    assert found(tmp_path, slurm(squeue=Said(0, text)), "a|")["5"].name == "a|b|c"


@pytest.mark.parametrize("name", ["numbers.txt", "given.json", "skipped.tsv"])
def test_a_submit_directory_that_is_gone_is_no_answer(tmp_path: Path, name: str) -> None:
    place = placed(tmp_path, "c_g_w00", run_id="7")
    (place / name).unlink()
    answer = BatchRuns(tmp_path, slurm("7 1 RUNNING c_g_w00")).find(SLURM, ["c_"])
    # Jobs that were left out matter to the outcome alone.
    assert isinstance(answer, NoAnswer) == (name != "skipped.tsv")


def test_a_record_that_was_cut_off_is_of_no_submission(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    index = tmp_path / "submit/.cmcompile/batch/c_g_w00"
    index.write_bytes(index.read_bytes()[:-3])
    assert found(tmp_path, slurm(), "c_") == {}


def test_systems_that_are_not_known_give_no_answer(tmp_path: Path) -> None:
    runs = BatchRuns(tmp_path, slurm())
    for where in (WmsRef("batch.pbs"), WmsRef("lsst.ctrl.bps.panda.PanDAService")):
        assert isinstance(runs.find(where, ["c_"]), NoAnswer)
        assert isinstance(runs.look(where, ["7"]), NoAnswer)
        assert isinstance(runs.cancel(where, "7"), NoAnswer)


@pytest.mark.parametrize(
    ("where", "command"),
    [
        (SLURM, "scancel 7"),
        (WmsRef("batch.slurm", "east"), "scancel --clusters=east 7"),
        (WmsRef("batch.slurm", "/etc/my slurm.conf"), "SLURM_CONF='/etc/my slurm.conf' scancel 7"),
        (CONDOR, "condor_rm 7"),
        (WmsRef("batch.htcondor", "schedd@east"), "condor_rm -name schedd@east 7"),
        (WmsRef("batch.htcondor", "/etc/c"), "CONDOR_CONFIG=/etc/c condor_rm 7"),
    ],
)
def test_a_person_is_told_the_command(tmp_path: Path, where: WmsRef, command: str) -> None:
    assert BatchRuns(tmp_path, slurm()).cancel_command(where, "7") == command


def test_an_id_that_is_given_again_is_of_another_run(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", 1, run_id="7")
    old = found(tmp_path, slurm("7 1 COMPLETED c_g_w00"), "c_g_w00")["7"]
    assert found(tmp_path, slurm("7 1 RUNNING c_h_w00"), "c_g_w00")["7"] == old
    answers = slurm("7 1 RUNNING c_h_w00")
    refused = BatchRuns(tmp_path, answers).cancel(SLURM, "7")
    assert refused == NoAnswer("run 7 is c_h_w00 now, which is another")
    assert [command[0] for command in answers.asked] == ["squeue"]


def test_what_is_over_is_not_cancelled(tmp_path: Path) -> None:
    place = placed(tmp_path, "c_g_w00", 1, run_id="7")
    for answers in (slurm("7 1 COMPLETED c_g_w00"), slurm()):
        assert BatchRuns(tmp_path, answers).cancel(SLURM, "7") is None
        assert "scancel" not in [command[0] for command in answers.asked]
    assert not (place / "cancel").exists()


def test_a_job_that_is_begun_anew_may_end_otherwise(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", 1, run_id="7")
    assert found(tmp_path, slurm("7 1 COMPLETED c_g_w00"), "c_")["7"].state == "succeeded"
    assert found(tmp_path, slurm("7 1 RUNNING c_g_w00"), "c_")["7"].state == "running"
    assert found(tmp_path, slurm("7 1 FAILED c_g_w00 NonZeroExitCode 256"), "c_")["7"].state == "failed"
    assert found(tmp_path, slurm(), "c_")["7"].state == "failed"


def test_a_cancelled_run_is_told_from_one_with_failures(tmp_path: Path) -> None:
    placed(tmp_path, "c_g_w00", run_id="7")
    two = ("7 1 COMPLETED c_g_w00", "7 2 FAILED c_g_w00 NonZeroExitCode 256")
    assert found(tmp_path, slurm(*two, "7 3 CANCELLED c_g_w00"), "c_")["7"].state == "partial"
    jobs = slurm(*two, "7 3 RUNNING c_g_w00")
    assert BatchRuns(tmp_path, jobs).cancel(SLURM, "7") is None
    assert jobs.asked[-1] == ("scancel", "--quiet", "7")
    assert found(tmp_path, slurm(*two, "7 3 CANCELLED c_g_w00"), "c_")["7"].state == "cancelled"
