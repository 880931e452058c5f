"""Batch systems that answer as they are told: what they say was recorded from real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contracts.batch_runs import order_of

from cmcompile.batch.run_files import TAKEN, Given, given_bytes, index_name
from cmcompile.batch.table import Job
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said

SLURM, CONDOR = WmsRef("batch.slurm"), WmsRef("batch.htcondor")
TITLES = "ARRAY_JOB_ID|ARRAY_TASK_ID|STATE|REASON|EXIT_CODE|RESTART_COUNT|NODELIST|NAME|\n"
NO_ACCOUNTS = Said(1, "", "Slurm accounting storage is disabled\n")


@dataclass(slots=True)
class Answers:
    """Gives an answer for each program; `asked` keeps the commands."""

    by_program: dict[str, Said | NoAnswer | Callable[[], Said | NoAnswer]] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, where: WmsRef, command: Sequence[str]) -> Said | NoAnswer:
        self.asked.append(tuple(command))
        found = self.by_program.get(command[0], Said(1, "", "not told"))
        return found() if callable(found) else found


def slurm(*lines: str, cluster: str = "tests", private: str = "none", **others: Said | NoAnswer) -> Answers:
    """Return a Slurm that shows some jobs: run, job, state and name, and perhaps reason and status."""
    rows = []
    for line in lines:
        run, job, state, name, *more = line.split(" ")
        reason, status = [*more, *["None", "0"][len(more) :]]
        rows.append(f"{run}|{job}|{state}|{reason}|{status}|0|node1|{name}|\n")
    answers: dict[str, Said | NoAnswer | Callable[[], Said | NoAnswer]] = {
        "squeue": Said(0, TITLES + "".join(rows)),
        "sacct": NO_ACCOUNTS,
        "scontrol": Said(0, f"ClusterName             = {cluster}\nPrivateData             = {private}\n"),
        "scancel": Said(0, ""),
        **others,
    }
    return Answers(answers)


def placed(
    area: Path,
    name: str,
    jobs: int = 3,
    *,
    run_id: str = "",
    cluster: str = "tests",
    user: str = "",
    skipped: Sequence[int] = (),
    where: WmsRef = SLURM,
) -> Path:
    """Leave what a submission of jobs leaves, which got an id, or did not."""
    rows = [Job(n, ("run",), (str(n),), (f"/data/{n}",), command="true") for n in range(1, jobs + 1)]
    order = order_of(where, name, name, rows)
    place = area / "submit" / order.output_run
    for folder in ("signals", "logs", "work"):
        (place / folder).mkdir(parents=True)
    for path, data in order.files.items():
        (place / path).write_bytes(data)
    numbers = [n for n in range(1, jobs + 1) if n not in skipped]
    (place / "numbers.txt").write_text("".join(f"{n}\n" for n in numbers))
    (place / "skipped.tsv").write_text("job\treason\n" + "".join(f"{n}\tit is there\n" for n in skipped))
    given = Given(name, f"submit/{order.output_run}", where.service, where.where, cluster, user)
    index = area / "submit/.cmcompile/batch"
    index.mkdir(parents=True, exist_ok=True)
    for file in (place / "given.json", index / index_name(name)):
        file.write_bytes(given_bytes(given))
    if run_id:
        (place / TAKEN).write_text(f"{run_id}\n")
    return place


def said_end(place: Path, job: int, code: int, message: str = "", kind: str = "ended") -> None:
    """Leave the signal of a wrapper."""
    exit_ = f', "exit": {code}' if kind == "ended" else ""
    text = f', "message": "{message}"' if message else ""
    head = f'{{"v": 1, "run": "r", "job": {job}, "kind": "{kind}", "at": "2026-11-20T08:00:00Z"'
    number = len(list((place / "signals").iterdir()))
    (place / "signals" / f"{job}-{1000 + number}-abcdef.json").write_text(f"{head}{exit_}{text}}}\n")
