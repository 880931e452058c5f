"""Which collections a Butler is asked for: those below outputs, and not too many questions."""

from __future__ import annotations

import fnmatch

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.butler import below
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler.repository import _patterns

NAMES = st.text("ab/*?[]_", min_size=1, max_size=8)


@given(st.sets(NAMES, min_size=1, max_size=5), st.text("xyz", min_size=1, max_size=3), st.booleans())
def test_all_that_is_below_is_asked_for(outputs: set[str], run: str, many: bool) -> None:
    more = {f"{output}{n}" for output in outputs for n in range(60)} if many else set()
    patterns = _patterns(frozenset(outputs | more))
    for output in outputs:
        assert any(fnmatch.fnmatchcase(f"{output}/{run}", pattern) for pattern in patterns)


def test_very_many_outputs_are_one_question() -> None:
    assert _patterns(frozenset(f"u/x/step1/{n}" for n in range(201))) == ["u/x/step1/*"]
    assert _patterns(frozenset(f"{n}" for n in range(201))) == ["*"]


def test_a_butler_that_lists_nothing_gives_no_answer() -> None:
    assert isinstance(below(object(), ["u/x"]), NoAnswer)  # type: ignore[arg-type]
