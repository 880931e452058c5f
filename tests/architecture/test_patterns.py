"""Regular expressions that mean the same to every Python we support."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Until 3.11.5, Python took what such a group had begun to match, though it failed in its midst
#: (https://github.com/python/cpython/issues/106052). An atomic group, ``(?>(?:x)*)``, is right in all.
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+")


def test_no_group_is_repeated_possessively() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "cmcompile").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if POSSESSIVE_GROUP.search(line)
    ]
    assert found == []


def test_it_would_be_seen() -> None:
    assert POSSESSIVE_GROUP.search(r"(?:,[0-9]+)*+")
    assert POSSESSIVE_GROUP.search(r"(?:a|b){2,3}+")
    assert not POSSESSIVE_GROUP.search(r"[0-9]*+(?>(?:,[0-9]++)*)")
