"""A small world for HTCondor: a repository, a pipeline and a campaign, at a place of their own.

It has no part of pytest in it: it also runs inside the pool, see ``pool``.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
LIBRARY = HERE.parents[1] / "campaigns" / "library"
VISITS = 4


def make_world(home: Path, collection: str = "u/tiny") -> None:
    """Make all of it below a directory that does not exist.

    A pool knows the runs of all worlds: each has a collection of its own.

    ``repo`` is the Butler repository, ``clone/campaigns`` holds the campaign and the library that it uses.
    While ``fails`` exists, the quantum that it names fails; while ``waits`` exists, quanta wait.
    """
    home.mkdir(parents=True)
    shutil.copy(HERE / "tiny" / "tiny_tasks.py", home)
    (home / "pipeline.yaml").write_text(_at(HERE / "tiny" / "pipeline.yaml", home))
    campaign = home / "clone" / "campaigns" / "tiny" / "campaign.yaml"
    campaign.parent.mkdir(parents=True)
    text = _at(HERE / "tiny" / "campaign.yaml", home)
    campaign.write_text(text.replace("COLLECTION", collection))
    library = home / "clone" / "campaigns" / "library" / "htcondor.yaml"
    library.parent.mkdir()
    shutil.copy(LIBRARY / "htcondor.yaml", library)
    sys.path.insert(0, str(HERE / "tiny"))
    try:
        from make_repository import make
    finally:
        sys.path.pop(0)
    make(home, VISITS)


def environment(home: Path, prefix: Path) -> Mapping[str, str]:
    """Return the variables that BPS and its jobs need, with a stack that is installed below a prefix."""
    return {"CTRL_MPEXEC_DIR": str(prefix), "DAF_BUTLER_DIR": str(prefix), "PYTHONPATH": str(home)}


def _at(template: Path, home: Path) -> str:
    return template.read_text().replace("HOME", str(home))


if __name__ == "__main__":
    make_world(Path(sys.argv[1]), *sys.argv[2:])
