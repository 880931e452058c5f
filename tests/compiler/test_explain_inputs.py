"""``inputs`` is explained as the group has it, with the vars of its overrides."""

from __future__ import annotations

from pathlib import Path

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.explain import explain
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: c
where: instrument='HSC' and skymap='s'
vars: {raw: HSC/raw/one}
inputs: ["${{ raw }}"]
collect: HSC/runs/c
bps: {pipelineYaml: a.yaml, payload: {butlerConfig: x}}
steps:
  s:
    collect: HSC/runs/c/s
    split: [{by: tract, values: [1, 2]}]
    overrides:
    - {groups: 2, because: sent late, vars: {raw: HSC/raw/two}}
"""


def test_inputs_are_those_of_the_group(tmp_path: Path) -> None:
    file = tmp_path / "campaigns/c/campaign.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(SPEC)
    spec, findings = load(WorkingTree(tmp_path), "campaigns/c/campaign.yaml")
    assert spec is not None, findings
    built = compile_spec(spec)
    for group_id, expected in (("1", "HSC/raw/one"), ("2", "HSC/raw/two")):
        made = built.group("s", group_id)
        assert made is not None
        assert f"inCollection: {expected}\n" in made.data.decode()
        assert [part.value for part in explain(built, made, "inputs").parts] == [expected]
