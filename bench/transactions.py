"""One transaction of many events on a local branch, and the same files by bare ``git fast-import``."""

from __future__ import annotations

import resource
import secrets
from pathlib import Path

from bench.ledgers import BRANCH, git, import_files, last_events, seen_running
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.transact import decide
from cmcompile.ledger.view import View
from cmcompile.model.event import Draft, Observed
from cmcompile.model.transaction import Landed, Proposal
from cmcompile.state.fold import LedgerFolding


def transaction(root: str, events: str) -> dict[str, float]:
    """Record events in one transaction by a process that knows the ledger; there is no remote to push to."""
    ledger = Ledger(GitStore(Path(root), "bench", None), LedgerFolding())
    ledger.view(ledger.tip())
    some = last_events(Path(root), int(events))
    drafts = tuple(
        Draft(subject, secrets.token_hex(8), "2026-11-20T08:00:00Z", "Bench", _SEEN, claim)
        for subject, claim, _ in some
    )

    def judge(_: View) -> Proposal:
        return Proposal(drafts, message="seen")

    start = _cpu()
    done = decide(ledger, judge)
    cpu = _cpu() - start
    if not isinstance(done, Landed) or len(done.events) != len(drafts):
        raise RuntimeError(f"the transaction did not land: {type(done).__name__}")
    return {"cpu": cpu, "tries": done.tries}


def fast_import(root: str, events: str) -> dict[str, float]:
    """Put as many files into one commit on the same tip."""
    place = Path(root)
    files = [
        seen_running(subject, claim, number + 1, at)
        for at, (subject, claim, number) in enumerate(last_events(place, int(events)))
    ]
    tip = git(place, "rev-parse", BRANCH).decode().strip()
    start = _cpu()
    import_files(place, [files], tip)
    return {"cpu": _cpu() - start}


_SEEN = Observed("running", "Running")


def _cpu() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)
