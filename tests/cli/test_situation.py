"""What commands know of a campaign at once."""

from __future__ import annotations

from pathlib import Path

from ledger_world import make_world

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import look
from cmcompile.cli.situation import situation
from cmcompile.compiler.compile import compile_spec


def test_what_is_handed_to_bps_has_bytes_also_where_a_plan_needs_none(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    place = Place(world.root, "campaigns/c/campaign.yaml")
    for _ in range(2):  # the second time a plan takes all from the first
        now = situation(place, look(place, offline=True), files=True)
        assert [g.data for g in now.compiled().groups] == [g.data for g in compile_spec(now.spec).groups]
    assert now.made is not None
    assert not any(g.data for g in now.made.groups)
