"""Templates of make-prod-groups: BPS files with tokens in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cmcompile.imports.clauses import clauses, joined
from cmcompile.imports.foreign import ForeignError, documents
from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.prodstatus import fields
from cmcompile.imports.tree import kept_null, keys_with, literal, mapped, popped

_TOKENS = tuple(field.key for field in fields.TOKENS.fields)
_BOUNDS = ("LOWEXP", "HIGHEXP")
#: What they are once they are expressions.
BOUNDS = (".lo }}", ".hi }}", ".n }}")
_WORD = re.compile(rf"(\w*?)({'|'.join(_TOKENS)})(\w*)")
_COMPARED = re.compile(r"(?:(\w+)(?:\.(\w+))?\s*(?:>=?|=)\s*|(\w+)(?:\.(\w+))?\s+in\s*\(\s*)LOWEXP\b", re.I)
_DIMENSION = "exposure"
#: Keys that belong to one submission.
LATER = (("payload", "outputRun"), ("submitPath",))


@dataclass(frozen=True, slots=True)
class Template:
    """A template, taken apart.

    Attributes
    ----------
    stem
        Its file name without the ending.
    bps
        Its content, without the data query; tokens are expressions.
    before
        The clauses of the query before those with a bound in them.
    bounds
        The clauses with the bounds, as an axis has them; None where they can't be cut off.
    query
        The whole query, its tokens as expressions.
    dimension
        What the bounds are of; empty where the query does not say.
    """

    stem: str
    bps: dict[str, Any]
    before: tuple[str, ...]
    bounds: str | None
    query: str
    dimension: str
    notes: tuple[Note, ...] = ()


def read_template(name: str, data: bytes, band: str) -> Template:
    """Take a template apart.

    Parameters
    ----------
    band
        What the token of that name stands for.

    Raises
    ------
    ForeignError
        When it is no BPS file, or tokens stand where nothing can differ from group to group.
    """
    found, notes = documents(name, data)
    if len(found) != 1 or not isinstance(found[0], dict):
        raise ForeignError(f"{name}: a template is one mapping")
    tree = found[0]
    if keys := keys_with(tree, _TOKENS):
        raise ForeignError(
            f"{name}: the key {keys[0]} has a token in it, and keys are the same in all groups"
        )
    said = [*notes, *_within_words(name, tree)]
    bps: dict[str, Any] = mapped(tree, str)
    query = popped(bps, ("payload", "dataQuery"))
    for path in LATER:
        if popped(bps, path) is not None:
            text = "belongs to one submission, and is set when a group is sent"
            said.append(Note(Fate.LEFT, f"{name}: {'.'.join(path)}", text))
    text = query if isinstance(query, str) else ""
    dimension = _dimension(text)
    before, bounds = _cut(text)
    axis = dimension or _DIMENSION
    return Template(
        stem=stem_of(name),
        bps=kept_null(mapped(bps, lambda value: expressed(value, axis, band))),
        before=tuple(_with_band(literal(c), band) for c in before),
        bounds=None if bounds is None else _own(_with_band(literal(bounds), band), axis),
        query=expressed(text, axis, band),
        dimension=dimension,
        notes=tuple(said),
    )


def stem_of(name: str) -> str:
    """Return the name of a template without its folder and ending."""
    return re.sub(r"\.ya?ml\Z", "", name.rpartition("/")[2])


def expressed(text: str, axis: str, band: str) -> str:
    """Return a text with its tokens as expressions over an axis."""
    made = _with_band(literal(text).replace("GNUM", f"${{{{ {axis}.n }}}}"), band)
    return made.replace("LOWEXP", f"${{{{ {axis}.lo }}}}").replace("HIGHEXP", f"${{{{ {axis}.hi }}}}")


def _with_band(text: str, band: str) -> str:
    return text.replace("BAND", band)


def _own(text: str, axis: str) -> str:
    """Return the predicate of an axis: its bounds have short names there."""
    made = text.replace("LOWEXP", "${{ lo }}").replace("HIGHEXP", "${{ hi }}")
    return made.replace("GNUM", f"${{{{ {axis}.n }}}}")


def _dimension(query: str) -> str:
    found = _COMPARED.search(query)
    if found is None:
        return ""
    name, record = (found[1], found[2]) if found[1] else (found[3], found[4])
    return name if record in (None, "id") else ""


def _cut(query: str) -> tuple[list[str], str | None]:
    """Return the clauses before the bounds, and those with them; only where nothing else is after them."""
    parts = clauses(query)
    if parts is None:
        return [], None
    first = next((n for n, part in enumerate(parts) if any(t in part for t in _BOUNDS)), None)
    if first is None or any("GNUM" in part for part in parts):
        return [], None
    if any(not any(t in part for t in _BOUNDS) for part in parts[first:]):
        return [], None
    return parts[:first], joined(parts[first:])


def _within_words(name: str, tree: object) -> list[Note]:
    """Return notes on tokens that stand in the midst of a word."""
    found: dict[str, None] = {}

    def look(text: str) -> str:
        for word in _WORD.finditer(text):
            # A word such as step1_BAND_GNUM is meant so; ALLOWEXPOSURE is not.
            if word[1][-1:].isalpha() or word[3][:1].isalpha():
                found[word[0]] = None
        return text

    mapped(tree, look)
    text = "a token stands within this word; it is replaced there, as make-prod-groups does"
    return [Note(Fate.DIFFERENT, f"{name}: {word}", text) for word in found]
