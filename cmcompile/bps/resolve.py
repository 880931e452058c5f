"""What BPS's own ``{x}`` means: the search for a name, and texts with their names filled in.

Source: ``BpsConfig.search`` of lsst-ctrl-bps. A name is searched under payload, then in the body of the
current cluster, task, site and cloud, then at root; what is found is filled in the same way. BPS puts an
empty text for a name that it doesn't find, and says nothing.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cmcompile.bps.defaults import DEFAULT_NAMES, DEFAULTS, RUNTIME
from cmcompile.bps.keys import SECTIONS
from cmcompile.model.resolved import Branch, Gone, Leaf, Tree, tree_plain

NOTHING = Branch()
"""An empty tree."""

_WHOLE_FIELD = re.compile(r"\$\{[^{}]+\}|\{([A-Za-z]\w*)\}")
_HUGE_WIDTH = re.compile(r"\d{5}")
_LONGEST = 1_000_000
"""Characters that may be put into one text: far beyond any real one, it ends a text that doubles itself."""

_DEEPEST = 100
"""Names in a row that lead from one to the next."""

_ENVIRONMENT = re.compile(r"\$\{([^{}]+)\}")


class Trouble(Enum):
    """Why BPS can't fill a text."""

    CYCLE = "cycle"
    BRACE = "brace"
    EVAL = "eval"
    ENDLESS = "endless"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Filled:
    """A text after its ``{x}`` were filled in.

    Attributes
    ----------
    text
        The text; unchanged where there was trouble.
    missing
        Names that nothing defines, in order of use; BPS puts an empty text for them.
    problem
        What is wrong in words, or None.
    trouble
        The kind of problem, or None.
    cycle
        The names that lead back to the first of them; empty without a cycle.
    """

    text: str
    missing: tuple[str, ...] = ()
    problem: str | None = None
    trouble: Trouble | None = None
    cycle: tuple[str, ...] = ()


class _TroubleError(Exception):
    def __init__(self, trouble: Trouble, problem: str, cycle: tuple[str, ...] = ()) -> None:
        super().__init__(problem)
        self.trouble = trouble
        self.problem = problem
        self.cycle = cycle


class _Way:
    """What is found on the way through one text, and how far the way may go on."""

    __slots__ = ("left", "missing")

    def __init__(self) -> None:
        self.missing: dict[str, None] = {}
        self.left = _LONGEST

    def add(self, text: str, stack: tuple[str, ...]) -> str:
        self.left -= len(text) + 1
        if self.left < 0 or len(stack) > _DEEPEST:
            raise _TroubleError(
                Trouble.ENDLESS, f"the names in it lead on and on, after {{{stack[0]}}}", stack[:1]
            )
        return text


@dataclass(frozen=True, slots=True)
class Search:
    """Where a name is looked for: mappings in order."""

    scopes: tuple[Branch, ...]

    @classmethod
    def of(
        cls,
        trees: Sequence[Branch],
        labels: Mapping[str, str] | None = None,
        own: Branch | None = None,
    ) -> Search:
        """Make the search of a context.

        Parameters
        ----------
        trees
            The file, then what is below it (included files, defaults): the first that has a key wins within
            each section.
        labels
            The current label per section, such as ``{"pipetask": "isr"}``.
        own
            A mapping that is searched first, such as finalJob for its commands.
        """
        scopes = [] if own is None else [own]
        scopes += _sections(trees, "payload", None)
        for section in SECTIONS:
            scopes += _sections(trees, section, labels.get(section) if labels else None)
        return cls((*scopes, *trees))

    def find(self, name: str) -> Tree | None:
        """Return what a name stands for, or None when nothing defines it."""
        for scope in self.scopes:
            found = scope.entries.get(name)
            if found is not None and not isinstance(found, Gone):
                return found
        if name and not name[0].isalnum():
            return self._find_path(name[1:].split(name[0]))
        return None

    def _find_path(self, path: list[str]) -> Tree | None:
        # A name that starts with another character than a letter or digit is a path separated by it.
        for scope in self.scopes:
            found = scope.get(*path)
            if found is not None:
                return found
        return None

    def fill(self, text: str, start: tuple[str, ...] = ()) -> Filled:
        """Fill in the ``{x}`` of a text; ``start`` are the names on the way to this text."""
        if "{" not in text and "}" not in text and "bpsEval" not in text:
            return Filled(text)
        way = _Way()
        try:
            done = self._fill(text, start, way)
        except _TroubleError as error:
            return Filled(text, tuple(way.missing), error.problem, error.trouble, error.cycle)
        return Filled(done, tuple(way.missing))

    def _fill(self, text: str, stack: tuple[str, ...], way: _Way) -> str:
        pieces: list[str] = []
        at = 0
        for match in _WHOLE_FIELD.finditer(text):
            pieces += (text[at : match.start()], match.group(1) or "", match.group())
            at = match.end()
        pieces.append(text[at:])
        between = "".join(pieces[::3])
        if "{" in between or "}" in between:
            return _checked(self._format(text, stack, way))
        for place in range(1, len(pieces), 3):
            if pieces[place]:
                pieces[place + 1] = str(self._value(pieces[place], stack, way))
                pieces[place] = ""
        return _checked("".join(pieces))

    def _format(self, text: str, stack: tuple[str, ...], way: _Way) -> str:
        masked = _ENVIRONMENT.sub(r"${{\1}}", text)
        try:
            return _Formatter(self, stack, way).vformat(masked, (), {})
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise _TroubleError(Trouble.BRACE, str(error)) from None

    def _value(self, name: str, stack: tuple[str, ...], way: _Way) -> object:
        if name in stack:
            cycle = stack[stack.index(name) :]
            raise _TroubleError(Trouble.CYCLE, " → ".join(f"{{{n}}}" for n in (*cycle, name)), cycle)
        found = self.find(name)
        if found is None:
            if name in RUNTIME or name in DEFAULT_NAMES or name.startswith("wms"):
                return f"{{{name}}}"
            way.missing[name] = None
            return ""
        if isinstance(found, Leaf):
            if isinstance(found.value, str):
                stack = (*stack, name)
                return self._fill(way.add(found.value, stack), stack, way)
            return found.value
        if isinstance(found, Branch):
            raise _TroubleError(Trouble.MAPPING, f"{{{name}}} is a mapping")
        return tree_plain(found)


class _Formatter(string.Formatter):
    """Python's formatter (which BPS uses), with the search in place of arguments."""

    def __init__(self, search: Search, stack: tuple[str, ...], way: _Way) -> None:
        self._search = search
        self._stack = stack
        self._way = way

    def get_field(self, field_name: str, args: object, kwargs: object) -> Any:
        value = self._search._value(field_name, self._stack, self._way)
        return value, field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if _HUGE_WIDTH.search(format_spec):
            raise ValueError(f"a width of {format_spec} is too large")
        return str(super().format_field(value, format_spec))


def _checked(text: str) -> str:
    if "bpsEval" in text:
        raise _TroubleError(Trouble.EVAL, "bpsEval is worked out at submission")
    return text


def _sections(trees: Sequence[Branch], section: str, label: str | None) -> list[Branch]:
    whole = [node for tree in trees if isinstance(node := tree.entries.get(section), Branch)]
    if label is None:
        return whole
    return [node for body in whole if isinstance(node := body.entries.get(label), Branch)] or whole


def fill(tree: Branch, text: str, below: Branch = NOTHING) -> Filled:
    """Fill in the ``{x}`` of a text as BPS does where no task or cluster is current.

    Parameters
    ----------
    tree
        The tree of the file.
    text
        The text; ``${X}`` of the environment, ``{wmsX}`` and names that BPS fills in at submission stay.
    below
        The merged content of the included files, which the file hides.
    """
    return Search.of((tree, below, DEFAULTS)).fill(text)


def output(tree: Branch, below: Branch = NOTHING) -> Filled:
    """Return the output collection of a file, filled in.

    ``problem`` is set when output is no text or can't be filled in.
    """
    search = Search.of((tree, below, DEFAULTS))
    found = search.find("output")
    if isinstance(found, Leaf) and isinstance(found.value, str):
        return search.fill(found.value, ("output",))
    if isinstance(found, Leaf) and found.value is not None:
        return Filled(str(found.value))
    return Filled("", (), "output is no text", Trouble.MAPPING)
