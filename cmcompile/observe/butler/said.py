"""What the stack said, as one line that may be shown and kept."""

from __future__ import annotations

import re

#: Characters that are kept of a message.
LENGTH = 500
_PASSWORD = re.compile(r"(://[^\s:/@]*):[^\s@]*@")
#: SQLAlchemy's hint at its own documentation, and the statement with its parameters.
_SQL = re.compile(r"\s*(\[SQL: .*|\(Background on this error at: \S*\))")


def said(error: BaseException) -> str:
    """Return the message of an error, without what SQLAlchemy adds."""
    text = line(_SQL.sub("", " ".join(str(error).split())))
    return text or type(error).__name__


def line(text: str) -> str:
    """Return a text as one line, shortened, its control characters and passwords of addresses left out."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    short = _PASSWORD.sub(r"\1:***@", " ".join(kept.split()))
    return short if len(short) <= LENGTH else f"{short[: LENGTH - 1]}…"
