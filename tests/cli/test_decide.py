"""The commands that write decisions: selectors become explicit ids, and what is illegal is not written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from decide_repository import CLAIMED, FAILED, GATE, PATH, RUNNING, UNKNOWN, git, happened, make, run

from cmcompile.cli import decide, new
from cmcompile.model.decision import Verb
from cmcompile.model.event import Accepted

WHY = ("--because", "a node died")
TAIL = "  by: Test Author <author@test.invalid>\n  at: 2026-11-20T12:00:00Z\n  because: a node died\n"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make(tmp_path))
    monkeypatch.setattr(decide, "now", lambda: "2026-11-20T12:00:00Z")
    return tmp_path


def written(root: Path) -> list[str]:
    """Return the verbs and targets of the file."""
    path = root / PATH
    return re.findall(r"^- (\w+: \S+)$", path.read_text(), re.MULTILINE) if path.exists() else []


def test_an_entry_names_the_workflow_that_was_judged(repository: Path) -> None:
    happened(repository, g3=FAILED)
    result = run("retry", "c/step1/3", *WHY)
    assert result.exit_code == 0, result.output
    text = (repository / PATH).read_text()
    assert text.startswith("# ")
    assert text.endswith(f"\n- retry: step1/3@w00\n{TAIL}")
    assert text.count("\n") == 5
    assert f"{PATH}, added:\n- retry: step1/3@w00\n" in result.stdout
    assert f"git add {PATH}\n  git commit -m 'c: retry step1/3@w00' -- {PATH}\n" in result.stdout


def test_the_newest_workflow_is_meant_unless_one_is_named(repository: Path) -> None:
    happened(repository, g3=FAILED, g3_w01=FAILED)
    assert run("retry", "step1/3", *WHY).exit_code == 0
    assert run("supersede", "c/step1/3@w00", *WHY).exit_code == 0
    assert written(repository) == ["retry: step1/3@w01", "supersede: step1/3@w00"]
    refused = run("retry", "c/step1/3@w00", *WHY)
    assert refused.exit_code == 1
    assert "step1/3@w01 came after" in refused.stderr


def test_selectors_become_entries(repository: Path) -> None:
    happened(repository, g1=FAILED, g2=FAILED, g4=RUNNING, g5=FAILED)
    assert run("retry", "c/step1/1..4", "state:failed", "--dry-run", *WHY).stdout.count("- retry") == 2
    assert written(repository) == []
    result = run("accept", "c/step1/[12]", "c/step1/5", *WHY)
    assert result.exit_code == 0, result.output
    assert written(repository) == ["accept: step1/1@w00", "accept: step1/2@w00", "accept: step1/5@w00"]
    assert "'c: accept 3 groups of step1'" in result.stdout


def test_what_is_illegal_is_refused_before_anything_is_written(repository: Path) -> None:
    happened(repository, g1=FAILED, g2=RUNNING)
    result = run("retry", "c/step1/1..3", *WHY)
    assert result.exit_code == 1
    assert written(repository) == []
    assert re.search(r"^step1/2@w00: .*running", result.stderr, re.MULTILINE)
    assert re.search(r"^step1/3: .*never sent", result.stderr, re.MULTILINE)
    assert "2 refused, and nothing was written; --skip-illegal leaves them out" in result.stderr
    result = run("retry", "c/step1/1..3", "--skip-illegal", *WHY)
    assert result.exit_code == 0
    assert written(repository) == ["retry: step1/1@w00"]
    assert run("retry", "c/step1/2..3", "--skip-illegal", *WHY).exit_code == 1


@pytest.mark.parametrize("verb", [v for v in Verb if v not in (Verb.HOLD, Verb.RELEASE, Verb.ADOPT)])
def test_a_group_that_was_never_sent_can_not_be_judged(repository: Path, verb: Verb) -> None:
    result = run(verb.value, "c/step1/1", *WHY)
    assert result.exit_code == 1
    assert "never sent" in result.stderr
    assert not (repository / PATH).exists()


def test_the_same_is_not_decided_twice(repository: Path) -> None:
    happened(repository, g1=FAILED)
    assert run("retry", "c/step1/1", *WHY).exit_code == 0
    before = (repository / PATH).read_bytes()
    result = run("retry", "c/step1/1", *WHY)
    assert result.exit_code == 0
    assert f"step1/1@w00: decided already, {PATH}:2:3" in result.stderr
    assert (repository / PATH).read_bytes() == before
    assert run("accept", "c/step1/1", *WHY).exit_code == 0
    assert run("retry", "c/step1/1", *WHY).exit_code == 0
    assert written(repository)[1:] == ["accept: step1/1@w00", "retry: step1/1@w00"]


def test_holds_name_a_group_a_step_or_all(repository: Path) -> None:
    assert run("hold", "c", *WHY).exit_code == 0
    assert run("release", "c", *WHY).exit_code == 0
    assert run("hold", "c/step1", "c/step2/1", *WHY).exit_code == 0
    assert run("hold", "c/step2/*", *WHY).exit_code == 0
    wanted = ["hold: all", "release: all", "hold: step1", "hold: step2/1", "hold: step2/2"]
    assert written(repository) == wanted
    assert run("validate").exit_code == 0


def test_a_step_is_retired_as_a_whole_or_group_by_group(repository: Path) -> None:
    happened(repository, g1=FAILED, g2=FAILED)
    assert run("retire", "c/step1", *WHY).exit_code == 0
    assert run("retire", "c/step1/*", "--skip-illegal", *WHY).exit_code == 0
    assert written(repository) == ["retire: step1", "retire: step1/1@w00", "retire: step1/2@w00"]


def test_an_adopted_run_is_described(repository: Path) -> None:
    options = ("--run", "42", "--wms", "a.b.Service@x", "--output", "u/c/by-hand")
    assert run("adopt", "c/step1/1", *options, *WHY).exit_code == 0
    text = (repository / PATH).read_text()
    assert '- adopt: step1/1\n  run: "42"\n  wms: a.b.Service@x\n  output: u/c/by-hand\n  by: ' in text
    bad = run("adopt", "c/step1/2", *options[:3], "no class", *options[4:], *WHY)
    assert bad.exit_code == 1
    assert "error CM034" in bad.output
    assert written(repository) == ["adopt: step1/1"]


def test_abandon_asks_for_the_gate(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened(repository, g1=UNKNOWN)
    result = run("abandon", "c/step1/1", *WHY)
    assert result.exit_code == 1
    for shown in ("u_c_step1_w00", "HTCondorService@schedd3", "process 77 on host7", f"--gate {GATE}"):
        assert shown in result.stderr
    wrong = run("abandon", "c/step1/1", "--gate", "1234123412341234", *WHY)
    assert (wrong.exit_code, written(repository)) == (1, [])
    monkeypatch.setattr(new, "on_terminal", lambda: True)
    assert run("abandon", "c/step1/1", *WHY, input="yes\n").exit_code == 1
    assert run("abandon", "c/step1/1", *WHY, input="").exit_code != 0
    assert written(repository) == []
    assert run("abandon", "c/step1/1", *WHY, input=f"{GATE}\n").exit_code == 0
    assert f"- abandon: step1/1@w00\n  gate: {GATE}\n" in (repository / PATH).read_text()


def test_abandon_takes_the_gate_from_the_command_line(repository: Path) -> None:
    happened(repository, g1=UNKNOWN)
    assert run("abandon", "c/step1/1", "--gate", GATE, *WHY).exit_code == 0
    assert written(repository) == ["abandon: step1/1@w00"]


def test_only_what_ended_without_a_word_can_be_abandoned(repository: Path) -> None:
    happened(repository, g1=RUNNING, g2=(CLAIMED,))
    for group in "12":
        result = run("abandon", f"c/step1/{group}", "--gate", GATE, *WHY)
        assert result.exit_code == 1
        assert f"step1/{group}@w00: " in result.stderr


def test_who_decides_is_said_or_known_to_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("hold", "c", "--by", "CI: job #3", *WHY).exit_code == 0
    assert '  by: "CI: job #3"\n' in (repository / PATH).read_text()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    result = run("release", "c", *WHY)
    assert result.exit_code == 1
    assert "say it with --by" in result.stderr


def test_why_is_compulsory(repository: Path) -> None:
    assert run("hold", "c").exit_code == 64
    assert run("hold", "c", "--because", "  ").exit_code == 64
    assert not (repository / PATH).exists()


def test_one_campaign_at_a_time(repository: Path) -> None:
    (repository / "campaigns/d").mkdir()
    text = (repository / "campaigns/c/campaign.yaml").read_text()
    (repository / "campaigns/d/campaign.yaml").write_text(text.replace("campaign: c", "campaign: d"))
    assert run("hold", "c", "d", *WHY).exit_code == 64


@pytest.mark.parametrize("selector", ["c/step9", "c/step1/9", "x", "c/step1/", "c/step1/3@w00/x"])
def test_a_selector_that_means_nothing(repository: Path, selector: str) -> None:
    happened(repository, g3=FAILED)
    expected = 0 if selector == "c/step1/" else 1
    assert run("hold", selector, *WHY).exit_code == expected


def test_a_file_with_an_error_is_not_added_to(repository: Path) -> None:
    (repository / PATH).write_text("- hold: [all]\n")
    result = run("hold", "c", *WHY)
    assert result.exit_code == 1
    assert f"{PATH}:1:3: error CM030" in result.output
    assert (repository / PATH).read_text() == "- hold: [all]\n"


def test_every_byte_of_the_file_stays(repository: Path) -> None:
    old = "# ours\t\r\n[ {hold: step1, by: x, at: 2026-11-20T08:00:00Z, because: 'so'} , # why\r\n]\r\n# end"
    (repository / PATH).write_bytes(old.encode())
    assert run("hold", "c/step2", *WHY).exit_code == 0
    new = (repository / PATH).read_bytes().decode()
    head, _, tail = old.partition("} ,")
    assert new.startswith(head + "}, {hold: step2, ")
    assert new.endswith(" ," + tail)
    assert run("validate").exit_code == 0


def test_a_decided_group_that_is_gone_from_the_spec(repository: Path) -> None:
    happened(repository, g6=FAILED)
    spec = repository / "campaigns/c/campaign.yaml"
    spec.write_text(spec.read_text().replace("1..6", "1..5"))
    assert run("supersede", "c/step1/6", *WHY).exit_code == 0
    assert written(repository) == ["supersede: step1/6@w00"]
    assert run("validate").exit_code == 0


def told_by_validate() -> list[str]:
    return re.findall(r"^\S*decisions.yaml:(\S+: \w+ CM\d+)", run("validate").stdout, re.MULTILINE)


def test_validate_holds_decisions_against_the_ledger(repository: Path) -> None:
    happened(repository, g1=FAILED, g2=RUNNING)
    tail = "by: x, at: 2026-11-20T08:00:00Z, because: so}\n"
    lines = [f"- {{retry: step1/{group}@w00, {tail}" for group in "123"] + [f"- {{hold: step1/9, {tail}"]
    (repository / PATH).write_text("".join(lines))
    assert told_by_validate() == ["2:4: error CM083", "3:4: error CM082", "4:4: error CM082"]
    assert run("validate").exit_code == 1
    assert "retry step1/2@w00" in run("validate").stdout


def test_what_was_done_is_fine(repository: Path) -> None:
    happened(repository, g1=(*FAILED, Accepted(("1@w00",))))
    text = "- {accept: step1/1@w00, by: x, at: 2026-11-20T08:00:00Z, because: so}\n"
    (repository / PATH).write_text(text)
    assert told_by_validate() == []
    (repository / PATH).write_text(text.replace("accept", "retry"))
    assert told_by_validate() == ["1:4: error CM083"]


def test_without_a_ledger_only_names_are_checked(repository: Path) -> None:
    tail = "by: x, at: 2026-11-20T08:00:00Z, because: so}\n"
    (repository / PATH).write_text(f"- {{retry: step1/1@w00, {tail}- {{retry: step1/9@w00, {tail}")
    assert told_by_validate() == ["2:4: error CM082"]


@pytest.mark.parametrize("verb", Verb)
def test_the_help_says_what_it_does(repository: Path, verb: Verb) -> None:
    result = run(verb.value, "--help")
    assert result.exit_code == 0
    assert "--because" in result.output
    assert re.search(rf"^  {verb.value} +\S", run("--help").output, re.MULTILINE)


def test_git_sees_one_new_file(repository: Path) -> None:
    assert run("hold", "c", *WHY).exit_code == 0
    assert git(repository, "status", "--porcelain") == f"?? {PATH}"
