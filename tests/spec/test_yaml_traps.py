"""Every trap of YAML gives its own code at its exact place, and what is no trap gives none."""

from __future__ import annotations

import pytest

from cmcompile.model.diagnostic import Diagnostic, Findings
from cmcompile.model.source import Mapping, Plain, Scalar, Sequence, plain
from cmcompile.spec.yaml import Limits, read


def found(data: str | bytes, limits: Limits = Limits()) -> list[Diagnostic]:  # noqa: B008 - frozen
    """Read, and check that a document is given if and only if nothing was found."""
    findings = Findings()
    node = read("x.yaml", data.encode() if isinstance(data, str) else data, findings, limits)
    assert (node is None) == (len(findings) > 0)
    return list(findings)


def places(data: str | bytes) -> list[tuple[str, int, int]]:
    return [(d.code.name, d.span.line, d.span.column) for d in found(data) if d.span is not None]


def value(text: str) -> object:
    findings = Findings()
    node = read("x.yaml", text.encode(), findings)
    assert node is not None, [d.message for d in findings]
    return plain(node)


WORDS = "y Y n N yes Yes YES no No NO on On ON off Off OFF TRUE FALSE = <<"
NUMBERS = """
2026_33 1_ 010 -010 00 08 0o10 0x1f 0b11 0_ 0x_ 1:30 1:30:00 190:20:30.15 1e3 1E3 1.5e10 1234e56 1.e5
.5 -.5 +.5 5. 1_0.5 +5 -0 +0 .inf -.inf +.INF .nan .NaN 007.5 +1.5 1e99999
"""
TOO_LARGE = ("9223372036854775808", "-9223372036854775809", "1" * 5000, "1.5e+999", "1." + "1" * 99)
TEXTS = """
2026-01-05 2026-01-05T10:00:00Z a..b 0..188 1% ${X} w_2025_17 23.0.0 12ab 0e1f 1.2.3 . .. -x
None nil 01:30 1:99 +x _1 1e 0o8 0xg T F tRUE NO2 =x <<x ~x
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "CM007") for text in WORDS.split()),
        *((text, "CM008") for text in NUMBERS.split()),
        *((text, "CM009") for text in ("~", "Null", "NULL")),
        *((text, "CM019") for text in TOO_LARGE),
    ],
)
def test_a_trap_has_its_code_and_place(text: str, code: str) -> None:
    assert places(f"a:\n  - ok\n  - {text}\n") == [(code, 3, 5)]
    assert places(f"{{k: {text} }}") == [(code, 1, 5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("null", None),
        ("true", True),
        ("True", True),
        ("false", False),
        ("False", False),
        ("0", 0),
        ("-17", -17),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("0.5", 0.5),
        ("-0.0", -0.0),
        ("1.5e+10", 1.5e10),
        ("1.5E-05", 1.5e-5),
    ],
)
def test_plain_values(text: str, expected: Plain) -> None:
    result = value(f"a: {text}")
    assert result == {"a": expected}
    assert isinstance(result, dict)
    assert type(result["a"]) is type(expected)


@pytest.mark.parametrize("text", [*TEXTS.split(), "${{ x }}", "instrument='LSSTCam' and visit in (1..5)"])
def test_what_is_no_trap_is_text(text: str) -> None:
    assert value(f"a: {text}") == {"a": text}


@pytest.mark.parametrize("text", ["yes", "2026_33", "1e3", "~", "=", "1:30", "010", "null", "true", "5"])
def test_quotes_make_text(text: str) -> None:
    assert value(f"a: '{text}'\nb: \"{text}\"\nc: |-\n  {text}\n") == dict.fromkeys("abc", text)


def test_keys_are_text_and_no_traps() -> None:
    assert value("32: a\nyes: b\n1e3: c\n~: d\nnull: e\n0x1f: f\n2026-01-05: g") == {
        "32": "a",
        "yes": "b",
        "1e3": "c",
        "~": "d",
        "null": "e",
        "0x1f": "f",
        "2026-01-05": "g",
    }


def test_hint_gives_the_number_and_the_quotes() -> None:
    (trap,) = found("release: 2026_33")
    assert trap.message == "2026_33 without quotes is 202633 in YAML 1.1 and text in YAML 1.2"
    assert trap.hint == "write '2026_33' in quotes for text, or 202633 for the number"
    (trap,) = found("- 010")
    assert trap.hint == "write '010' in quotes for text, or 8 or 10 for the number"
    (trap,) = found("- 1234e56")
    assert trap.hint == "write '1234e56' in quotes for text, or 1.234e+59 for the number"


def test_duplicate_keys_are_all_reported_with_their_first_place() -> None:
    text = "a: 1\nb:\n  1: x\n  '1': z\na: 3\na: 4\n"
    assert places(text) == [("CM006", 4, 3), ("CM006", 5, 1), ("CM006", 6, 1)]
    assert [str(d.related[0].span) for d in found(text)] == ["x.yaml:3:3", "x.yaml:1:1", "x.yaml:5:1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x {b: 1}\nc:\n  <<: *x\n", [("CM010", 3, 3)]),
        ("a: !!python/object/apply:os.system [ls]", [("CM012", 1, 4)]),
        ("a: !include x.yaml", [("CM012", 1, 4)]),
        ("- &x !!str 5", [("CM012", 1, 3)]),
        ("- ! x", [("CM012", 1, 3)]),
        ("- !undefined!x y", [("CM012", 1, 3)]),
        ("- !<", [("CM012", 1, 3)]),
        ("%TAG ! tag:example.org,2000:\n---\na: b", [("CM012", 1, 1)]),
        ("a: 1\n---\nb: 2\n", [("CM013", 2, 1)]),
        ("a: *b", [("CM014", 1, 4)]),
        ("a: &b [1, *b]", [("CM014", 1, 11)]),
        ("a: &b\n  c: {d: *b}", [("CM014", 2, 10)]),
        ("[a]: 1", [("CM016", 1, 1)]),
        ("? {a: b}\n: 1", [("CM016", 1, 3)]),
        ("a: &x b\n*x : c", [("CM016", 2, 1)]),
        ("? \n: 1", [("CM016", 1, 2)]),
        ("a:\n\tb: 1", [("CM017", 2, 1)]),
        ("a:\n  b: 1\n \tc: 2", [("CM017", 3, 2)]),
        ("a:\n- b\n \t- c\n", [("CM017", 3, 2)]),
        ("a: |\n\tb", [("CM017", 2, 1)]),
        ("- \t- x", [("CM017", 1, 3)]),
        ("a: yes\n\tb: 1", [("CM017", 2, 1)]),
        ("a: 1\rb: 2", [("CM018", 1, 5)]),
    ],
)
def test_structure(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  b\n  \tc\n",
        "a: b\tc\n",
        "a:\tb\n",
        "a: 1\n  \t\n",
        "a: >\n  x\n   \ty\nb: 1",
    ],
)
def test_tabs_elsewhere_are_fine(text: str) -> None:
    assert places(text) == []


def test_tab_within_a_block_scalar_does_not_hide_one_outside() -> None:
    assert places("a: |\n  x\n  \ty\nb: [\n\t1]\nc: |\n  z\n  \tz\n") == [("CM017", 5, 1)]


def test_several_findings_in_one_pass() -> None:
    text = "a: yes\na: 010\nb: [~, *c, !x y]\n<<: {}\n"
    names = [name for name, _, _ in places(text)]
    assert names == ["CM007", "CM006", "CM008", "CM009", "CM014", "CM012", "CM010"]


def test_traps_before_a_syntax_error_are_kept() -> None:
    assert places("a: yes\nb: ]\n") == [("CM007", 1, 4), ("CM005", 2, 4)]


def test_anchors_work() -> None:
    assert value("a: &x [1, &y {b: c}]\nd: *x\ne: *y\nf: &z 5\ng: *z\n&k h: *k\n") == {
        "a": [1, {"b": "c"}],
        "d": [1, {"b": "c"}],
        "e": {"b": "c"},
        "f": 5,
        "g": 5,
        "h": "h",
    }


def test_an_anchor_named_again_means_the_newest() -> None:
    assert value("- &x [&x 1, *x]\n- *x\n- &x 3\n- *x\n") == [[1, 1], 1, 3, 3]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null", "\ufeff"])
def test_empty_document_is_null(text: str) -> None:
    findings = Findings()
    node = read("x.yaml", text.encode(), findings)
    assert isinstance(node, Scalar)
    assert node.value is None


def test_version_directive_and_markers_are_accepted() -> None:
    assert value("%YAML 1.2\n---\na: 1\n...\n") == {"a": 1}


def test_anchor_does_not_move_the_place_of_its_value() -> None:
    findings = Findings()
    node = read("x.yaml", b"- &a x\n- &b   # why\n  [z]\n- &c\n  k: v\n- &d\n", findings)
    assert isinstance(node, Sequence)
    assert [(item.span.line, item.span.column) for item in node] == [(1, 6), (3, 3), (5, 3), (6, 3)]


def test_a_missing_value_stands_inside_the_file() -> None:
    findings = Findings()
    node = read("x.yaml", b"? a", findings)
    assert isinstance(node, Mapping)
    assert str(node.entries["a"].value.span) == "x.yaml:1:4"
