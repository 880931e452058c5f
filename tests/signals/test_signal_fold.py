"""What signals come to: the same for any order, with duplicates; payload and wrapper side by side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signal_examples import AT, K, spooled, stored

from cmcompile.model.signal import (
    Disagreement,
    JobSignals,
    PayloadSaid,
    SignalCounts,
    SignalKind,
    SignalOutput,
    Stored,
    WrapperSaid,
)
from cmcompile.signals.fold import counts_of, fold_signals

BEGUN, STARTED = stored(K.BEGUN, 1), stored(K.STARTED, 2)


def ended(code: int, time: int = 9) -> Stored:
    return stored(K.ENDED, time, exit_=code)


def job(*signals: Stored) -> JobSignals:
    return fold_signals(signals)[1]


def test_a_job_that_went_well() -> None:
    file = SignalOutput("a.root", "/d/a.root", 5, "md5:a", 10)
    found = job(BEGUN, STARTED, stored(K.FINISHED, 3, exit_=0, events=10, outputs=(file,)), ended(0))
    assert found == JobSignals(
        1,
        1,
        WrapperSaid(AT, AT, 0, "", "node1"),
        PayloadSaid(SignalKind.FINISHED, AT, 0, 10, (file,), "", "node1"),
    )
    assert found.has_ended
    assert found.exit == 0


@pytest.mark.parametrize(
    ("said", "code", "disagrees"),
    [
        ((K.FINISHED, None), 0, None),
        ((K.FINISHED, 0), 0, None),
        ((K.FINISHED, 0), 1, Disagreement.FINISHED_BUT_FAILED),
        ((K.FINISHED, 3), 0, Disagreement.FAILED_BUT_ENDED_WELL),
        ((K.FINISHED, 3), 3, None),
        ((K.FAILED, None), 0, Disagreement.FAILED_BUT_ENDED_WELL),
        ((K.FAILED, None), 7, None),
        ((K.FAILED, 3), 7, Disagreement.EXITS_DIFFER),
        ((K.FAILED, 7), 7, None),
        ((K.RUNNING, None), 0, Disagreement.NEVER_FINISHED),
        ((K.RUNNING, None), 1, None),
        ((K.MESSAGE, None), 0, None),
    ],
)
def test_where_both_can_not_be_so(
    said: tuple[SignalKind, int | None], code: int, disagrees: Disagreement | None
) -> None:
    found = job(BEGUN, stored(said[0], 3, exit_=said[1], message="m"), ended(code))
    assert found.disagrees is disagrees
    assert disagrees is None or disagrees.about.startswith("the payload said")


def test_what_has_not_ended_disagrees_with_nothing() -> None:
    found = job(BEGUN, STARTED, stored(K.FAILED, 3, exit_=1))
    assert found.disagrees is None
    assert not found.has_ended
    assert found.exit is None


def test_the_last_start_counts_by_its_number() -> None:
    old = (stored(K.FAILED, 50, exit_=1, message="no memory"), stored(K.ENDED, 51, exit_=1))
    found = job(BEGUN, *old, stored(K.BEGUN, 40, attempt=2))
    assert (found.attempt, found.payload) == (2, None)
    assert found.wrapper == WrapperSaid(AT, "", None, "", "node1")


def test_a_clock_that_was_set_back_changes_no_start() -> None:
    found = job(stored(K.BEGUN, 60), stored(K.FINISHED, 50, exit_=0), ended(0, 51))
    assert found.has_ended
    assert found.payload is not None
    assert found.payload.is_good


def test_without_numbers_the_time_tells_the_last_start() -> None:
    signals = [
        stored(kind, time, exit_=1 if kind is K.ENDED else None, attempt=None)
        for kind, time in ((K.BEGUN, 1), (K.STARTED, 2), (K.ENDED, 3), (K.BEGUN, 4))
    ]
    found = job(*signals)
    assert found.payload is None
    assert not found.has_ended


def test_what_is_silent_is_seen() -> None:
    found = fold_signals([BEGUN, ended(0)])
    assert counts_of(found.values()) == SignalCounts(jobs=1, begun=1, ended=1, silent=1)


def test_a_payload_without_a_wrapper_is_heard() -> None:
    found = job(stored(K.RUNNING, 1, events=5), stored(K.MESSAGE, 2, message="slow"))
    assert found.wrapper is None
    assert found.payload == PayloadSaid(SignalKind.RUNNING, AT, None, 5, (), "slow", "node1")


def test_counts_of_a_group() -> None:
    files = (SignalOutput("a", size=3, events=4), SignalOutput("b", size=5, events=6), SignalOutput("c"))
    found = fold_signals(
        [
            *(BEGUN, stored(K.FINISHED, 2, outputs=files), ended(0)),
            *(
                stored(K.BEGUN, 1, 2),
                stored(K.FAILED, 2, 2, exit_=4, events=3),
                stored(K.ENDED, 3, 2, exit_=0),
            ),
            *(stored(K.BEGUN, 1, 3), stored(K.RUNNING, 2, 3)),
            stored(K.BEGUN, 1, 4),
            *(stored(K.BEGUN, 1, 5), stored(K.ENDED, 2, 5, exit_=90)),
        ]
    )
    assert counts_of(found.values(), unread=2) == SignalCounts(
        jobs=5,
        begun=5,
        ended=3,
        bad=1,
        running=1,
        finished=1,
        failed=1,
        silent=1,
        disagree=1,
        events=13,
        outputs=3,
        size=8,
        unread=2,
    )


@given(st.lists(spooled(), max_size=30), st.data())
def test_neither_order_nor_duplicates_change_the_fold(signals: list[Stored], data: st.DataObject) -> None:
    again = data.draw(st.permutations(signals + data.draw(st.lists(st.sampled_from(signals or [BEGUN])))))
    if not signals:
        again = []
    assert fold_signals(again) == fold_signals(signals)


@given(st.lists(spooled(), min_size=1, max_size=30, unique_by=lambda s: s.name))
def test_nothing_of_the_last_start_is_lost(signals: list[Stored]) -> None:
    found = fold_signals(signals)
    assert set(found) == {s.signal.job for s in signals}
    for number, folded in found.items():
        own = [s for s in signals if s.signal.job == number]
        if not any(s.signal.kind is K.BEGUN for s in own):
            names = {o.name for s in own for o in s.signal.outputs if not s.signal.kind.is_wrapper}
            assert {o.name for o in (folded.payload.outputs if folded.payload else ())} == names
        assert (folded.wrapper is not None) or all(not s.signal.kind.is_wrapper for s in own)
