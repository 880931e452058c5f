"""An ini file of POMS, by sections."""

from __future__ import annotations

import configparser
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cmcompile.imports.foreign import ForeignError, refuse_unseen
from cmcompile.imports.imported import Fate, Note

_BYTES = 4 * 1024 * 1024
#: Sections that stand once, and those that have a name behind theirs.
_ONCE = ("campaign", "campaign_defaults", "global", "node_positions")
_NAMED = ("campaign_stage", "login_setup", "job_type", "dependencies", "campaign_layer")


@dataclass(frozen=True, slots=True)
class Ini:
    """The sections of a file: those that stand once, and by kind those with names."""

    once: Mapping[str, Mapping[str, str]]
    named: Mapping[str, Mapping[str, Mapping[str, str]]]
    notes: tuple[Note, ...]

    def of(self, kind: str, name: str = "") -> Mapping[str, str]:
        """Return a section; an empty one where it is not there."""
        return self.named.get(kind, {}).get(name, {}) if name else self.once.get(kind, {})


def read_ini(path: str, data: bytes) -> Ini:
    """Read a file.

    Raises
    ------
    ForeignError
        When it is no ini file of POMS.
    """
    if len(data) > _BYTES:
        raise ForeignError(f"{path}: larger than {_BYTES // 1024**2} MiB")
    parser = configparser.RawConfigParser(strict=True, delimiters=("=", ":"), default_section="\0")
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        text = data.decode().replace("\r\n", "\n")
        for number, line in enumerate(text.split("\n"), 1):
            refuse_unseen(f"{path}: line {number}", line)
        parser.read_string(text, path)
    except (UnicodeDecodeError, configparser.Error) as error:
        said = " ".join(str(error).split())
        raise ForeignError(f"{path}: {said}") from error
    once: dict[str, dict[str, str]] = {}
    named: dict[str, dict[str, dict[str, str]]] = {kind: {} for kind in _NAMED}
    notes = []
    for section in parser.sections():
        kind, _, name = section.partition(" ")
        body = dict(parser.items(section))
        if section in _ONCE:
            once[section] = body
        elif kind in named and name.strip():
            named[kind][name.strip()] = body
        else:
            notes.append(Note(Fate.LEFT, f"[{section}]", "not a section of POMS that is known"))
    if "node_positions" in once:
        notes.append(Note(Fate.LEFT, "[node_positions]", "where a picture has its boxes"))
    if "campaign" not in once or not named["campaign_stage"]:
        raise ForeignError(f"{path}: no campaign of POMS: there is no [campaign] with a [campaign_stage …]")
    return Ini(once, named, tuple(notes))


def pairs(text: str, subject: str, notes: list[Note]) -> list[tuple[str, str]]:
    """Return flags with their values, as POMS writes them: JSON, a list of pairs."""
    found = parsed(text, subject, notes)
    listed = [(str(k), v) for k, v in found.items()] if isinstance(found, dict) else found
    out = []
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, list | tuple) and len(entry) == 2:
            out.append((str(entry[0]), "" if entry[1] is None else str(entry[1])))
        else:
            notes.append(Note(Fate.LEFT, subject, f"{entry!r:.60} is no flag with a value"))
    return out


def parsed(text: str, subject: str, notes: list[Note]) -> object:
    """Return what JSON says; nothing for an empty text, and for one that is none, which is noted."""
    if not text.strip() or text.strip() == "None":
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        notes.append(Note(Fate.LEFT, subject, f"{text[:60]!r} is no JSON"))
        return None
