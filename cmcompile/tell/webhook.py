"""Sends messages to an address: what is new, once; what was sent and never answered, once more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from cmcompile.model.alert import Alert
from cmcompile.model.ledger import LedgerError
from cmcompile.model.ports import Clock
from cmcompile.model.transaction import Book, Landed, Proposal, Sight, Stop, Stopped
from cmcompile.tell.api import Api, Patience
from cmcompile.tell.errors import NotAllowedError, TellError, UnknownError
from cmcompile.tell.memory import FILE, Memory, Webhook, read_memory, write_memory
from cmcompile.web.exchange import Exchange, is_safe

#: Makes a message: of alerts, and of the keys of those that are told again.
Renderer = Callable[[Sequence[Alert], Collection[str]], bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """What one address was told now.

    Attributes
    ----------
    again
        How many of them were told once before, perhaps.
    waits
        Why nothing was told though something is to be; or empty.
    """

    alerts: int = 0
    again: int = 0
    waits: str = ""


class Hook:
    """An address.

    Parameters
    ----------
    address
        Is a secret: who knows it may write there.
    """

    def __init__(
        self,
        name: str,
        address: str,
        clock: Clock,
        patience: Patience | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self.name = name
        self._api = Api(address, f"webhook {name}", {}, _secrets(address), clock, patience, exchange)

    def post(self, data: bytes) -> None:
        """Send a message; raises as `Api.post`."""
        self._api.post_bytes("", data, {"Content-Type": "application/json"})


def hook(name: str, variable: str, address: str, clock: Clock) -> Hook:
    """Return the address that a variable of the environment holds.

    Raises
    ------
    NotAllowedError
        When it holds none. What it holds is not shown.
    """
    if not address:
        raise NotAllowedError(f"webhook {name} wants an address: set {variable} to it; see docs/telling.md")
    if not is_safe(address) or not address.isprintable() or " " in address:
        raise NotAllowedError(f"webhook {name}: {variable} holds no address that begins with https://")
    return Hook(name, address, clock)


def _secrets(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    path = parts.path.strip("/")
    return (address, parts.path if path else "", path, parts.query, *path.split("/")[1:])


class Telling:
    """Tells one address what is new, with the memory of the ledger branch.

    Parameters
    ----------
    id_
        Random: no two processes have the same.
    """

    def __init__(self, book: Book, to: Hook, render: Renderer, clock: Clock, id_: str) -> None:
        self._book, self._to, self._render, self._clock, self._id = book, to, render, clock, id_

    def tell(self, alerts: Sequence[Alert]) -> Sent:
        """Send one message about what was not told yet; forget what is over.

        Raises
        ------
        TellError
            When it did not arrive, or nobody knows; the next call tries again.
        LedgerError
            As `Book.decide`.
        """
        begun, waits = self._begin([alert.key for alert in alerts])
        if begun is None or begun.sending is None:
            return Sent(waits=waits)
        again = frozenset(begun.sending.again)
        keys = again | frozenset(begun.sending.first)
        chosen = [alert for alert in alerts if alert.key in keys]
        try:
            self._to.post(self._render(chosen, again))
        except UnknownError:
            raise  # what is remembered is that it was being sent
        except TellError:
            self._end(arrived=False)
            raise
        self._end(arrived=True)
        return Sent(len(chosen), len(again))

    def _begin(self, keys: Sequence[str]) -> tuple[Webhook | None, str]:
        """Remember what is about to be sent; None: it is not to be sent now, and why."""
        found: list[Webhook] = []

        def judge(sight: Sight) -> Proposal | Stop:
            memory = self._memory(sight)
            there = memory.webhooks.get(self._to.name, Webhook())
            now = self._clock.now()
            if there.sending is not None and there.sending.id == self._id:
                return Stop("it is remembered")
            found.clear()
            if there.busy(now, self._id):
                return Stop("another process is telling it, or died while it did: it is told later")
            new = there.begin(keys, now, self._id)
            if new == there:
                return Stop("")
            found.append(new)
            return self._proposal(memory, new)

        made = self._book.decide(judge)
        if isinstance(made, Landed) or (isinstance(made, Stopped) and found):
            return found[0], ""
        if isinstance(made, Stopped):
            return None, made.stop.reason
        return None, "the ledger was written by others at the same time: it is told later"

    def _end(self, *, arrived: bool) -> None:
        """Remember how it ended; where that can't be written, it is told once more."""

        def judge(sight: Sight) -> Proposal | Stop:
            memory = self._memory(sight)
            there = memory.webhooks.get(self._to.name, Webhook())
            new = there.ended(self._id, arrived=arrived)
            return Stop("") if new == there else self._proposal(memory, new)

        try:
            self._book.decide(judge)
        except LedgerError as error:
            raise TellError(
                f"what webhook {self._to.name} was told could not be remembered: {error}"
            ) from None

    def _memory(self, sight: Sight) -> Memory:
        return read_memory(self._book.file(sight, FILE))

    def _proposal(self, memory: Memory, new: Webhook) -> Proposal:
        return Proposal((), {FILE: write_memory(memory.with_webhook(self._to.name, new))}, "what was told")
