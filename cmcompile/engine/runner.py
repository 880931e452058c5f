"""The supervisor of a run: starts jobs as the schedule and the machine allow, and keeps the journal."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cmcompile.engine.command import environment_of, filled, seen_through
from cmcompile.engine.journal import Entry, Journal, entries, succeeded, tries
from cmcompile.engine.keeper import Task, keep
from cmcompile.engine.machine import Machine, Share, cores_here, memory_here
from cmcompile.engine.process import adopt_orphans, end_all
from cmcompile.engine.record import Records
from cmcompile.engine.schedule import Schedule, outcome
from cmcompile.engine.stack import Stack
from cmcompile.engine.workflow import Job, Workflow

#: How long it sleeps at most, in seconds: idle, and while jobs wait for a share of the machine.
_IDLE, _EAGER = 0.5, 0.05
_SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
#: The word for a run whose runner was asked to end by the system.
STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Running:
    """A job that runs, and the try that it is."""

    job: str
    try_: int


class Runner:
    """Runs a workflow; for who holds the lock of its record.

    Parameters
    ----------
    lock
        The descriptor of the lock: the jobs inherit it, so that it is free only when none of them lives.
    """

    def __init__(self, records: Records, run_id: str, workflow: Workflow, submit: Path, lock: int) -> None:
        self._records = records
        self._id = run_id
        self._workflow = workflow
        self._submit = submit
        self._lock = lock
        place = records.place(run_id)
        self._journal = Journal(place)
        past = entries(place)
        self._tries = tries(past)
        self._schedule = Schedule(workflow, succeeded(past))
        self._machine = Machine(
            records.home / "machine", workflow.cores or cores_here(), workflow.memory or memory_here()
        )
        self._stack = Stack(workflow.graph, say)
        self._running: dict[int, Running] = {}
        self._base = dict(os.environ)
        self._stopped = False

    def run(self) -> tuple[str, str]:
        """Run all jobs, and return state and word of the run."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        adopt_orphans()
        self._journal.add(Entry("take", time.time()))
        while not self._schedule.is_over:
            is_waiting = self._start()
            self._sleep(_EAGER if is_waiting else _IDLE)
            self._reap()
            if self._records.is_asked_to_cancel(self._id):
                self._end_jobs()
        self._machine.give_way()
        self._journal.close()
        return ("failed", STOPPED) if self._stopped else outcome(self._schedule, self._workflow.final)

    def _start(self) -> bool:
        """Start what may be started; tell whether something waits for a share of the machine."""
        for job in self._schedule.ready():
            share = self._machine.take(Share(job.cores, self._schedule.memory(job.name), job.limit))
            if share is None and not job.limit:
                return True
            if share is not None:
                self._launch(job, share)
        self._machine.give_way()
        return bool(self._schedule.ready())

    def _launch(self, job: Job, share: int) -> None:
        self._tries[job.name] += 1
        try_ = self._tries[job.name]
        environment = environment_of(job.environment, self._base)
        argv = seen_through([filled(word, environment) for word in job.argv], environment)
        task = Task(
            argv,
            environment,
            self._workflow.directory,
            log_of(self._submit, job, try_),
            self._stack.entry(argv, environment, job.environment),
            [filled(word, environment) for word in job.before],
            [filled(word, environment) for word in job.after],
            (self._lock, share),
        )
        pid = keep(task)
        os.close(share)
        self._running[pid] = Running(job.name, try_)
        self._schedule.start(job.name)
        self._journal.add(Entry("start", time.time(), job.name, try_, pid), safe=False)

    def _sleep(self, seconds: float) -> None:
        found = signal.sigtimedwait(_SIGNALS, seconds)
        if found and found.si_signo != signal.SIGCHLD:
            say(f"ended by {signal.Signals(found.si_signo).name}")
            self._stopped = True
            self._end_jobs()

    def _reap(self) -> None:
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            found = self._running.pop(pid, None)
            if found is None:
                # An orphan of a keeper that was killed.
                continue
            code = os.waitstatus_to_exitcode(status)
            if code < 0:
                # A keeper that was killed could not end what its job had started.
                end_all(self._running)
            cpu = used.ru_utime + used.ru_stime
            self._journal.add(
                Entry("end", time.time(), found.job, found.try_, pid, code, cpu, int(used.ru_maxrss))
            )
            self._schedule.end(found.job, code)

    def _end_jobs(self) -> None:
        if self._schedule.is_cancelled:
            return
        self._schedule.cancel()
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)


def log_of(submit: Path, job: Job, try_: int) -> Path:
    """Return the log of one try of a job."""
    return submit / "logs" / job.label / f"{job.name}.{try_}.log"


def say(text: str) -> None:
    """Write a line into the runner's own log."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n")
    sys.stderr.flush()


def main(home: str, run_id: str, lock: int) -> int:
    """Run a recorded run to its end; the lock of its record was inherited.

    Whatever happens, the record tells how it ended.
    """
    records = Records(Path(home))
    state, word = "failed", "RUNNER_FAILED"
    try:
        state, word = _run(records, run_id, lock)
    finally:
        say(word)
        records.set(run_id, state, word)
    return 0 if state == "succeeded" else 1


def _run(records: Records, run_id: str, lock: int) -> tuple[str, str]:
    run = records.run(run_id)
    if run is None:
        raise SystemExit(f"there is no run {run_id} in {records.home}")
    submit = Path(run.submit_path)
    runner = Runner(records, run_id, Workflow.read(submit), submit, lock)
    records.set(run_id, "running", "RUNNING")
    return runner.run()


def detached(work: Callable[[], int]) -> None:
    """Let a process go on alone: the one that was started ends at once, so that nobody need wait for it."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os._exit(_coded(work))


def _coded(work: Callable[[], int]) -> int:
    try:
        return work()
    except SystemExit as end:
        say(str(end))
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stderr.flush()
    return 1
