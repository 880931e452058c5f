"""The examples on the pages of the BPS codes show what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from bps_documents import GOOD, doc, found, include

from cmcompile.model.codes import bps
from cmcompile.model.diagnostic import Code

PAGES = Path(__file__).parents[2] / "docs/diagnostics"
CODES = sorted(code.name for code in vars(bps).values() if isinstance(code, Code))


def example(name: str, section: str) -> dict[str, object]:
    """Return the BPS keys of an example of a page."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    match = re.search(rf"^## {section}\n+```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert match is not None
    keys: dict[str, object] = yaml.safe_load(match.group(1))["bps"]
    return keys


def reported(name: str, keys: dict[str, object]) -> set[str]:
    """Return the codes that the keys of an example give, on top of a file without a fault."""
    base = yaml.safe_load(GOOD)
    for key, value in keys.items():
        base[key] = {**base.get(key, {}), **value} if isinstance(value, dict) else value
    named = base.get("includeConfigs", [])
    made = doc(
        yaml.safe_dump(base, sort_keys=False),
        *(include(item, None) for item in named),
        variables=frozenset({"BUTLER_REPO"}) if name == "CM107" else None,
        dimensions=frozenset({"visit"}) if name == "CM126" else frozenset(),
    )
    return {diagnostic.code.name for diagnostic in found(made)}


@pytest.mark.parametrize("name", CODES)
def test_the_bad_example_gives_the_code(name: str) -> None:
    assert reported(name, example(name, "Bad")) == {name}


@pytest.mark.parametrize("name", CODES)
def test_the_good_example_gives_nothing(name: str) -> None:
    assert reported(name, example(name, "Good")) == set()
