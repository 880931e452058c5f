"""A ledger as large as they get: most groups under way or done, some failing, some runs lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.ledgers import git, import_files, last_events, write_repository
from cmcompile.ledger.codec import encode
from cmcompile.ledger.paths import event_path
from cmcompile.model.cause import Cause
from cmcompile.model.event import Body, Draft, Observed, Reviewed, Subject
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.usage import Measured, Spread, TaskUsage

NAME = "bench"
MESSAGE = "MemoryError: Unable to allocate 1.2 GiB for an array with shape (12700, 12700)"
_QUANTA = 400


def large_repository(root: Path, groups: int) -> None:
    """Write the repository of `bench`, and let some of its runs end badly."""
    write_repository(root, groups, groups * 10, 50)
    waiting = last_events(root, max(60, groups // 40))
    files = []
    for at, (subject, claim, number) in enumerate(waiting):
        for step, body in enumerate(_bodies(subject, at), 1):
            draft = Draft(subject, f"{at:08x}{step:08x}", _time(at, step), "Ann Other", body, claim)
            files.append((event_path(subject, number + step, draft.kind), encode(draft)))
    import_files(root, [files], git(root, "rev-parse", "cm/bench").decode().strip())


def _bodies(subject: Subject, at: int) -> Iterator[Body]:
    if at % 20 == 7:
        yield Reviewed("not_found", "no run of this name is in the workload system")
    elif at % 3 == 0:
        yield Observed("partial", "SubFinished", outcome=outcome(subject, at))
        yield measured(at)
    elif at % 3 == 1:
        good = TaskOutcome("isr", _QUANTA, _QUANTA), TaskOutcome("calibrateImage", _QUANTA, _QUANTA)
        yield Observed("succeeded", "Finished", outcome=Outcome(good))
        yield measured(at)
    else:
        yield Observed("running", "Running")


def outcome(subject: Subject, at: int) -> Outcome:
    """Return what became of a run that failed in part: memory at one site."""
    bad = 3 + at % 40
    cause = Cause("pilot", 1305, "SITE_A" if at % 4 else "SITE_B", 3, 7900, f"https://logs.example.org/{at}")
    failures = tuple(
        Failure(Quantum("calibrateImage", f"detector={n}, visit={1000 + at}"), Fault.FAILED, MESSAGE, cause)
        for n in range(bad)
    )
    tasks = TaskOutcome("isr", _QUANTA, _QUANTA), TaskOutcome("calibrateImage", _QUANTA, _QUANTA - bad, bad)
    return Outcome(tasks, failures)


def measured(at: int) -> Measured:
    """Return what the quanta of two tasks took."""
    return Measured("butler", (_task("isr", at, 1), _task("calibrateImage", at, 6)))


def _task(name: str, at: int, slow: int) -> TaskUsage:
    wall = Spread(20_000 * slow + 13 * at, 31_000 * slow + 29 * at, 90_000 * slow + 101 * at)
    whole = wall.median * _QUANTA
    memory = Spread(1500, 2100, 2800)
    deciles = tuple(wall.median * (6 + tenth) // 11 for tenth in range(1, 10)) if at % 7 else ()
    running = tuple(100 * min(n, 19 - n) for n in range(20)) if at % 7 else ()
    times = _time(at, slow), _time(at + 60, slow)
    return TaskUsage(name, _QUANTA, _QUANTA, wall, wall, whole, whole, *times, memory, deciles, running)


def _time(at: int, step: int) -> str:
    minutes = 7 * at + step
    return f"2026-11-{1 + minutes // 1440 % 19:02d}T{minutes // 60 % 24:02d}:{minutes % 60:02d}:00Z"
