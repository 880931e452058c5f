"""A parent that does what it is told, line by line; the tests start it as a process, to kill or interrupt it.

Usage: ``scripted_parent.py DIRECTORY``. It reads ``<verb> <number>,<preparing>,<calling>`` and prints one
line for each when it is done, and ``waits`` before it waits.
"""

from __future__ import annotations

import sys
from pathlib import Path

from contract import Calling, Preparing, Script, word_for
from process_bench import HERE, order_of

from cmcompile.apply.child.interrupts import SignalInterrupts
from cmcompile.apply.child.launch import SubprocessLauncher
from cmcompile.model.child import Child, NotReady


def main() -> None:
    directory = sys.argv[1]
    children: dict[int, Child] = {}

    with SignalInterrupts() as interrupts:
        program = [sys.executable, str(HERE / "scripted_driver.py"), directory]
        launcher = SubprocessLauncher(
            lambda order: program,
            interrupts,
            forks=(lambda order: [*program, "--forks"]) if "--forks" in sys.argv else None,
            log=lambda order: Path(directory, f"log-{order.claim}"),
            grace=1.0,
        )
        say("started")
        for line in sys.stdin:
            verb, _, rest = line.strip().partition(" ")
            number, preparing, calling = f"{rest},{Calling.TAKEN.value}".split(",")[:3]
            order = order_of(int(number), Script(Preparing(preparing), Calling(calling)))
            if verb == "start":
                child = launcher.start(order)
                assert not isinstance(child, NotReady)
                children[int(number)] = child
                say(str(child.pid))
                continue
            child = children[int(number)]
            if verb in ("first", "prepared", "reply"):
                say("waits")
            match verb:
                case "first":
                    found = launcher.first(children.values())
                    say("none" if found is None else str(found.pid))
                case "prepared":
                    say(type(child.prepared()).__name__)
                case "go":
                    child.go(word_for(order))
                    say("gone")
                case "reply":
                    reply = child.reply()
                    say(f"{type(reply).__name__} {interrupts.asked}")
                case "stop":
                    child.stop()
                    say("stopped")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
