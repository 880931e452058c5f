"""Encodings, line ends, and characters that nobody can see."""

from __future__ import annotations

import pytest

from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import plain
from cmcompile.spec.yaml import read


def places(data: bytes) -> list[tuple[str, int, int]]:
    findings = Findings()
    read("x.yaml", data, findings)
    return [(d.code.name, d.span.line, d.span.column) for d in findings if d.span is not None]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: 1\nb: \xff", [("CM003", 2, 4)]),
        ("é: ".encode() + b"\xe9", [("CM003", 1, 4)]),
        (b"\xef\xbb\xbfa: \xff", [("CM003", 1, 4)]),
        (b"a: \xed\xa0\x80", [("CM003", 1, 4)]),
        ("a: 1".encode("utf-16"), [("CM003", 1, 1)]),
        ("a: 1".encode("utf-32"), [("CM003", 1, 1)]),
        ("a: 1".encode("utf-16-le"), [("CM004", 1, 2)]),
        (b"a: 1\nb: \0", [("CM004", 2, 4)]),
        (b"a: x\x07\nb: \x1b[0m", [("CM004", 1, 5), ("CM004", 2, 4)]),
        ("# é\u0085".encode(), [("CM004", 1, 4)]),
        ("a: \u2028".encode(), [("CM004", 1, 4)]),
        ("a: 😀\u202e".encode(), [("CM004", 1, 5)]),
        ("a: \u200b".encode(), [("CM004", 1, 4)]),
        ("a: \ufeff".encode(), [("CM004", 1, 4)]),
        ("a: \uffff".encode(), [("CM004", 1, 4)]),
        (rb'a: "x\0"', [("CM004", 1, 6)]),
        (rb'"k\u0007": "\\0 \x1B \r"', [("CM004", 1, 3), ("CM004", 1, 17), ("CM004", 1, 22)]),
        (b'a: "x\n  y \\U0000202E"', [("CM004", 2, 5)]),
        (b"a: 1\rb: 2\r\n", [("CM018", 1, 5)]),
    ],
)
def test_refused(data: bytes, expected: list[tuple[str, int, int]]) -> None:
    assert places(data) == expected


def test_accepted_escapes_and_letters() -> None:
    findings = Findings()
    node = read("x.yaml", 'a: "\\t\\n\\"\\\\\\u00e9\\_"\nb: é😀\n'.encode(), findings)
    assert node is not None
    assert plain(node) == {"a": '\t\n"\\é\xa0', "b": "é😀"}


def test_byte_order_mark_moves_no_column() -> None:
    assert places(b"\xef\xbb\xbfa: yes") == [("CM007", 1, 4)]


def test_crlf_is_a_newline() -> None:
    findings = Findings()
    node = read("x.yaml", b"a: |\r\n  b\r\n  c\r\nd: 'e\r\n  f'\r\n", findings)
    assert node is not None
    assert plain(node) == {"a": "b\nc\n", "d": "e f"}
    assert places(b"a: 1\r\nb:\r\n  - yes\r\n") == [("CM007", 3, 5)]


def test_a_binary_file_gives_few_findings() -> None:
    assert len(places(bytes(range(1, 32)) * 1000)) < 25
    assert len(places(b"\0" * 100_000)) == 1


def test_columns_count_characters() -> None:
    assert places("é😀: yes".encode()) == [("CM007", 1, 5)]
