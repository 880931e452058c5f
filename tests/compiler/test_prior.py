"""Options for the graph of a rescue that takes over outputs, and the environment of a group."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.environment import setting_of
from cmcompile.compiler.prior import graph_options, skipped_in
from cmcompile.compiler.result import Compilation
from cmcompile.model.child import Setting
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: c
where: instrument='HSC'
inputs: [HSC/raw]
vars: {release: w_2026_47}
environments:
  weekly:
    setup: ['setup lsst_distrib -t ${{ release }}', 'echo ${{ step.name }}']
    env: {KIND: '${{ group.id }} of ${{ campaign.name }}', PLAIN: '{x} ${Y}'}
    secrets: [SOME_TOKEN]
  other: {setup: ['echo ${{ nothing }}']}
environment: weekly
bps:
  pipelineYaml: /p/x.yaml
  payload: {payloadName: c, butlerConfig: /repo, output: 'u/${{ group.id }}'}
  includeConfigs: [more.yaml]
steps:
  step1:
    split: [{by: visit, values: 1..30, size: 10}]
    rescues:
      first: {groups: [1], because: x, skip_existing_in: prior}
      second: {groups: [1], because: x, skip_existing_in: 'u/a, u/b', bps: {extraQgraphOptions: '-c {x}'}}
      third: {groups: [1], because: x, environment: other}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Compilation:
    root = tmp_path_factory.mktemp("prior")
    (root / "campaigns/c").mkdir(parents=True)
    (root / "campaigns/c/campaign.yaml").write_text(SPEC)
    (root / "campaigns/c/more.yaml").write_text("extraQgraphOptions: --dataset-query-constraint off\n")
    spec, findings = load(WorkingTree(root), "campaigns/c/campaign.yaml")
    assert spec is not None, [f.message for f in findings]
    return compile_spec(spec)


@pytest.mark.parametrize(
    ("group", "named", "options"),
    [
        # A policy sends a group again for what is missing: its claim says on what it builds.
        ("1", "", "--dataset-query-constraint off --skip-existing-in u/n,u/o"),
        ("first.1", "prior", "--dataset-query-constraint off --skip-existing-in u/n,u/o"),
        ("second.1", "u/a, u/b", "-c {x} --skip-existing-in u/a,u/b"),
    ],
)
def test_options(made: Compilation, group: str, named: str, options: str) -> None:
    one = made.group("step1", group)
    assert one is not None
    assert skipped_in(made, one) == named
    assert graph_options(made, one, ["u/n", "u/o"]) == options


def test_nothing_is_added_where_no_run_is_there(made: Compilation) -> None:
    for name in ("1", "first.1"):
        one = made.group("step1", name)
        assert one is not None
        assert graph_options(made, one, []) == ""


def test_an_environment_is_filled_in_for_its_group(made: Compilation) -> None:
    one = made.group("step1", "2")
    assert one is not None
    assert setting_of(made, one) == Setting(
        ("setup lsst_distrib -t w_2026_47", "echo step1"),
        {"KIND": "2 of c", "PLAIN": "{x} ${Y}"},
        ("SOME_TOKEN",),
    )


def test_an_environment_that_cannot_be_filled_in(made: Compilation) -> None:
    one = made.group("step1", "third.1")
    assert one is not None
    why = setting_of(made, one)
    assert isinstance(why, str)
    assert why.startswith("a set-up command of the environment other: `nothing` is no var")


def test_no_environment(made: Compilation) -> None:
    one = made.group("step1", "1")
    assert one is not None
    assert setting_of(made, replace(one, environment=None)) == Setting()
