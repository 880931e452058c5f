"""What overlaps on the sky, by a stored answer: against brute force, and what is not known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.group import Group, Part
from cmcompile.model.sky import Sky, read_sky, sky_rows
from cmcompile.plan.overlapping import StoredOverlaps, unknown

IDS = st.integers(0, 7)
SKIES = st.builds(
    lambda places, known: Sky(
        "visit",
        "tract",
        {str(k): frozenset(map(str, v)) for k, v in places.items()},
        frozenset(map(str, known)),
    ),
    st.dictionaries(IDS, st.frozensets(IDS, max_size=3), max_size=8),
    st.frozensets(IDS, max_size=8),
)
SETS = st.lists(
    st.tuples(st.frozensets(IDS, min_size=1, max_size=4), st.frozensets(IDS, max_size=2)), max_size=5
)


def groups(step: str, dimension: str, sets: list[tuple[frozenset[int], frozenset[int]]]) -> list[Group]:
    return [
        Group(
            step,
            str(at),
            (Part(dimension, dimension, str(at), at, tuple(sorted(ids))),),
            excluded={dimension: tuple(sorted(out))},
        )
        for at, (ids, out) in enumerate(sets)
    ]


def brute(sky: Sky, mine: Group, others: list[Group]) -> set[str] | None:
    """Say pair by pair which groups may overlap one of tracts."""
    tracts = {str(t) for t in mine.parts[0].ids if t not in mine.excluded["tract"]}
    known = {t for ts in sky.places.values() for t in ts} | sky.known
    if not others or tracts - known:
        return None
    found = set()
    for other in others:
        visits = {str(v) for v in other.parts[0].ids if v not in other.excluded["visit"]}
        if any(v not in sky.places or sky.places[v] & tracts for v in visits):
            found.add(other.id)
    return found


@given(SKIES, SETS, SETS)
def test_as_pair_by_pair(
    sky: Sky,
    visits: list[tuple[frozenset[int], frozenset[int]]],
    tracts: list[tuple[frozenset[int], frozenset[int]]],
) -> None:
    one, three = groups("step1", "visit", visits), groups("step3", "tract", tracts)
    ask = StoredOverlaps([sky], [*one, *three])
    for group in three:
        assert ask(group, "step1") == brute(sky, group, one)
    turned = StoredOverlaps([sky.turned()], [*one, *three])
    assert [turned(g, "step1") for g in three] == [ask(g, "step1") for g in three]
    assert [turned(g, "step3") for g in one] == [ask(g, "step3") for g in one]


@given(SKIES)
def test_what_is_written_is_read(sky: Sky) -> None:
    text = sky_rows(sky)
    again = read_sky(text, "visit", "tract")
    assert (again.places, again.others()) == (sky.places, sky.others())
    assert sky_rows(again) == text
    assert len(set(text.splitlines())) == len(text.splitlines())


def test_what_is_not_known() -> None:
    sky = Sky("visit", "tract", {"1": frozenset({"5"}), "2": frozenset()}, frozenset({"6"}))
    one = groups("step1", "visit", [(frozenset({1}), frozenset()), (frozenset({2}), frozenset())])
    three = groups("step3", "tract", [(frozenset({t}), frozenset()) for t in (5, 6, 7)])
    ask = StoredOverlaps([sky], [*one, *three])
    assert [ask(g, "step1") for g in three] == [{"0"}, set(), None]
    assert unknown(sky, [*one, *three]) == {"tract": ["7"]}
    late = groups("step1", "visit", [(frozenset({1}), frozenset()), (frozenset({9, 10}), frozenset())])
    ask = StoredOverlaps([sky], [*late, *three])
    assert [ask(g, "step1") for g in three] == [{"0", "1"}, {"1"}, None]
    assert unknown(sky, late) == {"visit": ["9", "10"]}
    # A group that does not say what it holds may overlap anything, and may be overlapped by anything.
    whole = Group("step1", "all", ())
    assert StoredOverlaps([sky], [*one, whole])(three[0], "step1") == frozenset({"0", "all"})
    assert StoredOverlaps([sky], one)(Group("step3", "x", ()), "step1") is None
    assert StoredOverlaps([sky], [whole])(three[0], "step1") is None
