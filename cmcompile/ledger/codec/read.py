"""Bytes to events."""

from __future__ import annotations

from cmcompile.ledger.codec import fields as f
from cmcompile.ledger.codec.bodies import READERS, Reader
from cmcompile.ledger.codec.document import BadDocumentError, load, shown
from cmcompile.ledger.paths import Located, locate
from cmcompile.model.event import OF_GROUP, OF_STEP, OF_WORKFLOW, Draft, Event, Subject, Unreadable

#: The format of events that this cmcompile writes, and the only one that it reads.
FORMAT = 1

_OF_WORKFLOW = {kind: READERS[body] for kind, body in OF_WORKFLOW.items()}
_OF_GROUP = {kind: READERS[body] for kind, body in OF_GROUP.items()}
_OF_STEP = {kind: READERS[body] for kind, body in OF_STEP.items()}


def decode(path: str, data: bytes) -> Event | Unreadable:
    """Read an event file.

    Parameters
    ----------
    path
        Of the file, relative to the root of the branch: it says what the event is about.

    Returns
    -------
    The event, or why it can't be read; never an exception, whatever the bytes are. Fields that this format
    does not know are passed over.
    """
    located = locate(path)
    if located is None:
        return Unreadable(path, None, "nothing of cmcompile's stands at this path")
    try:
        return _event(located, load(data))
    except f.BadFieldError as error:
        return Unreadable(path, located.subject, f"its field `{shown(error.field)}` {error}")
    except BadDocumentError as error:
        return Unreadable(path, located.subject, str(error))


def _event(located: Located, found: f.Object) -> Event:
    kind, subject = located.kind, located.subject
    if subject is None or not kind or not located.number:
        raise BadDocumentError("it is no event: the file's name is not a number from 0001 and a kind")
    if found.get("format") != FORMAT or type(found["format"]) is not int:
        raise BadDocumentError(_wrong_format(found))
    if found.get("kind") != kind:
        raise BadDocumentError(f"its `kind` is not the {kind} of the file's name")
    reader = _readers(subject).get(kind)
    if reader is None:
        raise BadDocumentError(f"{kind} is no kind of event of a {_place(subject)} in format {FORMAT}")
    free = subject.workflow is None and not found.get("claim")
    claim = f.text_or_empty(found, "claim") if free else f.event_id(found, "claim")
    return Event(
        located.number,
        Draft(
            subject,
            f.event_id(found, "id"),
            f.time(found, "at"),
            f.text(found, "by"),
            reader(found),
            claim,
            f.text_or_empty(found, "ci"),
            f.text_or_empty(found, "decision"),
        ),
    )


def _readers(subject: Subject) -> dict[str, Reader]:
    if subject.workflow is not None:
        return _OF_WORKFLOW
    return _OF_STEP if subject.group is None else _OF_GROUP


def _place(subject: Subject) -> str:
    if subject.workflow is not None:
        return "workflow"
    return "step" if subject.group is None else "group"


def _wrong_format(found: f.Object) -> str:
    value = found.get("format")
    if type(value) is int and FORMAT < value < f.LIMIT:
        return f"it is of format {value}, which a newer cmcompile wrote; this one reads format {FORMAT}"
    return f"its `format` is not {FORMAT}"
