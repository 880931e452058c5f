"""One of several writers of a ledger: a process of its own with a clone of its own; started by test_race.py.

Says ``ready``, waits for a line, makes its transactions, and prints what came of them as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ledgers import claim_of, draft, proposal, workflow

from cmcompile.ledger.backoff import Patience
from cmcompile.ledger.book import Ledger, open_ledger
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.transact import decide, record
from cmcompile.ledger.view import View
from cmcompile.model import event as e
from cmcompile.model.transaction import Landed, Proposal, Stop
from cmcompile.state.fold import LedgerFolding


def transaction(ledger: Ledger, writer: str, number: int) -> dict[str, object]:
    """Claim a group of one's own, or tell a fact of it; every third transaction is a fact."""
    group = f"{writer}-{number - number % 3}"
    claimed = claim_of(workflow(group))

    def judge(view: View) -> Proposal | Stop:
        record = view.state.groups.get(("step1", group))
        names = [] if record is None else [w.name for w in record.workflows]
        return proposal(claim_of(workflow(group, len(names))))

    start = time.monotonic()
    if number % 3 == 2:
        fact = draft(claimed.subject, e.Observed("running", f"seen {number}"), claimed.claim)
        result: object = record(ledger, Proposal((fact,), {}, f"{writer} saw {number}"))
    else:
        result = decide(ledger, judge)
    if not isinstance(result, Landed):
        return {"result": repr(result)}
    ids = [event.draft.id for event in result.events]
    return {"ids": ids, "tries": result.tries, "seconds": time.monotonic() - start}


def main() -> None:
    """Take part in the race."""
    clone, writer, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    ledger = open_ledger(GitStore(clone, "c", "origin"), LedgerFolding(), clone, "c")
    # The test counts pushes; a machine that is busy with other things must not end it.
    ledger.patience = Patience(tries=1000, seconds=3600.0)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    results = [transaction(ledger, writer, number) for number in range(count)]
    sys.stdout.write(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
