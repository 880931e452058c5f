"""A secret of the campaign, and a variable that nobody may read, get nowhere, whatever fails."""

from __future__ import annotations

import subprocess

import pytest
from failing_night import night as night
from failing_world import HIDDEN, SECRET, World

pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("failures")]


@pytest.mark.parametrize("name", ["clone", "remote.git"])
def test_not_into_git(night: World, name: str) -> None:
    words = ["git", "-C", str(night.home / name), "cat-file", "--batch-all-objects", "--batch"]
    data = subprocess.run(words, capture_output=True, check=True).stdout
    assert SECRET.encode() not in data
    assert HIDDEN.encode() not in data
    # The search is one that can find something: a message of the ledger, and the name of the secret.
    assert b"the quantum graph is empty" in data
    assert b"SOME_TOKEN" in data


def test_not_into_a_file(night: World) -> None:
    found: dict[str, list[str]] = {SECRET: [], HIDDEN: []}
    searched = 0
    for path in sorted(night.home.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        searched += 1
        data = path.read_bytes()
        for word, places in found.items():
            if word.encode() in data:
                places.append(path.name)
    assert searched > 200
    assert found[HIDDEN] == []
    # BPS itself writes the variables of its environment into the submit directory, which git does not see.
    assert {name for name in found[SECRET] if not name.endswith(".env.info.yaml")} == set()
    assert found[SECRET]


def test_not_onto_the_screen(night: World) -> None:
    for said in night.scenes.values():
        assert SECRET not in said.out + said.err
        assert HIDDEN not in said.out + said.err
