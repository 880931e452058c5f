"""What the installed stack says about queries, and the copy of its dimensions."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from cmcompile.bps.query.dimensions import elements, members
from cmcompile.observe import stack

pytestmark = [
    pytest.mark.skipif(not stack.available(), reason="daf_butler is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_the_copied_dimensions_are_the_real_ones() -> None:
    copied = files("cmcompile.bps.query").joinpath("universe.json").read_text("utf-8")
    assert copied == stack.universe_json(), (
        "the dimensions changed: write the text that cmcompile.observe.stack.universe_json() returns"
        " to cmcompile/bps/query/universe.json, and look at what that means for campaigns"
    )
    assert json.loads(copied)["namespace"] == "daf_butler"


def test_the_table_has_every_element() -> None:
    from lsst.daf.butler import DimensionUniverse

    universe = DimensionUniverse()
    assert set(elements()) == set(universe.elements.names)
    assert {e.name for e in elements().values() if e.key} == set(universe.dimensions.names)
    for name, element in elements().items():
        real = universe[name].schema
        assert set(element.key_columns) == set(real.dimensions.names)
        assert {f: str(real.remainder[f].type) for f in real.remainder.names} == dict(element.fields)


@pytest.mark.parametrize(
    "names", [(), ("visit",), ("visit", "detector"), ("visit", "exposure"), ("patch", "band"), ("htm7",)]
)
def test_a_query_has_the_elements_of_its_dimensions(names: tuple[str, ...]) -> None:
    from lsst.daf.butler import DimensionUniverse

    assert {e.name for e in members(names)} == set(DimensionUniverse().conform(names).elements)


def test_says_what_the_parser_says() -> None:
    assert stack.parse_error("visit = 5 or nonsense = 'x'") is None
    assert "Syntax error" in (stack.parse_error("visit == 5") or "")
    assert stack.parse_error("visit =") is not None
    assert stack.parse_error("visit in (UUID('x'))") is not None


def test_says_what_the_universe_says() -> None:
    assert stack.check_with_universe("instrument = 'x' and visit = 5", ["visit"]) == ()
    (missing,) = stack.check_with_universe("visit = 5", ["visit"])
    assert "instrument" in missing
    assert stack.check_with_universe("visit = 5", ["visit"], governors=False) == ()
    (types,) = stack.check_with_universe("visit = 'x'")
    assert "int, string" in types
    assert len(stack.check_with_universe("visit ==")) == 2
    assert stack.check_with_universe("visit")
    assert stack.check_with_universe("instrument = 'x'", ["nonsense"])


def test_absent_stack_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(stack, "find_spec", missing)
    assert not stack.available()
