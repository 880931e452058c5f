"""Pages of a forge, from the address of a remote."""

from __future__ import annotations

import pytest

from cmcompile.site.forge import pages_of
from cmcompile.site.model import ForgePages

HIDDEN = "not-to-be-shown"
GITHUB = ForgePages(
    "https://github.com/o/r/edit/main/{path}",
    "https://github.com/o/r/new/main?filename={path}",
    "https://github.com/o/r/commit/{commit}",
)


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/o/r.git",
        "https://github.com/o/r",
        f"https://user:{HIDDEN}@github.com/o/r.git",
        "git@github.com:o/r.git",
        "ssh://git@github.com:22/o/r.git",
        "ssh://git@github.com/o/r",
    ],
)
def test_github(remote: str) -> None:
    found = pages_of(remote, "main")
    assert found == GITHUB
    assert HIDDEN not in str(found)


def test_gitlab_has_its_pages_elsewhere() -> None:
    found = pages_of("git@gitlab.com:a/b/c.git", "main")
    assert found is not None
    assert found.edit == "https://gitlab.com/a/b/c/-/edit/main/{path}"
    assert found.new == "https://gitlab.com/a/b/c/-/new/main?file_name={path}"
    assert found.commit == "https://gitlab.com/a/b/c/-/commit/{commit}"


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/r.git",
        "file:///srv/git/r.git",
        "https://git.example.org/o/r.git",
        "x",
        "https://github.com/",
        "https://github.com:x/o/r",
    ],
)
def test_a_remote_elsewhere_is_on_none_that_is_known(remote: str) -> None:
    assert pages_of(remote, "main") is None


def test_the_setting_names_a_forge_of_another_name() -> None:
    found = pages_of("/srv/git/r.git", "release/1 2", "https://git.example.org:8443/o/r/")
    assert found is not None
    assert found.edit == "https://git.example.org:8443/o/r/edit/release/1%202/{path}"


def test_a_setting_that_is_no_page_is_as_none() -> None:
    assert pages_of("https://github.com/o/r", "main", "javascript:alert(1)") is None
