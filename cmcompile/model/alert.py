"""Something that is told once: it needs a person, or is late."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.tell import Topic


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell.

    Attributes
    ----------
    subject
        ``step1/2@w00``, a file of the ledger, or the campaign.
    reason
        A word that stays the same as long as the thing is the same.
    words
        What is wrong, in words.
    command
        What to type about it.
    """

    topic: Topic
    subject: str
    reason: str
    words: str
    command: str

    @property
    def key(self) -> str:
        """What it is remembered by."""
        return f"{self.subject} {self.reason}"
