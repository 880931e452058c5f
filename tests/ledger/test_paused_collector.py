"""What is read while the collector is paused is searched no more, where it is a great deal."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cmcompile.model.collector import paused_collector


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    gc.collect()
    yield
    gc.unfreeze()
    assert gc.isenabled()


def test_a_little_is_left_to_the_collector() -> None:
    before = gc.get_freeze_count()
    with paused_collector():
        assert not gc.isenabled()
        kept = [[at] for at in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() == before
    assert len(kept) == 1000


def test_a_great_many_values_are_not_searched_again() -> None:
    before = gc.get_freeze_count()
    with paused_collector():
        with paused_collector():
            kept = [[at] for at in range(300_000)]
        assert not gc.isenabled()
        assert gc.get_freeze_count() == before
    assert gc.get_freeze_count() - before >= len(kept)


def test_it_goes_on_after_an_error() -> None:
    with pytest.raises(KeyError), paused_collector():
        raise KeyError
    assert gc.isenabled()
