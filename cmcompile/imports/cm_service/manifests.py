"""Manifests: which of a kind counts, and what a node lays over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmcompile.imports.cm_service import manifest_fields as fields
from cmcompile.imports.cm_service.loading import Entry, Loaded
from cmcompile.imports.fields import mapping_of, text_of
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Note

_STEP = "step"
_ENDS = {"START", "END"}


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph."""

    name: str
    kind: str
    spec: Mapping[str, Any]


def configs(loaded: Loaded, notes: list[Note]) -> dict[str, dict[str, object]]:
    """Return the spec of each kind that steps inherit: of several, that of the highest version counts."""
    found: dict[str, dict[str, object]] = {}
    for kind, table in fields.CONFIGS.items():
        entries = loaded.of(kind)
        if not entries:
            continue
        chosen = max(enumerate(entries), key=lambda pair: (_version(pair[1]), pair[0]))[1]
        if len(entries) > 1:
            others = ", ".join(name_of(e) for e in entries if e is not chosen)
            text = f"cm-service takes the newest of a kind whatever its name: {name_of(chosen)}, not {others}"
            notes.append(Note(Fate.DEFECT, f"manifests {kind}", text))
        found[kind] = mapping_of(chosen.body.get("spec"))
        notes += table.notes(found[kind], kind)
    return found


def _version(entry: Entry) -> int:
    version = mapping_of(entry.body.get("metadata")).get("version")
    return version if isinstance(version, int) else 0


def name_of(entry: Entry) -> str:
    """Return the name of a manifest."""
    return text_of(mapping_of(entry.body.get("metadata")).get("name")) or entry.kind


def nodes(loaded: Loaded) -> list[Node]:
    """Return the nodes of the graph, in the order of the files."""
    found = []
    for entry in loaded.entries:
        kind = entry.kind
        if kind == "node":
            given = mapping_of(entry.body.get("metadata"))
            kind = (
                text_of(given.get("kind")) or text_of(mapping_of(entry.body.get("spec")).get("kind")) or _STEP
            )
        elif kind not in (_STEP, "breakpoint"):
            continue
        found.append(Node(name_of(entry), kind, mapping_of(entry.body.get("spec"))))
    return found


def layered(below: Mapping[str, Mapping[str, object]], node: Node) -> dict[str, dict[str, object]]:
    """Return what each kind says for a node; a mapping of the node replaces that of the campaign."""
    return {kind: {**below.get(kind, {}), **mapping_of(node.spec.get(kind))} for kind in fields.CONFIGS}


def needs(loaded: Loaded, listed: Sequence[Node]) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Return the steps that each step needs, and the breakpoints that stand before steps.

    Raises
    ------
    ForeignError
        When an edge names a node that there is not.
    """
    kinds = {node.name: node.kind for node in listed}
    before: dict[str, list[str]] = {}
    for entry in loaded.of("edge"):
        spec = mapping_of(entry.body.get("spec"))
        source, target = text_of(spec.get("source")), text_of(spec.get("target"))
        for name in (source, target):
            if name not in kinds and name.upper() not in _ENDS:
                raise ForeignError(f"an edge goes from {source} to {target}, and there is no node {name}")
        before.setdefault(target, []).append(source)
    found: dict[str, list[str]] = {}
    stops: list[tuple[str, str]] = []

    def steps_before(name: str, above: tuple[str, ...], step: str) -> list[str]:
        listed_here: list[str] = []
        for source in before.get(name, []):
            if source in above:
                raise ForeignError(f"the edges go in a circle: {' → '.join((*above, source))}")
            if kinds.get(source) == _STEP:
                listed_here.append(source)
            else:
                if kinds.get(source) == "breakpoint":
                    stops.append((source, step))
                listed_here += steps_before(source, (*above, source), step)
        return listed_here

    for node in listed:
        if node.kind == _STEP:
            found[node.name] = list(dict.fromkeys(steps_before(node.name, (node.name,), node.name)))
    return found, stops
