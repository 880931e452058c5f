"""``manifest.json``: what was compiled from what, with digests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from cmcompile.model.group import CompiledGroup, IncludeFile

#: The major version of the manifest; see schemas/manifest-v1.schema.json.
FORMAT = 1


def manifest(
    campaign: str,
    version: str,
    emit: int,
    inputs: Mapping[str, str],
    groups: Iterable[CompiledGroup],
    includes: Mapping[str, IncludeFile],
) -> bytes:
    """Return the manifest of a compiled campaign, one line per file so that git shows it well.

    Parameters
    ----------
    inputs
        The sha256 of every file read, by path in the repository.
    """
    entries: dict[str, str] = {}
    for made in groups:
        entries[made.path] = _group(made)
    for path, file in includes.items():
        entry = {"kind": "include", "sha256": sha256(file.data).hexdigest(), "source": file.source}
        if not file.source:
            entry = {"kind": "jobs", "sha256": entry["sha256"]}
        entries[path] = json.dumps(entry)
    head = [
        f' "format": {FORMAT}',
        f' "cmcompile": {json.dumps(version)}',
        f' "emit": {emit}',
        f' "campaign": {json.dumps(campaign)}',
        ' "inputs": ' + _lines({path: json.dumps(digest) for path, digest in inputs.items()}),
        ' "outputs": ' + _lines(entries),
    ]
    return ("{\n" + ",\n".join(head) + "\n}\n").encode()


def _lines(entries: Mapping[str, str]) -> str:
    if not entries:
        return "{}"
    return "{\n" + ",\n".join([f"  {json.dumps(k)}: {entries[k]}" for k in sorted(entries)]) + "\n }"


def _group(made: CompiledGroup) -> str:
    # Names of steps, ids and digests need no escapes; json.dumps for each would cost more than all else.
    group = made.group
    more = ""
    if group.rescue is not None:
        more = f', "rescue": "{group.rescue}", "covers": {json.dumps(group.covers)}'
    if made.includes:
        more += f', "includes": {json.dumps(made.includes)}'
    return (
        f'{{"kind": "group", "step": "{group.step}", "group": "{group.id}", '
        f'"sha256": "{sha256(made.data).hexdigest()}", "definition": "{made.digest}"{more}}}'
    )
