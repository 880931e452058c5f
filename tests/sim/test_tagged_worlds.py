"""Worlds in which everything goes wrong, and groups read tagged inputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmcompile.sim.far.choices import Choices
from cmcompile.sim.invariants import broken
from cmcompile.sim.play import Play
from cmcompile.sim.scene import Scene
from cmcompile.sim.setup import Setup, chosen
from cmcompile.sim.story import Story, story

_PARTS, _SEEDS = 4, 20
_READS = {"a": "u/good", "b": "u/better"}


def told(seed: int, campaign: str) -> tuple[Story, dict[str, list[float]]]:
    """Return what happened, and when each tagged collection became another one."""
    choices = Choices(seed)
    setup: Setup = replace(chosen(choices), campaign=campaign)
    scene = Scene(choices, setup)
    play = Play(scene)
    try:
        play.run()
        found = story(play)
    finally:
        scene.world.close()
    changed: dict[str, list[float]] = {}
    for at, name, _ in scene.butler.tagged:
        changed.setdefault(name, []).append(at)
    return found, changed


def read(found: Story) -> dict[str, float]:
    """Return when each tagged collection was first read: a run of a group was asked for."""
    first: dict[str, float] = {}
    for call in found.calls:
        key = found.key(call.name)
        if key is not None:
            first.setdefault(_READS[key[0]], call.at)
    return first


@pytest.mark.parametrize("part", range(_PARTS))
def test_whatever_goes_wrong_what_is_read_was_made_before_and_stays(part: int) -> None:
    reads = 0
    for seed in range(part * _SEEDS, (part + 1) * _SEEDS):
        found, changed = told(seed, "tagged")
        assert broken(found) == (), f"seed {seed}"
        for name, at in read(found).items() if not found.ledger.rewinds else ():
            reads += 1
            assert changed[name], f"seed {seed}: nobody made {name}"
            assert max(changed[name]) < at, f"seed {seed}: {name} was changed after it was read"
    assert reads > _SEEDS / 2


def test_an_edit_changes_nothing_that_is_read() -> None:
    edited = 0
    for seed in range(_SEEDS):
        found, changed = told(seed, "retagged")
        # A group that is refused waits for a person who takes the edit back.
        assert {one.name for one in broken(found)} <= {"groups end"}, f"seed {seed}"
        edited += len(changed.get("u/good", [])) > 1
        superseded = any(record.superseded for record in found.state.groups.values())
        at = read(found).get("u/good")
        if at is not None and not found.ledger.rewinds and not superseded:
            assert max(changed["u/good"]) < at, f"seed {seed}"
    assert edited
