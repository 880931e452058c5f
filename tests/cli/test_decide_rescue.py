"""``cmcompile rescue``: a rescue in campaign.yaml, checked before it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from decide_repository import FAILED, RUNNING, SPEC, git, happened, make, run

from cmcompile.rescue.selector import shortened

FILE = "campaigns/c/campaign.yaml"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make(tmp_path))
    return tmp_path


def rescue(*args: str) -> str:
    result = run("rescue", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_rescue_is_added_and_nothing_else_is_touched(repository: Path) -> None:
    out = rescue("c/step1", "oom", "--groups", "1..3,5", "--set", "bps.requestMemory=8192", "-m", "no memory")
    added = (
        "    rescues:\n      oom:\n        because: no memory\n        groups: [1..3, 5]\n"
        "        bps: {requestMemory: 8192}\n"
    )
    split = "    split: [{by: tract, values: 1..6}]\n"
    assert (repository / FILE).read_text() == SPEC.replace(split, split + added, 1)
    assert "step1/oom.2 covers 2\n" in out
    assert f"git commit -m 'c: rescue oom of step1' -- {FILE}" in out
    assert run("validate", "--strict").exit_code == 0
    git(repository, "commit", "-qam", "one")
    rescue("step1", "again", "--groups", "4", "--commit")
    assert git(repository, "show", "--format=%s", "--name-only", "HEAD").split() == [
        "c:",
        "rescue",
        "again",
        "of",
        "step1",
        FILE,
    ]


def test_groups_by_what_became_of_them(repository: Path) -> None:
    happened(repository, g2=FAILED, g4=FAILED, g5=RUNNING)
    out = rescue("c/step1", "more", "--groups", "state:failed", "--groups", "tract:6", "--dry-run")
    assert "        groups: [2, 4, 6]\n" in out
    assert (repository / FILE).read_text() == SPEC


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("c/step1", "Bad Name", "--groups", "1"), 1, "rescue's name"),
        (("c/step1", "x", "--groups", "9"), 1, "has no group '9'"),
        (("c/step9", "x", "--groups", "1"), 1, "has no step 'step9'"),
        (("c/step1/1", "x", "--groups", "1"), 64, "a rescue is of one step"),
        (("c", "x", "--groups", "1"), 64, "a rescue is of one step"),
        (("c/step1", "x"), 64, "--groups"),
        (("c/step1", "x", "--groups", "1", "--set", "odd=1"), 1, "CM031"),
        (("c/step1", "x", "--groups", "1", "--set", "bps"), 64, "KEY=VALUE"),
        (("c/step1", "x", "--groups", "1", "--set", "because=x"), 64, "use --because"),
        (("c/step1", "x", "--groups", "1", "--set", "bps.a=1", "--set", "bps.a=2"), 64, "given twice"),
        (("c/step1", "x", "--groups", "1", "--set", "bps.a=1", "--set", "bps.a.b=2"), 64, "has a value"),
        (("c/step1", "x", "--groups", "1", "--set", "split=[visit]"), 1, "CM020"),
        (("c/step1", "x", "--groups", "1", "--set", "bps.computeSite=${{ nothing }}"), 1, "CM021"),
    ],
)
def test_what_does_not_validate_is_not_written(
    repository: Path, args: tuple[str, ...], code: int, said: str
) -> None:
    result = run("rescue", *args)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert (repository / FILE).read_bytes() == SPEC.encode()
    assert git(repository, "status", "--porcelain") == ""


def test_a_name_is_used_once(repository: Path) -> None:
    rescue("c/step1", "x", "--groups", "1")
    before = (repository / FILE).read_bytes()
    result = run("rescue", "c/step1", "x", "--groups", "2")
    assert result.exit_code == 1
    assert "has a rescue x already" in result.stderr
    assert (repository / FILE).read_bytes() == before


def test_new_warnings_are_told(repository: Path) -> None:
    result = run("rescue", "c/step1", "x", "--groups", "1", "--set", "bps.requestMemry=1")
    assert result.exit_code == 0
    assert "did you mean `requestMemory`?" in result.stderr


@pytest.mark.parametrize(
    ("ids", "short"),
    [
        ([], []),
        (["1"], [1]),
        (["1", "2"], [1, 2]),
        (["1", "2", "3", "5"], ["1..3", 5]),
        (["1-1", "1-2", "7", "8", "9", "x", "10"], ["1-1", "1-2", "7..9", "x", 10]),
        (["01", "2", "3"], ["01", 2, 3]),
    ],
)
def test_ids_are_shortened(ids: list[str], short: list[object]) -> None:
    assert shortened(ids) == short
