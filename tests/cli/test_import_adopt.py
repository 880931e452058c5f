"""`cmcompile import --adopt`, with systems that show what a test says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from decide_repository import PATH, RUNNING, happened, make

from cmcompile.cli import adopting
from cmcompile.cli.main import cli
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen

SPEC = """\
cmcompile: 1
campaign: x
steps:
  a:
    where: instrument='X'
    split: [{by: visit, values: [1, 2]}]
    bps:
      pipelineYaml: p.yaml
      wmsServiceClass: some.Plugin
      payload: {payloadName: x, butlerConfig: r, inCollection: in, output: "out/${{ group.id }}"}
"""
TIME = "20260101T010203Z"


@dataclass
class Systems:
    """A workload system and a Butler."""

    runs: list[RunSeen] = field(default_factory=list)
    absent: frozenset[str] = frozenset()
    listed: frozenset[str] | NoAnswer = frozenset()

    @property
    def wms(self) -> Systems:
        return self

    @property
    def butler(self) -> Systems:
        return self

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...]:
        return tuple(run for run in self.runs if run.name.startswith(tuple(prefixes)))

    def missing(self, runs: Sequence[str]) -> frozenset[str]:
        return self.absent.intersection(runs)

    def below(self, outputs: Sequence[str]) -> frozenset[str] | NoAnswer:
        return self.listed


@pytest.fixture
def systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systems:
    """Stand in a repository with a campaign of two groups, and return its systems."""
    made = Systems([RunSeen("7", f"out_1_{TIME}", "succeeded", "DONE")])
    monkeypatch.setattr(adopting, "_drivers", lambda place, compilation: made)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, SPEC)
    return made


def write(root: Path, spec: str) -> None:
    """Commit a campaign."""
    folder = root / "campaigns" / "x"
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(spec)
    for command in ("init -q", "add -A", "commit -q -m one"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)


def adopt(*options: str) -> Result:
    return CliRunner().invoke(cli, ["import", "--adopt", "x", *options])


def entries() -> list[dict[str, str]]:
    path = Path("campaigns/x/decisions.yaml")
    return yaml.safe_load(path.read_text()) if path.exists() else []


def test_a_run_of_one_group_becomes_an_entry_once(systems: Systems) -> None:
    done = adopt()
    assert done.exit_code == 0, done.output
    (entry,) = entries()
    assert (entry["adopt"], entry["run"], entry["output"]) == ("a/1", "7", f"out/1/{TIME}")
    again = adopt()
    assert again.exit_code == 0, again.output
    assert "decided already" in again.stderr
    assert len(entries()) == 1


def test_a_butler_that_lists_nothing_since_it_does_not_answer_stops_it(systems: Systems) -> None:
    systems.listed = NoAnswer("no such host")
    done = adopt()
    assert done.exit_code == 6, done.output
    assert "no such host; nothing was written" in done.stderr
    assert not entries()


def test_a_run_of_a_group_that_goes_on_is_refused_and_wants_attention(
    systems: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make(tmp_path / "other"))
    happened(tmp_path / "other", g3=RUNNING)
    systems.runs = [RunSeen("7", f"u_c_step1_3_{TIME}", "succeeded", "DONE")]
    done = CliRunner().invoke(cli, ["import", "--adopt", "c"])
    assert done.exit_code == 3, done.output
    assert "step1/3: " in done.stderr
    assert not (tmp_path / "other" / PATH).exists()


def test_what_a_system_says_can_t_become_a_command(systems: Systems) -> None:
    systems.runs += [RunSeen("$(reboot)", f"out_1_{TIME}", "failed", "FAILED")]
    done = adopt()
    assert done.exit_code == 3
    assert f"cmcompile adopt x/a/1 --run '$(reboot)' --wms some.Plugin --output out/1/{TIME} " in done.stderr


def test_a_run_that_is_over_and_left_nothing_is_told(systems: Systems) -> None:
    systems.absent = frozenset({f"out/1/{TIME}", f"out/2/{TIME}"})
    systems.runs.append(RunSeen("8", f"out_2_{TIME}", "running", "RUNNING"))
    done = adopt()
    assert done.exit_code == 3
    assert f"it is over, and the Butler has no out/1/{TIME}" in done.stderr
    assert [entry["run"] for entry in entries()] == ["8"]


def test_a_configuration_that_can_t_be_read_is_told_and_says_nothing(
    systems: Systems, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "out" / "1" / TIME
    (folder / f"out_1_{TIME}_config.yaml").mkdir(parents=True)
    done = adopt("--submit", "runs")
    assert done.exit_code == 0, done.output
    assert "warning: " in done.stderr
    assert "Is a directory" in done.stderr
    assert [entry["run"] for entry in entries()] == ["7"]


def test_a_link_that_can_t_be_made_is_told_once_the_entries_are_written(
    systems: Systems, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "out" / "1" / TIME
    folder.mkdir(parents=True)
    query = "instrument='X' and visit = 1"
    (folder / f"out_1_{TIME}_config.yaml").write_text(f'payload: {{dataQuery: "{query}"}}\n')
    (tmp_path / "submit").write_text("no folder\n")
    done = adopt("--submit", "runs")
    assert done.exit_code == 0, done.output
    assert "could not be linked" in done.stderr
    assert [entry["run"] for entry in entries()] == ["7"]
