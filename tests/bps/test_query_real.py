"""Our reading of queries against the real query system: accepted and rejected must agree.

Compared is what a Butler query does with ``where`` before it asks the database: the real parser, the
conversion to a predicate with the default universe and the dimensions of the query (``convert_where_args``),
and then the demand for instrument and skymap (``PredicateConstraintsSummary``) with an empty default data id.
"""

from __future__ import annotations

import random

import pytest
from query_samples import samples

from cmcompile.bps.query.check import check
from cmcompile.bps.query.kinds import ProblemKind
from cmcompile.bps.query.write import exact
from cmcompile.observe.stack import available, check_with_universe, parse_error

pytestmark = [
    pytest.mark.skipif(not available(), reason="daf_butler is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*ERFA function.*dubious year"),
]

DIMENSIONS = ((), ("visit",), ("visit", "detector"), ("exposure", "detector"), ("tract", "patch", "band"))
OWN = {ProblemKind.QUOTE, ProblemKind.SIZE}
"""What no Butler says: a quote harms BPS, and a query that is too large never comes back."""


def test_a_thousand_queries_are_judged_as_by_the_real_one() -> None:
    accepted = 0
    for number, text in enumerate(samples(2026, 1000)):
        dimensions = DIMENSIONS[number % len(DIMENSIONS)]
        kinds = {problem.kind for problem in check(text, dimensions)} - OWN
        real = check_with_universe(text, dimensions, governors=False)
        assert bool(real) == bool(kinds - {ProblemKind.GOVERNOR}), (text, dimensions, real, kinds)
        if not real:
            accepted += 1
            whole = check_with_universe(text, dimensions)
            assert bool(whole) == bool(kinds), (text, dimensions, whole, kinds)
    assert 200 < accepted < 500


def test_exact_predicates_are_taken_by_the_real_one() -> None:
    rng = random.Random(1)
    for _ in range(50):
        ids = sorted(rng.sample(range(-9, 40), rng.randint(1, 30)))
        assert check_with_universe(f"skymap = 'x' and {exact('tract', ids)}") == ()
    assert parse_error(exact("band", ["g", "a or b"])) is None
