"""Makes data queries for tests: by the grammar, and broken ones. The same seed gives the same texts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from cmcompile.bps.query.growth import parts
from cmcompile.bps.query.parser import parse


def _words(text: str) -> list[str]:
    return text.split()


NAMES = _words(
    """
    visit exposure detector tract patch band instrument skymap physical_filter day_obs group htm7
    healpix9 visit.id exposure.id detector.id visit.day_obs exposure.observation_type
    exposure.can_see_sky visit.band visit.timespan visit.timespan.begin exposure.timespan.end
    visit.region patch.region tract.region instrument.detector_max skymap.hash visit.name
    raw.ingest_date raw.run raw.dataset_id raw.timespan.begin exposure_time observation_type timespan
    timespan.begin region id name seq_num full_name visit.seq_num visit.exposure_time patch.cell_x nan
    null NULL r HSC visit_id Visit ingest_date visit.visit detector.raft visit_detector_region.region
    visit_definition.visit visit.timespan.middle a.b.c
    """
)
VALUES = _words(
    """
    5 -3 +7 0 1228 12345678901234567890 007 1.5 -2.5 .5 1. 1e3 1E-2 'r' 'LSSTCam' '' '5'
    T'2020-01-01' T'2020-01-01T10:00:00' t'59000.5' T'mjd/59000.0' T'nonsense' T'2020-13-01'
    UUID('01234567-89ab-cdef-0123-456789abcdef') UUID('x') POINT(53.6,-32.7) CIRCLE(1,2,0.5)
    BOX(1,2,3,4) POLYGON(0,0,1,0,0,1) POINT(1,100) POINT(1) CIRCLE((1),2,3) f(1) REGION('CIRCLE_1_2_3')
    (T'2020-01-01',T'2020-02-01') (null,T'2020-01-01') (1,2) :bound 1..5 null
    """
)
ITEMS = _words(
    """
    1 -2 +3 1.5 1..5 -5..-2 3..1 5..4 1..9:2 'r' 'g' '' T'2020-01-01' null band nan r visit
    """
)
COMPARISONS = _words(
    """
    = != < <= > >= overlaps OVERLAPS
    """
)
PIECES = [*NAMES, *VALUES, *COMPARISONS]
PIECES += _words(
    "( ) , and or not in AND Or NOT In == && || ! ' . .. [ ] ; + - * / % is like between '' in()"
)
PIECES += ['"', "\t", "\n", "\r"]

TYPED = (
    ("visit", "5", "903334", "1228"),
    ("exposure.id", "2025010100012", "5"),
    ("detector", "7", "42"),
    ("tract", "9813", "2897"),
    ("visit.seq_num", "17"),
    ("visit.exposure_time", "30.0", "15"),
    ("band", "'r'", "'i'"),
    ("instrument", "'LSSTCam'", "'HSC'"),
    ("skymap", "'hsc_rings_v1'"),
    ("exposure.observation_type", "'science'"),
    ("visit.timespan.begin", "T'2020-01-01'", "T'59000.5'"),
)


def samples(seed: int, count: int) -> Iterator[str]:
    """Yield a mixture of queries that a Butler takes and queries that it rejects."""
    rng = random.Random(seed)
    for number in range(count):
        if number % 4 == 0:
            text = sensible(rng, 2)
        elif number % 4 == 1:
            text = loose(rng, 2)
        else:
            text = broken(rng, sensible(rng, 2) if number % 4 == 2 else loose(rng, 2))
        expr = parse(text).expr
        # the real conversion would use up the memory of the machine that runs the tests
        yield text if expr is None or parts(expr) < 10_000 else "not exposure.can_see_sky"


def sensible(rng: random.Random, depth: int) -> str:
    """Return a query whose names, types and syntax are right."""
    roll = rng.random()
    if depth and roll < 0.5:
        word = rng.choice((" and ", " or ", " AND ", " Or "))
        text = word.join(sensible(rng, depth - 1) for _ in range(rng.randint(2, 3)))
        return f"({text})" if rng.random() < 0.5 else text
    if depth and roll < 0.62:
        return (
            f"not {sensible(rng, depth - 1)}" if rng.random() < 0.4 else f"NOT ({sensible(rng, depth - 1)})"
        )
    name, *values = rng.choice(TYPED)
    if rng.random() < 0.35:
        items = list(values)
        if name in ("visit", "exposure.id", "detector", "tract"):
            items += [f"{a}..{a + rng.randint(-1, 9)}" for a in (rng.randint(-9, 99),)]
        rng.shuffle(items)
        return f"{name}{rng.choice((' ', ' not ', ' NOT '))}in ({rng.choice((', ', ',')).join(items)})"
    left, right = (name, rng.choice(values))
    if rng.random() < 0.2:
        left, right = right, left
    return f"{left}{rng.choice((' ', ''))}{rng.choice(COMPARISONS[:6])} {right}"


def loose(rng: random.Random, depth: int) -> str:
    """Return a query whose syntax is mostly right, its names and types by chance."""
    roll = rng.random()
    if depth and roll < 0.35:
        word = rng.choice((" and ", " or "))
        text = word.join(loose(rng, depth - 1) for _ in range(2))
        return f"({text})" if rng.random() < 0.4 else text
    if depth and roll < 0.45:
        return f"not {loose(rng, depth - 1)}"
    if roll < 0.65:
        items = ", ".join(rng.choice(ITEMS) for _ in range(rng.randint(1, 3)))
        return f"{operand(rng, 1)} {rng.choice(('in', 'not in'))} ({items})"
    if roll < 0.7:
        return f"glob({rng.choice(NAMES)}, {rng.choice(VALUES)})"
    if roll < 0.75:
        return rng.choice(NAMES)
    return f"{operand(rng, 1)} {rng.choice(COMPARISONS)} {operand(rng, 1)}"


def operand(rng: random.Random, depth: int) -> str:
    """Return a name, a value, or a calculation."""
    roll = rng.random()
    if depth and roll < 0.12:
        return f"{operand(rng, 0)} {rng.choice('+-*/%')} {operand(rng, 0)}"
    if depth and roll < 0.2:
        return f"{rng.choice(('-', '+', '- '))}{operand(rng, 0)}"
    return rng.choice(NAMES) if roll < 0.6 else rng.choice(VALUES)


def broken(rng: random.Random, text: str) -> str:
    """Return a query with some words or characters dropped, swapped, doubled or changed."""
    words = re.findall(r"\s+|'[^']*'|[\w.]+|.", text)
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(words) + 1)
        match rng.randrange(6):
            case 0:
                del words[at : at + 1]
            case 1:
                words[at:at] = words[at : at + 1]
            case 2:
                words[at : at + 2] = reversed(words[at : at + 2])
            case 3:
                words[at : at + 1] = [" ", rng.choice(PIECES), " "]
            case 4:
                words.insert(at, rng.choice(PIECES))
            case _:
                joined = "".join(words)
                spot = rng.randrange(len(joined) + 1)
                joined = joined[:spot] + rng.choice("'\"()=<>!&.,:; \n\r\tT0aZ_-+%é") + joined[spot + 1 :]
                words = re.findall(r"(?s)\s+|'[^']*'|[\w.]+|.", joined)
    return "".join(words)
