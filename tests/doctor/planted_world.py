"""A real quickstart with one thing wrong at a time, and `doctor` asked about it as a person does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

#: Nobody may ever be shown it.
HIDDEN = "word-of-nobody-4711"


@dataclass(frozen=True, slots=True)
class Said:
    """What `doctor` found."""

    code: int
    results: list[dict[str, Any]]
    out: str
    err: str

    def of(self, verdict: str) -> list[dict[str, Any]]:
        """Return the results of one verdict."""
        return [one for one in self.results if one["verdict"] == verdict]


@dataclass(frozen=True, slots=True)
class World:
    """A directory with a remote, a clone and a Butler repository, as the quickstart makes them."""

    home: Path

    @property
    def clone(self) -> Path:
        """Where commands are typed."""
        return self.home / "clone"

    @property
    def spec(self) -> Path:
        """The campaign."""
        return self.clone / "campaigns/quickstart/campaign.yaml"

    @property
    def library(self) -> Path:
        """The site and the environment."""
        return self.clone / "campaigns/library/here.yaml"

    @property
    def butler(self) -> Path:
        """The repository."""
        return self.home / "butler"

    def type(self, *words: str, code: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Type a command of cmcompile.

        Parameters
        ----------
        code
            Run by its Python before all else.
        """
        start = f"{code}\nfrom cmcompile.cli.main import main; main()"
        return subprocess.run(
            [sys.executable, "-c", start, *words],
            cwd=self.clone,
            env={**os.environ, "OTHER_PASSWORD": HIDDEN, **variables},
            capture_output=True,
            text=True,
            timeout=280,
        )

    def doctor(self, *words: str, code: str = "", **variables: str) -> Said:
        """Ask `doctor`, and see that no secret is told."""
        done = self.type("doctor", "quickstart", "--format", "json", *words, code=code, **variables)
        assert HIDDEN not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        results = json.loads(done.stdout)["results"] if done.stdout.startswith("{") else []
        assert results, done.stderr
        return Said(done.returncode, results, done.stdout, done.stderr)

    def git(self, *words: str, at: str = "clone") -> str:
        """Run git."""
        done = subprocess.run(
            ["git", *words], cwd=self.home / at, check=True, capture_output=True, text=True, encoding="utf-8"
        )
        return done.stdout.strip()

    @contextmanager
    def written(self, path: Path, text: str) -> Iterator[None]:
        """Let a file hold something for a while."""
        before = path.read_bytes() if path.exists() else None
        made = [place for place in path.parents if not place.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        try:
            yield
        finally:
            path.unlink() if before is None else path.write_bytes(before)
            for place in made:
                place.rmdir()

    def edited(self, path: Path, old: str, new: str) -> AbstractContextManager[None]:
        """Let a file hold something else for a while."""
        text = path.read_text()
        assert text.count(old) == 1, old
        return self.written(path, text.replace(old, new.replace("HOME", str(self.home))))

    @contextmanager
    def collection(self, name: str, kind: str, children: tuple[str, ...] = ()) -> Iterator[None]:
        """Let the Butler have a collection for a while."""
        from lsst.daf.butler import Butler, CollectionType

        butler = Butler.from_config(str(self.butler), writeable=True)
        butler.collections.register(name, CollectionType[kind])
        if children:
            butler.collections.redefine_chain(name, list(children))
        try:
            yield
        finally:
            butler.collections.x_remove(name)
            butler.close()


@cache
def _made(below: Path) -> World:
    world = World(below / "doctor" / "home")
    world.home.parent.mkdir()
    make(world.home, Sky(visits=2, detectors=1, failing=0), groups=1)
    done = world.type("ledger", "init", "quickstart")
    assert done.returncode == 0, done.stderr
    return world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a quickstart with a ledger, in which nothing is wrong; what is planted is taken out again."""
    # Each module that imports a fixture has one of its own.
    return _made(tmp_path_factory.getbasetemp())
