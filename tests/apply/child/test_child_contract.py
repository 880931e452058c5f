"""Children as processes do what every child must do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import *  # noqa: F403
from contract import Bench
from process_bench import ProcessBench


@pytest.fixture(params=[False, True], ids=["started", "forked"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    found = ProcessBench(tmp_path, forks=request.param)
    yield found
    found.close()
