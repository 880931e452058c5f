"""Every kind of finding, one module per stage that reports it."""

from __future__ import annotations

from cmcompile.model.codes import (
    batch,
    bps,
    dates,
    decisions,
    doctor,
    ledger,
    names,
    output,
    policy,
    query,
    reading,
    rescues,
    sent,
    shape,
    splitting,
    stored,
    tagged,
)
from cmcompile.model.diagnostic import Code

_STAGES = (
    reading,
    shape,
    names,
    splitting,
    rescues,
    sent,
    output,
    query,
    bps,
    batch,
    stored,
    tagged,
    policy,
    dates,
    decisions,
    ledger,
    doctor,
)


def all_codes() -> dict[str, Code]:
    """Return every code by its name, in order."""
    found = [c for stage in _STAGES for c in vars(stage).values() if isinstance(c, Code)]
    return {code.name: code for code in sorted(found, key=lambda c: c.name)}
