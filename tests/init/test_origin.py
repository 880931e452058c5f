"""Where workflows of a new repository take cmcompile from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledger_world import run

from cmcompile.cli.origin import Origin, given, read

COMMIT = "0123456789" * 4


@pytest.mark.parametrize(
    ("url", "commit", "repository"),
    [
        ("https://forge.test/lsst-dm/cmcompile.git", COMMIT, "lsst-dm/cmcompile"),
        ("https://forge.test/lsst-dm/cmcompile", COMMIT, "lsst-dm/cmcompile"),
        ("ssh://git@forge.test/lsst-dm/cmcompile.git", COMMIT, "lsst-dm/cmcompile"),
        ("https://forge.test/lsst-dm/cmcompile", "main", ""),
        ("https://forge.test/a/b/c", COMMIT, ""),
        ("file:///somewhere/cmcompile", COMMIT, ""),
    ],
)
def test_what_pip_wrote_down_is_read(url: str, commit: str, repository: str) -> None:
    found = read(json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": commit}}))
    wanted = Origin(repository, COMMIT) if repository else Origin("OWNER/cmcompile", "COMMIT", known=False)
    assert found == wanted


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"url": 1, "vcs_info": []}', '{"dir_info": {}, "url": "x"}']
)
def test_what_says_nothing_is_not_known(text: str) -> None:
    assert not read(text).known


@pytest.mark.parametrize(
    "text", ["a/b", "a/b@main", f"a@{COMMIT}", f"a/b/c@{COMMIT}", f"a/b@{COMMIT[1:]}", f" a/b@{COMMIT}"]
)
def test_what_is_given_is_whole(text: str) -> None:
    assert given(text) is None
    assert run("init", "x", "--source", text).exit_code == 64


def test_it_stands_in_the_workflows(tmp_path: Path) -> None:
    said = run("init", str(tmp_path / "a"), "--source", f"a/b@{COMMIT}").output
    text = (tmp_path / "a/.github/workflows/apply.yml").read_text()
    assert f"uses: a/b/.github/workflows/campaign-apply.yml@{COMMIT}\n" in text
    assert "replace" not in said
    said = run("init", str(tmp_path / "b")).output
    assert "replace OWNER/cmcompile and COMMIT" in said
    assert "@SOURCE@" not in (tmp_path / "b/.github/workflows/apply.yml").read_text()
