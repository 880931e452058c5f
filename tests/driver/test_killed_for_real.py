"""Real submissions whose apply is killed with -9: each claim has at most one run, and the ledger has its id.

``CMCOMPILE_KILLS`` says how many of the points are taken; ``python tests/driver/killed_for_real.py`` takes
all of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from killed_for_real import POINTS, Point, check, killed, settled, world

#: The points where most can go wrong; the others follow.
_FIRST = (
    Point("gate", 0.0, both=True),
    Point("called", 0.0, both=False),
    Point("called", 0.05, both=True),
    Point("claimed", 1.0, both=False),
)
_ORDER = (*_FIRST, *(point for point in POINTS if point not in _FIRST))
COUNT = int(os.environ.get("CMCOMPILE_KILLS", "4"))

pytestmark = [pytest.mark.service("minutes"), pytest.mark.service("lsst")]


def test_there_are_twenty_points() -> None:
    assert len(set(_ORDER)) == len(_ORDER) == len(POINTS) == 20


def test_no_submission_is_made_twice_or_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    points = _ORDER[:COUNT]
    here = world(tmp_path / "quickstart", len(points))
    for number, point in enumerate(points, 1):
        killed(here, str(number), point)
    settled(here, len(points))
    ends = check(here, len(points))
    # Whoever is killed with its child between gate and call leaves a person to say that nothing was called.
    assert ends["accepted"] + ends["review"] == len(points)
    assert ends["accepted"] >= len(points) - sum(p.both and p.moment in ("gate", "called") for p in points)


def test_a_second_submission_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    from cmcompile.engine.record import Records

    here = world(tmp_path / "quickstart", 1)
    killed(here, "1", Point("submitted", 0.0, both=False))
    records = Records(here.home / "runs")
    first = next(records.runs())
    _, hold = records.new(first)
    hold.close()
    with pytest.raises(AssertionError, match="w00"):
        check(here, 1)
