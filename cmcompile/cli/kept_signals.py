"""Where folded signals are kept, so that a look at jobs reads only what is new."""

from __future__ import annotations

from pathlib import Path

from cmcompile.cli.campaigns import Place


def kept_signals(place: Place) -> Path | None:
    """Return the directory beside the clone; None: there is none, and all is read each time."""
    from cmcompile.ledger.book import beside_clone
    from cmcompile.model.ledger import LedgerError

    try:
        return beside_clone(place.root, place.name) / "signals"
    except LedgerError:
        return None
