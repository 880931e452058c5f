"""Each case folder through the real command line, in every format of findings."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from cases_tools import CASES, Case, Seen, cases, difference, lay_out, told, validate

from cmcompile.model.codes import all_codes

ROOT = Path(__file__).parents[2]
ALL = cases()

#: Codes that no folder can bring about, and where they are tested.
ELSEWHERE = {
    "CM060": "needs sent groups: tests of the compiler",
    "CM061": "needs sent groups: tests of the compiler",
    "CM062": "needs sent groups: tests of the compiler",
    "CM063": "needs sent groups: tests of the compiler",
    "CM064": "needs sent groups: tests of the compiler",
    "CM083": "needs a ledger: tests of the decision commands",
    "CM150": "needs an answer of a Butler: tests of lists and overlaps",
    "CM151": "needs an answer of a Butler: tests of lists and overlaps",
    "CM152": "is told where an answer is asked for: tests of lists and overlaps",
    "CM076": "is about what lies in an output folder, and `validate` writes none",
}


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_case_is_told_alike_in_each_format(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    for format_, result in validate().items():
        assert "Traceback" not in result.output
        assert result.exit_code in (0, 1), f"{format_}: {result.output}"
        found = told(result.stdout, format_)
        assert difference(case, found) == [], f"{format_}: {result.output}"
        assert result.exit_code == (1 if case.fails else 0)
        assert all(seen.file for seen in found), "a finding has no place"


def test_each_code_is_brought_about_by_a_case() -> None:
    seen = {code.code for case in ALL for code in case.codes}
    of_ledger = {code for code in all_codes() if code.startswith("CM2")}  # brought about in tests/ledger
    assert seen | of_ledger | set(ELSEWHERE) == set(all_codes()), "make a folder for what is missing"
    assert not seen & set(ELSEWHERE)


def test_each_case_says_what_it_is_about() -> None:
    codes = all_codes()
    for case in ALL:
        assert case.about, case.name
        assert case.about.startswith("Good") == (not case.codes), case.name
        assert re.fullmatch(r"[a-z0-9-]+", case.name)
        for seen in case.codes:
            assert seen.severity == codes[seen.code].severity.value, case.name
    assert len(ALL) >= 60


def test_every_folder_is_a_case() -> None:
    folders = {p.name for p in CASES.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == {case.name for case in ALL}


CAMPAIGNS = sorted(path.parent.name for path in (ROOT / "campaigns").glob("*/campaign.yaml"))


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_the_campaigns_of_the_repository_are_good(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "campaigns", tmp_path / "campaigns")
    monkeypatch.chdir(tmp_path)
    for format_, result in validate(name).items():
        assert result.exit_code == 0, result.output
        assert [str(seen) for seen in told(result.stdout, format_) if seen.severity != "note"] == []


def test_a_wrong_place_is_seen() -> None:
    seen = Seen("campaigns/c/campaign.yaml", 4, 1, "CM006", "error")
    case = Case("x", "a", (seen,), frozenset({"CM020"}), {}, {})
    assert difference(case, Counter([seen])) == []
    assert difference(case, Counter()) == [f"not found: {seen}"]
    moved = Seen(seen.file, 4, 2, "CM006", "error")
    assert difference(case, Counter([moved])) == [f"not found: {seen}", f"not expected: {moved}"]
    assert len(difference(case, Counter([seen, seen]))) == 1
    other, note = Seen("a", 1, 1, "CM020", "error"), Seen("a", 1, 1, "CM045", "note")
    assert difference(case, Counter([seen, other, note])) == []
