"""A quickstart whose jobs run at a site of the library, and what its runs left in the Butler."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmcompile.compiler.claim import with_claim
from cmcompile.engine.record import LIVE, Records
from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

LIBRARY = Path(__file__).parents[2] / "campaigns" / "library"
BIN = Path(sys.executable).parent
#: As small as it can be: 8 quanta of the first step, in 2 jobs.
SKY = Sky(visits=2, detectors=2, failing=0)
CAMPAIGN = "quickstart"
#: Seconds for one command or run, also on a machine that has much else to do.
PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class World:
    """A remote, a clone with a campaign, and a repository, below one directory.

    Attributes
    ----------
    home
        The directory.
    env
        What processes need, in addition.
    """

    home: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def clone(self) -> Path:
        """The clone, where commands are run."""
        return self.home / "clone"

    def cmcompile(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run cmcompile in the clone, and return what it prints."""
        return self._ran(BIN / "cmcompile", *arguments, codes=codes)

    def bps(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run BPS in the clone, as a person would, and return what it prints."""
        return self._ran(BIN / "bps", *arguments, codes=codes)

    def submit_file(self, group: str, run: str) -> Path:
        """Compile the campaign, and return the submit file of a group that writes a RUN collection."""
        out = self.home / "out"
        self.cmcompile("compile", CAMPAIGN, "-o", str(out))
        file = self.clone / "by-hand.yaml"
        data = (out / f"{group}.yaml").read_bytes()
        file.write_bytes(with_claim(data, run, f"{self.home}/submit/{run}"))
        return file

    def held(self, run: str) -> Counter[tuple[str, str]]:
        """Return which datasets a RUN collection holds: the type and the data id, in words."""
        from lsst.daf.butler import Butler

        with Butler.from_config(str(self.home / "butler")) as butler:
            refs = butler.query_all_datasets(run, find_first=False, limit=None)
            return Counter((ref.datasetType.name, _words(ref.dataId)) for ref in refs)

    def ended(self) -> str:
        """Wait until the newest run that a process of this machine supervises is over; return its state."""
        records = Records(self.home / "runs")
        end = time.monotonic() + PATIENCE
        while True:
            state = records.standing(max((run.id for run in records.runs()), key=int)).state
            if state not in LIVE or time.monotonic() > end:
                return state
            time.sleep(0.2)

    def runs(self) -> list[str]:
        """Return all RUN collections of the campaign."""
        from lsst.daf.butler import Butler, CollectionType

        with Butler.from_config(str(self.home / "butler")) as butler:
            kept = butler.collections.query("QuickCam/runs/*", collection_types={CollectionType.RUN})
            return sorted(kept)

    def _ran(self, *command: str | Path, codes: tuple[int, ...]) -> str:
        done = subprocess.run(
            command,
            cwd=self.clone,
            env={**os.environ, **self._variables(), **self.env},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode in codes, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _variables(self) -> dict[str, str]:
        """Return what BPS and its jobs need where no environment of a campaign gives it."""
        return {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.clone / "pipeline"),
            "CTRL_MPEXEC_DIR": sys.prefix,
            "DAF_BUTLER_DIR": sys.prefix,
            "CMCOMPILE_RUNS": str(self.home / "runs"),
        }


def make_world(home: Path, site: str, env: Mapping[str, str] | None = None, **values: object) -> World:
    """Make a quickstart whose jobs run at a site of the library.

    Parameters
    ----------
    values
        Vars of the site file.
    """
    make(home, SKY, groups=1)
    library = home / "clone" / "campaigns" / "library"
    for name in ("local", "slurm"):
        shutil.copy(LIBRARY / f"{name}.yaml", library)
    file = home / "clone" / "campaigns" / CAMPAIGN / "campaign.yaml"
    text = file.read_text(encoding="utf-8")
    extends = "extends: [../library/here.yaml"
    assert extends in text
    assert "\nsite: here\n" in text
    given = f"vars: {json.dumps(values)}\n" if values else ""
    text = text.replace(extends, f"{extends}, ../library/local.yaml, ../library/slurm.yaml")
    file.write_text(text.replace("\nsite: here\n", f"\n{given}site: {site}\n"), encoding="utf-8")
    here = library / "here.yaml"
    # A child that submits gets the variables that the campaign's environment names, and few others.
    here.write_text(f"{here.read_text(encoding='utf-8')}    env: {json.dumps(env or {})}\n", encoding="utf-8")
    git = ("git", "-C", str(home / "clone"))
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", f"Run at {site}"], check=True)
    subprocess.run([*git, "push", "--quiet"], check=True)
    return World(home, env or {})


def _words(data_id: Any) -> str:
    return ", ".join(f"{name}={data_id[name]}" for name in sorted(data_id.required))
