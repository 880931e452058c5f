"""What a person does with a served far side: look at its runs, end them, let things go wrong.

python -m cmcompile.sim.served.hand SOCKET runs
python -m cmcompile.sim.served.hand SOCKET end all
python -m cmcompile.sim.served.hand SOCKET end 1002 --failed 7
python -m cmcompile.sim.served.hand SOCKET trouble lose submit
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cmcompile.model.wms import NoAnswer
from cmcompile.sim.served.client import TIMEOUT
from cmcompile.sim.served.troubles import Trouble
from cmcompile.sim.served.wire import Object, ask

_LIVE = ("submitted", "running", "held")


class RefusedError(Exception):
    """The server did not do what it was asked."""


class Hand:
    """A person at a served far side."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, kind: str, **more: object) -> object:
        """Ask, once.

        Raises
        ------
        RefusedError
            When there is no answer.
        """
        answer = ask(self._path, {"ask": kind, **more}, TIMEOUT)
        if isinstance(answer, NoAnswer):
            raise RefusedError(answer.why)
        return answer

    def runs(self) -> list[dict[str, str]]:
        """Return all runs as they really are."""
        answer = self.ask("runs")
        return [dict(run) for run in answer] if isinstance(answer, list) else []

    def end(self, run_id: str, state: str = "", failed: int = 0) -> object:
        """End a run; so many of its quanta fail. Returns how it ended."""
        return self.ask("end", run=run_id, state=state, failed=failed)

    def trouble(self, trouble: Trouble, *of: str, times: int = 1, spared: int = 0) -> None:
        """Let a trouble befall the next requests, after those that are spared; ``times`` 0: all then."""
        self.ask("trouble", trouble=trouble.value, of=list(of), times=times, spared=spared)


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="cmcompile.sim.served.hand", description=__doc__)
    parser.add_argument("socket", type=Path)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("runs", "collections", "calm"):
        commands.add_parser(name)
    end = commands.add_parser("end", help="end a run, or `all` that are live")
    end.add_argument("run")
    end.add_argument("state", nargs="?", default="", choices=["", "succeeded", "failed", "cancelled"])
    end.add_argument("--failed", type=int, default=0, help="so many of its quanta fail")
    commands.add_parser("reopen", help="take a run that is over back to running").add_argument("run")
    commands.add_parser("hide", help="do not show new runs for a while").add_argument("seconds", type=float)
    cancel = commands.add_parser("cancel", help="cancel a run")
    for name in ("run", "service"):
        cancel.add_argument(name)
    cancel.add_argument("where", nargs="?", default="")
    trouble = commands.add_parser("trouble", help="let something go wrong with the next requests")
    trouble.add_argument("trouble", choices=[t.value for t in Trouble])
    trouble.add_argument("of", nargs="*", help="of these kinds; none: of any")
    trouble.add_argument("--times", type=int, default=1, help="0: all, from now on")
    trouble.add_argument("--spared", type=int, default=0, help="so many before it are spared")
    options = parser.parse_args(arguments)
    try:
        _do(Hand(options.socket), options)
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _do(hand: Hand, options: argparse.Namespace) -> None:
    match options.command:
        case "runs":
            _say(*(f"{run['run_id']}  {run['state']:<10} {run['name']}" for run in hand.runs()))
        case "end" if options.run == "all":
            for run in hand.runs():
                if run["state"] in _LIVE:
                    _say(f"{run['run_id']}  {hand.end(run['run_id'], options.state, options.failed)}")
        case "end":
            _say(f"{options.run}  {hand.end(options.run, options.state, options.failed)}")
        case "cancel":
            hand.ask("cancel", run=options.run, where=[options.service, options.where])
        case "trouble":
            hand.trouble(Trouble(options.trouble), *options.of, times=options.times, spared=options.spared)
        case _:
            more: Object = {k: v for k, v in vars(options).items() if k not in ("socket", "command")}
            answer = hand.ask(options.command, **more)
            if answer is not None:
                _say(json.dumps(answer, indent=1))


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
