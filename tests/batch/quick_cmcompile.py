"""The command line, with a batch system that is taken to show a run ten seconds after its call, or never.

A call that was never made is so found out within a test; nothing else is changed.
"""

from __future__ import annotations

import sys

from cmcompile.cli.main import main
from cmcompile.observe.batch import runs

runs.SETTLING = 10.0

if __name__ == "__main__":
    sys.exit(main())
