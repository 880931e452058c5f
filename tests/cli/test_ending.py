"""The exit code of what was applied, over all that can come of items."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.cli.ending import ORDER, QUIET, Around, exit_of, last_of_each, worst
from cmcompile.cli.exit import Exit
from cmcompile.model.applied import End, Result
from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Item
from cmcompile.model.reason import Reason

_AROUND = st.builds(Around, **{field.name: st.booleans() for field in fields(Around)})
_ENDS = st.lists(st.sampled_from(End), max_size=6)


def results(ends: list[End], *, spooled: bool = False) -> list[Result]:
    made = []
    for number, end in enumerate(ends):
        subject = Subject("step1", str(number))
        item = Item(Action.SUBMIT, subject, Reason.NEVER_SENT, digest=f"{number:064}")
        made.append(Result(item, end, subject, spooled=spooled and end is End.DONE))
    return made


def test_one_item() -> None:
    found = {end: exit_of(results([end])) for end in End}
    assert found == {
        End.DONE: Exit.OK,
        End.USED: Exit.OK,
        End.STALE: Exit.BLOCKED,
        End.FAILED: Exit.ATTENTION,
        End.UNASKED: Exit.UNKNOWN,
        End.UNKNOWN: Exit.UNKNOWN,
        End.LOST: Exit.LOST,
        End.LATE: Exit.LOST,
        End.INTERRUPTED: Exit.INTERRUPTED,
    }


def test_several() -> None:
    assert exit_of(results([End.DONE, End.STALE])) is Exit.PARTIAL
    assert exit_of(results([End.DONE, End.LATE])) is Exit.PARTIAL
    assert exit_of(results([End.USED, End.STALE])) is Exit.BLOCKED
    assert exit_of(results([End.DONE, End.STALE, End.UNKNOWN])) is Exit.UNKNOWN
    assert exit_of(results([End.DONE], spooled=True)) is Exit.PARTIAL
    assert exit_of([]) is Exit.OK
    assert [code.value for code in ORDER] == [130, 1, 6, 5, 4, 3, 7, 2, 0]


def test_what_is_around() -> None:
    alone = {field.name: exit_of([], replace(QUIET, **{field.name: True})) for field in fields(Around)}
    assert alone == {
        "interrupted": Exit.INTERRUPTED,
        "error": Exit.ERROR,
        "unasked": Exit.UNKNOWN,
        "lost": Exit.LOST,
        "refused": Exit.BLOCKED,
        "attention": Exit.ATTENTION,
        "changes": Exit.CHANGES,
    }


@given(_ENDS, _AROUND)
def test_neither_order_nor_number_matters(ends: list[End], around: Around) -> None:
    code = exit_of(results(ends), around)
    assert exit_of(results(ends[::-1]), around) is code
    assert exit_of(results([*ends, *ends]), around) is code


@given(_ENDS, _AROUND, st.sampled_from(End))
def test_one_more_bad_end_never_looks_better(ends: list[End], around: Around, more: End) -> None:
    before, after = exit_of(results(ends), around), exit_of(results([*ends, more]), around)
    assert ORDER.index(after) <= ORDER.index(before)


@given(_ENDS, _AROUND)
def test_what_nobody_knows_is_never_hidden(ends: list[End], around: Around) -> None:
    code = exit_of(results(ends), around)
    if around.interrupted or End.INTERRUPTED in ends:
        assert code is Exit.INTERRUPTED
    elif around.error:
        assert code is Exit.ERROR
    elif {End.UNKNOWN, End.UNASKED} & set(ends):
        assert code is Exit.UNKNOWN
    if code is Exit.OK:
        assert set(ends) <= {End.DONE, End.USED}


def test_the_last_try_of_an_item_counts() -> None:
    first, second = results([End.LOST])[0], results([End.DONE])[0]
    assert [r.end for r in last_of_each([first, second])] == [End.DONE]
    assert worst([Exit.OK, Exit.LOST, Exit.ATTENTION]) is Exit.ATTENTION
    assert worst([]) is Exit.OK
