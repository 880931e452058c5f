"""Variables of campaigns that a CI system hands over as one text, such as tokens of PanDA."""

from __future__ import annotations

import re

from cmcompile.model.errors import CmcompileError

#: Holds them; it is taken away before anything else is started.
VARIABLES = "CMCOMPILE_VARIABLES"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Of our own process, where another value would make it another program.
_OURS = frozenset({"PATH", "HOME", "BASH_ENV", "ENV"})
_FAMILIES = ("GIT_", "GITHUB_", "LD_", "PYTHON")


def variables(text: str) -> dict[str, str]:
    """Return what a text of ``NAME=value`` lines sets; empty lines and those that begin with # are none.

    Raises
    ------
    CmcompileError
        When a line is something else; it is not shown, since it may be a secret.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not _NAME.fullmatch(name):
            raise CmcompileError(f"line {number} of {VARIABLES} is not NAME=value; nothing was done")
        if name in _OURS or name.startswith(_FAMILIES):
            raise CmcompileError(
                f"line {number} of {VARIABLES} sets {name}, which is no variable of a campaign"
            )
        found[name] = value
    return found
