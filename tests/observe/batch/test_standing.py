"""The state of a run by those of its jobs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.batch import JobState
from cmcompile.observe.batch.standing import state_of
from cmcompile.observe.wms.states import ENDED, STATES

JOBS = st.lists(st.sampled_from([s for s in JobState if s is not JobState.SKIPPED]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("jobs", "state"),
    [
        ("waiting waiting", "submitted"),
        ("waiting succeeded", "running"),
        ("running held", "running"),
        ("waiting held", "running"),
        ("held held", "held"),
        ("held succeeded failed", "held"),
        ("succeeded succeeded", "succeeded"),
        ("succeeded failed", "partial"),
        ("memory timeout evicted failed", "failed"),
        ("unknown succeeded", "partial"),
        ("unknown", "failed"),
        ("removed", "cancelled"),
        ("removed removed succeeded", "cancelled"),
        ("removed succeeded succeeded", "partial"),
        ("removed failed succeeded", "partial"),
        ("removed removed failed", "cancelled"),
    ],
)
def test_state(jobs: str, state: str) -> None:
    assert state_of(Counter(JobState(word) for word in jobs.split())) == state


@given(JOBS, st.booleans())
def test_a_run_is_over_when_all_its_jobs_are(jobs: list[JobState], cancelled: bool) -> None:
    state = state_of(Counter(jobs), cancelled=cancelled)
    assert state in STATES
    assert (state in ENDED) == all(job.is_over for job in jobs)
    assert (state == "succeeded") == (set(jobs) == {JobState.SUCCEEDED})


@given(JOBS)
def test_nothing_is_cancelled_of_which_no_job_was_removed(jobs: list[JobState]) -> None:
    if JobState.REMOVED not in jobs:
        assert state_of(Counter(jobs), cancelled=True) != "cancelled"
