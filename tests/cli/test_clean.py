"""No secret of the environment gets into a ledger by way of what a child or a workload system says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from small_world import Small

from cmcompile.apply.child.launch import ALLOWED
from cmcompile.cli.clean import LONGEST, cleaner
from cmcompile.git.run import run
from cmcompile.model.child import Driver, NoReply, NotReady, Order, Preparation, Reply
from cmcompile.model.event import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.sim.git_far import InGit
from cmcompile.sim.launcher import SimDriver

USER = "me:pass" + "@"
SECRET = "hunter2-hunter2/+="  # noqa: S105
ENVIRON = {
    "API_TOKEN": SECRET,
    "HOME": "/home/ann",
    "LC_KEY": "abcdef",
    "PEM": "one-line-1\nother-line",
    "CI": "true",
    "PWD": "/home/ann/clone",
}
CLEAN = cleaner(ENVIRON, ALLOWED)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"refused: {SECRET}", "refused: [API_TOKEN]"),
        ("GET https://h/?t=hunter2-hunter2%2F%2B%3D", "GET https://h/?t=[API_TOKEN]"),
        ("it says other-line", "it says [PEM]"),
        ("abcdef", "[LC_KEY]"),
        ("no file /home/ann/x, true", "no file /home/ann/x, true"),
        ("no file /home/ann/clone/x", "no file /home/ann/clone/x"),
        (f"fatal: https://{USER}host/x.git: 403", "fatal: https://host/x.git: 403"),
        ("ssh://git@host and a@b", "ssh://host and a@b"),
        ("", ""),
    ],
)
def test_what_is_kept(said: str, kept: str) -> None:
    assert CLEAN(said) == kept


def test_what_is_too_long_is_cut_after_secrets_are_taken_out() -> None:
    found = CLEAN("x" * (LONGEST - 5) + SECRET)
    assert len(found) <= LONGEST
    assert "hunter" not in found


def test_an_environment_without_secrets_changes_nothing() -> None:
    assert cleaner({}, ALLOWED)(SECRET) == SECRET


class Tells:
    """A driver that says a secret whenever it can; implements ``Driver``."""

    def __init__(self, driver: SimDriver, *, ready: bool) -> None:
        self._driver = driver
        self._ready = ready

    def prepare(self, order: Order) -> Preparation:
        return self._driver.prepare(order) if self._ready else NotReady(f"denied: {SECRET}")

    def call(self, order: Order) -> Reply:
        return NoReply(f"lost: {SECRET}")


def objects(*places: Path) -> bytes:
    """Return all objects of some repositories, also those that nothing names."""
    return b"".join(run(place, "cat-file", "--batch-all-objects", "--batch").out for place in places)


@pytest.mark.parametrize("ready", [False, True])
def test_no_object_holds_a_planted_secret(tmp_path: Path, ready: bool) -> None:
    small = Small(far=lambda world: InGit(world, tmp_path))
    small.clean = CLEAN

    def driver(inner: SimDriver) -> Driver:
        return Tells(inner, ready=ready)

    small.driver = driver
    small.apply()
    small.wms = _Silent(small)
    small.wait(5000)
    found = small.refresh()
    repositories = [tmp_path / "remote.git", *tmp_path.glob("clone*")]
    every = objects(*repositories)
    assert b"[API_TOKEN]" in every, "the text itself is there"
    told = " ".join(said.detail for said in small.told) + str(found.observation.silent)
    assert "[API_TOKEN]" in told
    assert SECRET.encode() not in every
    assert SECRET not in told
    assert subprocess.run(["git", "-C", str(tmp_path / "remote.git"), "fsck"], check=False).returncode == 0


class _Silent:
    """A workload system that says a secret instead of an answer; implements ``Wms``."""

    def __init__(self, small: Small) -> None:
        self._inner = small.scene.wms

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        return NoAnswer(f"401 for {SECRET}")

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> NoAnswer:
        return NoAnswer(f"401 for {SECRET}")

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        return NoAnswer(f"401 for {SECRET}")

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        return f"end {run_id}"

    def settling(self, where: WmsRef) -> float:
        return self._inner.settling(where)


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_hosts_that_need_no_proxy_are_no_secret(name: str) -> None:
    said = "http://127.0.0.1:25080 refused the connection"
    assert cleaner({name: "127.0.0.1", "HTTPS_PROXY": "http://proxy:3128"}, ())(said) == said
