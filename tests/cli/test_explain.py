"""``cmcompile explain`` on the command line: groups, formats, errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from syrupy.assertion import SnapshotAssertion

from cmcompile.cli.main import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["explain", *arguments])
    if isinstance(result.exception, Exception):
        raise result.exception
    return result


def output(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_a_deleted_key(snapshot: SnapshotAssertion) -> None:
    assert output("dp02/step3/5", "runPreCmdOpts") == snapshot


def test_json(snapshot: SnapshotAssertion) -> None:
    document = json.loads(output("dp02/step3/5", "payload.sw_image", "--format", "json"))
    assert document == snapshot
    assert document["names"][0]["settings"][0]["because"] == "sent before rc4"


def test_json_of_the_whole_document() -> None:
    document = json.loads(output("dp02/step3/5", "--format", "json"))
    assert document["groups"] == ["dp02/step3/5"]
    kinds = {part["key"]: part["kind"] for part in document["parts"]}
    assert kinds["runPreCmdOpts"] == "deleted"
    assert kinds["payload"] == "mapping"
    assert "runPreCmdOpts" not in document["value"]


def test_groups_with_the_same_answer_are_told_once() -> None:
    assert output("dp02/step3", "project").startswith(
        "dp02/step3/1 and 31 more with the same answer\nproject: dp02\n"
    )
    document = json.loads(output("dp02/step3/5,7", "vars.release", "--format", "json"))
    assert document["groups"] == ["dp02/step3/5", "dp02/step3/7"]


def test_one_group_found_by_an_id() -> None:
    assert output("dp02/tract:4849", "vars.subset").startswith("dp02/step3/32\nvars.subset: makeWarp,")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["dp02/step3", "vars.release"],
            "is not the same for the 32 groups: name one, such as dp02/step3/1 or dp02/step3/5",
        ),
        (["dp02/step3"], "the document is not the same"),
        (
            ["dp02/step3/5", "payload.swimage"],
            "dp02/step3/5 has no key 'payload.swimage'; did you mean payload.sw_image?",
        ),
        (["dp02/step3/5", "vars.relaese"], "did you mean vars.release"),
        (["dp02/step3/99"], "dp02/step3 has no group '99'; the ids go from 1 to 32"),
        (["dp02/stpe3/5"], "dp02 has no step 'stpe3'; did you mean step3"),
        (["dp03/step3/5"], "no campaign is named 'dp03'; did you mean dp02?"),
    ],
)
def test_wrong_requests(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


BROKEN = """\
cmcompile: 1
campaign: broken
inputs: [raw]
collect: u/broken
where: instrument='A'
bps: {payload: {butlerConfig: /repo/main}, pipelineYaml: "p.yaml#${{ subst }}", project: x}
steps: {step1: {vars: {subset: a}}}
"""


def test_errors_of_the_spec_are_shown_beside_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "campaigns" / "broken").mkdir(parents=True)
    (tmp_path / "campaigns" / "broken" / "campaign.yaml").write_text(BROKEN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("broken/step1/all", "pipelineYaml")
    assert result.exit_code == 1
    assert "pipelineYaml: no value: `subst` is no var" in result.stdout
    assert "set by campaign at campaigns/broken/campaign.yaml:6:" in result.stdout
    assert "campaigns/broken/campaign.yaml:6:" in result.stderr.partition(": error")[0]
    (tmp_path / "campaigns" / "broken" / "campaign.yaml").write_text(BROKEN + "stpes: {}\n", encoding="utf-8")
    result = run("broken/step1/all", "pipelineYaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "campaigns/broken/campaign.yaml:8:1: error" in result.stderr


def test_help_names_keys_and_selectors() -> None:
    text = output("--help")
    assert "payload.dataQuery" in text
    assert "dp02/step1/1-11" in text
