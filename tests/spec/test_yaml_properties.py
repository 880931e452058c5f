"""What holds for every document."""

from __future__ import annotations

import math

import yaml
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Node, Plain, Scalar, Sequence, plain
from cmcompile.spec.yaml import Limits, read
from cmcompile.spec.yaml.scalars import Trap, resolve

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.text("0123456789eE.-+_:xob~ "),
)
_DATA = st.recursive(
    _SCALARS, lambda kids: st.one_of(st.lists(kids, max_size=4), st.dictionaries(st.text(), kids, max_size=4))
)
_YAML = st.text("ab:-[]{}&*!|>'\"%@`#,?\\ \n\t\r0159.~eé\u0085\ufeff", max_size=60)
#: Not read as text, or not as a number of ours, by one reader or another.
_TRAPS = {f"CM{n:03}" for n in (4, 7, 8, 9, 19)}


class _NoDates(yaml.SafeLoader):
    """The loader of PyYAML without dates, which are text here."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as PyYAML has it
        first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(":timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@given(_DATA, st.booleans(), st.booleans())
def test_equals_safe_load_or_names_a_trap(data: object, flow: bool, unicode: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=unicode)
    findings = Findings()
    node = read("x.yaml", text.encode(), findings, Limits(findings=1_000_000))
    if node is None:
        assert {d.code.name for d in findings} <= _TRAPS
    else:
        assert plain(node) == yaml.safe_load(text)


@given(st.text("0123456789eE.-+_:xobyYnNaAfF~", min_size=1, max_size=12))
def test_a_value_is_what_pyyaml_reads_or_a_trap(text: str) -> None:
    value = resolve(text)
    if isinstance(value, Trap):
        return
    try:
        other = yaml.load(f"- {text}", Loader=_NoDates)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError:
        return
    if isinstance(other, list) and isinstance(other[0], Plain):  # else it isn't one plain value
        assert value == other[0]
        assert type(value) is type(other[0])


@given(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_canonical_numbers_are_numbers(number: float) -> None:
    value = resolve(yaml.safe_dump(number).removesuffix("\n...\n"))
    assert value == number
    assert not isinstance(value, float) or math.copysign(1, value) == math.copysign(1, number)


@given(st.binary())
def test_bytes_never_raise(data: bytes) -> None:
    _read_and_check(data)


@given(_YAML)
def test_text_never_raises(text: str) -> None:
    _read_and_check(text.encode())


def _read_and_check(data: bytes) -> None:
    findings = Findings()
    node = read("x.yaml", data, findings)
    assert (node is None) == (len(findings) > 0)
    lines = data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    for finding in findings:
        assert finding.span is not None
        assert 1 <= finding.span.line <= len(lines)
        assert 1 <= finding.span.column <= len(lines[finding.span.line - 1]) + 1


@given(st.one_of(_YAML, _DATA.map(lambda data: str(yaml.safe_dump(data, allow_unicode=True)))))
def test_a_place_shows_the_value(text: str) -> None:
    findings = Findings()
    node = read("x.yaml", text.encode(), findings)
    if node is None:
        return
    lines = text.removeprefix("\ufeff").split("\n")
    for char, value in _scalars(lines, node):
        if isinstance(value, str) and value and char not in ("'", '"', "|", ">"):
            assert char == value[0]
        elif isinstance(value, int | float):
            assert char in "-0123456789tTfF"


def _scalars(lines: list[str], node: Node) -> list[tuple[str, Plain]]:
    """Return what stands at the place of each key and value, and what it was read as."""
    if isinstance(node, Scalar):
        column = node.span.column - 1
        return [(lines[node.span.line - 1][column : column + 1], node.value)]
    if isinstance(node, Sequence):
        return [pair for item in node for pair in _scalars(lines, item)]
    keys = [Scalar(entry.key, entry.key_span) for entry in node]
    return [pair for part in (*keys, *(entry.value for entry in node)) for pair in _scalars(lines, part)]
