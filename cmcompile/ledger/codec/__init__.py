"""Events as files: canonical JSON out, strict and total reading in; see ``docs/ledger.md``."""

from __future__ import annotations

from cmcompile.ledger.codec.read import decode
from cmcompile.ledger.codec.write import encode

__all__ = ["decode", "encode"]
