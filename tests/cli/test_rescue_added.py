"""``cmcompile rescue --from-outcome`` of ids that came after their group was sent, over a ledger in git."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from decide_repository import CLAIMED, RUNNING, SPEC, git, happened, make, run

from cmcompile.ledger.listed import Columns
from cmcompile.ledger.sent import member_of
from cmcompile.model.event import Accepted, Body, Claimed, Observed
from cmcompile.model.group import Part
from cmcompile.model.ids import Id
from cmcompile.model.outcome import Outcome, TaskOutcome

FILE = "campaigns/c/campaign.yaml"
RECOVERY = "\n    recovery: [{of: added_inputs, name: late}]"
PAIRS = SPEC.replace("values: 1..6}]", f"values: 1..6, size: 2}}]{RECOVERY}")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make(tmp_path))
    write(tmp_path, PAIRS)
    return tmp_path


def write(repository: Path, text: str) -> None:
    (repository / FILE).write_text(text)
    git(repository, "commit", "-qam", "spec")


def sent(number: int, without: int | None = None, *, ended: bool = True) -> tuple[Body, ...]:
    """Return what happened to a group of two tracts, of which one may have been excluded then."""
    ids = (2 * number - 1, 2 * number)
    member = member_of(Part("tract", "tract", str(number), number, ids), Columns({}), None)
    excluded: dict[str, tuple[Id, ...]] = {} if without is None else {"tract": (without,)}
    # Of another version, so that its file is not compared with what the spec makes now.
    spec = replace(CLAIMED.spec, emit=CLAIMED.spec.emit + 1)
    claim = replace(CLAIMED, members={"tract": member}, excluded=excluded, spec=spec)
    outcome = Outcome((TaskOutcome("isr", 1, 1, 0),))
    end = (Observed("succeeded", "FINISHED", "17.0", outcome),) if ended else ()
    return (claim, *RUNNING[1:], *end)


def rescue(*args: str) -> str:
    result = run("rescue", "c/step1", "--from-outcome", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_ids_get_a_rescue_and_are_named_no_more(repository: Path) -> None:
    happened(repository, g1=sent(1, 2), g2=sent(2), g3=sent(3, 5, ended=False))
    assert "tract 2, 5 are excluded no more, and in no group: groups 1, 3 of step1" in run("plan", "c").output
    out = rescue()
    assert "step1/late: tract 2 was excluded when its group was sent\n  step1/late.1 covers 1\n" in out
    assert "quanta" not in out
    text = (repository / FILE).read_text()
    assert (
        "    rescues:\n      late:\n        because: tract 2 was excluded when its group was sent\n"
        "        groups: [1]\n        where: tract = 2\n        skip_existing_in: prior\n"
    ) in text
    said = run("plan", "c").output
    assert "tract 5 is excluded no more, and in no group: group 3 of step1 was sent without it" in said
    assert "step1/late.1" in said
    assert "nothing is written" in rescue()


def test_a_group_that_was_accepted_gets_its_rescue_sent(repository: Path) -> None:
    happened(repository, g1=(*sent(1, 2), Accepted(("1@w00",), missing=0, quanta=1)))
    rescue()
    assert "  + rescue  step1/late.1  was never sent" in run("plan", "c").output
    assert run("validate", "--strict", "c").exit_code == 0


def test_it_is_judged_anew_when_its_rescue_has_ended(repository: Path) -> None:
    """Else the outputs of the rescue were in no collection."""
    first, judged = sent(1, 2), Accepted(("1@w00",), missing=0, quanta=1)
    happened(repository, g1=(*first, judged))
    rescue()
    assert "accept  step1/1" not in run("plan", "c").output
    late, *more = sent(1)
    assert isinstance(late, Claimed)
    again = {"glate.1": (replace(late, covers=("1",), output_run="u/c/late/w00"), *more)}
    happened(repository, g1=(*first, judged), **again)
    assert "  * accept  step1/1  " in run("plan", "c").output
    both = Accepted(("1@w00", "late.1@w00"), missing=0, quanta=1)
    happened(repository, g1=(*first, both), **again)
    assert "accept  step1/1" not in run("plan", "c").output


def test_without_the_recovery_nothing_changes(repository: Path) -> None:
    write(repository, PAIRS.replace(RECOVERY, ""))
    happened(repository, g1=sent(1, 2))
    before = (repository / FILE).read_bytes()
    assert "nothing is written: step1 needs no rescue that is not there" in rescue()
    assert (repository / FILE).read_bytes() == before


def test_groups_that_are_not_named_are_left(repository: Path) -> None:
    happened(repository, g1=sent(1, 2), g3=sent(3, 5))
    rescue("--groups", "3")
    assert "where: tract = 5\n" in (repository / FILE).read_text()
