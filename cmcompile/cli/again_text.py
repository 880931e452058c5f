"""The text of a campaign that is made again: another name, other places of files, without rescues."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cmcompile.cli.templates import SCHEMA_LINE, TOP
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.model.source import Mapping as MapNode

_BY_HAND = (
    "the campaign can't be made again without other changes: bring its rescues with --with-rescues, "
    "or copy it by hand"
)


@dataclass(frozen=True, slots=True)
class Edits:
    """What is altered in a text.

    Attributes
    ----------
    name
        The campaign's; None: it is not the file that names the campaign.
    values
        Vars, and keys of the top level, that are set.
    places
        New places of files, by what the text names.
    rescues
        Whether rescues stay.
    """

    name: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    rescues: bool = True


def edited(text: str, edits: Edits) -> str:
    """Return the text with the edits made, comments kept.

    Raises
    ------
    CmcompileError
        When something else would change.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    wanted = _plain(text)
    _alter(wanted, edits)
    if edits.name is None and wanted == _plain(text):
        return text
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    try:
        content = yaml.load(text if edits.rescues else _cut(text))
    except YAMLError:  # such as an alias of what a rescue defined
        raise CmcompileError(_BY_HAND) from None
    _alter(content, edits)
    stream = io.StringIO()
    yaml.dump(content, stream)
    made = stream.getvalue()
    if _plain(made) != wanted:
        raise CmcompileError(_BY_HAND)
    if edits.name is None or "yaml-language-server" in made.split("\n", 1)[0]:
        return made
    return SCHEMA_LINE + made


def _alter(content: MutableMapping[str, Any], edits: Edits) -> None:
    """Make the edits in a mapping, whichever kind of mapping it is."""
    if edits.name is not None:
        content["campaign"] = edits.name
    for key, value in edits.values.items():
        if key in TOP:
            content[key] = value
        else:
            content.setdefault("vars", {})[key] = value
    extends = content.get("extends")
    if isinstance(extends, str):
        content["extends"] = edits.places.get(extends, extends)
    for number, path in enumerate(extends if isinstance(extends, list) else ()):
        content["extends"][number] = edits.places.get(path, path)
    for holder in _holders(content):
        if holder.get("file") in edits.places:
            holder["file"] = edits.places[holder["file"]]
    if not edits.rescues:
        for step in (content.get("steps") or {}).values():
            if isinstance(step, MutableMapping):
                step.pop("rescues", None)
                _without_rescues(step)


def _holders(content: MutableMapping[str, Any]) -> Iterator[MutableMapping[str, Any]]:
    """Yield the lists and exclusions, which name files."""
    some: list[Any] = [*(content.get("lists") or {}).values(), *(content.get("exclude") or ())]
    yield from (one for one in some if isinstance(one, MutableMapping))


def _without_rescues(step: MutableMapping[str, Any]) -> None:
    """Let a step that needs a rescue need the step of it."""
    needs = step.get("needs")
    if isinstance(needs, MutableMapping):
        every = list(needs.items())
        needs.clear()
        for key, how in every:
            step_only = key.partition("/")[0]
            if step_only == key or step_only not in needs:
                needs[step_only] = how
    elif isinstance(needs, str) and "/" in needs:
        step["needs"] = needs.partition("/")[0]
    elif isinstance(needs, list):
        kept = list(dict.fromkeys(n.partition("/")[0] if isinstance(n, str) else n for n in needs))
        needs[:] = kept


def _plain(text: str) -> dict[str, Any]:
    from cmcompile.model.source import plain

    found = plain(_node(text))
    return found if isinstance(found, dict) else {}


def _node(text: str) -> MapNode:
    from cmcompile.model.diagnostic import Findings
    from cmcompile.model.errors import InputError
    from cmcompile.model.source import Mapping as MapNode
    from cmcompile.spec.yaml import read

    findings = Findings()
    node = read("campaign.yaml", text.encode(), findings)
    if not isinstance(node, MapNode):
        raise InputError(findings.sorted())
    return node


def _cut(text: str) -> str:
    """Return a text without the lines of rescues, where they are lines of their own."""
    from cmcompile.model.source import Mapping as MapNode

    lines = text.splitlines(keepends=True)
    steps = _node(text).get("steps")
    bodies = [step.value for step in steps] if isinstance(steps, MapNode) else []
    entries = [body.entries.get("rescues") for body in bodies if isinstance(body, MapNode)]
    for entry in reversed([e for e in entries if e is not None]):
        first, indent = entry.key_span.line - 1, entry.key_span.column - 1
        if not lines[first][:indent].strip():
            del lines[first : _end(lines, first + 1, indent)]
    return "".join(lines)


def _end(lines: list[str], start: int, indent: int) -> int:
    """Return where lines that are set in deeper end; comments before what follows belong to that."""
    end = start
    for number in range(start, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        if len(line) - len(line.lstrip(" ")) <= indent:
            break
        end = number + 1
    return end


def places_named(text: str) -> Iterable[str]:
    """Return the files that a text names outright: what it extends, lists and exclusions."""
    content = _plain(text)
    extends = content.get("extends") or []
    some = [*([extends] if isinstance(extends, str) else extends)]
    some += [holder.get("file") for holder in _holders(content)]
    return [name for name in some if isinstance(name, str)]
