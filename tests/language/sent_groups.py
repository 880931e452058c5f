"""Sent groups as the ledger would give them."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.compiler.sent import sent_from
from cmcompile.model.group import CompiledGroup, SentGroups


def sent_groups(made: Iterable[CompiledGroup]) -> SentGroups:
    """Return groups as sent."""
    return SentGroups({(g.group.step, g.group.id): sent_from(g) for g in made})
