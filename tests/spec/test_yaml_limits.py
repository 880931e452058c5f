"""No input exhausts stack, memory or time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cmcompile.model.diagnostic import Findings
from cmcompile.spec.yaml import Limits, read

_CHILD = """
import sys
from cmcompile.model.diagnostic import Findings
from cmcompile.spec.yaml import read
findings = Findings()
node = read("x.yaml", sys.stdin.buffer.read(), findings)
print(node is None, *(d.code.name for d in findings if d.code.name == "CM015"))
"""


def codes(data: bytes, limits: Limits) -> list[str]:
    findings = Findings()
    node = read("x.yaml", data, findings, limits)
    assert (node is None) == (len(findings) > 0)
    return [d.code.name for d in findings]


@pytest.mark.parametrize("text", ["[", "- ", "{a: ", "? ", "[{a: ", "- ? "])
def test_deep_nesting_does_not_end_the_process(text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD], input=text.encode() * 100_000, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [b"True", b"CM015"]


def test_depth() -> None:
    limits = Limits(depth=3)
    assert codes(b"[[[1]]]", limits) == []
    assert codes(b"[[[[1]]]]", limits) == ["CM015"]
    assert codes(b"a:\n  b:\n    c: 1", limits) == []


def test_depth_counts_what_aliases_hold() -> None:
    limits = Limits(depth=3)
    assert codes(b"- &a [[1]]\n- *a", limits) == []
    assert codes(b"- &a [[1]]\n- [*a]", limits) == ["CM015"]


def test_nodes() -> None:
    assert codes(b"[1, 2, 3]", Limits(nodes=4)) == []
    assert codes(b"[1, 2, 3, 4]", Limits(nodes=4)) == ["CM015"]


def test_scalar() -> None:
    assert codes(b"a: xxxx", Limits(scalar=4)) == []
    assert codes(b"a: xxxxx", Limits(scalar=4)) == ["CM015"]
    assert codes(b"xxxxx: a", Limits(scalar=4)) == ["CM015"]
    assert codes(b"a: |\n  " + b"x" * (2**20 + 1), Limits()) == ["CM015"]


def test_file() -> None:
    assert codes(b"a: 1", Limits(file=4)) == []
    assert codes(b"a: 10", Limits(file=4)) == ["CM015"]


def test_findings_end_somewhere() -> None:
    assert codes(b"- yes\n" * 1000, Limits(findings=3)) == ["CM007"] * 3 + ["CM015"]


def test_billion_laughs() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert codes("\n".join(lines).encode(), Limits()) == ["CM015"]


def test_many_aliases_of_one_long_text() -> None:
    text = b"- &a " + b"x" * 1000 + b"\n" + b"- *a\n" * 100
    assert codes(text, Limits(expansion_text=100_000)) == []
    assert codes(text, Limits(expansion_text=99_999)) == ["CM015"]


def test_expansion_counts_keys_and_values() -> None:
    text = b"- &a {b: 1, c: [2, 3]}\n- *a\n- *a\n"
    assert codes(text, Limits(expansion=14)) == []
    assert codes(text, Limits(expansion=13)) == ["CM015"]
