"""From the events of the parser to nodes, in one loop without recursion.

Recursion is not an option: a hundred thousand brackets end the process of whoever follows them by recursion
in C, and no exception says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Related
from cmcompile.model.source import Entry, Mapping, Node, Plain, Scalar, Sequence, Span
from cmcompile.spec.yaml.aliases import Expansion
from cmcompile.spec.yaml.characters import UNWANTED, check_escapes
from cmcompile.spec.yaml.events import Event
from cmcompile.spec.yaml.scalars import Trap, resolve
from cmcompile.spec.yaml.source import Document, Stop, shown

MERGE = "<<"


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open; ``entries`` is None for a list, ``key`` waits for its value."""

    span: Span
    anchor: str | None = None
    is_key: bool = False
    entries: dict[str, Entry] | None = None
    items: list[Node] = field(default_factory=list)
    key: str | None = None
    key_span: Span | None = None


class Builder:
    """Builds the node of one document.

    Attributes
    ----------
    root
        The node, None before ``run`` has ended.
    blocks
        First and last character of each block scalar with a tab in it, in order.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Node | None = None
        self.blocks: list[tuple[int, int]] = []
        self._path = document.path
        self._limits = document.limits
        self._top = _Frame(Span(document.path, 1, 1))
        self._stack: list[_Frame] = [self._top]
        self._anchors: dict[str, Node | _Frame] = {}
        self._nodes = 0
        self._documents = 0
        self._expansion = Expansion()

    def run(self) -> None:
        """Read all events.

        Raises
        ------
        Stop
            When the document can't be read further; the finding is recorded.
        yaml.YAMLError
            When the document isn't YAML.
        """
        loader = yaml.CSafeLoader(self.document.text)
        handlers: dict[type[object], Callable[[Any], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._start_mapping,
            MappingEndEvent: self._end,
            SequenceStartEvent: self._start_sequence,
            SequenceEndEvent: self._end,
            AliasEvent: self._alias,
            DocumentStartEvent: self._start_document,
            DocumentEndEvent: _nothing,
            StreamStartEvent: _nothing,
        }
        get = loader.get_event
        event = get()
        while type(event) is not StreamEndEvent:
            handlers[type(event)](event)
            event = get()
        items = self._top.items
        self.root = items[0] if items else Scalar(None, self._top.span)

    def _start_document(self, event: Event) -> None:
        self._documents += 1
        place = self.document.at(event.start_mark.index)
        if self._documents > 1:
            self.document.report(
                reading.SEVERAL_DOCUMENTS,
                place,
                "a second document starts here; a file holds one",
                "remove the line '---', or put the rest into a file of its own",
            )
            raise Stop
        if event.tags:
            self.document.report(
                reading.TAG, place, "a %TAG directive is not accepted", "remove it, and the tags"
            )

    def _scalar(self, event: Event) -> None:
        mark = event.start_mark
        span = Span(self._path, mark.line + 1, mark.column + 1)
        text = event.value
        style = event.style
        if event.anchor is not None or event.tag is not None:
            span = self._after_properties(event, span, empty=not (text or style))
        if not text and mark.index >= len(self.document.text):
            span = self.document.at(mark.index)  # libyaml thinks of a line that isn't there
        self._count(span)
        if len(text) > self._limits.scalar:
            self.document.stop(
                span,
                f"a text is longer than {self._limits.scalar:,} characters",
                "put it into a file",
            )
        if style == '"' and UNWANTED.search(text):
            check_escapes(self.document, mark.index, event.end_mark.index)
        elif style and style in "|>" and "\t" in text:
            self.blocks.append((mark.index, event.end_mark.index))
        frame = self._top
        if frame.entries is not None and frame.key is None:
            self._key(frame, event, text, span)
            return
        value = text if style or event.tag is not None else self._plain(text, span)
        node = Scalar(value, span)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._put(node)

    def _plain(self, text: str, span: Span) -> Plain:
        value = resolve(text)
        if isinstance(value, Trap):
            self.document.report(value.code, span, value.message, value.hint)
            return text
        return value

    def _key(self, frame: _Frame, event: Event, key: str, span: Span) -> None:
        entries = frame.entries or {}
        frame.key, frame.key_span = key, span
        if event.anchor is not None:
            self._anchors[event.anchor] = Scalar(key, span)
        if not event.style and key in ("", MERGE):
            if key == MERGE:
                self.document.report(
                    reading.MERGE_KEY,
                    span,
                    "the merge key << is not accepted: YAML 1.2 readers take it for a plain key",
                    "use the layers of the language (extends, step_defaults), or alias whole values",
                )
                return
            self.document.report(reading.KEY_NOT_TEXT, span, "a key is empty", "write the key before the ':'")
        if key in entries:
            self.document.report(
                reading.DUPLICATE_KEY,
                span,
                f"the key '{shown(key)}' is written twice in one mapping",
                "remove or rename one; keys are text, so 1 and '1' are the same key",
                (Related(entries[key].key_span, "first written here"),),
            )

    def _put(self, node: Node) -> None:
        frame = self._top
        if frame.entries is None:
            frame.items.append(node)
            return
        key = frame.key or ""
        frame.entries[key] = Entry(key, frame.key_span or frame.span, node)
        frame.key = None

    def _start_mapping(self, event: Event) -> None:
        self._start(event, {})

    def _start_sequence(self, event: Event) -> None:
        self._start(event, None)

    def _start(self, event: Event, entries: dict[str, Entry] | None) -> None:
        mark = event.start_mark
        span = Span(self._path, mark.line + 1, mark.column + 1)
        if event.anchor is not None or event.tag is not None:
            span = self._after_properties(event, span)
        self._count(span)
        if len(self._stack) > self._limits.depth:
            self._too_deep(span)
        is_key = self._takes_key(span, "a list" if entries is None else "a mapping")
        frame = _Frame(span, event.anchor, is_key, entries)
        if event.anchor is not None:
            self._anchors[event.anchor] = frame
        self._stack.append(frame)
        self._top = frame

    def _end(self, event: Event) -> None:
        frame = self._stack.pop()
        self._top = self._stack[-1]
        node: Node
        if frame.entries is None:
            node = Sequence(tuple(frame.items), frame.span)
        else:
            node = Mapping(frame.entries, frame.span)
        if frame.anchor is not None and self._anchors.get(frame.anchor) is frame:
            self._anchors[frame.anchor] = node
        if not frame.is_key:
            self._put(node)

    def _takes_key(self, span: Span, what: str) -> bool:
        """Tell whether something that is no text stands in the place of a key, and report it."""
        frame = self._top
        if frame.entries is None or frame.key is not None:
            return False
        self.document.report(
            reading.KEY_NOT_TEXT,
            span,
            f"{what} stands in the place of a key",
            "keys are text; put quotes around a text that starts with '{', '[', '*' or '?'",
        )
        frame.key, frame.key_span = "", span
        return True

    def _alias(self, event: Event) -> None:
        mark = event.start_mark
        span = Span(self._path, mark.line + 1, mark.column + 1)
        self._count(span)
        if self._takes_key(span, "an alias"):
            return
        name = event.anchor or ""
        target = self._anchors.get(name)
        if target is None:
            self.document.report(
                reading.ALIAS,
                span,
                f"no anchor &{shown(name)} stands before the alias *{shown(name)}",
                "define the anchor first, or put quotes around a text that starts with '*'",
            )
        elif isinstance(target, _Frame):
            self.document.report(
                reading.ALIAS,
                span,
                f"the alias *{shown(name)} stands inside the value that it names",
                "a value can't hold itself; write out what is meant",
                (Related(target.span, "the value starts here"),),
            )
        else:
            levels = len(self._stack) - 1 + self._expansion.add(self.document, target, span)
            if levels > self._limits.depth:
                self._too_deep(span)
            self._put(target)
            return
        self._put(Scalar(None, span))

    def _count(self, span: Span) -> None:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            self.document.stop(span, f"more than {self._limits.nodes:,} keys and values", "split the file")

    def _too_deep(self, span: Span) -> None:
        message = f"lists and mappings are nested more than {self._limits.depth} deep"
        self.document.stop(span, message, "look for a bracket that is never closed")

    def _after_properties(self, event: Event, span: Span, empty: bool = False) -> Span:
        """Return where the value itself stands, behind its anchor; report its tag."""
        if event.tag is not None:
            name = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self.document.report(
                reading.TAG, span, f"the tag {name} is not accepted", "remove it; quotes make a value text"
            )
        return span if empty else self.document.behind_properties(event.start_mark.index, span)


def _nothing(event: Event) -> None:
    """Pass over an event that says nothing."""
