"""``only`` keeps the rows of a list that fit, and never one whose value is not known by a comparison."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cmcompile.model.diagnostic import Findings
from cmcompile.model.ids import Id
from cmcompile.model.source import Mapping as MapNode
from cmcompile.spec.only import keep_rows
from cmcompile.spec.yaml import read

ROWS: Mapping[str, tuple[Id, ...]] = {
    "run": (22000, 22001, 22002, 22003, 22004),
    "events": ("100000", "99999", "null", "500000", "5e5"),
    "kind": ("beam", "cosmics", "beam", "null", "beam"),
}


def kept(text: str) -> tuple[tuple[Id, ...], list[str]]:
    findings = Findings()
    node = read("c.yaml", f"only: {text}\n".encode(), findings)
    assert isinstance(node, MapNode)
    found = keep_rows("runs", dict(ROWS), node.get("only"), findings)
    return found["run"], [f.code.name for f in findings]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ('{events: ">=100000"}', (22000, 22003, 22004)),
        ('{events: [">=100000", "<500000"]}', (22000,)),
        ("{run: 22001..22003}", (22001, 22002, 22003)),
        ("{run: [22000, 22003..22009]}", (22000, 22003, 22004)),
        ("{kind: beam, run: 22001..22004}", (22002, 22004)),
        ('{events: "!=null"}', (22000, 22001, 22003, 22004)),
        ('{kind: ["!=null", "!=cosmics"]}', (22000, 22002, 22004)),
        ('{events: "500000"}', (22003, 22004)),
        ("{run: 9..1}", ()),
    ],
)
def test_rows_that_fit_are_kept(text: str, runs: tuple[int, ...]) -> None:
    assert kept(text) == (runs, [])


@pytest.mark.parametrize(
    "text", ['{events: [">=1", 5]}', '{events: ["<x", ">1"]}', '{events: ["1..2", "<5"]}']
)
def test_what_is_unclear_is_an_error(text: str) -> None:
    runs, codes = kept(text)
    assert len(runs) == 5
    assert codes == ["CM039"]
