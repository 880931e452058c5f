"""An observer without the stack, that answers as it is told by its argument; its pid is left in a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

RUN = ["1", "p/x/w00", "running", "RUNNING", "RUNNING 1"]
#: What is written for a request, by how it is told to answer.
LINES: dict[str, Callable[[int], str]] = {
    "well": lambda number: json.dumps({"number": number, "runs": [RUN]}),
    "no": lambda number: json.dumps({"number": number, "why": "it is down"}),
    "silently": lambda number: json.dumps({"number": number, "why": ""}),
    "garbage": lambda _: "Traceback (most recent call last):",
    "text": lambda _: '"a text"',
    "deep": lambda _: "[" * 100_000,
    "empty": lambda _: "",
    "another": lambda number: json.dumps({"number": number + 1, "runs": []}),
    "nothing": lambda number: json.dumps({"number": number}),
    "null": lambda number: json.dumps({"number": number, "runs": None}),
    "short": lambda number: json.dumps({"number": number, "runs": [RUN[:-1]]}),
    "numbers": lambda number: json.dumps({"number": number, "runs": [[1, *RUN[1:]]]}),
    "state": lambda number: json.dumps({"number": number, "runs": [[*RUN[:2], "gone", *RUN[3:]]]}),
    "unchanged": lambda number: json.dumps({"number": number, "runs": [[*RUN[:4], ""]]}),
    "twice": lambda number: json.dumps({"number": number, "runs": [RUN]}) + "\n{}",
    "others": lambda number: json.dumps({"number": number, "runs": [RUN, ["2", "q/x", *RUN[2:]]]}),
}


def main() -> None:
    how, pid = sys.argv[1], Path(sys.argv[2])
    with pid.open("a") as file:
        file.write(f"{os.getpid()}\n")
    if how == "dies":
        sys.exit("these are its last words")
    for asked, line in enumerate(sys.stdin):
        number = json.loads(line)["number"]
        print("it says so", file=sys.stderr, flush=True)  # noqa: T201
        if how == "hangs" and asked:
            child = subprocess.Popen(["sleep", "600"])
            with pid.open("a") as file:
                file.write(f"{child.pid}\n")
            time.sleep(600)
        if how == "half":
            os.write(1, b'{"number": 1')
            sys.exit()
        text = LINES["well" if how in ("once", "hangs") else how](number)
        os.write(1, f"{text}\n".encode())
        if how == "once":
            sys.exit("it was asked once")


if __name__ == "__main__":
    main()
