"""Errors of the parser come in plain words, at the place of their cause."""

from __future__ import annotations

import pytest

from cmcompile.model.diagnostic import Findings
from cmcompile.spec.yaml import read


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: b: c", 1, 5, "':' stands where no key"),
        ("a: 1\n  b: 2", 2, 4, "':' stands where no key"),
        ("a: 1\nb\nc: 1", 2, 1, "neither 'key: value'"),
        ("a: 'it's'", 1, 8, "no 'key: value'"),
        ("a:\n  - b\n - c", 3, 2, "no 'key: value'"),
        ("a: {x}/y", 1, 7, "no 'key: value'"),
        ("- a\nb: 1", 2, 1, "an item"),
        ("a: [1, 2\nb: 1", 2, 2, "closing ']'"),
        ("a: [${{ x }}]", 1, 6, "closing ']'"),
        ("a: {b: 1\nc: ", 2, 2, "closing '}'"),
        ("a: 'x\nb: 1\n", 1, 4, "never closed"),
        ('a: "x\n---\n', 1, 4, "before a line '---'"),
        (r'a: "\d"', 1, 5, "escape"),
        (r'a: "\ud800"', 1, 7, "does not exist"),
        (r'a: "\xzz"', 1, 7, "hexadecimal"),
        ("a: *.fits", 1, 4, "alias"),
        ("a: & b", 1, 4, "anchor"),
        ("a: - b", 1, 4, "list can't start"),
        ("a: ]", 1, 4, "value is missing"),
        ("a: 1\n...\nb: 2", 3, 1, "has ended"),
        ("a: @x", 1, 4, "start with '@'"),
        ("a: `x`", 1, 4, "start with '`'"),
        ("{% if %}", 1, 2, "start with '%'"),
        ("%IF x\n---\n", 1, 4, "'%'"),
        ("%YAML 3.0\n---\n", 1, 1, "version"),
        ("a: |x\n  b", 1, 5, "next line"),
        ("a: [", 1, 5, "missing"),
    ],
)
def test_syntax(text: str, line: int, column: int, words: str) -> None:
    findings = Findings()
    assert read("x.yaml", text.encode(), findings) is None
    (finding,) = findings
    assert finding.code.name == "CM005"
    assert words in finding.message
    assert finding.hint
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (line, column)


def test_an_open_list_is_shown_where_it_starts() -> None:
    findings = Findings()
    read("x.yaml", b"a: [1,\nb: ]]", findings)
    (finding,) = findings
    read("x.yaml", b"a: [1, 2\nb: 1", findings)
    assert [str(d.related[0].span) for d in findings if d is not finding] == ["x.yaml:1:4"]
