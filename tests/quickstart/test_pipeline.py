"""The tasks of the quickstart are run by the real executor, step by step, on a repository of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

pytestmark = pytest.mark.service("lsst")
DATA = "instrument='QuickCam' and skymap='quick_tracts'"


class Steps:
    """Runs steps of the pipeline in a repository."""

    def __init__(self, home: Path) -> None:
        self.pipeline = home / "clone/pipeline/quick.yaml"
        self.config = str(home / "butler")

    def run(self, step: str, inputs: list[str], output: str, *, saturated: int = 2) -> list[Any]:
        """Run a step; return its quanta."""
        from lsst.pipe.base import Pipeline
        from lsst.pipe.base.simple_pipeline_executor import SimplePipelineExecutor

        butler = SimplePipelineExecutor.prep_butler(self.config, inputs, output)
        pipeline = Pipeline.from_uri(f"{self.pipeline}#{step}")
        if step == "step1":
            pipeline.addConfigOverride("calibrateImage", "maxSaturated", saturated)
        made = SimplePipelineExecutor.from_pipeline(pipeline, where=DATA, butler=butler)
        try:
            return list(made.run(register_dataset_types=True))
        finally:
            butler.close()


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    make(tmp_path / "home", Sky(visits=6, detectors=1, failing=1), groups=2)
    monkeypatch.syspath_prepend(str(tmp_path / "home/clone/pipeline"))
    return Steps(tmp_path / "home")


def test_a_quantum_fails_until_its_configuration_is_changed(steps: Steps) -> None:
    with pytest.raises(RuntimeError, match="3 stars are saturated, and maxSaturated is 2"):
        steps.run("step1", ["QuickCam/raw/all"], "u/bad")
    assert len(steps.run("step1", ["QuickCam/raw/all"], "u/good", saturated=3)) == 12


def test_the_whole_pipeline_leads_to_a_table_of_objects(steps: Steps) -> None:
    from lsst.daf.butler import Butler

    steps.run("step1", ["QuickCam/raw/all"], "u/1", saturated=3)
    assert len(steps.run("step2", ["u/1"], "u/2")) == 6
    steps.run("step3", ["u/1", "u/2"], "u/3")
    assert len(steps.run("step4", ["u/3"], "u/4")) == 2
    butler = Butler.from_config(steps.config)
    tables = [
        butler.get("object_table", skymap="quick_tracts", tract=tract, collections="u/4") for tract in (1, 2)
    ]
    butler.close()
    names = [star["id"] for table in tables for star in table["objects"]]
    assert len(names) == len(set(names)) > 50
    # Visits next to each other see the same stars.
    assert any(star["visits"] > 1 for table in tables for star in table["objects"])
    assert all(15.5 < star["mag"] < 20.5 for table in tables for star in table["objects"])
