"""Where the parts of a YAML text stand, so that something can be put between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cmcompile.model.errors import CmcompileError


class EditError(CmcompileError):
    """The file can't be edited by a program; a person can."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node stands.

    Attributes
    ----------
    kind
        ``scalar``, ``alias``, ``sequence`` or ``mapping``.
    start, end
        Offsets in characters; ``end`` is behind the last content, comments and blank lines left out.
    column
        Of the dashes or keys of a block collection.
    flow
        Whether it is written in brackets.
    text
        The text of a scalar, as written.
    children
        The items; in a mapping key, value, key, value.
    """

    kind: str
    start: int
    end: int
    column: int = 0
    flow: bool = False
    text: str = ""
    children: tuple[Spot, ...] = ()

    def pairs(self) -> Iterator[tuple[Spot, Spot]]:
        """Return keys with their values."""
        return zip(self.children[::2], self.children[1::2], strict=True)


@dataclass(frozen=True, slots=True)
class Layout:
    """A text and its document.

    Attributes
    ----------
    root
        None where the file holds no document: nothing, or comments only.
    begin
        The offset behind an explicit ``---``, or 0.
    """

    text: str
    root: Spot | None
    begin: int = 0
    newline: str = "\n"


def layout(text: str) -> Layout:
    """Return where everything stands.

    The text must have been read by the strict reader, which bounds its depth and allows one document.

    Raises
    ------
    EditError
        When the parser refuses it.
    """
    import yaml

    try:
        events = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise EditError(f"it can't be read for an edit: {' '.join(str(error).split())}") from None
    walk = _Walk(text, events)
    newline = "\r\n" if re.match(r"[^\n]*\r\n", text) else "\n"
    return Layout(text, walk.document(), walk.begin, newline)


@dataclass(slots=True)
class _Walk:
    """Builds spots from the parser's events."""

    text: str
    events: list[Any]
    at: int = 0
    begin: int = 0

    def document(self) -> Spot | None:
        for number, event in enumerate(self.events):
            if _name(event) == "DocumentStartEvent":
                self.begin = event.end_mark.index if event.explicit else 0
                self.at = number + 1
                return self._node(self.begin)
        return None

    def _node(self, after: int) -> Spot:
        """Return the next node; ``after`` is where an empty one stands."""
        event = self.events[self.at]
        self.at += 1
        start, end = event.start_mark.index, event.end_mark.index
        kind = _name(event)
        if kind == "AliasEvent":
            return Spot("alias", start, end)
        if kind == "ScalarEvent":
            if start == end:
                return Spot("scalar", after, after)
            return Spot("scalar", start, self._scalar_end(event), text=self.text[start:end])
        if kind == "SequenceStartEvent":
            return self._sequence(event)
        return self._mapping(event)

    def _scalar_end(self, event: Any) -> int:
        """Return the end of a scalar, without the blank lines that a block of text does not keep."""
        start, end = event.start_mark.index, int(event.end_mark.index)
        if event.style not in ("|", ">"):
            return end
        head, _, body = self.text[start:end].partition("\n")
        if "+" in head.partition("#")[0]:
            return end
        kept = len(body.rstrip())
        line = body.find("\n", kept)
        return end if line < 0 else start + len(head) + 1 + line + 1

    def _sequence(self, event: Any) -> Spot:
        children: list[Spot] = []
        place = event.start_mark.index
        while _name(self.events[self.at]) != "SequenceEndEvent":
            children.append(self._node(-1 if event.flow_style else self._dash(place)))
            place = children[-1].end
        return Spot(
            "sequence",
            event.start_mark.index,
            self._close(event, children),
            event.start_mark.column,
            bool(event.flow_style),
            children=tuple(children),
        )

    def _mapping(self, event: Any) -> Spot:
        children: list[Spot] = []
        while _name(self.events[self.at]) != "MappingEndEvent":
            key = self._node(-1)
            children += [key, self._node(self._colon(key, flow=bool(event.flow_style)))]
        start = children[0].start if children else event.start_mark.index
        return Spot(
            "mapping",
            event.start_mark.index,
            self._close(event, children),
            start - (self.text.rfind("\n", 0, start) + 1),
            bool(event.flow_style),
            children=tuple(children),
        )

    def _close(self, event: Any, children: list[Spot]) -> int:
        closing = self.events[self.at]
        self.at += 1
        return int(closing.end_mark.index) if event.flow_style or not children else children[-1].end

    def _dash(self, place: int) -> int:
        """Return the offset behind the next dash."""
        found = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*-").match(self.text, place)
        return place if found is None else found.end()

    def _colon(self, key: Spot, *, flow: bool) -> int:
        """Return the offset behind the colon of a key, or behind the key where there is none."""
        found = re.compile(r"[ \t]*:").match(self.text, key.end)
        if found is not None:
            return found.end()
        return key.end if flow else -1


def _name(event: object) -> str:
    return type(event).__name__
