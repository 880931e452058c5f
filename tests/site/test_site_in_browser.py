"""The site in a real browser, opened from files: small, hostile, and with 25,000 groups."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from chromium import Browser, browser
from large import MESSAGE, large_repository
from ledger_builder import git
from ledger_world import SENT, SPEC, make_world, run, write
from made_up import campaign, site
from site_worlds import HOSTILE, eventful, hostile

from cmcompile.model.group import Group
from cmcompile.model.states import GroupState
from cmcompile.model.status import StepStatus
from cmcompile.site import shards
from cmcompile.site.make import files_of

pytestmark = [pytest.mark.service("chromium"), pytest.mark.xdist_group("browser")]

TWIN_OF_NONE = SPEC.replace("campaign: c", "campaign: e")
GROUPS = 25_000
#: Of the first view over a page with a static table of 500 rows.
BOUND = 3.0
PHONE, DESKTOP = (390, 844), (1280, 900)
GROUP, RUN = "#/g/c/step1/2", "#/g/c/step1/2/w00"
TABS = ("#/c/c", "#/c/c/groups", "#/c/c/times", "#/c/c/sites", "#/c/c/data")
PAGES = ("#/", *TABS, GROUP, RUN, "#/find?q=visit%3A12", "#/c/d")
FAINT = (Path(__file__).parent / "faint.js").read_text(encoding="utf-8")


def written(root: Path, out: Path, *arguments: str) -> str:
    """Write the site of a clone; return the address of its page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        result = run("site", "-o", str(out), *arguments)
    assert result.exit_code == 0, result.output
    return (out / "index.html").as_uri()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as found:
        found.size(*DESKTOP)
        yield found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("small")
    return written(eventful(place).root, place / "a folder & more/out")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("large")
    large_repository(place, GROUPS)
    return written(place, place.parent / f"{place.name}-out", "--offline", "--no-files")


def text(page: Browser, selector: str = "main") -> str:
    """Return what the first element that a selector means shows."""
    return str(page.value(f"document.querySelector({selector!r}).innerText"))


def each(page: Browser, selector: str, of: str) -> list[Any]:
    """Return an expression of each element that a selector means, as ``one``."""
    found = page.value(f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => {of})")
    assert isinstance(found, list)
    return found


def arrives(page: Browser, part: str) -> None:
    """Wait for a page whose address has a part."""
    page.until(f"location.hash.includes({json.dumps(part)}) && cm.shown === location.hash")
    page.settled()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page_opens_without_a_complaint_and_fits(
    page: Browser, small: str, size: tuple[int, int], dark: bool
) -> None:
    page.size(*size, dark=dark)
    for address in PAGES:
        page.open(small + address)
        assert page.complaints() == []
        assert text(page, "h1")
        assert "can't be shown" not in text(page)
        assert page.value("document.documentElement.scrollWidth") <= size[0]
        assert page.value(FAINT) == [], address
    page.size(*DESKTOP)


def test_what_needs_a_person_comes_first_with_its_command(page: Browser, small: str) -> None:
    page.open(small)
    assert text(page, "main h2") == "Needs a person"
    first = text(page, ".card")
    assert "step1/2" in first
    assert "has failures" in first
    assert "cmcompile retry c/step1/2@w00" in first
    assert "isr 7 quanta" in first


def test_one_goes_down_from_the_first_page_to_a_failure(page: Browser, small: str) -> None:
    page.open(small)
    for link, part in (("c", "#/c/c"), ("step1", "step=step1"), ("2", "step1/2"), ("w00", "2/w00")):
        links = "[...document.querySelectorAll('main tbody a')]"
        page.value(f"{links}.find((a) => a.textContent === '{link}').click()")
        arrives(page, part)
    assert text(page, "h1") == "step1/2@w00"
    assert "MemoryError" in text(page)
    assert "detector=6, visit=12" in text(page)
    file = page.value("document.querySelector('.files a').href")
    assert file.startswith("file://")
    page.open(file)
    assert "pipelineYaml: /p/x.yaml" in text(page, "body")
    assert page.complaints() == []


def test_campaigns_of_a_production_are_counted_together(page: Browser, tmp_path: Path) -> None:
    named = SPEC.replace("campaign: c", "campaign: c\nproduction: DP1")
    world = make_world(tmp_path, c=named, d=named.replace("campaign: c", "campaign: d"), e=TWIN_OF_NONE)
    world.happened("1", *SENT).published()
    page.open(written(world.root, tmp_path / "out"))
    assert page.complaints() == []
    titles = each(page, "main h2", "one.innerText")
    assert titles[1:] == ["Of no production", "Production DP1"]
    said = each(page, "main section p:not([class])", "one.innerText")
    assert "2 campaigns: 0 of 12 groups accepted; under way: 1; for a person: 0" in said


#: The twin calls its visits exposures, and has one more rescue.
_TWELVE = ["step1/2", "step1/2", "step1/memory.2"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("visit:12", _TWELVE),
        ("12", _TWELVE),
        ("exposure=12", _TWELVE),
        ("tract:9697", ["step3/9697", "step3/9697"]),
        ("memory", ["step1/memory.3", "step1/memory.2", "step1/memory.3"]),
        ("visit:4000", []),
    ],
)
def test_a_search_finds_groups(page: Browser, small: str, typed: str, found: list[str]) -> None:
    page.open(small)
    page.key("/")
    assert page.value("document.activeElement.id") == "query"
    page.ask("Input.insertText", text=typed)
    page.key("Enter")
    arrives(page, "#/find")
    assert each(page, "main tbody th a", "one.textContent") == found
    assert page.complaints() == []


def test_the_keyboard_walks_a_table(page: Browser, small: str) -> None:
    page.open(small + "#/c/c/groups?step=step1")
    for key in ("j", "j", "k", "ArrowDown"):
        page.key(key)
    assert page.value("document.activeElement.dataset.href") == GROUP
    page.key("Enter")
    page.until(f"cm.shown === '{GROUP}'")
    assert text(page, "h1") == "step1/2"
    page.key("?")
    assert page.value("document.getElementById('keys').open") is True
    page.key("Escape")


def test_the_colours_that_were_chosen_are_kept(page: Browser, small: str) -> None:
    page.open(small)
    seen = []
    for _ in range(3):
        page.key("t")
        page.open(small)
        ground = page.value("getComputedStyle(document.body).backgroundColor")
        seen.append((page.value("document.documentElement.dataset.theme"), ground))
    light, dark, auto = seen
    assert (light[0], dark[0], auto[0]) == ("light", "dark", None)
    assert light[1] == auto[1] != dark[1]


def test_a_link_shows_what_its_sender_saw(page: Browser, small: str) -> None:
    page.open(small + "#/c/c/groups?step=step1&sort=-missing&state=review")
    assert page.value("document.querySelector('select[data-key=state]').value") == "review"
    assert each(page, "th[aria-sort=descending]", "one.innerText.split(' ')[0].trim()") == ["Missing"]
    assert each(page, "main tbody th", "one.innerText") == ["2"]
    page.value("document.querySelector('select[data-key=state]').value = 'active'")
    page.value("document.querySelector('select[data-key=state]').dispatchEvent(new Event('change'))")
    arrives(page, "state=active")
    assert "step=step1" in page.value("location.hash")
    page.value("history.back()")
    arrives(page, "state=review")


def test_what_is_typed_into_the_filter_stands_in_the_address(page: Browser, small: str) -> None:
    page.open(small + "#/c/c/groups?step=step1")
    page.value("document.querySelector('input[data-key=q]').focus()")
    for letter in "mem":
        page.ask("Input.insertText", text=letter)
        page.settled()
    arrives(page, "q=mem")
    page.until("document.querySelectorAll('main tbody tr').length === 1")
    assert page.value("document.activeElement.dataset.key") == "q"
    assert page.value("document.activeElement.value") == "mem"


@pytest.mark.parametrize(
    "address",
    [
        "#/c/nothing",
        "#/c/c/nothing",
        "#/g/c/step1/99",
        "#/g/c/step9/1",
        f"{GROUP}/w09",
        "#/x",
        "#/c/%E0%A4%A",
    ],
)
def test_an_address_of_nothing_says_so(page: Browser, small: str, address: str) -> None:
    page.open(small + address)
    assert text(page, "h1") == "It can't be shown"
    assert page.complaints() == []


def test_a_decision_is_made_by_an_edit_on_the_forge(page: Browser, tmp_path: Path) -> None:
    world = eventful(tmp_path)
    git(world.root, "config", "cmcompile.forge", "https://git.example.org/o/r")
    path = "campaigns/c/decisions.yaml"
    page.open(written(world.root, tmp_path / "out"))
    new = f"https://git.example.org/o/r/new/main?filename={path}"
    assert new in each(page, ".card a", "one.getAttribute('href')")
    write(world.root, path, "[]\n")
    page.open(written(world.root, tmp_path / "out") + GROUP)
    edit = f"https://git.example.org/o/r/edit/main/{path}"
    assert edit in each(page, "main .acts a", "one.getAttribute('href')")


def test_what_ended_long_ago_is_folded_away(page: Browser, tmp_path: Path) -> None:
    done = {name: campaign(name, {"s": [Group("s", "1", ())]}) for name in ("old", "new")}
    then = {"old": "2020-01-01T00:00:00Z", "new": "2100-01-01T00:00:00Z"}
    for name, one in done.items():
        rows = tuple(
            replace(row, standing=replace(row.standing, since=then[name])) for row in one.status.rows
        )
        steps = (StepStatus("s", {GroupState.ACCEPTED: 1}),)
        done[name] = replace(one, status=replace(one.status, rows=rows, steps=steps))
    static = Path(shards.__file__).parent / "static"
    files = files_of(site(*done.values()), {p.name: p.read_bytes() for p in static.iterdir()})
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    page.open((tmp_path / "index.html").as_uri())
    assert page.complaints() == []
    assert "Nothing needs a person" in text(page)
    assert each(page, "main details:not([open]) tbody th", "one.textContent") == ["old"]
    assert each(page, "main section tbody th", "one.textContent") == ["new"]


def test_tables_are_told_to_those_who_do_not_see_them(page: Browser, small: str) -> None:
    for address in PAGES:
        page.open(small + address)
        assert all(each(page, "table", "one.caption && one.caption.textContent"))
        assert all(each(page, "th", "one.scope"))
        assert all(each(page, "svg", "one.getAttribute('aria-label')"))
        assert all(each(page, "input, select", "one.labels.length"))
        assert len(each(page, "main h1", "1")) == 1
        ids = each(page, "[id]", "one.id")
        assert len(set(ids)) == len(ids)


def test_no_text_of_a_ledger_does_anything(page: Browser, tmp_path: Path) -> None:
    address = written(hostile(tmp_path).root, tmp_path / "out")
    found = "#/find?q=%3Cimg%20src%3Dx%20onerror%3Dhit%3D1%3E"
    for place in ("#/", *TABS, "#/g/c/step1/1", "#/g/c/step1/1/w00", found):
        page.open(address + place)
        assert page.complaints() == []
        assert page.value("window.hit") is None
        assert each(page, "main img, main script", "one.outerHTML") == []
        assert not any("javascript" in link for link in each(page, "a", "one.getAttribute('href')"))
    page.open(address + "#/g/c/step1/1/w00")
    assert HOSTILE in page.value("document.querySelector('main').textContent")


def test_a_group_stands_between_those_that_it_needs_or_covers_and_the_others(
    page: Browser, small: str
) -> None:
    page.open(small + "#/g/c/step1/memory.3")
    assert each(page, "svg.graph a", "one.getAttribute('aria-label')") == [
        "step1/3: active",
        "step1/memory.3: waiting",
    ]
    page.open(small + "#/g/c/step1/3")
    assert each(page, "svg.graph a", "one.getAttribute('href')")[1] == "#/g/c/step1/memory.3"


def test_a_page_finds_the_file_of_a_group_as_it_was_written(page: Browser, small: str) -> None:
    page.open(small)
    names = ["", "a", "memory.3", "1-11", "__proto__", "\u00fc\u2028"]
    assert page.value(f"{json.dumps(names)}.map(cm.mixed)") == [shards.mixed(name) for name in names]


@pytest.mark.parametrize(
    "link", ["javascript:hit=1", " javascript:hit=1", "data:text/html,x", "//evil.example", "x"]
)
def test_no_element_gets_a_link_that_is_no_link(page: Browser, small: str, link: str) -> None:
    page.open(small)
    assert page.value(f"cm.el('a', {{ href: {json.dumps(link)} }}).hasAttribute('href')") is False
    assert page.value(f"cm.outside({json.dumps(link)}).tagName") == "SPAN"


def test_the_page_that_was_asked_for_last_is_shown(page: Browser, small: str) -> None:
    page.open(small)
    page.value(
        "(() => { location.hash = '#/g/c/step1/2'; setTimeout(() => { location.hash = '#/c/d' }, 0) })()"
    )
    page.until("document.querySelector('h1').innerText === 'd'")
    page.value("new Promise((done) => setTimeout(done, 300))")
    assert text(page, "h1") == "d"


def test_a_file_that_is_gone_is_said(page: Browser, tmp_path: Path) -> None:
    out = tmp_path / "out"
    address = written(eventful(tmp_path / "world").root, out)
    (out / "data/c/groups/step1-0.js").unlink()
    page.open(address + GROUP)
    assert "can't be loaded" in text(page)
    index = out / "data/index.js"
    index.write_bytes(index.read_bytes().replace(b'"format":1', b'"format":2'))
    page.open(address)
    assert "of another version" in text(page)
    index.unlink()
    page.open(address)
    assert text(page, "h1") == "There are no data"


def test_a_large_ledger_opens_as_quickly_as_a_table(
    page: Browser, large: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    table = tmp_path / "table.html"
    cells = "".join(
        f"<tr><th>{n}</th><td>review</td><td>{n} of 400</td><td>w00</td></tr>" for n in range(500)
    )
    table.write_text(f"<!doctype html><title>Groups</title><table>{cells}</table>")
    ours, floor = [], []
    for _ in range(5):
        page.open(large)
        assert page.complaints() == []
        ours.append(page.task_seconds())
        page.ask("Page.navigate", url="about:blank")
        page.ask("Page.navigate", url=table.as_uri())
        page.until("document.readyState === 'complete' && document.querySelectorAll('tr').length === 500")
        floor.append(page.task_seconds())
    ratio = median(ours) / median(floor)
    said = f"{median(ours):.3f} s, {ratio:.2f} times a table of 500 rows"
    record_property("told", f"site of {GROUPS:,} groups, first view: {said}")
    assert ratio <= BOUND, (ours, floor)


_A_ROW = """cm.campaign('bench').then((c) => cm.rows(c)).then((rows) => {
  const one = rows[17000];
  return [rows.length, one.step, one.id, one.data];
})"""


def test_a_large_ledger_is_searched_filtered_and_sorted(page: Browser, large: str) -> None:
    page.open(large)
    assert re.search(r"[\d,]+ groups", text(page, ".card"))
    assert MESSAGE in text(page, ".card")
    page.go("#/c/bench/groups?person=1&sort=-missing")
    missing = each(page, "main tbody td.number b", "Number(one.innerText)")
    assert 0 < len(missing) <= 100
    assert missing == sorted(missing, reverse=True)
    number, step, group, data = page.value(_A_ROW)
    assert number > GROUPS
    id_ = re.search(r"visit (\d+)", data)
    assert id_ is not None
    page.go(f"#/find?q=visit%3A{id_[1]}")
    assert f"{step}/{group}" in each(page, "main tbody th", "one.innerText")
    page.go("#/c/bench/times")
    assert len(each(page, "svg.plot", "1")) >= 5
    assert any("isr: " in said for said in each(page, "svg.plot", "one.getAttribute('aria-label')"))
    page.go(f"#/g/bench/{step}/{group}")
    assert text(page, "h1") == f"{step}/{group}"
    assert page.complaints() == []
