"""A quick look at single values, for the groups of a shape after the first."""

from __future__ import annotations

import re

from cmcompile.bps.rules.residue import residue

_FIELD = re.compile(r"\$?\{\w+\}")


def is_harmless(path: tuple[str, ...], text: str) -> bool:
    """Tell whether a text breaks none of the rules for single values; False says only that it may."""
    if "{" in text or "}" in text:
        rest = _FIELD.sub("", text)
        if "{" in rest or "}" in rest:
            return False
    return residue(path, text) is None
