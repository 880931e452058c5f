"""The repository of the quickstart, asked by the real Butler, and graphs of the real pipeline over it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_quickstart import quickstart as quickstart

from cmcompile.quickstart.repository import RAW, NoStackError, make_repository
from cmcompile.quickstart.sky import Sky

pytestmark = pytest.mark.service("lsst")
DATA = "instrument='QuickCam' and skymap='quick_tracts'"


@pytest.fixture(scope="module")
def butler(quickstart: Path) -> Iterator[Any]:
    from lsst.daf.butler import Butler

    opened = Butler.from_config(str(quickstart / "butler"))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("tract", "visits"), [(1, [1001, 1002, 1003, 1004, 1005, 1006]), (2, [1005, 1006, 1007, 1008])]
)
def test_which_visits_overlap_with_a_tract(tract: int, visits: list[int], butler: Any) -> None:
    with butler.query() as query:
        found = query.data_ids(["visit", "tract"]).where(f"{DATA} and tract={tract}")
        assert sorted(data_id["visit"] for data_id in found) == visits


def test_a_raw_holds_what_the_sky_says(butler: Any) -> None:
    raw = butler.get("raw", instrument="QuickCam", exposure=1002, detector=3, collections="QuickCam/raw/all")
    assert raw == Sky(8, 4, 1).raw(1002, 3)
    assert sum(star["flux"] == 90000.0 for star in raw["stars"]) == 3


def test_the_id_of_a_raw_follows_from_what_it_is(butler: Any) -> None:
    raw = butler.find_dataset("raw", instrument="QuickCam", exposure=1002, detector=3, collections=RAW)
    assert raw.id.version == 5


@pytest.mark.parametrize("failing", [0, 1, 3])
def test_as_many_quanta_fail_as_were_asked_for(failing: int) -> None:
    sky = Sky(8, 4, failing)
    assert sum(sky.fails(v, d) for v in sky.visit_ids() for d in range(4)) == failing


@pytest.mark.parametrize("visits", ["visit in (1001..1004)", "visit in (1005..1008)"])
def test_the_quanta_of_a_group_of_visits(
    visits: str, quickstart: Path, butler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(quickstart / "clone/pipeline"))
    found = _quanta(quickstart, butler, "step1", f"{DATA} and {visits}")
    assert found == {"isr": 16, "calibrateImage": 16}


def _quanta(quickstart: Path, butler: Any, step: str, where: str) -> dict[str, int]:
    from lsst.pipe.base import Pipeline
    from lsst.pipe.base.all_dimensions_quantum_graph_builder import AllDimensionsQuantumGraphBuilder

    pipeline = Pipeline.from_uri(f"{quickstart}/clone/pipeline/quick.yaml#{step}")
    builder = AllDimensionsQuantumGraphBuilder(
        pipeline.to_graph(butler.registry),
        butler,
        where=where,
        input_collections=["QuickCam/raw/all"],
        output_run="u/r",
    )
    graph = builder.finish(attach_datastore_records=False).assemble()
    return {label: len(found) for label, found in graph.quanta_by_task.items()}


def test_the_tasks_are_written_as_our_own_code_is(quickstart: Path) -> None:
    tasks = quickstart / "clone/pipeline/quick_tasks.py"
    config = Path(__file__).parents[2] / "pyproject.toml"
    for mode in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *mode, "--no-cache", "--config", str(config), str(tasks)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_without_the_stack_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lsst.daf.butler", None)
    with pytest.raises(NoStackError, match=r"pip install 'cmcompile\[lsst\]'"):
        make_repository(tmp_path / "butler", Sky(1, 1, 0))
