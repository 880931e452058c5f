"""Files and events picked out of what a payload prints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from re import Pattern

from cmcompile.signals import fields as f

#: A file with its events, as ROOT macros print it when they have written one: ``DST.root, entries: 1000``.
#: After a colon, or in quotes, a path may stand among other words.
FILES = (r"""(?:^|[\s'":=])(?P<path>[^\s'",:=]+\.[A-Za-z0-9]+)['"]?,\s*entries:\s*(?P<events>\d+)""",)
#: How far Fun4All is: ``Fun4AllServer processed 1000 events``.
EVENTS = (r"""\b[Pp]rocessed\s+(?P<events>\d+)\s+events?\b""",)
#: Bytes of a line that are looked at; the rest of a longer one is passed on only.
LONGEST = 4096
_GROUPS = frozenset({"name", "path", "events", "size", "checksum"})


class PatternError(ValueError):
    """A pattern can't be used; the text says why."""


def compiled(patterns: Sequence[str], needs: frozenset[str]) -> tuple[Pattern[str], ...]:
    """Return patterns that have one of some named groups, and no others than those that mean something.

    Raises
    ------
    PatternError
        When one can't be used.
    """
    found = []
    for text in patterns:
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise PatternError(f"the pattern {text!r} is none: {error}") from None
        names = set(pattern.groupindex)
        if not names & needs or not names <= _GROUPS:
            wanted = " or ".join(f"(?P<{name}>…)" for name in sorted(needs))
            raise PatternError(
                f"the pattern {text!r} needs {wanted}, and no groups but {', '.join(sorted(_GROUPS))}"
            )
        found.append(pattern)
    return tuple(found)


@dataclass(slots=True)
class Picker:
    """Takes bytes as they come, and keeps what is new.

    Attributes
    ----------
    events
        The highest number of events that a line told; None: none did.
    files
        All files, by name; what was told last of each.
    fresh
        Names of files that were told since the last `take`.
    """

    file_patterns: tuple[Pattern[str], ...]
    event_patterns: tuple[Pattern[str], ...]
    events: int | None = None
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    fresh: dict[str, None] = field(default_factory=dict)
    _rest: bytes = b""
    _skipping: bool = False

    def feed(self, data: bytes) -> None:
        """Take bytes; a line counts when its end has come."""
        for line in self._lines(data):
            text = line.decode("utf-8", "replace").rstrip("\r")
            for pattern in self.file_patterns:
                for found in pattern.finditer(text):
                    self._file({k: v for k, v in found.groupdict().items() if v})
            for pattern in self.event_patterns:
                for found in pattern.finditer(text):
                    self._count(found["events"])

    def end(self) -> None:
        """Take what stands behind the last line's end."""
        if self._rest and not self._skipping:
            self.feed(b"\n")

    def take(self) -> list[dict[str, str]]:
        """Return the files that are new, and forget that they are."""
        found = [self.files[name] for name in self.fresh]
        self.fresh.clear()
        return found

    def _lines(self, data: bytes) -> Iterator[bytes]:
        first, *others = data.split(b"\n")
        if not self._skipping:
            self._rest += first[: LONGEST + 1 - len(self._rest)]
        for other in others:
            if not self._skipping:
                yield self._rest
            self._rest, self._skipping = other[: LONGEST + 1], False
        if len(self._rest) > LONGEST:
            self._rest, self._skipping = b"", True

    def _file(self, told: dict[str, str]) -> None:
        path = told.get("path", "")
        name = told.get("name") or path.rpartition("/")[2]
        if not name or (told := {**told, "name": name}) == self.files.get(name):
            return
        if name in self.files or len(self.files) < f.MOST_OUTPUTS:
            self.files[name] = told
            self.fresh[name] = None

    def _count(self, text: str) -> None:
        if text and text.isascii() and text.isdigit() and len(text) <= 18:
            self.events = max(self.events or 0, int(text))
