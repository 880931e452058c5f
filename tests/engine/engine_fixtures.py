"""Runs of programs of the system, of which none lives on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_runs import Runs

from cmcompile.engine import start


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give runs; what still lives at the end is ended."""
    found = Runs(tmp_path)
    yield found
    if (found.records.home / "runs").exists():
        for run in found.records.runs():
            start.cancel(found.records, run)
        for run in found.records.runs():
            found.ended(run)
