"""Names of runs follow from output, group, workflow and claim id."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from cmcompile.bps.rules.outputs import RUN_SUFFIX
from cmcompile.model.naming import run_names, run_suffix

CLAIM = "0123abcdef456789"


def test_an_output_of_its_own() -> None:
    names = run_names("HSC/runs/c/step1/1", "step1", "1", "w00", CLAIM, shared=False)
    assert names.output_run == "HSC/runs/c/step1/1/w00-0123ab"
    assert names.run_name == "HSC_runs_c_step1_1_w00-0123ab"
    assert names.prefix == "HSC_runs_c_step1_1_w"


def test_an_output_that_groups_share() -> None:
    names = run_names("HSC/runs/c", "step1", "r.3", "w12", CLAIM, shared=True)
    assert names.output_run == "HSC/runs/c/step1/r.3/w12-0123ab"
    assert names.prefix == "HSC_runs_c_step1_r.3_w"


def test_the_length_that_the_compiler_checks_is_that_of_the_name() -> None:
    assert len("/" + run_suffix("w00", CLAIM)) == len(RUN_SUFFIX)


@pytest.mark.parametrize("shared", [True, False])
def test_each_name_begins_with_its_own_prefix_only(shared: bool) -> None:
    groups = [("step1", "1"), ("step1", "11"), ("step1", "1-1"), ("step11", "1"), ("step1", "r.1")]
    made = [
        run_names("u/c" if shared else f"u/c/{s}/{g}", s, g, w, CLAIM, shared=shared)
        for (s, g), w in product(groups, ("w00", "w01"))
    ]
    assert all(n.run_name.startswith(n.prefix) for n in made)
    for a, b in combinations(made, 2):
        assert a.prefix == b.prefix or not a.run_name.startswith(b.prefix)
