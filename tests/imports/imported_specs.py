"""Imported campaigns, compiled in memory."""

from __future__ import annotations

from typing import Any

import yaml

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.imports.imported import Fate, Imported
from cmcompile.imports.memory import MemoryFiles
from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.spec.load import load


def compiled(
    imported: Imported, tried: bool = True, **lists: str
) -> tuple[Compilation, tuple[Diagnostic, ...]]:
    """Compile what an import made; lists may be filled by the name of their file, or be tried with a row."""
    folder = f"campaigns/{imported.name}"
    beside = {**imported.files, **(imported.samples if tried else {})}
    files = {f"{folder}/{name}": data for name, data in beside.items()}
    for path in list(files):
        name = path.rpartition("/")[2].partition(".")[0].replace("-", "_")
        if name in lists:
            files[path] = lists[name].encode()
    files[f"{folder}/campaign.yaml"] = imported.spec.encode()
    spec, findings = load(MemoryFiles(files), f"{folder}/campaign.yaml")
    assert spec is not None, (findings, imported.spec)
    result = compile_spec(spec)
    return result, (*findings, *result.findings)


def trees(imported: Imported, tried: bool = False, **lists: str) -> dict[str, dict[str, Any]]:
    """Return the compiled files of an import by ``step/group``; errors fail the test."""
    result, findings = compiled(imported, tried, **lists)
    bad = [f for f in findings if f.severity is Severity.ERROR and f.allowed is None]
    assert not bad, (bad, imported.spec)
    return {f"{g.group.step}/{g.group.id}": yaml.safe_load(g.data) for g in result.groups}


def said(imported: Imported, fate: Fate) -> dict[str, str]:
    """Return the notes of a kind: what is said, by subject."""
    return {note.subject: note.text for note in imported.notes if note.fate is fate}
