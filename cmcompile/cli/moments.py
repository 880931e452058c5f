"""The ledger as it was at a moment that a person names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place

if TYPE_CHECKING:
    from cmcompile.ledger.book import Ledger
    from cmcompile.model.ledger import Tip


def tip_of(place: Place, ledger: Ledger, tip: Tip, text: str) -> Tip:
    """Return what was the tip at a moment.

    Parameters
    ----------
    tip
        The tip now, to look back from.
    text
        As `cmcompile.ledger.timeline.tip_at` takes it; also how long ago (``2d``, ``6h``), and a revision of
        the repository, such as a tag: then the ledger is that of the time when its commit was made.

    Raises
    ------
    TooEarlyError
        When the ledger was made later.
    MomentError
        When the text names no moment, or the history that is there does not go back so far.
    """
    from datetime import timedelta

    from cmcompile.ledger.timeline import MomentError, TooEarlyError, tip_at
    from cmcompile.model.stamp import stamp
    from cmcompile.sim.forecast.declared import seconds

    text = text.strip()
    ago = seconds(text)
    if ago is not None:
        try:
            then = ledger.clock.now() - timedelta(seconds=ago)
        except OverflowError:
            raise MomentError(f"{text!r} is too long ago") from None
        return tip_at(ledger.store, tip, stamp(then))
    try:
        return tip_at(ledger.store, tip, text)
    except TooEarlyError:
        raise
    except MomentError:
        made = _made_at(place, text)
        if made is None:
            raise
    return tip_at(ledger.store, tip, made)


def _made_at(place: Place, text: str) -> str | None:
    """Return when the commit of a revision was made; None: there is no such revision."""
    from datetime import UTC, datetime

    from cmcompile.git.errors import GitError
    from cmcompile.git.refs import made_at
    from cmcompile.git.revision import resolve
    from cmcompile.model.stamp import stamp

    try:
        return stamp(datetime.fromtimestamp(made_at(place.root, resolve(place.root, text)), UTC))
    except GitError:
        return None
