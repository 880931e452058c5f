"""Kill many runs of apply, check what became of them, and tell where the kills fell.

python tests/sim/served/kills.py [COUNT [FIRST SEED]]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from kill_worlds import Kill, Place, template, trial, undisturbed


def one(copied: Path, takes: float, seed: int) -> tuple[int, Counter[Place], str]:
    kill = Kill.drawn(seed)
    try:
        return seed, trial(copied, kill, takes), ""
    except Exception as error:
        return seed, Counter(), f"seed {seed}, {kill}: {type(error).__name__}: {error}"


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main(count: int, first: int) -> int:
    began = time.monotonic()
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    places: Counter[Place] = Counter()
    kills: Counter[Place] = Counter()
    faults = []
    with tempfile.TemporaryDirectory() as home, ProcessPoolExecutor(2) as pool:
        copied = template(Path(home))
        takes = undisturbed(copied)
        say(f"undisturbed: {takes:.2f} s")
        every = range(first, first + count)
        for seed, found, fault in pool.map(one, [copied] * count, [takes] * count, every):
            places += found
            kills += Counter(set(found))
            told = ", ".join(f"{place.value}: {n}" for place, n in found.items())
            say(f"{seed}  {told}  {fault}")
            faults += [fault] if fault else []
    say(f"{count} kills in {time.monotonic() - began:.0f} s, {len(faults)} faults")
    for place in Place:
        say(f"{place.value:<40} kills {kills[place]:>4}, groups {places[place]:>4}")
    say(*faults)
    return 1 if faults else 0


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*words, *(200, 0)[len(words) :]))
