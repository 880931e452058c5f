"""Where this cmcompile was installed from: a repository of a forge, and the commit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

#: What the workflows say where nobody knows it.
_UNKNOWN = ("OWNER/cmcompile", "COMMIT")
_GIVEN = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})", re.ASCII)
_ADDRESS = re.compile(r"(?:https|ssh)://(?:[^/@]+@)?[^/]+/([\w.-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """A repository as ``owner/name``, and a commit.

    Attributes
    ----------
    known
        False: these are words to be replaced.
    """

    repository: str
    commit: str
    known: bool = True


def given(text: str) -> Origin | None:
    """Return what ``owner/name@commit`` means; None: it is nothing of that form."""
    found = _GIVEN.fullmatch(text)
    return None if found is None else Origin(found[1], found[2])


def installed() -> Origin:
    """Return where pip took this cmcompile from, which it writes down (PEP 610)."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        text = distribution("cmcompile").read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    return read(text or "{}")


def read(text: str) -> Origin:
    """Return what pip has written down."""
    try:
        found = json.loads(text)
        address, commit = found["url"], found["vcs_info"]["commit_id"]
        matched = _ADDRESS.fullmatch(address)
        known = None if matched is None else given(f"{matched[1]}@{commit}")
    except (ValueError, KeyError, TypeError):
        known = None
    return known or Origin(*_UNKNOWN, known=False)
