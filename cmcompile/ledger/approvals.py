"""Approvals and their withdrawals as documents of the ledger: ``approvals/<digest>.json``.

The form is ``schemas/approval-v1.schema.json``. Each is named after what it says and never changed; one that
counts no more is named by a withdrawal, so that the order in which they were written does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from cmcompile.ledger.named import digest_of, read_document
from cmcompile.ledger.paths import locate
from cmcompile.model.approval import Approval, Approvals, Covered, Withdrawal
from cmcompile.model.event import Unreadable
from cmcompile.model.ledger import LedgerStore, Tip

#: The directory of the branch.
ROOM = "approvals"
#: Of the documents; a reader takes another one for one that it can't read.
FORMAT = 1
_APPROVAL, _WITHDRAWAL = "approval", "withdrawal"


def path_of(digest: str) -> str:
    """Return where a document stands."""
    return f"{ROOM}/{digest}.json"


def named(one: Approval) -> Approval:
    """Return an approval with its digest."""
    return replace(one, digest=digest_of(_approval(one)))


def named_withdrawal(one: Withdrawal) -> Withdrawal:
    """Return a withdrawal with its digest."""
    return replace(one, digest=digest_of(_withdrawal(one)))


def encode(one: Approval | Withdrawal) -> bytes:
    """Return the bytes of a document that has its digest."""
    document = _approval(one) if isinstance(one, Approval) else _withdrawal(one)
    found = {**document, "digest": one.digest}
    return (json.dumps(found, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def _approval(one: Approval) -> dict[str, Any]:
    texts = {"author": one.author, "url": one.url, "recorded_by": one.recorded_by}
    return {
        "format": FORMAT,
        "kind": _APPROVAL,
        "campaign": one.campaign,
        "by": one.by,
        "source": one.source,
        "at": one.at,
        "commit": one.commit,
        "plan": one.plan,
        "items": [_covered(covered) for covered in one.covers],
        **{key: text for key, text in texts.items() if text},
        **({"pull": one.pull} if one.pull else {}),
    }


def _covered(one: Covered) -> dict[str, Any]:
    found: dict[str, Any] = {"step": one.step, "group": one.group, "definition": one.definition}
    if one.item:
        found["item"] = one.item
    if one.core_hours is not None:
        found["core_hours"] = list(one.core_hours)
    return found


def _withdrawal(one: Withdrawal) -> dict[str, Any]:
    texts = {"because": one.because, "recorded_by": one.recorded_by}
    return {
        "format": FORMAT,
        "kind": _WITHDRAWAL,
        "campaign": one.campaign,
        "by": one.by,
        "at": one.at,
        "withdraws": list(one.withdraws),
        **{key: text for key, text in texts.items() if text},
    }


def read_approvals(store: LedgerStore, tip: Tip) -> Approvals:
    """Return all documents about approvals on a tip.

    Raises
    ------
    LedgerError
        When the files of the tip can't be read.
    """
    files = store.files(tip, [ROOM])
    contents = store.read(dict.fromkeys(files.values()))
    return collected(decode(path, contents[files[path]]) for path in sorted(files))


def collected(found: Iterable[Approval | Withdrawal | Unreadable]) -> Approvals:
    """Return documents by their kind."""
    every = list(found)
    return Approvals(
        tuple(one for one in every if isinstance(one, Approval)),
        tuple(one for one in every if isinstance(one, Withdrawal)),
        tuple(one for one in every if isinstance(one, Unreadable)),
    )


def decode(path: str, data: bytes) -> Approval | Withdrawal | Unreadable:
    """Return what a document says, or why it can't be read."""
    if locate(path) is None:
        return Unreadable(path, None, "nothing that cmcompile writes stands at this path")
    try:
        digest, document = read_document(data)
        if path != path_of(digest):
            raise ValueError(f"what it says has the digest {digest[:12]}")
        return _read(digest, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        why = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        return Unreadable(path, None, why)


def _read(digest: str, found: Mapping[str, Any]) -> Approval | Withdrawal:
    kind = found["kind"]
    if found["format"] != FORMAT or kind not in (_APPROVAL, _WITHDRAWAL):
        raise ValueError(f"it is no approval of format {FORMAT}; a newer cmcompile may have written it")
    if kind == _WITHDRAWAL:
        return Withdrawal(
            digest,
            _text(found, "campaign"),
            _text(found, "by"),
            _text(found, "at"),
            tuple(_is_text(one) for one in found["withdraws"]),
            _text(found, "because", ""),
            _text(found, "recorded_by", ""),
        )
    pull = found.get("pull", 0)
    if not isinstance(pull, int):
        raise TypeError("the number of the pull request is no number")
    return Approval(
        digest=digest,
        campaign=_text(found, "campaign"),
        by=_filled(found, "by"),
        source=_filled(found, "source"),
        at=_text(found, "at"),
        commit=_text(found, "commit"),
        plan=_text(found, "plan"),
        author=_text(found, "author", ""),
        url=_text(found, "url", ""),
        pull=pull,
        recorded_by=_text(found, "recorded_by", ""),
        covers=tuple(_read_covered(one) for one in found["items"]),
    )


def _read_covered(found: Mapping[str, Any]) -> Covered:
    hours = found.get("core_hours")
    cost = None
    if hours is not None:
        low, high = (float(hours[0]), float(hours[1]))
        if not (isfinite(low) and isfinite(high)):
            raise ValueError("a cost that is no number")
        cost = (low, high)
    step, group, definition = (_text(found, key) for key in ("step", "group", "definition"))
    return Covered(step, group, definition, _text(found, "item", ""), cost)


def _text(found: Mapping[str, Any], key: str, default: str | None = None) -> str:
    return _is_text(found[key] if default is None else found.get(key, default))


def _filled(found: Mapping[str, Any], key: str) -> str:
    text = _text(found, key)
    if not text.strip():
        raise ValueError(f"`{key}` is empty")
    return text


def _is_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
