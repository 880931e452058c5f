"""Each guard of the protocol is needed: without it, the simulator breaks the invariant it is there for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from mutant import Mutant
from mutants import MUTANTS

_NAMES = {mutant.name: mutant for mutant in MUTANTS}
_SHRUNK = ("the end of the pipe is the word", "absence is believed", "no gate, and two live")
#: Two guards against the same: either of them alone is enough.
_DOUBLED = ("ids are not random, and believed", "a restart is found by name")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_without_a_guard_its_invariant_breaks(mutant: Mutant) -> None:
    ran = mutant.first(mutant.seed, mutant.most)
    assert ran is not None, f"no breach of '{mutant.breaks}' in {mutant.most} seeds from {mutant.seed}"
    assert mutant.sound(ran.seed).broken == ()


@pytest.mark.parametrize("name", _DOUBLED)
def test_of_two_guards_against_the_same_either_is_enough(name: str) -> None:
    mutant = _NAMES[name]
    *first, last = mutant.patches
    halves = [replace(mutant, patches=tuple(some)) for some in (first, [last])]
    seeds = range(mutant.seed, mutant.seed + mutant.most)
    both = (seed for seed in seeds if mutant.found(mutant.ran(seed)) is not None)
    # One of them may be missed for a reason of its own: here both must be, for the same.
    assert any(all(half.found(half.ran(seed)) is None for half in halves) for seed in both)


@pytest.mark.parametrize("name", _SHRUNK)
def test_what_is_found_is_made_small_enough_to_be_read(name: str) -> None:
    mutant = _NAMES[name]
    ran = mutant.first(mutant.seed, mutant.most)
    assert ran is not None
    small = mutant.shrunk(ran, most=150, seconds=60.0)
    broken = mutant.found(small)
    assert broken is not None
    assert sum(map(bool, small.choices)) * 4 < sum(map(bool, ran.choices))
    again = mutant.ran(ran.seed, small.choices, trace=True)
    assert again.trace == small.trace
    upto = [line for line in small.trace.splitlines() if float(line.split()[0]) <= broken.at + 0.01]
    assert len(upto) < 60
    assert any("calls: submit" in line for line in upto)
    assert mutant.sound(ran.seed, small.choices).broken == ()
