"""What PanDA needs is looked at before anything is claimed, and nothing of a token is seen anywhere."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
from planted_world import HIDDEN, World
from planted_world import world as world
from plants import panda, token

from cmcompile.cli.branch import Compiled
from cmcompile.cli.campaigns import Place
from cmcompile.cli.needs import Needs
from cmcompile.model.body import WmsRef

pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("doctor")]

ENDED = token(-1)
APPLY = ("apply", "quickstart", "--auto-approve", "--allow-dirty")


def objects(at: Path) -> bytes:
    """Return all that a git repository holds, packed or not."""
    words = ["git", "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(words, cwd=at, check=True, capture_output=True).stdout


def is_nowhere(world: World, *secrets: str) -> bool:
    held = objects(world.home / "remote.git") + objects(world.clone)
    held += b"".join(p.read_bytes() for p in (world.clone / ".git").rglob("*") if p.is_file())
    held += b"".join(p.read_bytes() for p in (world.home / "runs").rglob("*") if p.is_file())
    return not any(secret.encode() in held for secret in secrets)


@pytest.mark.parametrize(
    ("env", "file", "said"),
    [
        ("OIDC_AUTH_TOKEN_FILE: HOME/token", ENDED, "token ended at 2"),
        ("OIDC_AUTH_TOKEN_FILE: HOME/token", HIDDEN, "it is no token that says when it ends"),
        ("PANDA_CONFIG_ROOT: HOME/login", HIDDEN, "login/.token can't be used: No such file or directory"),
    ],
    ids=["ended", "odd", "none"],
)
def test_apply_claims_nothing(env: str, file: str, said: str, world: World) -> None:
    before = world.git("rev-parse", "cm/quickstart", at="remote.git")
    with panda(f"PANDA_AUTH: oidc, {env}", ("token", file))(world):
        done = world.type(*APPLY)
    assert done.returncode == 4, done.stdout + done.stderr
    assert said in done.stderr
    assert "nothing was done" in done.stderr
    assert "`cmcompile doctor quickstart --only credentials" in done.stderr
    assert world.git("rev-parse", "cm/quickstart", at="remote.git") == before
    assert HIDDEN not in done.stdout + done.stderr
    assert ENDED not in done.stdout + done.stderr
    assert is_nowhere(world, HIDDEN, ENDED)


def test_reconcile_goes_on_without_the_submission(world: World) -> None:
    tip = world.git("rev-parse", "cm/quickstart", at="remote.git")
    head = world.git("rev-parse", "HEAD")
    with panda("PANDA_AUTH: oidc, OIDC_AUTH_TOKEN_FILE: HOME/token", ("token", ENDED))(world):
        world.git("commit", "-qam", "PanDA")
        world.git("push", "-q", "origin", "HEAD")
        try:
            done = world.type("reconcile", "quickstart")
        finally:
            world.git("reset", "-q", "--soft", head)
            world.git("update-ref", "refs/heads/main", head, at="remote.git")
            world.git("reset", "-q")
            world.git("fetch", "-q", "origin", "+refs/heads/main:refs/remotes/origin/main")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "step1/1 is not submitted: the token in" in done.stderr
    names = world.git("diff", "--name-only", tip, "cm/quickstart", at="remote.git").split()
    assert not [name for name in names if name.startswith("runs/")]
    assert ENDED not in done.stdout + done.stderr
    assert is_nowhere(world, ENDED)


def test_nothing_is_asked_for_other_systems(tmp_path: Path) -> None:
    class Declared:
        def systems(self) -> tuple[Any, ...]:
            return ((WmsRef("cmcompile.engine.service.EngineService"), "", None),)

    # Neither the group nor its environment is looked at: this declaration has none.
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    needs = Needs(Place(tmp_path, "campaigns/c/campaign.yaml"), cast("Compiled", Declared()))
    assert needs.lacking("step1", "1") == ""
