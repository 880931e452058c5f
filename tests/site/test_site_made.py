"""A site as bytes: every group can be found, and the same ledger gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import campaign, groups, site
from site_reader import detail, holding, read, rows

from cmcompile.model.group import Group, Part
from cmcompile.report.groups import left_ids
from cmcompile.site import ids as ids_module
from cmcompile.site.make import FORMAT, INDEX, as_run_path, files_of, manifest
from cmcompile.site.shards import ROWS

STEPS = st.fixed_dictionaries({name: groups(name) for name in ("step1", "__proto__", "Step1")})


@settings(max_examples=40)
@given(STEPS, st.integers(2, 50))
def test_every_group_is_found_by_name_and_by_each_of_its_ids(
    steps: dict[str, list[Group]], size: int
) -> None:
    made = campaign("c", steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids_module, "IDS", size)
        files = files_of(site(made), {})
    index = read(files, INDEX)["campaigns"][0]
    whole = read(files, index["file"])
    assert [step["name"] for step in whole["steps"]] == list(steps)
    wanted: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for number, (step, some) in enumerate(steps.items()):
        assert [row["id"] for row in rows(files, whole, step)] == [group.id for group in some]
        for at, group in enumerate(some):
            assert detail(files, whole, step, group.id) is not None
            part = group.parts[0]
            for id_ in left_ids(group, part):
                wanted.setdefault((part.axis, str(id_)), set()).add((number, at))
    for (axis, id_), places in wanted.items():
        assert holding(files, whole, axis, id_) == places


@settings(max_examples=20)
@given(STEPS)
def test_the_order_in_which_things_are_told_does_not_matter(steps: dict[str, list[Group]]) -> None:
    made = campaign("c", steps)
    turned = replace(made, groups=dict(reversed(list(made.groups.items()))))
    assert files_of(site(made), {}) == files_of(site(turned), {})


def test_rows_go_on_in_further_files() -> None:
    some = [Group("s", str(n), (Part("visit", "visit", str(n), n, (n,)),)) for n in range(ROWS + 1)]
    files = files_of(site(campaign("c", {"s": some})), {})
    whole = read(files, "data/c/campaign.js")
    assert len(whole["steps"][0]["groups"]["rows"]) == 2
    assert len(rows(files, whole, "s")) == ROWS + 1
    assert holding(files, whole, "visit", str(ROWS)) == {(0, ROWS)}
    assert len(files[INDEX]) < 3000


def test_the_mark_of_a_campaign_changes_with_any_of_its_data() -> None:
    one, other = (Group("s", "1", (Part("visit", "visit", "1", 1, ids),)) for ids in ((1, 2), (1, 3)))
    marks = {
        read(files_of(site(campaign("c", {"s": [g]})), {}), INDEX)["campaigns"][0]["mark"]
        for g in (one, other)
    }
    assert len(marks) == 2


def test_the_page_loads_its_own_scripts_only_and_in_order() -> None:
    page = files_of(
        site(), {"base.js": b"", "start.js": b"", "theme.js": b"", "site.css": b"", "zoo.js": b""}
    )
    text = page["index.html"].decode()
    names = ["theme.js", "base.js", "zoo.js", "data/index.js", "start.js"]
    places = [text.index(name) for name in names]
    assert places == sorted(places)
    assert "script-src 'self'" in text
    assert "http" not in text.replace("http-equiv", "")
    assert read(page, INDEX)["format"] == FORMAT


def test_a_list_of_files_is_sorted() -> None:
    assert manifest(["b", "a"]).decode().index('"a"') < manifest(["b", "a"]).decode().index('"b"')
    assert as_run_path("ab" * 20) == f"files/ab/{'ab' * 20}.txt"


def test_no_script_makes_markup_of_text() -> None:
    place = Path(ids_module.__file__).parent / "static"
    for script in place.glob("*.js"):
        text = script.read_text()
        assert "innerHTML" not in text, script
        assert "eval(" not in text, script
        assert "fetch(" not in text, script
