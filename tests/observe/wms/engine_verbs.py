"""The embedded engine under a name that is not known: so the observer asks its own verbs, as any plugin's."""

from __future__ import annotations

from cmcompile.engine.service import EngineService


class EngineVerbs(EngineService):
    """Reports and cancels as the engine does."""
