"""What is said about queries that a Butler would reject, without asking one."""

from __future__ import annotations

import pytest

from cmcompile.bps.query.check import CODES, check
from cmcompile.bps.query.dimensions import dimension_type, fixed_by
from cmcompile.bps.query.growth import LIMIT, parts
from cmcompile.bps.query.kinds import ProblemKind
from cmcompile.bps.query.names import Column, Unnamed, interpret, suggestion
from cmcompile.bps.query.parser import parse
from cmcompile.model.diagnostic import Severity

FINE = [
    "",
    "instrument = 'LSSTCam' and visit = 5",
    "'LSSTCam' = instrument and detector not in (1, 4..9)",
    "instrument in ('LSSTCam', 'LATISS') and exposure.id > 5",
    "not (instrument != 'LSSTCam') and physical_filter = 'r_03'",
    "skymap = 'x' and tract in (2897..2901) and patch in (1..5:2) and band in ('g', 'r')",
    "exposure.can_see_sky and not exposure.has_simulated = null",
    "exposure.observation_type = 'science' and visit.exposure_time > 15",
    "exposure_time > 15",
    "visit.timespan.begin > T'2026-01-05' and visit.timespan overlaps (T'2026:005', null)",
    "visit.region overlaps circle(55.7, -32.2, 0.5)",
    "htm7 in (231819..231840) and healpix9.id = 5",
    "raw.ingest_date > T'2026-01-05T21:30:00' and raw.run = 'x'",
    "glob(exposure.target_name, 'COSMOS*')",
    "instrument = 'x' and visit.day_obs = 20260105 and visit % 2 = 0",
    "band = null or instrument.detector_max > 100",
]


@pytest.mark.parametrize("given", FINE)
def test_nothing_is_said(given: str) -> None:
    assert check(given) == ()


WRONG = [
    {"given": "visit = ", "kind": "syntax", "at": "", "says": "ends after", "hint": "complete"},
    {"given": "visti = 5", "kind": "name", "at": "visti", "says": "visti is no dimension", "hint": "visit"},
    {"given": "band = r", "kind": "name", "at": "r", "says": "r is no dimension", "hint": "quotes: 'r'"},
    {"given": "band in (r, 'g')", "kind": "name", "at": "r,", "says": "r is no", "hint": "quotes: 'r'"},
    {
        "given": "band = 'r' and day_obs > nan",
        "kind": "name",
        "at": "nan",
        "says": "nan",
        "hint": "missing number",
    },
    {"given": "seeing < 1.2", "kind": "name", "at": "seeing", "says": "seeing", "hint": "list of visits"},
    {"given": "visit.band = 'r'", "kind": "name", "at": "visit.band", "says": "no field band", "hint": ""},
    {
        "given": "exposure.obs_type = 'x'",
        "kind": "name",
        "at": "exp",
        "says": "obs_type",
        "hint": "observation_type",
    },
    {"given": "a.b.c = 1", "kind": "name", "at": "a", "says": "a is no dimension", "hint": ""},
    {
        "given": "visit.timespan.mid = 1",
        "kind": "name",
        "at": "visit",
        "says": "mid",
        "hint": "begin and end",
    },
    {"given": "band = :x", "kind": "name", "at": ":x", "says": "BPS can't pass", "hint": "write the value"},
    {"given": "band = 5", "kind": "type", "at": "band", "says": "band is text, 5 is a whole", "hint": "'5'"},
    {"given": "tract = '5'", "kind": "type", "at": "tract", "says": "'5' is text", "hint": "5 without"},
    {
        "given": "tract in (1, '5', '6')",
        "kind": "type",
        "at": "'5'",
        "says": "'5' is text",
        "hint": "5 without",
    },
    {"given": "band in (1..5)", "kind": "type", "at": "1..5", "says": "range", "hint": ""},
    {"given": "tract in (9..5)", "kind": "type", "at": "9..5", "says": "backwards", "hint": "5..9"},
    {"given": "tract = 1..5", "kind": "type", "at": "tract", "says": "a range", "hint": ""},
    {"given": "tract", "kind": "type", "at": "tract", "says": "not a condition", "hint": "compare"},
    {"given": "not tract", "kind": "type", "at": "tract", "says": "not a condition", "hint": "compare"},
    {"given": "band < null", "kind": "type", "at": "band", "says": "null", "hint": "= null"},
    {
        "given": "visit.timespan.begin > '2026-01-05'",
        "kind": "type",
        "at": "v",
        "says": "time",
        "hint": "T'2026",
    },
    {"given": "visit.timespan.begin > T'5 May'", "kind": "type", "at": "T'", "says": "no time", "hint": ""},
    {
        "given": "patch.region = point(1, 2, 3)",
        "kind": "type",
        "at": "point",
        "says": "3 values",
        "hint": "ra, dec",
    },
    {"given": "patch.region overlaps point(1, 95)", "kind": "type", "at": "point", "says": "95", "hint": ""},
    {
        "given": "patch.region overlaps here(1)",
        "kind": "type",
        "at": "here",
        "says": "HERE",
        "hint": "CIRCLE",
    },
    {"given": "glob(tract, 'x')", "kind": "type", "at": "tract", "says": "matches text", "hint": ""},
    {"given": "tract = 5", "kind": "governor", "at": "tract", "says": "no skymap", "hint": "skymap = '...'"},
    {
        "given": "visit.id = 5",
        "kind": "governor",
        "at": "visit",
        "says": "no instrument",
        "hint": "instrument =",
    },
    {
        "given": "visit.name = 'x'",
        "kind": "governor",
        "at": "visit",
        "says": "no instrument",
        "hint": "instrument =",
    },
    {
        "given": "instrument = null and visit = 5",
        "kind": "governor",
        "at": "visit",
        "says": "no",
        "hint": "=",
    },
    {"given": "band = 'a\"b'", "kind": "quote", "at": '"', "says": "double quote", "hint": "glob"},
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case["given"])
def test_says_what_is_wrong(case: dict[str, str]) -> None:
    found = [p for p in check(case["given"]) if p.kind.value == case["kind"]]
    assert len(found) == 1
    problem = found[0]
    assert case["given"][problem.offset :].startswith(case["at"])
    assert case["says"] in problem.message
    assert case["hint"] in problem.hint


def test_every_kind_has_a_code() -> None:
    assert set(CODES) == set(ProblemKind)
    assert CODES[ProblemKind.QUOTE].severity is Severity.WARNING
    assert {c.name for c in CODES.values()} == {"CM121", "CM122", "CM123"}


def test_problems_come_in_the_order_of_the_text() -> None:
    offsets = [p.offset for p in check("tract = 'x' and visti = 5 and band = 'a\"' and visit = 5")]
    assert len(offsets) == 5
    assert offsets == sorted(offsets)


def test_dimensions_decide_what_a_field_means() -> None:
    assert check("exposure_time > 5", ["visit", "detector"]) == ()
    (ambiguous,) = check("exposure_time > 5", ["visit", "exposure"])
    assert "exposure.exposure_time, visit.exposure_time" in ambiguous.message
    (absent,) = check("exposure_time > 5", ["tract"])
    assert "visit.exposure_time" in absent.hint


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("visit", Column("int", "visit", "")),
        ("visit.id", Column("int", "visit", "")),
        ("visit.day_obs", Column("int", "day_obs", "")),
        ("patch.tract", Column("int", "tract", "")),
        ("band.name", Column("string", "band", "")),
        ("exposure.observation_type", Column("string", "exposure", "observation_type")),
        ("visit.timespan.begin", Column("datetime", "visit", "timespan", derived=True)),
        ("instrument.detector_max", Column("int", "instrument", "detector_max")),
        ("healpix9", Column("int", "healpix9", "")),
        ("htm7.region", Column("region", "htm7", "region")),
        ("raw.ingest_date", Column("ingest_date", "", "ingest_date")),
    ],
)
def test_names_mean_columns(name: str, column: Column) -> None:
    assert interpret(name) == (column,)
    assert not isinstance(interpret(name), Unnamed)


@pytest.mark.parametrize(
    "name", ["Visit", "htm0", "htm25", "visit.visit", "visit.id.begin", "x", "visit_definition"]
)
def test_names_mean_nothing(name: str) -> None:
    assert isinstance(interpret(name), Unnamed)
    assert isinstance(interpret(name), Unnamed)


def test_suggestions() -> None:
    assert suggestion("dector") == "did you mean detector?"
    assert suggestion("Visit") == "did you mean visit?"
    assert "visit.exposure_time" in suggestion("exposuretime") or "exposure.exposure_time" in suggestion(
        "exposuretime"
    )
    assert suggestion("zzzzzz") == ""


def test_types_of_dimensions() -> None:
    given = ("visit", "tract", "band", "day_obs", "htm7", "instrument", "visit_definition", "nonsense")
    assert [dimension_type(name) for name in given] == ["int", "int", "str", "int", "int", "str", None, None]
    assert fixed_by("visit") == {"day_obs", "physical_filter", "band"}


def test_size_is_that_of_the_rewritten_query() -> None:
    def size(text: str) -> int:
        expr = parse(text).expr
        assert expr is not None
        return parts(expr)

    assert size("band = 'r' and visit in (1, 2, 3)") == 4
    assert size("(a and b) or (c and d)") == 8
    assert size("not (a in (1, 2) and b in (3, 4, 5))") == 12
    assert size("not (a or b)") == 2
    assert size(" or ".join(f"tract = {n}" for n in range(1000))) == 1000
    pairs = " or ".join(f"(visit = {n} and detector = 5)" for n in range(30))
    assert size(pairs) == LIMIT + 1
    assert [p.kind for p in check(f"instrument = 'x' and ({pairs})")] == [ProblemKind.SIZE]
    assert size(f"not ({' and '.join(f'a in ({n}, 0)' for n in range(90))})") == LIMIT + 1


def test_deepest_trees_are_checked() -> None:
    deep = "(" * 99 + "not " * 99 + "exposure.can_see_sky" + ")" * 99
    assert check(deep) == ()
