"""A campaign with tagged inputs: the Butler, BPS, its graph and the jobs, all real."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver_world import repository, shared_below
from ledger_builder import git
from test_campaigns_for_real import ENGINE, SPEC, Clone

pytestmark = pytest.mark.service("lsst")

#: Of the eight datasets that there are, three are chosen; the group asks for all of visits 1 and 2.
CHOSEN = """\
inputs:
  - tagged: u/chosen
    from: Cam/raw
    datasets: raw_small
    where: instrument='Cam' and (detector = 1 or visit = 2) and visit < 3
"""
TAGGED = SPEC.replace("inputs: [Cam/raw]\n", CHOSEN).replace("values: [2, 3]", "values: [1, 2]")
#: The second step would read what the first made, of one detector.
SECOND = """\
  step2:
    needs: step1
    inputs:
      tagged: u/made
      from: ${{ steps.step1.collect }}
      datasets: made_small
      where: instrument='Cam' and detector = 1
    bps: {payload: {output: u/second, inCollection: u/made}}
    pause: [{from: 2020-01-01, to: 2120-01-01, because: there is no task for it}]
"""


@pytest.fixture
def clone(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    repo = shutil.copytree(repository(shared_below(tmp_path_factory)), tmp_path / "repo")
    made = Clone(tmp_path, repo, ENGINE)
    yield made
    made.close()


def held(clone: Clone, name: str) -> set[str]:
    """Return what a tagged collection holds, as visit and detector."""
    from lsst.daf.butler import Butler, CollectionType

    with Butler.from_config(clone.names["REPO"]) as butler:
        info = butler.collections.get_info(name, include_summary=True)
        assert info.type is CollectionType.TAGGED
        refs = [ref for kind in info.dataset_types for ref in butler.query_datasets(kind, collections=name)]
        return {f"{ref.dataId['visit']} {ref.dataId['detector']}" for ref in refs}


def test_a_group_reads_the_tagged_datasets_and_no_others(clone: Clone) -> None:
    clone.write(TAGGED + SECOND)
    git(clone.root, "push", "-q")
    clone.cm("ledger", "init", "small")
    plan = clone.cm("plan", "small")
    assert "1 to tag" in plan
    assert "u/chosen: raw_small of Cam/raw" in plan
    assert "u/chosen: 3" in clone.cm("apply", "small", "--auto-approve")
    assert held(clone, "u/chosen") == {"1 1", "2 0", "2 1"}
    assert "prepared: 3 quanta" in clone.cm("apply", "small", "--auto-approve")
    clone.over("1")
    assert clone.ran() == {"1 1": 1, "2 0": 1, "2 1": 1}
    # One pass accepts, collects, and chooses of what was made.
    told = clone.cm("reconcile", "small", ends=(0, 3))
    assert "u/made: 2" in told
    assert held(clone, "u/made") == {"1 1", "2 1"}
    _edited(clone)


def _edited(clone: Clone) -> None:
    """Edit what was sent: that is refused, and changes nothing."""
    clone.write((TAGGED + SECOND).replace("visit < 3", "visit < 4"))
    git(clone.root, "push", "-q")
    found = json.loads(clone.cm("plan", "small", "--format", "json", ends=(4,)))
    items = [item for stage in found["stages"] for item in stage["items"]]
    refused = [item for item in items if item["action"] == "refuse"]
    assert [(item["step"], item["reason"]) for item in refused] == [("step1", "tag_changed")]
    clone.cm("apply", "small", "--auto-approve", ends=(0, 3, 4))
    assert held(clone, "u/chosen") == {"1 1", "2 0", "2 1"}
    assert "healthy" in clone.cm("verify", "small")
