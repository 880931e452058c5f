"""Starts runs, takes them up again, and finds them by what a person calls them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from cmcompile.engine.own import FIND
from cmcompile.engine.own import home as own_home
from cmcompile.engine.record import LIVE, Hold, RecordError, Records, Run, written
from cmcompile.engine.workflow import Workflow

SERVICE = "cmcompile.engine.service.EngineService"
#: In the submit directory: where the record is. `bps` is given a path as well as a number.
POINTER = "run.json"
#: The runner's own log, in the record.
LOG = "runner.log"
_CODE = (
    f"{FIND}home, run, lock = sys.argv[1:]; "
    "from cmcompile.engine.runner import detached, main; "
    "detached(lambda: main(home, run, int(lock)))"
)


def submit(home: Path, workflow: Workflow, folder: Path) -> Run:
    """Record a run, and start its runner; the workflow must have been written into the submit directory.

    Returns
    -------
    run
        With its id. The runner lives on when this process ends.

    Raises
    ------
    RecordError, OSError
        When nothing was started.
    """
    records = Records(home)
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    run, hold = records.new(
        Run("", workflow.name, SERVICE, str(folder.absolute()), made, workflow.output_run)
    )
    try:
        written(folder / POINTER, json.dumps({"home": str(home.absolute()), "id": run.id}).encode())
        _start(records, run, hold, workflow.directory)
    except BaseException:
        _not_started(records, run, hold)
        raise
    finally:
        hold.close()
    return run


def restart(records: Records, run: Run) -> str:
    """Take a run up again under its id; what is done is not done again.

    Returns
    -------
    why
        Why it can't be done; empty: it was started.
    """
    if not records.is_here:
        return f"run {run.id} is supervised by {records.host}; restart it there"
    hold = records.hold(run.id)
    if hold is None:
        return f"run {run.id} is still running; cancel it first: bps cancel --id {run.id}"
    try:
        # Nobody else can change it now.
        if records.standing(run.id, held=True).state == "succeeded":
            return f"run {run.id} has succeeded; nothing is left to do"
        workflow = Workflow.read(Path(run.submit_path))
        records.forget_cancel(run.id)
        records.set(run.id, "submitted", "RESTARTED")
        try:
            _start(records, run, hold, workflow.directory)
        except BaseException:
            _not_started(records, run, hold)
            raise
    finally:
        hold.close()
    return ""


def cancel(records: Records, run: Run) -> str:
    """Ask for the end of a run; returns why it can't be done, or nothing."""
    standing = records.standing(run.id)
    if standing.state not in LIVE:
        return f"run {run.id} is over: {standing.word}"
    records.ask_to_cancel(run.id)
    return ""


def found(home: Path, name: str) -> tuple[Records, Run] | None:
    """Find a run by its number, or by its submit directory; None: there is none.

    Raises
    ------
    RecordError
        When its record can't be read.
    """
    if name.isdigit():
        records = Records(home)
        run = records.run(name)
        return (records, run) if run else None
    place = Path(name) / POINTER
    try:
        pointer = json.loads(place.read_bytes())
        records, number = Records(Path(pointer["home"])), str(pointer["id"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RecordError(f"{place} can't be read: {error}") from None
    run = records.run(number)
    return (records, run) if run else None


def _not_started(records: Records, run: Run, hold: Hold) -> None:
    """Say that a runner could not be started, unless it was: it holds the lock then, and tells the rest."""
    hold.close()
    # Else it is shown as one whose supervisor is gone, which is as true.
    with contextlib.suppress(OSError, RecordError):
        again = records.hold(run.id)
        if again is not None:
            try:
                records.set(run.id, "failed", "NOT_STARTED")
            finally:
                again.close()


def _start(records: Records, run: Run, hold: Hold, directory: str) -> None:
    # -P: a program that is started by a path does not import from the directory it is run in.
    named = [own_home(), str(records.home.absolute()), run.id, str(hold.descriptor)]
    with (records.place(run.id) / LOG).open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _CODE, *named],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory or None,
            pass_fds=[hold.descriptor],
            start_new_session=True,
            check=False,
        )
    if done.returncode:
        raise RecordError(f"the runner of run {run.id} can't be started; see {records.place(run.id) / LOG}")
