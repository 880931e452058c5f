"""The data of the pages look as reviewed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_builder import git
from ledger_world import run
from pages import Page
from site_reader import read
from site_worlds import eventful
from syrupy.assertion import SnapshotAssertion


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = eventful(tmp_path_factory.mktemp("format"))
    out = world.root.parent / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(world.root)
        run("site", "-o", str(out))
    return out


def commits(root: Path) -> Iterator[tuple[str, str]]:
    """Yield what differs from run to run: commits have the time in them."""
    yield git(root, "rev-parse", "refs/remotes/origin/cm/c"), "LEDGER"
    yield git(root, "rev-parse", "HEAD"), "SPEC"
    yield git(root, "rev-parse", "HEAD~1"), "FORMER-SPEC"


FILES = {
    "index": "data/index.js",
    "campaign": "data/c/campaign.js",
    "rows": "data/c/rows/step1-0.js",
    "groups": "data/c/groups/step1-0.js",
    "ids": "data/c/ids/visit-0.js",
}


@pytest.mark.parametrize("name", FILES)
def test_the_data_look_as_reviewed(out: Path, name: str, snapshot: SnapshotAssertion) -> None:
    path = FILES[name]
    data = read({path: (out / path).read_bytes()}, path)
    text = json.dumps(data, indent=1, ensure_ascii=False)
    for commit, word in commits(out.parent / "clone"):
        text = text.replace(commit, word).replace(commit[:12], word)
    text = re.sub(r'"mark": "[0-9a-f]{12}"', '"mark": "MARK"', text)
    assert text + "\n" == snapshot(extension_class=Page)
