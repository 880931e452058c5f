"""Worlds in which everything goes wrong, and people approve groups, and take that back, at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from cmcompile.ledger.approvals import encode, named, named_withdrawal, path_of, read_approvals
from cmcompile.ledger.codec import decode
from cmcompile.ledger.paths import locate
from cmcompile.model.approval import BY_HAND, Approval, Covered, Withdrawal
from cmcompile.model.event import Claimed, Event, Submitting
from cmcompile.sim.campaign import NAME
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.invariants import broken
from cmcompile.sim.play import Play
from cmcompile.sim.scene import Scene
from cmcompile.sim.setup import Setup, chosen
from cmcompile.sim.story import story

_PARTS, _SEEDS = 3, 15
_PEOPLE = ("Ann", "Bob", "Cid")
_ASKED = 2


class Approvers:
    """People who land documents at the remote whenever they like."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._store = scene.far.clone()
        self._said = 0

    def act(self, *, calm: bool) -> None:
        choices = self._scene.world.choices
        if calm:
            if self._said < 1000:
                for who in _PEOPLE[:_ASKED]:
                    self._approve(who)
                self._said = 1000
            return
        who = _PEOPLE[choices.pick("who", len(_PEOPLE))]
        if choices.chance("approves", 0.5):
            self._approve(who)
        elif choices.chance("takes back", 0.3):
            self._take_back(who)

    def _approve(self, who: str) -> None:
        self._said += 1
        declared = self._scene.branch.newest.variant.declared
        covers = tuple(Covered(*d.key, d.definition) for d in declared)
        self._land(named(Approval("", NAME, who, BY_HAND, f"{self._said}", "", "p", "Eve", covers=covers)))

    def _take_back(self, who: str) -> None:
        tip = self._scene.far.at()
        assert tip is not None
        own = tuple(a.digest for a in read_approvals(self._store, tip).standing if a.by == who)
        self._said += 1
        if own:
            self._land(named_withdrawal(Withdrawal("", NAME, who, f"{self._said}", own)))

    def _land(self, one: Approval | Withdrawal) -> None:
        tip = self._scene.far.at()
        self._scene.far.land(self._store.commit(tip, {path_of(one.digest): encode(one)}, "approvals"))
        self._scene.journal.stands(self._scene.far.at())
        self._scene.world.note(f"{one.by} approves, or takes back")


def decided(scene: Scene) -> Iterator[tuple[str, set[str]]]:
    """Yield each claim and gate that landed, with who had approved what it sends, on the tip before."""
    store, definitions = scene.far.clone(), dict[str, str]()
    tips = [stood.tip for stood in scene.journal.tips]
    for before, tip in pairwise(tips):
        there = set(store.files(before))
        new = {p: oid for p, oid in store.files(tip).items() if p not in there}
        placed = {p: place for p in new if (place := locate(p)) is not None and place.number}
        data = store.read(new[p] for p in placed)
        given = read_approvals(store, before).standing
        for path in sorted(placed):
            event = decode(path, data[new[path]])
            if not isinstance(event, Event) or not isinstance(event.draft.body, Claimed | Submitting):
                continue
            if isinstance(event.draft.body, Claimed):
                if event.draft.body.adopted:  # somebody else has sent it already
                    continue
                definitions[event.draft.claim] = event.draft.body.definition
            key = (event.subject.step, event.subject.group or "", definitions[event.draft.claim])
            people = {a.by for a in given if any((c.step, c.group, c.definition) == key for c in a.covers)}
            yield f"{event.draft.kind} {event.subject}", people


@pytest.mark.parametrize("part", range(_PARTS))
def test_whatever_goes_wrong_nothing_is_sent_that_too_few_approved(part: int) -> None:
    seen = 0
    for seed in range(part * _SEEDS, (part + 1) * _SEEDS):
        choices = Choices(seed)
        setup: Setup = replace(chosen(choices), campaign="approved")
        scene = Scene(choices, setup)
        play = Play(scene)
        approvers, look = Approvers(scene), play.person.look

        def looks(*, calm: bool = False, who: Approvers = approvers, then: object = look) -> bool:
            who.act(calm=calm)
            return bool(then(calm=calm))  # type: ignore[operator]

        play.person.look = looks  # type: ignore[method-assign]
        try:
            play.run()
            found = story(play)
        finally:
            scene.world.close()
        assert {one.name for one in broken(found)} <= {"groups end"}, f"seed {seed}: {broken(found)}"
        for what, people in decided(scene):
            seen += 1
            assert len(people) >= _ASKED, f"seed {seed}: {what} with {sorted(people)}"
    assert seen > _SEEDS
