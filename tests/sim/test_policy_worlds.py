"""Worlds in which everything goes wrong: budgets of a policy hold, and unknown is not sent again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmcompile.model.event import Claimed, Subject
from cmcompile.model.outcome import Quantum
from cmcompile.model.states import WorkflowState
from cmcompile.sim.campaign import made
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.quanta import Ill, usual
from cmcompile.sim.invariants import broken
from cmcompile.sim.play import Play
from cmcompile.sim.scene import Scene
from cmcompile.sim.setup import Setup, chosen
from cmcompile.sim.story import Story, story

RETRIES = 2
POLICY = f"""\
cmcompile: 1
budgets: {{group: {{retries: {RETRIES}}}, step: {{retries: 3}}}}
rules:
- {{name: known, match: {{message: simulated}}, class: transient, action: retry, because: it may pass}}
"""
SPEC = "policy: careful\nsteps: {a: {split: [{by: tract, values: 1..3}]}, b: {needs: a}}\n"
FILES = {"campaigns/library/policies/careful.yaml": POLICY}
#: Of this group one quantum always fails, and nobody knows why.
ODD = "3"
_PARTS, _SEEDS = 4, 25


def fails(quantum: Quantum) -> Ill | None:
    odd = quantum.task == "isr" and f"group=a/{ODD}" in quantum.data_id and "detector=0" in quantum.data_id
    return Ill("nobody has seen this before") if odd else None


def played(seed: int) -> Story:
    choices = Choices(seed)
    setup: Setup = replace(chosen(choices), campaign="two")
    setup.settings.fails = fails
    scene = Scene(choices, setup)
    play = Play(scene)
    try:
        play.run()
        return story(play)
    finally:
        scene.world.close()


@pytest.mark.parametrize("part", range(_PARTS))
def test_whatever_goes_wrong_budgets_hold(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    variants = made([SPEC], FILES)
    monkeypatch.setattr("cmcompile.sim.scene.variants", lambda name: variants)
    assert any(fails(quantum) for quantum in usual(f"a/{ODD}/run"))
    sent = 0
    for seed in range(part * _SEEDS, (part + 1) * _SEEDS):
        found = played(seed)
        assert broken(found) == (), f"seed {seed}"
        if found.ledger.rewinds:
            continue
        again = {
            one.event.subject: one.event.draft
            for one in found.ledger.written
            if isinstance(one.event.draft.body, Claimed) and one.event.draft.body.builds_on
        }
        spent = 0
        for key, record in found.state.groups.items():
            used = [w for w in record.workflows if w.used and Subject(*key, w.name) in again]
            given_up = sum(w.state is WorkflowState.ABANDONED for w in record.workflows)
            assert len(used) <= RETRIES + given_up, f"seed {seed}: {key}"
            spent += len(used) - given_up if key[0] == "a" else 0
            if key == ("a", ODD):
                assert used == [], f"seed {seed}: what nobody knows was sent again"
            sent += len(used)
        assert spent <= 3, f"seed {seed}"
    assert sent > _SEEDS / 4
