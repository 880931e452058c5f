"""``cmcompile validate``: exit codes, formats, several campaigns, the LSST packages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from cmcompile.cli.main import cli
from cmcompile.observe import stack

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/diagnostics-v1.schema.json").read_text())

GOOD = """\
cmcompile: 1
campaign: NAME
where: instrument='A' and skymap='S'
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/p.yaml#${{ step.name }}
  payload: {butlerConfig: /repo/main, inCollection: raw, output: "u/NAME/${{ group.id }}"}
steps:
  step1: {split: [{by: tract, values: 1..3}]}
"""
WARNING = GOOD.replace("output: ", "outputs: ")
NOTE = GOOD.replace("1..3", "1..3, limit: 2")
ERROR = GOOD.replace("1..3", "1..3, where: 'tract >= ${{ lo }}'")
#: One that stops the reader, so that nothing is compiled.
UNREADABLE = GOOD.replace("steps:", "stpes:")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(repository: Path, **specs: str) -> None:
    for name, text in specs.items():
        folder = repository / "campaigns" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "campaign.yaml").write_text(text.replace("NAME", name))


def run(*args: str) -> Result:
    result = CliRunner().invoke(cli, ["validate", *args])
    assert "Traceback" not in result.output
    return result


def told(*args: str) -> list[dict[str, Any]]:
    """Return the findings of the JSON output, which is what its schema says."""
    content = json.loads(run("--format", "json", *args).stdout)
    Draft202012Validator(SCHEMA).validate(content)
    findings: list[dict[str, Any]] = content["findings"]
    for kind in ("error", "warning", "note"):
        count = sum(f["severity"] == kind and f["allowed"] is None for f in findings)
        assert content["summary"][kind] == count
    return findings


@pytest.mark.parametrize(
    ("text", "code", "strict"),
    [(GOOD, 0, 0), (NOTE, 0, 0), (WARNING, 0, 1), (ERROR, 1, 1), (UNREADABLE, 1, 1), ("a: [", 1, 1)],
)
@pytest.mark.parametrize("format_", ["text", "json", "github", "sarif"])
def test_exit_codes(repository: Path, text: str, code: int, strict: int, format_: str) -> None:
    put(repository, c=text)
    assert run("--format", format_).exit_code == code
    assert run("--format", format_, "--strict", "c").exit_code == strict


def test_nothing_is_written(repository: Path) -> None:
    put(repository, good=GOOD, bad=ERROR)
    before = sorted(repository.rglob("*"))
    run()
    run("--strict", "--format", "sarif", "good")
    assert sorted(repository.rglob("*")) == before


def test_json_is_what_its_schema_says(repository: Path) -> None:
    put(repository, c=ERROR)
    first = told("c")[0]
    assert (first["code"], first["severity"]) == ("CM041", "error")
    assert (first["file"], first["scope"]) == ("campaigns/c/campaign.yaml", "step1")
    assert first["message"] == "tract 2 is in two groups of step1: 1 and 2"
    put(repository, c=UNREADABLE)
    assert {f["severity"] for f in told("c")} == {"error"}
    put(repository, c=GOOD)
    assert told("c") == []


@pytest.mark.parametrize("text", [WARNING, ERROR])
def test_what_is_allowed_does_not_count(repository: Path, text: str) -> None:
    put(repository, c=text.replace("steps:\n", "allow: {CM041: run so, CM109: known}\nsteps:\n"))
    assert run("--strict").exit_code == 0
    assert {f["allowed"] for f in told()} <= {"run so", "known"}
    assert "run so" in run("--show-allowed").stdout or "known" in run("--show-allowed").stdout


def test_all_campaigns_are_checked_when_none_is_named(repository: Path) -> None:
    put(repository, a=GOOD, b=ERROR, c=WARNING)
    findings = told()
    assert {f["file"] for f in findings} == {"campaigns/b/campaign.yaml", "campaigns/c/campaign.yaml"}
    assert run().exit_code == 1
    assert run("a", "c").exit_code == 0
    assert run("a", "c", "--strict").exit_code == 1
    assert {f["file"] for f in told("a", "c")} == {"campaigns/c/campaign.yaml"}


def test_a_campaign_that_cannot_be_read_does_not_hide_the_others(repository: Path) -> None:
    put(repository, a=UNREADABLE, b=ERROR, z="a: [")
    assert {f["file"] for f in told()} == {f"campaigns/{n}/campaign.yaml" for n in "abz"}


def test_no_campaign(repository: Path) -> None:
    result = run()
    assert result.exit_code == 1
    assert "there is no campaign under campaigns/" in result.stderr
    put(repository, small=GOOD)
    result = run("smal")
    assert result.exit_code == 1
    assert "'smal'" in result.stderr
    assert run("--format", "xml").exit_code == 64


def test_the_place_is_shown_with_its_line(repository: Path) -> None:
    put(repository, c=ERROR)
    out = run("c").stdout
    assert "campaigns/c/campaign.yaml:8:" in out
    assert "split: [{by: tract, values: 1..3, where: 'tract >= ${{ lo }}'}]" in out


class Stack:
    """Answers instead of the LSST packages."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.errors: dict[str, str] = {}

    def parse_error(self, text: str) -> str | None:
        self.asked.append(text)
        return next((said for part, said in self.errors.items() if part in text), None)

    def check(self, text: str) -> tuple[str, ...]:
        return ("no such dimension",) if "strange" in text else ()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Stack:
    made = Stack()
    monkeypatch.setattr(stack, "available", lambda: True)
    monkeypatch.setattr(stack, "parse_error", made.parse_error)
    monkeypatch.setattr(stack, "check_with_universe", made.check)
    return made


def test_deep_asks_once_for_each_predicate(repository: Path, answers: Stack) -> None:
    twice = "steps:\n  step0: {split: [{by: tract, values: 1..3}]}\n"
    put(repository, a=GOOD, b=GOOD.replace("steps:\n", twice))
    assert run("--deep").exit_code == 0
    assert len(answers.asked) == 6
    assert sorted(set(answers.asked))[0] == "instrument='A' and skymap='S' and tract = 1"


def test_what_the_stack_refuses_is_an_error_at_the_predicate(repository: Path, answers: Stack) -> None:
    put(repository, c=GOOD)
    answers.errors["tract = 2"] = "no number"
    (found,) = told("--deep")
    assert (found["code"], found["line"], found["scope"]) == ("CM121", 3, "step1")
    assert found["message"] == "the Butler refuses the query of step1/2: no number"
    assert "tract = 2" in found["hint"]
    assert run("--deep").exit_code == 1
    assert run().exit_code == 0


def test_what_the_universe_refuses_is_an_error_too(repository: Path, answers: Stack) -> None:
    put(repository, c=GOOD.replace("skymap='S'", "skymap='strange'"))
    messages = [f["message"] for f in told("--deep")]
    assert messages == [f"the Butler refuses the query of step1/{n}: no such dimension" for n in (1, 2, 3)]


def test_a_deep_finding_can_be_allowed(repository: Path, answers: Stack) -> None:
    put(repository, c=GOOD.replace("steps:\n", "allow: {CM121: ours is newer}\nsteps:\n"))
    answers.errors["tract"] = "no"
    assert run("--deep").exit_code == 0
    assert {f["allowed"] for f in told("--deep")} == {"ours is newer"}


def test_a_query_that_would_use_up_all_memory_is_not_asked(repository: Path, answers: Stack) -> None:
    growing = "(" + " or ".join(f"(visit={n} and exposure={n})" for n in range(40)) + ")"
    put(repository, c=GOOD.replace("where: instrument='A'", f"where: instrument='A' and {growing}"))
    run("--deep")
    assert answers.asked == []


def test_deep_without_the_packages_says_how_to_get_them(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repository, c=GOOD)
    monkeypatch.setattr(stack, "available", lambda: False)
    result = run("--deep")
    assert result.exit_code == 1
    assert "--deep needs the LSST packages" in result.stderr


@pytest.mark.service("lsst")
@pytest.mark.filterwarnings("ignore")
def test_the_real_packages_agree_with_a_good_campaign(repository: Path) -> None:
    put(repository, c=GOOD.replace("'A'", "'HSC'"), d=GOOD.replace("steps:", "steps:", 1))
    assert run("--deep", "c").exit_code == 0
