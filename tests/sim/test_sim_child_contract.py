"""Simulated children do what every child must do."""

from __future__ import annotations

import pytest
from contract import *  # noqa: F403
from contract import Bench
from sim_bench import SimBench


@pytest.fixture
def bench() -> Bench:
    return SimBench()
