"""The page of a ledger is written when it would say something else, and tells what changed since the last."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from small_world import Small

from cmcompile.ledger.desk import LedgerBook
from cmcompile.ledger.view import View
from cmcompile.model.event import Subject
from cmcompile.model.ledger import Tip
from cmcompile.model.transaction import Book, Decided, Landed, Proposal, Stopped
from cmcompile.reconcile.render import HISTORY, README, STATUS, render
from cmcompile.reconcile.run import refresh
from cmcompile.report.status.ledger_page import Links, changed_of


def write(small: Small, links: Links | None = None) -> Decided:
    def run() -> Decided:
        declaration = small.branch.read(small.book.look().state)
        return render(small.sources(), declaration, links)

    return small.do(run)


def file(small: Small, path: str) -> str:
    def read() -> bytes | None:
        return small.book.file(small.book.look(), path)

    return (small.do(read) or b"").decode()


def rows(small: Small) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file(small, HISTORY))))


def tip(small: Small) -> Tip:
    found = small.do(lambda: small.book.look().tip)
    assert found is not None
    return found


@pytest.fixture
def small() -> Small:
    return Small("two")


class Hooked(LedgerBook):
    """A book in which something happens after the first judgement, before its commit is pushed."""

    def __init__(self, small: Small, then: Callable[[], object]) -> None:
        super().__init__(small.clone.ledger)
        self._then: list[Callable[[], object]] = [then]

    def file(self, sight: object, path: str) -> bytes | None:
        found = super().file(sight, path)  # type: ignore[arg-type]
        if path == HISTORY and self._then:
            self._then.pop()()
        return found


class Shallow(LedgerBook):
    """A book of a clone that has the newest commit only."""

    def at(self, tip: Tip) -> View | None:
        return None


def test_what_changed_since_the_last_report_is_told_once(small: Small) -> None:
    assert isinstance(write(small), Landed)
    assert "This is the first report." in file(small, README)
    of = changed_of(file(small, README))
    small.run_to_end()
    before = tip(small)
    assert isinstance(write(small), Landed)
    page = file(small, README)
    assert "- `a` began: 1 group succeeded, 1 group sent" in page
    told = changed_of(page)
    assert told is not None
    assert told.of == before
    assert of is not None
    assert of.of != before
    after = tip(small)
    for _ in range(3):
        small.wait(86400)
        assert isinstance(write(small), Stopped)
    assert tip(small) == after
    assert file(small, README) == page


def test_a_row_for_each_report_whose_figures_differ(small: Small) -> None:
    write(small)
    small.run_to_end()
    write(small)
    found = rows(small)
    assert len(found) == 2
    assert found[0]["at"] <= found[1]["at"]
    assert found[1]["ledger"] != found[0]["ledger"]
    assert found[1]["groups"] == found[0]["groups"]


def test_another_link_alone_is_no_reason_to_write(small: Small) -> None:
    write(small, Links(spec_at="https://a.example/x"))
    assert isinstance(write(small, Links(spec_at="https://b.example/x")), Stopped)
    small.run_to_end()
    assert isinstance(write(small, Links(spec_at="https://b.example/x")), Landed)
    assert "https://b.example/x" in file(small, README)


def test_two_writers_at_once_make_one_report(small: Small) -> None:
    write(small)
    small.run_to_end()
    book: Book = small.book
    others: list[Decided] = []

    def other() -> None:
        declaration = small.branch.read(book.look().state)
        others.append(render(replace(small.sources(), desk=replace(small.desk(), book=book)), declaration))

    small.book = Hooked(small, other)
    mine = write(small)
    small.book = book
    assert isinstance(others[0], Landed)
    assert isinstance(mine, Stopped)
    assert len(rows(small)) == 2


def test_an_event_between_judging_and_writing_is_in_the_report(small: Small) -> None:
    write(small)
    small.apply()
    book = small.book
    run = list(small.scene.wms.runs.values())[-1]
    small.scene.wms.end(run.run_id, "")

    def other() -> None:
        refresh(replace(small.sources(), desk=replace(small.desk(), book=book)))

    small.book = Hooked(small, other)
    assert isinstance(write(small), Landed)
    small.book = book
    assert "1 group succeeded" in file(small, README)
    assert len(rows(small)) == 2
    assert isinstance(write(small), Stopped)


def test_a_clone_that_lacks_the_last_report_says_so_and_does_not_guess(small: Small) -> None:
    write(small)
    small.run_to_end()
    small.book = Shallow(small.clone.ledger)
    assert isinstance(write(small), Landed)
    page = file(small, README)
    assert "What changed can't be told" in page
    assert "began" not in page
    assert isinstance(write(small), Stopped)
    small.book = LedgerBook(small.clone.ledger)
    assert isinstance(write(small), Stopped)


def test_a_page_that_somebody_edited_is_written_anew(small: Small) -> None:
    write(small)
    spoiled = Proposal((), {README: b"# all is well\n"}, "by hand")
    small.do(lambda: small.book.decide(lambda sight: spoiled))
    assert isinstance(write(small), Landed)
    assert file(small, README).startswith("# `")
    assert "This is the first report." in file(small, README)
    assert len(rows(small)) == 1


def test_files_that_say_the_same_are_not_in_the_commit(small: Small) -> None:
    write(small)
    figures = file(small, STATUS)
    small.write(subject=Subject("a"))
    assert isinstance(write(small), Stopped)
    assert file(small, STATUS) == figures
