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


TRICKY = [
    "(not not exposure.can_see_sky) = null",
    "(not exposure.can_see_sky) = null",
    "(not not not exposure.can_see_sky) != null",
    "null = exposure.can_see_sky",
    "null = null",
    "instrument = null and visit = 5",
    "instrument in (null) and visit = 5",
    "instrument in (null, 'x') and visit = 5",
    "not (instrument != 'x') and visit = 5",
    "band = 'r' or instrument = 'x' and visit = 5",
    "visit.instrument = 'x' and visit = 5",
    "glob(instrument, 'L*') and visit = 5",
    "skymap.hash = skymap.hash and tract = 5",
    "instrument.detector_max > 5 and visit = 5",
    "visit.seq_num = 5",
    "visit in (exposure, 5) and instrument = 'x'",
    "visit in (exposure.id)",
    "5 in (1..9)",
    "1..5 in (3)",
    "null in (3)",
    "visit in (9..8)",
    "visit in (9..7)",
    "visit + 1 = 2.0",
    "visit + 1.0 = 2",
    "visit.exposure_time % 2.0 = 0",
    "patch.region overlaps circle(-(5), - -2, +3)",
    "patch.region overlaps circle((5), 2, 3)",
    "patch.region overlaps point((5), 2)",
    "patch.region overlaps point(1 + 2, 2)",
    "point(1, 2) overlaps circle(1, 2, 3)",
    "patch.region overlaps visit.region",
    "patch.region overlaps region('CIRCLE 1 2 3')",
    "patch.region overlaps region('circle 1 2 3')",
    "patch.region overlaps region('RANGE -Inf +Inf 3 4')",
    "patch.region overlaps region('POLYGON 1 2 3 4 5')",
    "patch.region overlaps polygon(0, 0, 1, 0, 2, 0)",
    "patch.region overlaps polygon(0, 0, 1, 0, 0, 1)",
    "patch.region overlaps polygon(0, 0, 1, 0)",
    "patch.region < patch.region",
    "visit.timespan overlaps visit.timespan.begin",
    "visit.timespan overlaps raw.ingest_date",
    "raw.ingest_date > visit.timespan.begin",
    "visit.timespan = (null, null)",
    "visit.timespan overlaps ('2020-01-01', null)",
    "raw.dataset_id in (uuid(,('01234567-89ab-cdef-0123-456789abcdef')))",
    "glob((exposure.target_name), ('x*'))",
    "glob(visit.timespan.begin, 'x')",
    "a\u017f = 1",
    "visit = \u0663 and instrument = 'x'",
    "visit\u00a0= 5",
]


@pytest.mark.parametrize("text", TRICKY)
def test_odd_queries_are_judged_as_by_the_real_one(text: str) -> None:
    kinds = {problem.kind for problem in check(text)}
    real = check_with_universe(text, governors=False)
    assert bool(real) == bool(kinds - {ProblemKind.GOVERNOR}), (real, kinds)
    assert bool(check_with_universe(text)) == bool(kinds)


DATES = "2020-01-01 2020-1-1 2021-02-29 2020-13-01 +02020-01-01 +2020-01-01 2020:001 2020:367 59000.5 59000"
CLOCKS = ("", " 10:00", "T10:00", "t10:00", "T1:2:3", "T10:00:00.5", "T24:00", ":10:00", "T10:61")
SCALES = ("/tai", "/x", "/local")
FORMATS = ("", "iso/", "isot/", "fits/", "yday/", "mjd/", "unix/", "datetime/")


@pytest.mark.parametrize("form", FORMATS)
def test_times_are_judged_as_by_the_real_one(form: str) -> None:
    for date in DATES.split():
        for clock in CLOCKS + SCALES:
            text = f"visit.timespan.begin > T'{form}{date}{clock}'"
            assert bool(check_with_universe(text)) == bool(check(text)), text


def test_exact_predicates_are_taken_by_the_real_one() -> None:
    rng = random.Random(1)
    for _ in range(50):
        ids = sorted(rng.sample(range(-9, 40), rng.randint(1, 30)))
        assert check_with_universe(f"skymap = 'x' and {exact('tract', ids)}") == ()
    assert parse_error(exact("band", ["g", "a or b"])) is None
