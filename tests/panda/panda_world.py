"""A quickstart whose groups go to PanDA."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from panda_bench import SERVICE
from panda_servers import Panda
from quick_world import CAMPAIGN, SKY, World

from cmcompile.quickstart.make import make

#: The place of files is the run's own: `final_job.bash` is copied there, and never over another one.
_SITE = """\
cmcompile: 1
about: PanDA on this machine
sites:
  panda:
    about: servers without sites
    limits: {{running: 8, submitting: 1}}
    bps:
      wmsServiceClass: {service}
      computeSite: HERE
      fileDistributionEndPoint: {home}/files/{{uniqProcName}}/
      fileDistributionEndPointDefault: {home}/files/{{uniqProcName}}/
      runnerCommand: "_cmd_line_"
      finalJob: {{requestCpus: 1, requestMemory: 512}}
"""


def make_panda_world(home: Path, panda: Panda, name: str) -> World:
    """Make a clone with a campaign of two groups in its first step, and a repository.

    Parameters
    ----------
    name
        Part of its collections, and so of the names of its runs: the servers know the runs of all worlds.
    """
    make(home, SKY, groups=2)
    clone = home / "clone"
    library = clone / "campaigns" / "library"
    (library / "panda.yaml").write_text(_SITE.format(service=SERVICE, home=home), encoding="utf-8")
    here = library / "here.yaml"
    here.write_text(f"{here.read_text(encoding='utf-8')}    env: {json.dumps(panda.env)}\n", encoding="utf-8")
    file = clone / "campaigns" / CAMPAIGN / "campaign.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in (
        ("../library/here.yaml", "../library/here.yaml, ../library/panda.yaml"),
        ("\nsite: here\n", "\nsite: panda\n"),
        ("QuickCam/runs/${{ campaign.name }}", f"QuickCam/runs/{name}"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    for command in (["add", "--all"], ["commit", "--quiet", "-m", "Run with PanDA"], ["push", "--quiet"]):
        subprocess.run(["git", *command], cwd=clone, check=True)
    # For `bps` at the command line only: a submit file names its plugin.
    return World(home, {**panda.env, "BPS_WMS_SERVICE_CLASS": SERVICE})
