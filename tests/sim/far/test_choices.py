from __future__ import annotations

from collections import Counter

import pytest

from cmcompile.sim.far.choices import LONGEST, Choices, Weights


def draw(choices: Choices) -> list[int]:
    odds = Weights((0.5, 0.0, 0.3, 0.2))
    for _ in range(50):
        choices.pick("weights", odds)
        choices.pick("number", 7)
        choices.chance("chance", 0.5)
        choices.seconds("seconds", 60)
    return choices.made


def test_same_seed_same_choices() -> None:
    assert draw(Choices(3)) == draw(Choices(3)) != draw(Choices(4))


def test_replayed_are_the_same() -> None:
    first = Choices(3)
    made = draw(first)
    again = Choices(99, made)
    assert draw(again) == made
    assert again.labels == first.labels
    assert again.labels[:4] == ["weights", "number", "chance", "seconds"]


def test_past_the_end_all_is_dull() -> None:
    made = draw(Choices(3))
    assert draw(Choices(3, made[:10])) == made[:10] + [0] * 190
    assert draw(Choices.dull()) == [0] * 200


def test_numbers_that_do_not_fit_are_made_to() -> None:
    choices = Choices(0, [9, 9, 9, -1, LONGEST * 2])
    assert choices.pick("a", 4) == 3
    assert choices.pick("a", Weights((1, 1))) == 1
    assert choices.chance("b", 0.0) is True
    assert choices.seconds("c", 1) == 0
    assert choices.seconds("c", 1) == LONGEST
    assert choices.made == [3, 1, 1, 0, LONGEST]


def test_weights_are_kept() -> None:
    choices, odds = Choices(1), Weights((0.5, 0.0, 0.3, 0.2, 0.0))
    counts = Counter(choices.pick("x", odds) for _ in range(20_000))
    assert set(counts) == {0, 2, 3}
    assert counts[0] / 20_000 == pytest.approx(0.5, abs=0.02)
    assert counts[3] / 20_000 == pytest.approx(0.2, abs=0.02)
    assert odds.at(1.0) == 3, "what is never chosen stays so at the very end"
    assert len(odds) == 5


def test_seconds_have_a_heavy_tail() -> None:
    choices = Choices(1)
    drawn = sorted(choices.seconds("x", 60) for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(60, rel=0.05)
    assert drawn[18_000] == pytest.approx(60 * 33, rel=0.1)
    assert drawn[-1] > 7 * 86400
    assert drawn[-1] <= LONGEST
