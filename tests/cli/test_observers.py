"""Who asks a workload system: a process in the environment of the campaign, ended with the command."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cmcompile.cli.observers import Observers, Used, used_by
from cmcompile.cli.outside import _systems
from cmcompile.compiler.compile import compile_spec
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Setting
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.wms.systems import HERE, Systems
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

CONDOR = WmsRef("lsst.ctrl.bps.htcondor.HTCondorService")
PANDA = WmsRef("lsst.ctrl.bps.panda.PanDAService", "https://idds.example.org")
SPEC = """\
cmcompile: 1
campaign: c
where: instrument='HSC'
inputs: [HSC/raw]
environments:
  weekly: {setup: ['setup weekly'], env: {GROUP: '${{ group.id }}'}}
  patched: {setup: ['setup patched']}
  unclear: {setup: ['echo ${{ nothing }}']}
environment: weekly
sites: {cern: {bps: {wmsServiceClass: lsst.ctrl.bps.panda.PanDAService, iddsServer: 'https://idds.example.org'}}}
bps:
  pipelineYaml: /p/x.yaml
  wmsServiceClass: lsst.ctrl.bps.htcondor.HTCondorService
  payload: {payloadName: c, butlerConfig: /repo, output: 'u/${{ group.id }}'}
steps:
  step1:
    environment: unclear
    split: [{by: visit, values: 1..30, size: 10}]
  step2:
    split: [{by: visit, values: 1..30, size: 10}]
  step3:
    environment: patched
    split: [{by: visit, values: 1..30, size: 10}]
  step4:
    environment: patched
    site: cern
    split: [{by: visit, values: 1..30, size: 10}]
"""
#: Stands for the Python of a stack: says how it was started, and answers with a run of its own name.
PYTHON = """\
#!{python}
import json, os, sys
with open(os.environ["SEEN"], "a") as seen:
    seen.write(json.dumps([os.environ["WEEKLY"], os.environ.get("API_TOKEN"), os.getpid()]) + "\\n")
print("noise", file=sys.stderr)
for line in sys.stdin:
    asked = json.loads(line)
    run = ["7", asked["texts"][0] + os.environ["WEEKLY"], "running", "RUNNING", "1"]
    print(json.dumps({{"number": asked["number"], "runs": [run]}}), flush=True)
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """Return a directory with a program ``python``."""
    found = tmp_path / "stack"
    found.mkdir()
    (found / "python").write_text(PYTHON.format(python=sys.executable))
    (found / "python").chmod(0o755)
    return found


def setting(stack: Path, weekly: str, *more: str, secrets: tuple[str, ...] = ()) -> Setting:
    return Setting(
        (*more, f'echo chatter; PATH="{stack}:$PATH"'),
        {"WEEKLY": weekly, "SEEN": str(stack / "seen")},
        secrets,
    )


def names(answer: tuple[RunSeen, ...] | NoAnswer) -> list[str]:
    assert not isinstance(answer, NoAnswer), answer
    return [run.name for run in answer]


def test_each_system_is_asked_in_the_environment_that_uses_it(stack: Path) -> None:
    used: list[Used] = [(CONDOR, "a", setting(stack, "w_1")), (PANDA, "b", setting(stack, "w_2"))]
    asked = []

    def now() -> list[Used]:
        asked.append(1)
        return used

    with Systems(choose=Observers(now, os.environ, stack)) as wms:
        assert not asked
        assert names(wms.find(CONDOR, ["p_"])) == ["p_w_1"]
        assert names(wms.find(PANDA, ["p_"])) == ["p_w_2"]
        assert names(wms.find(CONDOR, ["q_"])) == ["q_w_1"]
    assert len(asked) == 1
    assert len((stack / "seen").read_text().splitlines()) == 2


def test_the_first_environment_that_a_system_is_used_from_counts(tmp_path: Path) -> None:
    (tmp_path / "campaigns/c").mkdir(parents=True)
    (tmp_path / "campaigns/c/campaign.yaml").write_text(SPEC)
    spec, findings = load(WorkingTree(tmp_path), "campaigns/c/campaign.yaml")
    assert spec is not None, findings
    assert list(used_by(compile_spec(spec))) == [
        (CONDOR, "weekly", Setting(("setup weekly",), {"GROUP": "1"})),
        (PANDA, "patched", Setting(("setup patched",))),
    ]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (WmsRef(PANDA.service, "https://other.example.org"), "b"),
        (CONDOR, "a"),
        (WmsRef("some.Other"), ""),
    ],
)
def test_what_no_group_goes_to_any_more(stack: Path, where: WmsRef, name: str) -> None:
    both: list[Used] = [(CONDOR, "a", setting(stack, "a")), (PANDA, "b", setting(stack, "b"))]
    starting = Observers(lambda: both, {"PATH": "/bin"}, stack)(where)
    assert not isinstance(starting, NoAnswer)
    if name:
        assert starting.environ is not None
        assert starting.environ["WEEKLY"] == name
    else:
        assert (starting.command, starting.environ) == (HERE, None)
    one = Observers(lambda: both[:1], {"PATH": "/bin"}, stack)(where)
    assert not isinstance(one, NoAnswer)
    assert one.environ is not None
    assert one.environ["WEEKLY"] == "a"


def test_without_an_environment_it_is_this_python() -> None:
    for used in ([], [(CONDOR, "", Setting())]):
        starting = Observers(lambda used=used: used, {}, Path())(CONDOR)  # type: ignore[misc]
        assert not isinstance(starting, NoAnswer)
        assert (starting.command, starting.environ) == (HERE, None)


def test_secrets_are_handed_on_by_name_only(stack: Path) -> None:
    used: list[Used] = [(CONDOR, "a", setting(stack, "w_1", secrets=("API_TOKEN",)))]
    lacking = Observers(lambda: used, {"PATH": "/bin"}, stack)(CONDOR)
    assert isinstance(lacking, NoAnswer)
    assert "the secret API_TOKEN, which is not set here" in lacking.why
    hidden = "hidden-word"
    environ = {"PATH": os.environ["PATH"], "API_TOKEN": hidden, "OTHER": "not handed on"}
    starting = Observers(lambda: used, environ, stack)(CONDOR)
    assert not isinstance(starting, NoAnswer)
    assert hidden not in " ".join(starting.command)
    with Systems(choose=Observers(lambda: used, environ, stack)) as wms:
        assert names(wms.find(CONDOR, ["p_"])) == ["p_w_1"]
    assert f'"{hidden}"' in (stack / "seen").read_text()
    assert starting.environ is not None
    assert "OTHER" not in starting.environ


def test_a_set_up_that_fails_is_no_answer(stack: Path) -> None:
    used: list[Used] = [(CONDOR, "weekly", setting(stack, "w_1", "no_such_program"))]
    with Systems(choose=Observers(lambda: used, os.environ, stack)) as wms:
        for _ in range(3):
            answer = wms.find(CONDOR, ["p_"])
            assert isinstance(answer, NoAnswer)
        assert isinstance(answer, NoAnswer)
        assert "the environment weekly can't be set up: `no_such_program` failed" in answer.why


def test_it_ends_with_the_command(stack: Path) -> None:
    used: list[Used] = [(CONDOR, "a", setting(stack, "w_1"))]

    @click.command()
    def ask() -> None:
        click.echo(names(_systems(lambda: used, stack).find(CONDOR, ["p_"])))
        pid = int((stack / "seen").read_text().split()[-1].rstrip("]"))
        assert Path(f"/proc/{pid}").exists()

    done = CliRunner().invoke(ask, [])
    assert done.output == "['p_w_1']\n", done
    pid = int((stack / "seen").read_text().split()[-1].rstrip("]"))
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()
