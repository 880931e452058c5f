"""Where folded signals are kept, so that a look at jobs reads only what is new."""

from __future__ import annotations

from pathlib import Path

from cmcompile.cli.campaigns import Place


def kept_signals(place: Place) -> Path | None:
    """Return the directory beside the clone; None: there is none, and all is read each time.

    What nobody has used for long is removed from it: once per command, as there is a file for each spool.
    """
    from cmcompile.ledger.book import beside_clone
    from cmcompile.model.ledger import LedgerError
    from cmcompile.signals.packed import prune

    try:
        kept = beside_clone(place.root, place.name) / "signals"
    except LedgerError:
        return None
    prune(kept)
    return kept
