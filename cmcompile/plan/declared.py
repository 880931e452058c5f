"""A group that the spec makes, as far as the plan looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.group import Group
from cmcompile.model.source import Span


@dataclass(frozen=True, slots=True)
class Declared:
    """A group of the spec.

    Attributes
    ----------
    definition
        The definition digest; empty where the group was only expanded, not compiled (for ``status``).
    output
        Its ``payload.output``; empty where it is not known.
    site
        The site that it runs on, whose limits count.
    span
        What declares it: the override, extra group, rescue or step.
    """

    group: Group
    definition: str = ""
    output: str = ""
    site: str | None = None
    span: Span | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Its step and id."""
        return (self.group.step, self.group.id)
