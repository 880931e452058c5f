"""A number is set where it stands, or added; every byte outside of it stays."""

from __future__ import annotations

import pytest

from cmcompile.spec.edit.insert import add_item, set_value
from cmcompile.spec.edit.layout import EditError

SPLIT = ("steps", "s", "split", 0, "size")
MEMORY = ("steps", "s", "bps", "pipetask", "isr", "requestMemory")


@pytest.mark.parametrize(
    ("keys", "old", "new"),
    [
        (
            SPLIT,
            "steps: {s: {split: [{size: 10, by: v}]}} # x\n",
            "steps: {s: {split: [{size: 4, by: v}]}} # x\n",
        ),
        (
            SPLIT,
            "steps:\n  s:\n    split:\n    - by: v\n      size: 10   # ten\n",
            "steps:\n  s:\n    split:\n    - by: v\n      size: 4   # ten\n",
        ),
        (
            MEMORY,
            "steps:\n  s:\n    bps: {pipetask: {isr: {requestMemory: 9, a: 1}}}\n",
            "steps:\n  s:\n    bps: {pipetask: {isr: {requestMemory: 4, a: 1}}}\n",
        ),
        (
            MEMORY,
            "steps:\n  s:\n    bps:\n      pipetask:\n        isr: {a: 1}\n",
            "steps:\n  s:\n    bps:\n      pipetask:\n        isr: {a: 1, requestMemory: 4}\n",
        ),
        (
            MEMORY,
            "steps:\n  s:\n    needs: a   # it does\n",
            "steps:\n  s:\n    needs: a   # it does\n    bps:\n      pipetask:\n        isr:\n"
            "          requestMemory: 4\n",
        ),
    ],
)
def test_a_number_is_set(keys: tuple[str | int, ...], old: str, new: str) -> None:
    assert set_value("x.yaml", old.encode(), keys, 4).decode() == new


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (SPLIT, "steps: {s: {split: [{by: v}]}}\n"),
        (SPLIT, "steps: {s: {split: []}}\n"),
        (SPLIT, "steps: {s: {split: [{size: {a: 1}}]}}\n"),
        (SPLIT, "steps: {s: {split: [{size: }]}}\n"),
        (SPLIT, "steps: {s: {split: [&x {size: 1}]}}\nb: {split: *x}\n"),
        (MEMORY, "steps: {s: {bps: 3}}\n"),
        (MEMORY, "a: &b {pipetask: {isr: {requestMemory: 1}}}\nsteps: {s: {bps: *b}}\n"),
    ],
)
def test_what_can_not_be_set_is_left_to_a_person(keys: tuple[str | int, ...], text: str) -> None:
    with pytest.raises(EditError):
        set_value("x.yaml", text.encode(), keys, 4)


def test_an_entry_of_a_list_that_stands_deep() -> None:
    old = "steps:\n  s:\n    overrides:\n    - groups: [1]   # one\n    needs: a\n"
    new = old.replace("    needs", "    - groups: [2]\n      because: x\n    needs")
    entry = {"groups": [2], "because": "x"}
    assert add_item("x.yaml", old.encode(), "overrides", entry, "steps", "s").decode() == new
    old = "steps:\n  s:\n    needs: a\n"
    assert "overrides" in add_item("x.yaml", old.encode(), "overrides", entry, "steps", "s").decode()
