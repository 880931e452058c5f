"""Runs of a real batch system: one job each, submitted as a child does, ended when told with what."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmcompile.batch.document import Document, Resources, document_bytes
from cmcompile.batch.run_files import TAKEN
from cmcompile.batch.script import script_bytes
from cmcompile.batch.submit import submit_bytes
from cmcompile.batch.table import Job, Table, table_bytes
from cmcompile.compiler.claim import with_claim
from cmcompile.driver.batch import BatchDriver
from cmcompile.driver.batch_calls import called, calls_of
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.batch import is_batch
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Order, Ready, Taken
from cmcompile.model.event import Subject
from cmcompile.model.wms import NoAnswer, Wms
from cmcompile.observe.batch.commands import Said, run
from cmcompile.observe.batch.queue import Ask
from cmcompile.observe.batch.runs import BatchRuns
from cmcompile.observe.wms.systems import Systems
from contracts.apart import Apart
from contracts.wms import LIVE

_WAIT = 30.0
ENDING = ".end"
#: A job that ends once it is told with what; where nobody does, it is not there for ever.
WAITS = f"n=0; until [ -e {ENDING} ] || [ $((n += 1)) -gt 3000 ]; do sleep 0.1; done; exit $(cat {ENDING})"


def order_of(
    where: WmsRef,
    name: str,
    claim: str,
    jobs: Sequence[Job],
    *,
    columns: tuple[str, ...] = ("run",),
    memory: int | None = None,
    options: Mapping[str, str] | None = None,
) -> Order:
    """Return the order for a group of jobs, with the files that a compilation would give."""
    system = where.service.removeprefix("batch.")
    ending = {"slurm": "sbatch", "htcondor": "sub"}[system]
    document = Document(
        system,
        where.where,
        "CALO",
        len(jobs),
        "g.jobs.tsv",
        "g.sh",
        f"g.{ending}",
        "out/g",
        Resources(memory),
        dict(options or {}),
    )
    path = f"${{PWD}}/submit/out/g/{claim}"
    files = {
        "submit.yaml": with_claim(document_bytes(document), f"out/g/{claim}", path),
        document.table: table_bytes(Table(columns, tuple(jobs))),
        document.script: script_bytes("a test", document.script, document.table, columns, ()),
        document.submit: submit_bytes(document, "a test"),
    }
    return Order("c", Subject("CALO", "g", "w00"), claim, where, name, f"out/g/{claim}", path, files)


def asking(env: Mapping[str, str]) -> Ask:
    """Return what runs commands with variables of a test."""

    def ask(where: WmsRef, command: Sequence[str]) -> Said | NoAnswer:
        return run(command, {**os.environ, **env})

    return ask


class BatchBench:
    """A batch system; keeps ``contracts.wms.WmsBench``.

    Parameters
    ----------
    env
        Variables with which it is asked, and told.
    deaf
        Variables with which it gives no answer.
    """

    def __init__(
        self,
        world: str,
        area: Path,
        where: WmsRef,
        elsewhere: WmsRef,
        env: Mapping[str, str],
        deaf: Mapping[str, str],
    ) -> None:
        assert is_batch(where.service)
        self.where, self.elsewhere = where, elsewhere
        self.runs = BatchRuns(area, asking(env))
        self.systems = Systems(batch=self.runs)
        self.wms: Wms = Apart(self.systems, world)
        self._area, self._world, self._env, self._deaf = area, world, env, deaf
        self._places: dict[str, Path] = {}

    def submit(self, name: str) -> str:
        claim = f"w00-{len(self._places):06d}"
        order = order_of(
            self.where,
            self._world + name,
            claim,
            [Job(1, ("run",), ("1",), command=WAITS)],
            memory=50,
        )
        place = self._area / "submit" / "out" / "g" / claim
        driver = BatchDriver(self._area, SystemClock(), {**os.environ, **self._env})
        prepared = driver.prepare(order)
        if isinstance(prepared, Ready):
            reply = driver.call(order)
            assert isinstance(reply, Taken), reply
            run_id = reply.run_id
        else:
            # The name is taken: somebody submits the files once more, by hand.
            assert "exists already" in prepared.message, prepared
            from cmcompile.batch.document import read_document

            document = read_document(order.files["submit.yaml"])
            calls = calls_of(document, order.run_name, place, [1], {**os.environ, **self._env})
            said = called(calls, place)
            assert isinstance(said, str), said
            run_id = said
        assert run_id not in self._places
        self._places[run_id] = place
        self._wait(run_id, LIVE)
        return run_id

    def end(self, run_id: str, state: str) -> None:
        end = self._places[run_id] / "work" / "1" / ENDING
        end.parent.mkdir(parents=True, exist_ok=True)
        part = end.with_name(".part")
        part.write_text("0" if state == "succeeded" else "1")
        part.rename(end)
        self._wait(run_id, {state})

    def settle(self) -> None:
        """Wait until all runs that were told to end have."""
        for run_id, place in self._places.items():
            if (place / "cancel").exists():
                self._wait(run_id, {"cancelled", "succeeded", "failed"})

    def break_down(self) -> None:
        self.wms = Apart(Systems(batch=BatchRuns(self._area, asking(self._deaf))), self._world)

    def close(self) -> None:
        """End all runs."""
        for run_id in self._places:
            self.runs.cancel(self.where, run_id)

    def taken(self, run_id: str) -> Path:
        """Return the file that keeps the id of a run."""
        return self._places[run_id] / TAKEN

    def _wait(self, run_id: str, states: set[str]) -> None:
        until = time.monotonic() + _WAIT
        while True:
            answer = self.systems.look(self.where, [run_id])
            if not isinstance(answer, NoAnswer) and run_id in answer and answer[run_id].state in states:
                return
            assert time.monotonic() < until, f"run {run_id} is not {states}, but {answer}"
            time.sleep(0.2)
