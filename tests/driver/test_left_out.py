"""Jobs are left out by what earlier runs of the step left, unless these count no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.batch_runs import order_of
from sent_world import Submitted, table

from cmcompile.batch.document import Document, read_document
from cmcompile.batch.run_files import DOCUMENT, INDEX, VOID, Given, given_bytes, index_name
from cmcompile.batch.table import Job, Table
from cmcompile.catalog.address import file_address
from cmcompile.catalog.database import Catalog
from cmcompile.catalog.errors import CatalogError
from cmcompile.driver import former_runs
from cmcompile.driver.batch import BatchDriver
from cmcompile.driver.left_out import left_out
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.catalog import Output
from cmcompile.model.child import NotReady, Ready, Taken
from cmcompile.model.outcome import Outcome
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said
from cmcompile.observe.batch.outputs import BatchOutputs
from cmcompile.observe.batch.runs import BatchRuns


def document(task: str = "calor") -> Document:
    return Document("slurm", "", task, 1, "1.jobs.tsv", "1.sh", "1.sbatch", "calor/1")


def submitted(area: Path, jobs: Table, workflow: str) -> Submitted:
    """Return a run that stands in the index of the area, with the output run of its claim."""
    found = Submitted(area / "submit", jobs, workflow)
    path = found.directory / DOCUMENT
    data = path.read_bytes().replace(
        b"  output: calor/1\n", f"  output: calor/1\n  outputRun: {found.run}\n".encode()
    )
    path.write_bytes(data)
    assert read_document(data).output_run == found.run
    name = found.run.replace("/", "_")
    (area / INDEX).mkdir(parents=True, exist_ok=True)
    given = Given(name, found.directory.relative_to(area).as_posix(), "batch.slurm")
    (area / INDEX / index_name(name)).write_bytes(given_bytes(given))
    return found


def test_what_was_rejected_is_made_again(tmp_path: Path) -> None:
    jobs = table([str(tmp_path / "a.root")], ["b.root"])
    (tmp_path / "a.root").write_bytes(b"bad")
    first = submitted(tmp_path, jobs, "w00")
    first.wrote(2, "b.root")
    first.ended(1)
    first.ended(2)

    assert list(left_out(jobs, document(), tmp_path)) == [1, 2]
    assert not left_out(jobs, document(), tmp_path, (first.run,))
    # The next one was cancelled before any of its jobs began.
    second = submitted(tmp_path, jobs, "w01")
    (second.directory / VOID).write_text(f"{first.run}\n")
    assert not left_out(jobs, document(), tmp_path)
    second.ended(1, second=30)
    assert list(left_out(jobs, document(), tmp_path)) == [1]


def test_runs_of_other_steps_do_not_count(tmp_path: Path) -> None:
    jobs = table(["b.root"])
    first = submitted(tmp_path, jobs, "w00")
    first.wrote(1, "b.root")
    first.ended(1)
    assert list(left_out(jobs, document(), tmp_path)) == [1]
    assert not left_out(jobs, document("other"), tmp_path)


def test_the_catalog_is_asked(tmp_path: Path) -> None:
    there = tmp_path / "tape" / "b.root"
    there.parent.mkdir()
    there.write_bytes(b"x")
    address = file_address(tmp_path / "catalog.db")
    made_for = "run=22000, segment=1"
    with Catalog(address, make=True) as catalog:
        catalog.put(
            [Output("b.root", str(there), "one", "calor", "1", "w00", "calor/1/w00-0", 1, made_for, at=1.0)]
        )
    jobs = table(["b.root"], ["c.root"])

    assert not left_out(jobs, document(), tmp_path)
    assert left_out(jobs, document(), tmp_path, (), address, "one") == {
        1: f"{there} is in the catalog, by calor/1/w00-0"
    }
    assert not left_out(jobs, document(), tmp_path, (), address, "two")
    with pytest.raises(CatalogError, match="there is no catalog"):
        left_out(jobs, document(), tmp_path, (), file_address(tmp_path / "no.db"), "one")


def test_the_tables_of_runs_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, others = table(["b.root"]), table(["c.root"])
    first = submitted(tmp_path, jobs, "w00")
    first.wrote(1, "b.root")
    first.ended(1)
    wanted = left_out(jobs, document(), tmp_path)
    assert list(wanted) == [1]
    monkeypatch.setattr(former_runs, "read_table", lambda _: pytest.fail("it was read again"))
    assert left_out(jobs, document(), tmp_path) == wanted
    assert left_out(others, document(), tmp_path) == {}
    monkeypatch.undo()
    second = submitted(tmp_path, others, "w01")
    second.wrote(1, "c.root")
    second.ended(1, second=20)
    assert list(left_out(others, document(), tmp_path)) == [1]
    (tmp_path / INDEX / index_name(first.run.replace("/", "_"))).unlink()
    assert left_out(jobs, document(), tmp_path) == {}


@pytest.mark.parametrize("harm", ["cut", "empty", "other", "gone", "version"])
def test_what_is_kept_of_runs_may_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    jobs = table(["b.root"], ["c.root"])
    first = submitted(tmp_path, jobs, "w00")
    first.wrote(1, "b.root")
    first.ended(1)
    wanted = left_out(jobs, document(), tmp_path)
    kept = tmp_path / former_runs.KEPT
    data = kept.read_bytes()
    if harm == "version":
        monkeypatch.setattr(former_runs, "_VERSION", 99)
    elif harm == "gone":
        kept.unlink()
    else:
        kept.write_bytes({"cut": data[:-8], "empty": b"", "other": b"x" * 100}[harm])
    assert left_out(jobs, document(), tmp_path) == wanted
    assert kept.read_bytes() == data or harm == "version"


def test_where_nothing_can_be_kept_all_is_read(tmp_path: Path) -> None:
    jobs = table(["b.root"])
    first = submitted(tmp_path, jobs, "w00")
    first.wrote(1, "b.root")
    first.ended(1)
    (tmp_path / former_runs.KEPT).mkdir()
    for _ in range(2):
        assert list(left_out(jobs, document(), tmp_path)) == [1]


def quiet(where: WmsRef, command: Sequence[str]) -> Said:
    """Answer as a Slurm does that has no jobs."""
    assert command[0] == "squeue"
    return Said(0, "ARRAY_JOB_ID|ARRAY_TASK_ID|STATE|REASON|EXIT_CODE|RESTART_COUNT|NODELIST|NAME|\n")


def test_a_group_whose_outputs_are_all_there_succeeds_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.root").write_bytes(b"x")
    jobs = [Job(n, ("run",), (str(n),), (str(tmp_path / "a.root"),)) for n in (1, 2)]
    where = WmsRef("batch.slurm")
    order = replace(order_of(where, "out_g_w00", "w00-0", jobs), claim="00000000000000ff")
    # There is no batch system, and none is needed.
    driver = BatchDriver(tmp_path, SystemClock(), {"PATH": "/nowhere"})

    ready = driver.prepare(order)
    assert isinstance(ready, Ready), ready
    assert ready.quanta == 0
    taken = driver.call(order)
    assert isinstance(taken, Taken), taken

    runs = BatchRuns(tmp_path, quiet)
    found = runs.find(where, ["out_g"])
    assert not isinstance(found, NoAnswer), found
    (run,) = found
    assert (run.run_id, run.name, run.state) == (taken.run_id, "out_g_w00", "succeeded")
    assert runs.look(where, [taken.run_id]) == {taken.run_id: run}
    outcome = BatchOutputs(tmp_path, runs).outcome([order.output_run])
    assert isinstance(outcome, Outcome), outcome
    assert (outcome.quanta, outcome.missing) == (2, 0)


def test_a_group_without_any_input_is_not_sent(tmp_path: Path) -> None:
    jobs = [Job(n, ("run",), (str(n),), (), (str(tmp_path / f"{n}.root"),)) for n in (1, 2)]
    order = order_of(WmsRef("batch.slurm"), "out_g_w00", "w00-0", jobs)

    found = BatchDriver(tmp_path, SystemClock(), {"PATH": "/nowhere"}).prepare(order)

    assert isinstance(found, NotReady)
    assert f"none of the 2 jobs has its inputs, such as {tmp_path}/1.root" in found.message
