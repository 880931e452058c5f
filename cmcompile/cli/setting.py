"""Settings of a clone: a variable of the environment, else what git's configuration says."""

from __future__ import annotations

import os
from pathlib import Path

from cmcompile.git.run import run


def setting(root: Path, name: str, variable: str) -> str:
    """Return a setting; empty where it is not set.

    Parameters
    ----------
    name
        In git's configuration.
    variable
        Of the environment; it goes before.
    """
    return os.environ.get(variable, "") or run(root, "config", "--get", name).out.decode().strip()
