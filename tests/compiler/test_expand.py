"""Groups made without their files, and what a compilation says beside its groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmcompile.compiler.compile import compile_spec, expand_spec
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["auau23", "dp02", "first-light", "nv-20250423"])
def test_expanding_makes_the_groups_that_compiling_makes(name: str) -> None:
    spec, _ = load(WorkingTree(ROOT), f"campaigns/{name}/campaign.yaml")
    assert spec is not None
    compiled = compile_spec(spec)
    steps = expand_spec(spec).steps
    groups = [group for step in steps.values() for group in step.all()]
    assert groups == [group for step in compiled.steps.values() for group in step.all()]
    assert [made.group for made in compiled.groups] == groups


def test_collections_of_steps_and_of_the_campaign_are_told() -> None:
    spec, _ = load(WorkingTree(ROOT), "campaigns/first-light/campaign.yaml")
    assert spec is not None
    collects = compile_spec(spec).collects
    assert collects == {
        "step1": "HSC/runs/first-light/DM-50000/step1",
        "step3": "HSC/runs/first-light/DM-50000/step3",
        "": "HSC/runs/first-light/DM-50000",
    }


def test_a_group_knows_its_site() -> None:
    spec, _ = load(WorkingTree(ROOT), "campaigns/nv-20250423/campaign.yaml")
    assert spec is not None
    made = compile_spec(spec).groups
    assert {m.site for m in made} == {"usdf"}
