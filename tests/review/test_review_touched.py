"""Which campaigns an edit touches: each file that one is made from, and no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ledger_builder import git
from ledger_world import commit

from cmcompile.cli.campaigns import Place, compiled
from cmcompile.cli.review_sides import sides
from cmcompile.cli.review_touched import touched

ROOT = Path(__file__).parents[2]
CAMPAIGNS = sorted(path.parent.name for path in (ROOT / "campaigns").glob("*/campaign.yaml"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with the campaigns of this one."""
    root = tmp_path_factory.mktemp("campaigns")
    shutil.copytree(ROOT / "campaigns", root / "campaigns")
    git(root, "init", "--quiet")
    commit(root)
    return root


def names(root: Path) -> dict[str, tuple[str, ...]]:
    """Return the campaigns that what stands in the working tree touches, with their changed files."""
    return {one.name: one.files for one in touched(sides(root, "HEAD", None, None), ())}


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_each_file_that_a_campaign_is_made_from_touches_it(name: str, root: Path) -> None:
    made, _ = compiled(Place(root, f"campaigns/{name}/campaign.yaml"))
    paths = sorted(made.spec.inputs)
    some = [*paths[:3], *paths[-3:]]
    assert f"campaigns/{name}/campaign.yaml" in paths
    for path in dict.fromkeys(some):
        text = (root / path).read_bytes()
        (root / path).write_bytes(text + b"\n")
        try:
            assert path in names(root).get(name, ()), path
        finally:
            (root / path).write_bytes(text)


def test_no_other_file_touches_any(root: Path) -> None:
    for path in ("README.md", "campaigns/dp02/notes.md", "campaigns/library/nobody.yaml"):
        (root / path).write_text("x: 1\n")
    try:
        assert names(root) == {}
    finally:
        git(root, "clean", "--quiet", "-fd")


def test_a_file_that_is_looked_for_and_not_there_touches_who_looks(root: Path) -> None:
    decisions = root / "campaigns/dp02/decisions.yaml"
    assert not decisions.exists()
    decisions.write_text("[]\n")
    try:
        assert names(root) == {"dp02": ("campaigns/dp02/decisions.yaml",)}
    finally:
        decisions.unlink()
