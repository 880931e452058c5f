"""Eight processes with eight clones write to one branch of one remote at once; only git is between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from ledgers import events_on
from repositories import hook, make_bare, make_clone

from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.view import read_view
from cmcompile.model.event import Event
from cmcompile.model.ledger import Tip
from cmcompile.state.fold import LedgerFolding

WRITERS, EACH = 8, 15
MOST_ATTEMPTS = 3.0


@dataclass
class Race:
    """What a race left behind."""

    told: list[list[dict[str, object]]]
    attempts: list[str]
    events: list[Event]
    tip: Tip
    store: GitStore
    seconds: float


def run_race(remote: Path, work: Path) -> Race:
    log = work / "attempts"
    log.touch()
    # One short line per push, appended in one write: lines of pushes at the same time do not mix.
    hook(remote, "pre-receive", f"while read old new ref; do printf '%s\\n' \"$ref $new\" >> '{log}'; done")
    first = GitStore(make_clone(remote, work / "first"), "c", "origin")
    first.push(first.commit(None, {"ledger.json": b'{"format": 1}\n'}, "A ledger"))
    clones = [make_clone(remote, work / f"writer{n}") for n in range(WRITERS)]
    log.write_text("", encoding="utf-8")
    script = Path(__file__).with_name("race_writer.py")
    environment = {**os.environ, "PYTHONPATH": str(script.parents[2])}
    writers = [
        subprocess.Popen(
            [sys.executable, str(script), str(clone), f"g{n}", str(EACH)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for n, clone in enumerate(clones)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        start = time.monotonic()
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        answers = [writer.communicate(timeout=300)[0] for writer in writers]
        seconds = time.monotonic() - start
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    tip = first.tip()
    assert tip is not None
    return Race(
        [json.loads(answer) for answer in answers],
        log.read_text(encoding="utf-8").splitlines(),
        events_on(first),
        tip,
        first,
        seconds,
    )


def test_all_transactions_land_once_and_few_pushes_are_in_vain(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """One test, so that workers of pytest don't race twice.

    The remote's hook counts what reached it; a push that sees the tip moved beforehand stays at home.
    """
    race = run_race(make_bare(tmp_path / "remote.git"), tmp_path)
    told = [result for results in race.told for result in results]
    assert [result for result in told if "ids" not in result] == []
    ids = [str(name) for result in told for name in result["ids"]]  # type: ignore[attr-defined]
    assert len(ids) == WRITERS * EACH
    assert sorted(event.draft.id for event in race.events) == sorted(ids)
    judge_history(race)
    judge_numbers(race)
    view = read_view(race.store, race.tip, LedgerFolding())
    assert view.state.faults == ()
    assert len(view.state.groups) == WRITERS * EACH // 3
    tries = [int(str(result["tries"])) for result in told]
    at_remote = len(race.attempts) / len(told)
    record_property(
        "told",
        f"race of {WRITERS} writers, {len(told)} transactions in {race.seconds:.1f} s: {at_remote:.2f} pushes"
        f" per transaction reached the remote; pushes begun {mean(tries):.2f}, at most {max(tries)};"
        f" longest transaction {max(float(str(r['seconds'])) for r in told):.1f} s",
    )
    # Each transaction has reached the remote at least once, or the hook has not counted.
    assert 1 <= at_remote <= MOST_ATTEMPTS


def judge_history(race: Race) -> None:
    """See one commit for each transaction, and that nothing was ever changed."""
    history = list(race.store.history(race.tip))
    assert len(history) == WRITERS * EACH + 1
    assert all(len(entry.parents) == 1 for entry in history[:-1])
    assert all(change.before is None for entry in history for change in entry.changes)


def judge_numbers(race: Race) -> None:
    """See that the numbers of each directory have no holes."""
    numbers: dict[str, list[int]] = {}
    for event in race.events:
        numbers.setdefault(str(event.subject), []).append(event.number)
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())
