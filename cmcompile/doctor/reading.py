"""Reading answers: whatever a process said, values of the kinds that are expected come of it."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.checkup import Reply


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, read by name; what is absent or of another kind is empty."""

    reply: Reply

    def text(self, name: str) -> str:
        """Return a text."""
        found = self.reply.get(name)
        return found if isinstance(found, str) else ""

    def flag(self, name: str) -> bool | None:
        """Return a truth; None: it does not say."""
        found = self.reply.get(name)
        return found if isinstance(found, bool) else None

    def number(self, name: str) -> float | None:
        """Return a number; None: it does not say."""
        found = self.reply.get(name)
        return None if isinstance(found, bool) or not isinstance(found, int | float) else float(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self.reply.get(name)
        return tuple(str(one) for one in found) if isinstance(found, list | tuple) else ()

    def below(self, name: str) -> Heard | None:
        """Return what is answered under a name; None: there is nothing."""
        found = self.reply.get(name)
        return Heard(found) if isinstance(found, dict) else None

    def words(self, name: str) -> dict[str, str]:
        """Return texts by name."""
        found = self.reply.get(name)
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
