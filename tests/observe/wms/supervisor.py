"""A supervisor of a recorded run: holds its lock until it is told the end, or a cancel is asked for."""

from __future__ import annotations

import select
import sys
from pathlib import Path

from cmcompile.engine.record import Records, Run


def main() -> None:
    home, service, name = sys.argv[1:]
    records = Records(Path(home))
    run, hold = records.new(Run("", name, service, "/nowhere", "2026-11-20T08:00:00Z"))
    records.set(run.id, "running", "RUNNING")
    print(run.id, flush=True)  # noqa: T201
    while not records.is_asked_to_cancel(run.id):
        if select.select([sys.stdin], [], [], 0.01)[0]:
            state = sys.stdin.readline().strip()
            if not state:
                sys.exit("left alone")
            records.set(run.id, state, state.upper())
            break
    else:
        records.set(run.id, "cancelled", "CANCELLED")
    hold.close()


if __name__ == "__main__":
    main()
