"""Collections of cm-service: templates over each other, and the scripts that make chains of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cmcompile.imports.cm_service.blocks import Blocks
from cmcompile.imports.cm_service.fields import HANDLERS
from cmcompile.imports.fields import list_of, mapping_of, text_of
from cmcompile.imports.imported import Note

_NAME = re.compile(r"\{(\w+)\}")
_DEEP = 20


def filled(template: str, names: Mapping[str, str]) -> str:
    """Return a template of a collection with its names filled in, as far as they are known."""
    for _ in range(_DEEP):
        made = _NAME.sub(lambda found: names.get(found[1], found[0]), template)
        if made == template:
            break
        template = made
    return template


def names_of(collections: Mapping[str, Any]) -> dict[str, str]:
    """Return the templates of collections that are one text each."""
    return {key: value for key, value in collections.items() if isinstance(value, str)}


def inputs_of(
    campaign: Mapping[str, Any], collections: Mapping[str, Any], blocks: Blocks, where: str
) -> list[object]:
    """Return what the first step of a campaign reads: collections, and those that are tagged for it.

    Parameters
    ----------
    campaign
        The block of the campaign.
    where
        Which datasets are tagged.
    """
    names = names_of(collections)
    made: dict[str, tuple[str, list[str]]] = {}
    for script in scripts_of(campaign):
        own = mapping_of(script.get("collections"))
        output = filled(text_of(own.get("output")), names)
        listed = [
            t
            for text in list_of(own.get("inputs") or own.get("input"))
            for t in _each(str(text), collections)
        ]
        made[output] = (handler_of(script, blocks), [filled(text, names) for text in listed])
    return _expanded(filled(names.get("campaign_input", ""), names), made, where, ())


def _each(text: str, collections: Mapping[str, Any]) -> list[str]:
    """Return the collections of a text, which may name a list of them."""
    found = _NAME.fullmatch(text)
    named = collections.get(found[1]) if found else None
    return [str(item) for item in named] if isinstance(named, list) else [text]


def _expanded(
    name: str, made: Mapping[str, tuple[str, list[str]]], where: str, above: tuple[str, ...]
) -> list[object]:
    if not name or name in above:
        return []
    if name not in made:
        return [name]
    handler, sources = made[name]
    if handler.startswith("Tag"):
        entry: dict[str, object] = {"tagged": name, "from": sources, "datasets": "raw"}
        return [{**entry, "where": where} if where else entry]
    return [entry for source in sources for entry in _expanded(source, made, where, (*above, name))]


def sources_of(inputs: Sequence[object]) -> tuple[str, ...]:
    """Return where the ids of a first step are looked for: what is tagged for it, else all that it reads."""
    tagged = [entry for entry in inputs if isinstance(entry, Mapping)]
    found = [source for entry in tagged for source in list_of(entry.get("from"))]
    return tuple(map(str, found or inputs))


def scripts_of(block: Mapping[str, Any]) -> list[dict[str, object]]:
    """Return the scripts of a block."""
    return [mapping_of(mapping_of(entry).get("Script", entry)) for entry in list_of(block.get("scripts"))]


def handler_of(script: Mapping[str, Any], blocks: Blocks) -> str:
    """Return the last part of the handler of a script; empty where there is none."""
    name = text_of(script.get("spec_block"))
    body = blocks.find(name) if blocks.known(name) else {}
    return text_of(body.get("handler")).rpartition(".")[2]


def script_notes(level: str, block: Mapping[str, Any], blocks: Blocks) -> Sequence[Note]:
    """Return what is to be said of the scripts of a block."""
    found = []
    for script in scripts_of(block):
        handler = handler_of(script, blocks)
        note = HANDLERS.note(handler or "none", f"{level}, script {text_of(script.get('name'))}")
        found.append(note)
    return found
