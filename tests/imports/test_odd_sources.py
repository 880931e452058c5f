"""Sources in which something is of another kind than it should be: an import, or an error, and no fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from test_import_cm_service import BLOCKS, SET, START
from test_import_manifests import MANIFESTS
from test_import_poms import INI
from test_import_prodstatus import BASE, CAMPAIGN, SMALL
from test_import_slurp import NEW, RULES

from cmcompile.imports.cm_service import v1, v2
from cmcompile.imports.cm_service.loading import load
from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Imported
from cmcompile.imports.poms.stages import from_ini
from cmcompile.imports.prodstatus.campaign import Request as CampaignRequest
from cmcompile.imports.prodstatus.campaign import from_campaign
from cmcompile.imports.prodstatus.groups import Request, from_templates
from cmcompile.imports.slurp.made import Request as RulesRequest
from cmcompile.imports.slurp.rules import from_rules
from cmcompile.model.diagnostic import Findings
from cmcompile.spec.yaml import read

JUNK: list[object] = [
    None,
    True,
    0,
    -1,
    2.5,
    "",
    " ",
    "x" * 300,
    "${{ x }}",
    "{x}",
    "a\nb",
    "é",
    "\x7f",
    "$(",
]
JUNK += ["nan", "2026-01-01", "a b", "/", "..", "#", "'", '"', "name", [], {}, [[]], {"a": 1}]
JUNK += [["a", {"b": None}], {"x y": {"$": "é"}}]


def _blocks(documents: list[Any]) -> Imported:
    given = Settings(SET)
    text = yaml.safe_dump_all(documents)
    return v1.imported(load({"b.yaml": text.encode(), "s.yaml": START.encode()}, given), given, "c", "")


def _manifests(documents: list[Any]) -> Imported:
    given = Settings({})
    return v2.imported(load({"m.yaml": yaml.safe_dump_all(documents).encode()}, given), given, "c")


def _rules(documents: list[Any]) -> Imported:
    return from_rules(RulesRequest("c", {"r.yaml": yaml.safe_dump_all(documents).encode()}))


def _template(documents: list[Any]) -> Imported:
    text = yaml.safe_dump_all(documents)
    return from_templates(Request("c", {"t.yaml": text.encode()}, "l", b"r 1\nr 2\nr 3\n", 2))


def _campaign(documents: list[Any]) -> Imported:
    text = yaml.safe_dump_all(documents).encode()
    templates = {"a.yaml": SMALL.encode(), "b.yaml": BASE.encode()}
    return from_campaign(CampaignRequest("c", "c.yaml", text, templates, b"r 1\nr 2\n", 2))


SOURCES: dict[str, tuple[str, Callable[[list[Any]], Imported]]] = {
    "blocks": (BLOCKS, _blocks),
    "manifests": (MANIFESTS, _manifests),
    "rules": (RULES, _rules),
    "new-rules": (NEW, _rules),
    "template": (SMALL, _template),
    "campaign": (CAMPAIGN, _campaign),
}


def places(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in a tree."""
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    return [at, *(path for key in keys for path in places(tree[key], (*at, key)))]


def changed(tree: Any, path: tuple[Any, ...], value: object) -> Any:
    """Return a tree with one value replaced."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


def readable(made: Imported) -> None:
    """Fail where what was made could not be read."""
    findings = Findings()
    assert read("campaign.yaml", made.spec.encode(), findings) is not None, (findings.sorted(), made.spec)


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_value_of_another_kind(name: str, data: st.DataObject) -> None:
    text, build = SOURCES[name]
    documents = list(yaml.safe_load_all(text))
    path = data.draw(st.sampled_from(places(documents)[1:]))
    value = data.draw(st.sampled_from(JUNK))
    try:
        made = build(changed(documents, path, value))
    except ForeignError:
        return
    readable(made)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_line_of_an_ini_file(data: st.DataObject) -> None:
    lines = INI.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    value = data.draw(st.sampled_from([v if isinstance(v, str) else json.dumps(v) for v in JUNK]))
    key, equals, _ = lines[at].partition("=")
    lines[at] = f"{key}= {value}" if equals else value
    try:
        made = from_ini("c", "c.ini", "\n".join(lines).encode())
    except ForeignError:
        return
    readable(made)
