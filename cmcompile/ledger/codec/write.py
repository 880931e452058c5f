"""Events to bytes."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum

from cmcompile.ledger.codec.read import FORMAT, decode
from cmcompile.ledger.paths import event_path
from cmcompile.model.event import Draft, Unreadable


def encode(draft: Draft) -> bytes:
    """Return the file of an event: the same draft gives the same bytes.

    What is half of a surrogate pair in a text, as bytes of the system that are not UTF-8, becomes ``?``.

    Raises
    ------
    ValueError
        When the draft is none that `decode` would take, such as one of a wrong kind for its subject.
    """
    about = {"claim": draft.claim, "ci": draft.ci, "decision": draft.decision}
    found = {
        "format": FORMAT,
        "kind": draft.kind,
        "id": draft.id,
        "at": draft.at,
        "by": draft.by,
        **{key: value for key, value in about.items() if value},
        **_fields(draft.body),
    }
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False)
    data = text.encode(errors="replace") + b"\n"
    again = decode(event_path(draft.subject, 1, draft.kind), data)
    if isinstance(again, Unreadable):
        raise ValueError(f"an event of {draft.subject} can't be written: {again.why}")
    return data


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return _fields(value) if is_dataclass(value) else value


def _fields(body: object) -> dict[str, object]:
    """Return the fields that differ from what they are where they are left out."""
    found = {}
    for field in fields(body):  # type: ignore[arg-type]
        value = getattr(body, field.name)
        default = field.default if field.default_factory is MISSING else field.default_factory()
        if default is MISSING or value != default:
            found[field.name] = _plain(value)
    return found
