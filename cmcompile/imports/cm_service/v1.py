"""A campaign of cm-service's first generation as a spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.cm_service import fields
from cmcompile.imports.cm_service.assembled import Step, assembled
from cmcompile.imports.cm_service.blocks import Blocks, laid_over, read_blocks
from cmcompile.imports.cm_service.collections import (
    filled,
    inputs_of,
    names_of,
    script_notes,
    sources_of,
)
from cmcompile.imports.cm_service.data import WMS_CLASS, to_bps, to_setup
from cmcompile.imports.cm_service.loading import Loaded
from cmcompile.imports.cm_service.settings import MUST_OVERRIDE, Settings
from cmcompile.imports.cm_service.splits import Asked, Lists, axes
from cmcompile.imports.fields import list_of, mapping_of, text_of
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Imported, Note
from cmcompile.imports.names import step_name
from cmcompile.imports.tree import mapped

#: The plugin of BPS that a script submits with; cm-service sets it in the script's environment.
_SERVICES = {
    "PandaScriptHandler": "lsst.ctrl.bps.panda.PanDAService",
    "HTCondorScriptHandler": "lsst.ctrl.bps.htcondor.HTCondorService",
}


@dataclass(slots=True)
class _Campaign:
    """A campaign while it is read."""

    blocks: Blocks
    settings: Settings
    block: Mapping[str, Any]
    body: Mapping[str, Any]
    collections: dict[str, Any]
    notes: list[Note]
    lists: Lists = field(default_factory=Lists)
    first: tuple[str, ...] = ()


def imported(loaded: Loaded, settings: Settings, name: str, spec_name: str) -> Imported:
    """Return the campaign of some entries.

    Raises
    ------
    ForeignError
        When there is not one campaign, something that it names is not there, or a field must be set.
    """
    campaigns = loaded.of("Campaign")
    if len(campaigns) != 1:
        raise ForeignError(f"there are {len(campaigns)} campaigns in these files; name those of one")
    _refuse(settings)
    body = campaigns[0].body
    chosen = spec_name or settings.value(text_of(body.get("spec_name")))
    blocks, said = read_blocks(loaded, chosen)
    block = blocks.find("campaign")
    notes = [*loaded.notes, *said, *_unknown(body, block)]
    collections = {**mapping_of(block.get("collections")), **mapping_of(body.get("collections"))}
    collections = {key: settings.required(key, value) for key, value in collections.items()}
    one = _Campaign(blocks, settings, block, body, collections, notes)
    data = _layered(one, block, body)
    data.setdefault("campaign", "" if body.get("name") in (None, MUST_OVERRIDE) else body["name"])
    data["campaign"] = data["campaign"] or name
    query = settings.expressed(text_of(data.get("data_query")))
    inputs = mapped(inputs_of(block, collections, blocks, query), settings.named)
    one.first = sources_of(inputs)
    steps = [_step(one, data, entry) for entry in _entries(one)]
    _refuse(settings)
    notes += [fields.DATA.note(key, "campaign") for key in data if fields.DATA.find(key) is not None]
    notes += script_notes("campaign", block, blocks)
    return assembled(
        name, settings, one.lists, data, steps, inputs, filled("{out}", names_of(collections)), notes
    )


def _refuse(settings: Settings) -> None:
    """Refuse to go on where something must be set and is not."""
    if settings.lacking:
        keys = " ".join(f"--set {key}=…" for key in settings.lacking)
        raise ForeignError(f"the campaign leaves this to whoever loads it: {keys}")


def _unknown(body: Mapping[str, Any], block: Mapping[str, Any]) -> list[Note]:
    return [
        *fields.CAMPAIGN.notes(body, "campaign"),
        *fields.BLOCK.notes(block, "spec block of the campaign"),
    ]


def _layered(one: _Campaign, *levels: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of some levels, the lowest first."""
    data: dict[str, Any] = {}
    for level in levels:
        data.update(mapping_of(level.get("data")))
    return {key: one.settings.required(key, value) for key, value in data.items()}


def _entries(one: _Campaign) -> list[dict[str, Any]]:
    listed = list_of(one.body.get("steps")) or list_of(one.block.get("steps"))
    return [mapping_of(mapping_of(entry).get("Step", entry)) for entry in listed]


def _step(one: _Campaign, below: Mapping[str, Any], entry: Mapping[str, Any]) -> Step:
    name = text_of(entry.get("name"))
    subject = f"step {name}"
    block = one.blocks.find(text_of(entry.get("spec_block")))
    over = mapping_of(mapping_of(one.body.get("child_config")).get(name))
    one.notes += fields.STEP.notes(entry, subject)
    one.notes += fields.BLOCK.notes(block, subject)
    child: dict[str, Any] = {}
    above = {k: v for k, v in over.items() if k not in ("data", "collections")}
    for level in (mapping_of(block.get("child_config")), mapping_of(entry.get("child_config")), above):
        laid_over(child, level)
    one.notes += fields.CHILD.notes(child, subject)
    own = _layered(one, block, entry, over, _submit(one))
    mapped_here = (key for key in own if key not in below and fields.DATA.find(key) is not None)
    one.notes += fields.DATA.notes(mapped_here, subject)
    one.notes += script_notes(subject, block, one.blocks)
    data = {**below, **own, WMS_CLASS: _SERVICES.get(text_of(_submit(one).get("handler")).rpartition(".")[2])}
    where = one.settings.expressed(text_of(child.get("base_query")) or text_of(data.get("data_query")))
    needs = [str(other) for other in list_of(entry.get("prerequisites"))]
    names = {**names_of(one.collections), **names_of(mapping_of(block.get("collections")))}
    collect = filled(names.get("step_public_output", "{out}/{step}"), {**names, "step": "\x04"})
    read = tuple(filled(collect.replace("\x04", step_name(other)), names) for other in needs)
    asked = Asked(name, child, where, tuple(map(one.settings.expressed, read)) or one.first)
    return Step(
        name=name,
        needs=tuple(needs),
        where=where,
        split=axes(asked, one.lists, one.settings, one.notes),
        bps=to_bps(data, subject, one.settings, one.notes),
        setup=to_setup(data, one.settings),
        collect=one.settings.expressed(collect).replace("\x04", "${{ step.name }}"),
    )


def _submit(one: _Campaign) -> Mapping[str, Any]:
    """Return the script that submits: its data are above those of the step."""
    return one.blocks.find("bps_submit_script") if one.blocks.known("bps_submit_script") else {}
