"""What parent and child say to each other: one JSON object on each line, with its kind and a version.

The parent says ``order``, then perhaps ``go``; the child answers the first with ``ready`` or ``not_ready``,
the second with ``taken`` or ``no_reply``. Reading is strict: a line without its end, a key too many or too
few, or another version is a fault, since a guess here could be a second run.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TypeAlias

from cmcompile.apply.child import fields as f
from cmcompile.apply.child.errors import MessageError
from cmcompile.model.body import WmsRef
from cmcompile.model.child import (
    NoReply,
    NotReady,
    Order,
    Preparation,
    Ready,
    Reply,
    Setting,
    Taken,
    Word,
)
from cmcompile.model.event import Subject

VERSION = 1

Message: TypeAlias = Order | Word | Preparation | Reply

_KINDS: dict[type[Message], str] = {
    Order: "order",
    Word: "go",
    Ready: "ready",
    NotReady: "not_ready",
    Taken: "taken",
    NoReply: "no_reply",
}
#: More than any message but an order needs; a longer line of a child is not read to its end.
LONGEST = 1 << 22
_SHOWN = 80


def encode(message: Message) -> str:
    """Return a message as a line with its end; ASCII.

    Raises
    ------
    MessageError
        When it is none that `decode` would take, such as a word without its gate.
    """
    kind = _KINDS.get(type(message))
    if kind is None:
        raise MessageError(f"{shown(repr(message))} is no message")
    found = {"kind": kind, "version": VERSION, **_written(message)}
    try:
        line = json.dumps(found, separators=(",", ":")) + "\n"
    except (TypeError, ValueError) as error:
        raise MessageError(f"`{kind}` can't be written: {error}") from None
    decode(line)
    return line


def decode(line: str) -> Message:
    """Return the message that a line holds.

    Raises
    ------
    MessageError
        When it holds anything but one message, whole.
    """
    if not line.endswith("\n"):
        raise MessageError(f"the line is cut off: {shown(line)}")
    found = _object(line)
    kind, version = found.pop("kind", None), found.pop("version", None)
    if type(kind) is not str or kind not in _READERS:
        raise MessageError(f"the line has no kind that is known: {shown(line)}")
    if type(version) is not int or version != VERSION:
        raise MessageError(f"`{kind}` is of version {shown(repr(version))}, this cmcompile speaks {VERSION}")
    keys, reader = _READERS[kind]
    _only(found, keys, kind)
    try:
        return reader(found)
    except MessageError as error:
        raise MessageError(f"`{kind}`: {error}") from None


def order_of(line: str) -> Order:
    """Return the order on a line; anything else is a `MessageError`."""
    message = decode(line)
    if isinstance(message, Order):
        return message
    raise _undue(message, Order)


def word_of(line: str) -> Word:
    """Return the word on a line; anything else is a `MessageError`."""
    message = decode(line)
    if isinstance(message, Word):
        return message
    raise _undue(message, Word)


def preparation_of(line: str) -> Preparation:
    """Return what came of preparing; anything else is a `MessageError`."""
    message = decode(line)
    if isinstance(message, Ready | NotReady):
        return message
    raise _undue(message, Ready, NotReady)


def reply_of(line: str) -> Reply:
    """Return what came of the call; anything else is a `MessageError`."""
    message = decode(line)
    if isinstance(message, Taken | NoReply):
        return message
    raise _undue(message, Taken, NoReply)


def shown(text: str) -> str:
    """Return a text of unknown origin as it may stand in a sentence: short, on one line, printable."""
    return json.dumps(text[:_SHOWN])


def _undue(message: Message, *kinds: type[Message]) -> MessageError:
    wanted = " or ".join(f"`{_KINDS[kind]}`" for kind in kinds)
    return MessageError(f"`{_KINDS[type(message)]}` was said where {wanted} was due")


def _written(message: Message) -> dict[str, object]:
    """Return the fields of a message as JSON has them."""
    found: dict[str, object] = {
        name: dict(value) if name == "files" else value
        for name, value in ((name, getattr(message, name)) for name in message.__slots__)
    }
    if isinstance(message, Order):
        about, wms = message.subject, message.wms
        found["subject"] = {"step": about.step, "group": about.group, "workflow": about.workflow}
        found["wms"] = {"service": wms.service, "where": wms.where}
        how = message.setting
        found["setting"] = {
            "setup": list(how.setup),
            "variables": dict(how.variables),
            "secrets": list(how.secrets),
        }
        found["files"] = {path: base64.b64encode(data).decode() for path, data in message.files.items()}
    return found


def _object(line: str) -> f.Object:
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError):
        raise MessageError(f"the line is not JSON: {shown(line)}") from None
    if type(found) is not dict:
        raise MessageError(f"the line is not a JSON object: {shown(line)}")
    return found


def _pairs(pairs: list[tuple[str, object]]) -> f.Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MessageError("a key is written twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs)


def _only(found: f.Object, keys: frozenset[str], where: str) -> None:
    if missing := keys - found.keys():
        raise MessageError(f"`{where}` lacks `{min(missing)}`")
    if foreign := found.keys() - keys:
        raise MessageError(f"`{where}` has a key that is not known: {shown(min(foreign))}")


def _order(o: f.Object) -> Order:
    about, wms = f.inner(o, "subject"), f.inner(o, "wms")
    _only(about, frozenset({"step", "group", "workflow"}), "subject")
    _only(wms, frozenset({"service", "where"}), "wms")
    return Order(
        campaign=f.filled(o, "campaign"),
        subject=Subject(f.filled(about, "step"), f.filled(about, "group"), f.filled(about, "workflow")),
        claim=f.an_id(o, "claim"),
        wms=WmsRef(f.filled(wms, "service"), f.text(wms, "where")),
        run_name=f.filled(o, "run_name"),
        output_run=f.filled(o, "output_run"),
        submit_path=f.text(o, "submit_path"),  # that of an adopted run is not known
        files=f.files(o, "files"),
        environment=f.text(o, "environment"),
        restart=f.text(o, "restart"),
        setting=_setting(f.inner(o, "setting")),
        void=f.several(o, "void"),
    )


def _setting(o: f.Object) -> Setting:
    _only(o, frozenset(Setting.__slots__), "setting")
    return Setting(f.several(o, "setup"), f.texts(o, "variables"), f.several(o, "secrets"))


def _word(o: f.Object) -> Word:
    return Word(
        claim=f.an_id(o, "claim"),
        gate=f.an_id(o, "gate"),
        event=f.an_id(o, "event"),
        by=f.filled(o, "by"),
        ci=f.text(o, "ci"),
    )


def _ready(o: f.Object) -> Ready:
    return Ready(f.texts(o, "files"), f.count_or_none(o, "quanta"))


def _not_ready(o: f.Object) -> NotReady:
    return NotReady(f.filled(o, "message"), f.yes_or_no(o, "transient"))


def _taken(o: f.Object) -> Taken:
    return Taken(run_id=f.filled(o, "run_id"), at=f.moment(o, "at"), url=f.text(o, "url"))


def _no_reply(o: f.Object) -> NoReply:
    return NoReply(f.filled(o, "why"))


_Reader: TypeAlias = tuple[frozenset[str], Callable[[f.Object], Message]]
_READERS: dict[str, _Reader] = {
    _KINDS[kind]: (frozenset(kind.__slots__), reader)
    for kind, reader in (
        (Order, _order),
        (Word, _word),
        (Ready, _ready),
        (NotReady, _not_ready),
        (Taken, _taken),
        (NoReply, _no_reply),
    )
}
