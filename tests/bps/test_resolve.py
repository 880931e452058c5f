"""Texts are filled in as BPS does it."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from bps_documents import tree
from hypothesis import given, settings
from hypothesis import strategies as st

from cmcompile.bps.defaults import DEFAULTS, RUNTIME
from cmcompile.bps.resolve import Search, Trouble, fill, output
from cmcompile.model.resolved import Branch, Leaf, Origin, Tree, tree_plain

TREE = tree("""\
campaign: c1
number: 5
share: 0.5
flag: true
none: null
list: [1, 2]
a: "{b}x"
b: "<{c}>"
c: deep
loop: "{pool}"
pool: "{loop}"
self: "{self}"
uses_missing: "[{missing}]"
payload:
  campaign: c2
  payloadName: runs
  output: "{payloadName}/{campaign}"
  mine: "{a}"
pipetask:
  isr: {queue: slow}
""")

TABLE = [
    ("plain", "plain", ()),
    ("{campaign}", "c2", ()),
    ("{a}{c}", "<deep>xdeep", ()),
    ("{mine}", "<deep>x", ()),
    ("{number} {share} {flag} {none} {list}", "5 0.5 True None [1, 2]", ()),
    ("{number:05d}", "00005", ()),
    ("{campaign!r:>6}", "  'c2'", ()),
    ("{missing}", "", ("missing",)),
    ("{uses_missing}", "[]", ("missing",)),
    ("{missing}{other}{missing}", "", ("missing", "other")),
    ("{{campaign}}", "{campaign}", ()),
    ("{{missing}}{{self}}", "{missing}{self}", ()),
    ("{{ {campaign} }}", "{ c2 }", ()),
    ("${HOME}/{campaign}", "${HOME}/c2", ()),
    ("${HOME}{{}}", "${HOME}{}", ()),
    ("awk '{print $1}'", "awk ''", ("print $1",)),
    ("{}", "", ("0",)),
    ("{timestamp}/{campaign}", "{timestamp}/c2", ()),
    ("{.payload.campaign}", "c2", ()),
    ("{/payload/output}", "runs/c2", ()),
    ("{_campaign}", "c2", ()),
    ("{pipetask.isr}", "", ("pipetask.isr",)),
]

PROBLEMS = [
    ("{", Trouble.BRACE),
    ("}", Trouble.BRACE),
    ("a{b", Trouble.BRACE),
    ("{campaign}}", Trouble.BRACE),
    ("${HOME", Trouble.BRACE),
    ('{"json": 1}', Trouble.BRACE),
    ("{campaign:05d}", Trouble.BRACE),
    ("{loop}", Trouble.CYCLE),
    ("{self}", Trouble.CYCLE),
    ("{a}{pool}", Trouble.CYCLE),
]


@pytest.fixture(scope="module")
def bps() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("lsst.ctrl.bps.bps_config")


def real_fill(bps: Any, plain: object, text: str, curvals: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """Fill a text with BPS itself; return also the names that it didn't find."""
    missing: dict[str, None] = {}

    class Recorder(bps.BpsFormatter):  # type: ignore[misc]
        def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
            found, value = args[0].search(field_name, opt=args[1])
            missing.update({} if found else {field_name: None})
            return value, field_name

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = bps.Config(bps.BPS_DEFAULTS)
        config.update(plain)
        made = bps.BpsConfig(config)
        skip = [name for name in RUNTIME if not bps.Config.__contains__(made, name)]
        made["the_text"] = text
        made.formatter = Recorder()
        options = {"expandEnvVars": False, "skipNames": skip, "curvals": curvals}
        found: str = made.search("the_text", options)[1]
    return found, tuple(missing)


@pytest.mark.parametrize(("text", "filled", "missing"), TABLE)
def test_fill(text: str, filled: str, missing: tuple[str, ...]) -> None:
    done = fill(TREE, text)
    assert (done.text, done.missing, done.problem) == (filled, missing, None)


@pytest.mark.parametrize(("text", "filled", "missing"), TABLE)
def test_bps_fills_the_same(text: str, filled: str, missing: tuple[str, ...], bps: Any) -> None:
    assert real_fill(bps, tree_plain(TREE), text, {}) == (filled, missing)


@pytest.mark.parametrize(("text", "trouble"), PROBLEMS)
def test_problems_are_said(text: str, trouble: Trouble) -> None:
    done = fill(TREE, text)
    assert done.trouble is trouble
    assert done.problem
    assert done.text == text


@pytest.mark.parametrize(("text", "trouble"), PROBLEMS)
def test_bps_stops_at_the_same(text: str, trouble: Trouble, bps: Any) -> None:
    expected = RecursionError if trouble is Trouble.CYCLE else ValueError
    with pytest.raises(expected):
        real_fill(bps, tree_plain(TREE), text, {})


def test_wms_names_and_evaluation_are_left() -> None:
    assert fill(TREE, "{wmsJobName}-{campaign}").text == "{wmsJobName}-c2"
    assert fill(TREE, "bpsEval(max, 1, 2)").trouble is Trouble.EVAL


def test_texts_that_grow_without_end_are_stopped() -> None:
    doubling = tree("".join(f"n{i}: '{{n{i + 1}}}{{n{i + 1}}}'\n" for i in range(60)) + "n60: x\n")
    assert fill(doubling, "{n0}").trouble is Trouble.ENDLESS
    chain = tree("".join(f"n{i}: '{{n{i + 1}}}'\n" for i in range(500)) + "n500: x\n")
    assert fill(chain, "{n0}").trouble is Trouble.ENDLESS
    assert fill(chain, "{n450}").text == "x"


def test_a_huge_width_is_refused() -> None:
    assert fill(TREE, "{campaign:>99999999999}").trouble is Trouble.BRACE


def test_a_mapping_is_no_text() -> None:
    assert fill(TREE, "{isr}").trouble is Trouble.MAPPING


def test_a_cycle_names_its_members() -> None:
    assert fill(TREE, "{a}{loop}").cycle == ("loop", "pool")


def test_output_is_that_under_payload() -> None:
    assert output(TREE).text == "runs/c2"


def test_output_takes_names_from_includes_and_the_default() -> None:
    assert output(tree("payload: {output: 'x/{who}'}\n"), tree("who: me\n")).text == "x/me"
    assert output(tree("payload: {payloadName: p}\n")).text == "u/{operator}/p"


def test_output_at_root_is_hidden_by_the_default() -> None:
    assert output(tree("output: mine\npayload: {payloadName: p}\n")).text == "u/{operator}/p"


@pytest.mark.parametrize("text", ["payload: {output: '{output}'}", "payload: {output: [a]}"])
def test_output_that_cannot_be_known(text: str) -> None:
    assert output(tree(text)).problem


def test_output_may_be_a_number() -> None:
    assert output(tree("payload: {output: 5}")).text == "5"


NAMES = ["na", "nb", "nc", "nd", "queue"]
PIECES = st.sampled_from(
    ["x", "/", " ", "${HOME}", "{{", "}}", "{timestamp}", "{absent}", *(f"{{{name}}}" for name in NAMES)]
)
TEXTS = st.lists(PIECES, max_size=5).map("".join)
VALUES = st.one_of(TEXTS, st.integers(0, 99), st.booleans())
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)


def branch(plain: dict[str, Any]) -> Branch:
    origin = Origin("test", None)
    entries: dict[str, Tree] = {
        key: branch(value) if isinstance(value, dict) else Leaf(value, origin) for key, value in plain.items()
    }
    return Branch(entries, origin)


@settings(max_examples=150, deadline=None)
@given(root=BODIES, payload=BODIES, task=BODIES, cluster=BODIES, text=TEXTS, inside=st.booleans())
def test_any_nesting_is_filled_as_by_bps(
    root: dict[str, Any],
    payload: dict[str, Any],
    task: dict[str, Any],
    cluster: dict[str, Any],
    text: str,
    inside: bool,
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bps = pytest.importorskip("lsst.ctrl.bps.bps_config")
    plain = {**root, "payload": payload, "pipetask": {"isr": task}, "cluster": {"one": cluster}}
    labels = {"pipetask": "isr", "cluster": "one"} if inside else {}
    curvals = {f"curr_{section}": label for section, label in labels.items()}
    mine = Search.of((branch(plain), DEFAULTS), labels).fill(text)
    try:
        real = real_fill(bps, plain, text, curvals)
    except RecursionError:
        assert mine.trouble is Trouble.CYCLE
    except ValueError:
        assert mine.trouble is Trouble.BRACE
    else:
        assert ((mine.text, mine.missing), mine.problem) == (real, None)
