"""Moments as the servers of PanDA write them: each in its own way, all of them UTC, and none says so."""

from __future__ import annotations

from datetime import UTC, datetime

#: Lists of workflows, and parts of a task.
_SPACE = "%Y-%m-%d %H:%M:%S"
#: iDDS: ``Fri, 20 Nov 2026 03:29:54 UTC``.
_IDDS = "%a, %d %b %Y %H:%M:%S UTC"
#: panda-server puts it into an object with this key.
_KEY = "__datetime__"
_FORMS = (_SPACE, f"{_SPACE}.%f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", _IDDS)


def moment(value: object) -> datetime | None:
    """Return the moment that a value of a reply stands for; None: it is none that is known here."""
    if isinstance(value, dict):
        return moment(value[_KEY]) if set(value) == {_KEY} and isinstance(value[_KEY], str) else None
    if not isinstance(value, str):
        return None
    bare = value.removesuffix("Z").removesuffix("+00:00")
    for form in _FORMS:
        try:
            return datetime.strptime(bare if form != _IDDS else value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
