"""A document made ready for the rules: merged, its texts listed, and a place to report to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cmcompile.bps.defaults import DEFAULTS
from cmcompile.bps.document import Document, Include, merged
from cmcompile.bps.keys import SECTIONS, UNTOUCHED
from cmcompile.bps.resolve import Search
from cmcompile.model.diagnostic import Code, Findings, Related
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree
from cmcompile.model.source import Span

Path = tuple[str, ...]

_NAMES = re.compile(r"\{([A-Za-z_]\w*)\}")
_COMMANDS = re.compile(r"[Cc]ommand|^command\d|[Pp]repend|Script|setup|^environment$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the document.

    Attributes
    ----------
    path
        The keys that lead to it; a place in a list is a number as text.
    value
        The text.
    span
        Where its key is written.
    """

    path: Path
    value: str
    span: Span | None

    @property
    def name(self) -> str:
        """The path as a person writes it: ``payload.output``."""
        return ".".join(self.path)

    @property
    def is_command(self) -> bool:
        """Whether it is a shell command, or environment of a job, that is run elsewhere."""
        return any(_COMMANDS.search(key) for key in self.path if key not in SECTIONS)

    @property
    def is_free(self) -> bool:
        """Whether it stands in a mapping that BPS hands on untouched to the workload system."""
        return any(key in UNTOUCHED for key in self.path)


@dataclass(frozen=True, slots=True)
class View:
    """What a rule gets.

    Attributes
    ----------
    document
        The file of the group.
    tree
        The file merged with its readable includes.
    texts
        Every text in the tree, in order.
    used
        Names that a text uses as ``{x}``.
    unreadable
        Includes that can't be read here: what they hold is not known.
    findings
        Where to report.
    """

    document: Document
    tree: Branch
    texts: tuple[Text, ...]
    used: frozenset[str]
    unreadable: tuple[Include, ...]
    findings: Findings

    @classmethod
    def of(cls, document: Document, findings: Findings) -> View:
        """Merge a document and list its texts."""
        tree = merged(document)
        texts = tuple(walk_texts(tree))
        used = frozenset(name for text in texts for name in _NAMES.findall(text.value))
        return cls(document, tree, texts, used, document.unreadable, findings)

    def search(self, section: str = "", label: str = "", own: Branch | None = None) -> Search:
        """Return the search of a context: of payload and root, or of one task, cluster, site."""
        return Search.of((self.tree, DEFAULTS), {section: label} if section else None, own)

    def find(self, name: str) -> Tree | None:
        """Return what the file or a readable include sets for a name under payload or at root."""
        for scope in (self.tree.get("payload"), self.tree):
            found = scope.get(name) if isinstance(scope, Branch) else None
            if found is not None:
                return found
        return None

    def bodies(self, section: str) -> Iterator[tuple[str, Tree]]:
        """Give the label and body of each entry of a section."""
        node = self.tree.get(section)
        if isinstance(node, Branch):
            for label, body in node.entries.items():
                if not isinstance(body, Gone):
                    yield label, body

    def report(
        self,
        code: Code,
        place: Tree | Span | None,
        message: str,
        hint: str = "",
        related: tuple[Related, ...] = (),
    ) -> None:
        """Record a finding of this step, at the step's own place where nothing else is known."""
        span = place if isinstance(place, Span) or place is None else place.origin.span
        where = span or self.document.span
        self.findings.add(code, where, message, hint, related, self.document.step)


def walk_texts(tree: Tree, path: Path = ()) -> Iterator[Text]:
    """Give every text below a tree, in order."""
    if isinstance(tree, Leaf):
        if isinstance(tree.value, str):
            yield Text(path, tree.value, tree.origin.span)
    elif isinstance(tree, Items):
        for number, item in enumerate(tree.items):
            yield from walk_texts(item, (*path, str(number)))
    elif isinstance(tree, Branch):
        for key, value in tree.entries.items():
            yield from walk_texts(value, (*path, key))


def places(view: View) -> Iterator[tuple[Path, Branch]]:
    """Give each mapping whose keys BPS knows: root, payload, and the bodies of sections."""
    yield (), view.tree
    for key in ("payload", "finalJob", "customJob"):
        node = view.tree.get(key)
        if isinstance(node, Branch):
            yield (key,), node
    for section in SECTIONS:
        for label, body in view.bodies(section):
            if isinstance(body, Branch):
                yield (section, label), body


def entries(node: Branch) -> Iterator[tuple[str, Tree]]:
    """Give the keys and values of a mapping, deleted ones left out."""
    return ((key, value) for key, value in node.entries.items() if not isinstance(value, Gone))


def text_of(tree: Tree | None) -> str | None:
    """Return the text of a leaf; None for anything else."""
    return tree.value if isinstance(tree, Leaf) and isinstance(tree.value, str) else None


def words(text: str | None) -> tuple[str, ...]:
    """Return the parts of a comma list, without space around them, empty ones left out."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def also(place: Tree, message: str) -> tuple[Related, ...]:
    """Return a place as a related one; nothing for a value that no file sets."""
    return () if place.origin.span is None else (Related(place.origin.span, message),)
