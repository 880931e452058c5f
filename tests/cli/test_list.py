"""``cmcompile list``: campaigns, steps, groups, fields, formats."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from syrupy.assertion import SnapshotAssertion

from cmcompile.cli.main import cli
from cmcompile.model.campaign import Need
from cmcompile.model.source import Span
from cmcompile.report.groups import cell_text, cut_lines, in_common, need_in_words

ROOT = Path(__file__).parents[2]

SPEC = """\
cmcompile: 1
campaign: small
production: tests
ticket: DM-1
inputs: [raw]
collect: u/small
vars: {release: w_1, memory: 2048}
where: instrument='A' and skymap='S'
exclude:
- {exposure: 4, because: no flat}
bps: {payload: {butlerConfig: /repo/main}, pipelineYaml: p.yaml, requestMemory: "${{ memory }}"}
steps:
  step1:
    collect: u/small/step1
    split:
    - {by: detector, values: 0..9, count: 2}
    - {by: exposure, values: 1..6, size: 3}
    overrides:
    - {groups: {exposure: 2}, because: long, vars: {memory: 4096}, bps: {requestCpus: 2}}
    rescues:
      again: {because: failed, groups: {exposure: 2}, split: [exposure]}
  step2:
    collect: u/small/step2
    needs: {step1: {accepted: 95%}, step1/again: all}
    split: [{by: band, values: [g, r]}]
  night: {needs: {step2: same}, collect: u/small/night}
"""
_DIGEST = re.compile(r"\b([0-9a-f]{64}|[0-9a-f]{12})\b")
BROKEN = "cmcompile: 1\ncampaign: broken\nvrs: {}\nstpes: {}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    add(tmp_path, "small", SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add(root: Path, name: str, text: str) -> None:
    folder = root / "campaigns" / name
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(text, encoding="utf-8")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["list", *arguments])
    if isinstance(result.exception, Exception):
        raise result.exception
    return result


def output(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def rows(*arguments: str) -> list[dict[str, object]]:
    document = json.loads(output(*arguments, "--format", "json"))
    assert document["format"] == 1
    found: list[dict[str, object]] = document["rows"]
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["small"],
        ["small/step1"],
        ["small/step1/again"],
        ["small", "--groups"],
        ["step2"],
        ["night"],
        ["exposure:5", "--steps"],
        ["small", "--format", "csv"],
        ["small/step1", "--format", "csv"],
        ["small/step1", "--fields", "group,ids.exposure,n.detector,lo.exposure,bps.requestCpus,vars.memory"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("repository")
def test_text(arguments: list[str], snapshot: SnapshotAssertion) -> None:
    # What groups are made of is another test's affair.
    assert _DIGEST.sub("DIGEST", output(*arguments)) == snapshot


def test_dp02_in_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    steps = {row["step"]: row for row in rows("dp02")}
    assert {k: (v["groups"], v["rescue_groups"]) for k, v in steps.items()} == {
        "step1": (42, 17),
        "step3": (32, 0),
        "step7": (1, 0),
        "hips": (2, 0),
    }
    assert steps["step1"]["ids"] == {"detector": 189, "exposure": 19852}
    groups = rows("dp02/step3")
    assert len(groups) == 32
    assert groups[4]["ids"] == {"tract": {"lo": 3082, "hi": 3086, "count": 5}}
    assert groups[4]["release"] == "v23_0_1_rc3"
    assert {row["group"] for row in rows("dp02", "tract:4849", "--ids")} == {"dp02/step3/32"}


@pytest.mark.usefixtures("repository")
def test_ids_can_be_given_back() -> None:
    lines = output("exposure:5", "--ids").splitlines()
    assert lines == ["small/step1/1-2", "small/step1/2-2", "small/step1/again.2"]
    assert output(*lines, "--ids").splitlines() == lines


@pytest.mark.usefixtures("repository")
def test_an_excluded_id_is_not_counted() -> None:
    (row,) = rows("small", "--steps", "step1/*-*")[:1]
    assert row["ids"] == {"detector": 10, "exposure": 5}
    assert rows("step1/1-2")[0]["ids"] == {
        "detector": {"lo": 0, "hi": 4, "count": 5},
        "exposure": {"lo": 5, "hi": 6, "count": 2},
    }


@pytest.mark.usefixtures("repository")
def test_fields_keep_their_types_in_json() -> None:
    fields = "id,covers,rescue,ids.exposure,n.exposure,vars.memory,bps.requestCpus,bps.payload,value.band"
    first, *_, last = rows("small", "--fields", fields)
    assert (first["id"], first["covers"], first["rescue"]) == ("1-1", [], None)
    assert (first["ids.exposure"], first["n.exposure"]) == ([1, 2, 3], 1)
    assert (first["vars.memory"], first["bps.requestCpus"]) == (2048, None)
    assert isinstance(first["bps.payload"], dict)
    assert first["bps.payload"]["butlerConfig"] == "/repo/main"
    assert last["id"] == "all"
    assert [row["value.band"] for row in rows("step2", "--fields", "value.band")] == ["g", "r"]


@pytest.mark.usefixtures("repository")
def test_csv_can_be_read_back() -> None:
    text = output("step1", "--fields", "group,ids.exposure,where", "--format", "csv")
    header, first, *_ = csv.reader(io.StringIO(text))
    assert header == ["group", "ids.exposure", "where"]
    assert first[1] == "1,2,3"
    assert first[2].startswith("instrument='A' and skymap='S' and detector in (0..4)")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["step1", "--fields", "relase"], 1, "no group has the field 'relase'; did you mean release"),
        (["step1", "--fields", "vars.memry"], 1, "did you mean vars.memory"),
        (["step1", "--fields", "butlerConfig"], 1, "did you mean bps.payload.butlerConfig"),
        (["step1", "--fields", "id,,step"], 1, "no group has the field ''"),
        (["step1", "--fields", "n.tract"], 1, "no group has the field 'n.tract'"),
        (["step1", "--fields", "id", "--ids"], 64, "--fields lists groups: leave out --ids"),
        (["step9"], 1, "small has no step 'step9'"),
        (["small/state:failed"], 1, "only the ledger knows"),
    ],
)
def test_wrong_requests(arguments: list[str], code: int, message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr


def test_a_broken_campaign_is_listed_beside_the_others(repository: Path, snapshot: SnapshotAssertion) -> None:
    add(repository, "broken", BROKEN)
    half = SPEC.replace("campaign: small", "campaign: half").replace("${{ memory }}", "${{ memroy }}")
    add(repository, "half", half)
    assert output() == snapshot
    by_name = {row["campaign"]: row for row in rows()}
    assert by_name["broken"]["errors"] == run("broken").stderr.count(": error CM") > 0
    assert by_name["broken"]["groups"] is None
    assert by_name["half"]["errors"] == run("half").stderr.count(": error CM") > 0
    assert by_name["small"] == {
        "campaign": "small",
        "production": "tests",
        "ticket": "DM-1",
        "steps": [
            {"step": "step1", "groups": 4, "rescue_groups": 1},
            {"step": "step2", "groups": 2, "rescue_groups": 0},
            {"step": "night", "groups": 1, "rescue_groups": 0},
        ],
        "groups": 7,
        "rescue_groups": 1,
        "errors": 0,
    }


@pytest.mark.parametrize("arguments", [["broken"], ["broken/step1"], ["broken", "--ids"]], ids=" ".join)
def test_a_broken_spec_is_an_error(repository: Path, arguments: list[str]) -> None:
    add(repository, "broken", BROKEN)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "campaigns/broken/campaign.yaml:3:1: error" in result.stderr


def test_no_campaign_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no campaign under campaigns/" in result.stderr


def on_terminal(columns: int, *arguments: str) -> str:
    """Return what a command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns)}
    command = [sys.executable, "-m", "cmcompile.cli.main", "list", *arguments]
    done = subprocess.run(command, stdout=theirs, env=environment, check=True, timeout=60)
    assert done.returncode == 0
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    return b"".join(pieces).decode().replace("\r\n", "\n")


@pytest.mark.usefixtures("repository")
def test_only_a_terminal_cuts_lines() -> None:
    whole = output("small").splitlines()
    shown = on_terminal(40, "small").splitlines()
    assert len(shown) == len(whole)
    assert all(len(line) <= 40 for line in shown)
    assert [line.removesuffix("…").rstrip() for line in shown] == [line[:39].rstrip() for line in whole]
    assert on_terminal(40, "small", "--ids") == output("small", "--ids")


def test_no_lsst_is_imported(repository: Path) -> None:
    code = (
        "import sys\nfrom cmcompile.cli.main import cli\n"
        "for a in (['list'], ['list', 'step1'], ['explain', 'step1/1-1']):\n"
        "    try:\n        cli.main(a)\n    except SystemExit as e:\n        assert e.code == 0, e.code\n"
        "print('LSST', [m for m in sys.modules if m.split('.')[0] == 'lsst'])\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("LSST []\n")


def test_words() -> None:
    span = Span("x", 1, 1)
    assert need_in_words(Need("a", None, "all", None, span)) == "a"
    assert need_in_words(Need("a", "r", "overlap", None, span)) == "a/r (overlap)"
    assert need_in_words(Need("a", None, "accepted", 0.955, span)) == "a (95.5% accepted)"
    assert in_common(["u/a1", "u/a12"]) == "u/a1*"
    assert in_common(["u/x"]) == "u/x"
    assert in_common([]) == ""
    assert [cell_text(v) for v in (None, True, [1, "a"], {"k": [1]}, 1.5)] == [
        "",
        "true",
        "1,a",
        '{"k": [1]}',
        "1.5",
    ]
    assert cut_lines("abcdef\nab\n", 4) == "abc…\nab\n"
    assert cut_lines("日本語\n", 5) == "日本…\n"
