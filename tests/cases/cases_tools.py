"""Case folders: a small tree of files, and what ``validate`` must say about it.

A folder ``tests/cases/<name>/`` has

- ``given/``: the root of a repository, with ``campaigns/<campaign>/campaign.yaml`` and what it names;
- ``expect.json``: ``about`` (which mistake, or ``Good: …``) and ``codes`` (the findings, exact). Errors and
  warnings must be complete; notes are listed where they are the point. ``also_ok`` lists codes that may
  come too. ``bytes`` gives files that git or an editor would alter, a character per byte (Latin-1);
  ``links`` gives symbolic links.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from click.testing import CliRunner, Result

from cmcompile.cli.main import cli
from cmcompile.report.diagnostics import FORMATS, Format

CASES = Path(__file__).parent
_KEYS = {"about", "codes", "also_ok", "bytes", "links"}

_HEAD = re.compile(
    r"^(?:(?P<file>[^\n]+?):(?P<line>\d+):(?P<column>\d+): )?"
    r"(?P<severity>error|warning|note) (?P<code>CM\d{3}): ",
    re.MULTILINE,
)
_COMMAND = re.compile(r"^::(?P<severity>error|warning|notice) (?P<properties>[^:]*)::", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """One finding as a format tells it; a place of zeros is none."""

    file: str
    line: int
    column: int
    code: str
    severity: str

    def __str__(self) -> str:
        place = {"file": self.file, "line": self.line, "column": self.column}
        return json.dumps({"code": self.code, "severity": self.severity, **place})


@dataclass(frozen=True, slots=True)
class Case:
    """One case folder."""

    name: str
    about: str
    codes: tuple[Seen, ...]
    also_ok: frozenset[str]
    bytes: dict[str, str]
    links: dict[str, str]

    @property
    def fails(self) -> bool:
        """Whether ``validate`` must end with 1."""
        return any(seen.severity == "error" for seen in self.codes)


def cases() -> list[Case]:
    """Return every case folder, by name."""
    return [_case(folder) for folder in sorted(CASES.iterdir()) if (folder / "expect.json").is_file()]


def _case(folder: Path) -> Case:
    found = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
    if unknown := set(found) - _KEYS:
        raise ValueError(f"{folder.name}/expect.json has unknown keys: {unknown}")
    return Case(
        name=folder.name,
        about=found["about"],
        codes=tuple(Seen(**seen) for seen in found["codes"]),
        also_ok=frozenset(found.get("also_ok", ())),
        bytes=found.get("bytes", {}),
        links=found.get("links", {}),
    )


def lay_out(case: Case, root: Path) -> None:
    """Copy what is given to ``root``, which becomes the root of a repository."""
    (root / "campaigns").mkdir(parents=True, exist_ok=True)
    given = CASES / case.name / "given"
    if given.is_dir():
        shutil.copytree(given, root, dirs_exist_ok=True)
    for path, text in case.bytes.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode("latin-1"))
    for path, target in case.links.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)


def validate(*args: str) -> dict[Format, Result]:
    """Run ``validate`` in each format, in the working directory."""
    return {f: CliRunner().invoke(cli, ["validate", "--format", f, *args]) for f in FORMATS}


def told(output: str, format_: Format) -> Counter[Seen]:
    """Return the findings that an output tells, those that a spec allows left out."""
    return Counter(_READERS[format_](output))


def _from_text(output: str) -> Iterable[Seen]:
    for found in _HEAD.finditer(output):
        yield _seen(found["code"], found["severity"], found["file"], found["line"], found["column"])


def _from_json(output: str) -> Iterable[Seen]:
    for item in json.loads(output)["findings"]:
        if item["allowed"] is None:
            yield _seen(item["code"], item["severity"], item["file"], item["line"], item["column"])


def _from_github(output: str) -> Iterable[Seen]:
    for found in _COMMAND.finditer(output):
        given = dict(part.split("=", 1) for part in found["properties"].split(","))
        if given["title"] != "cmcompile":
            severity = "note" if found["severity"] == "notice" else found["severity"]
            file = given.get("file", "").replace("%2C", ",").replace("%3A", ":").replace("%25", "%")
            yield _seen(given["title"], severity, file, given.get("line"), given.get("col"))
    yield from _from_text(output)


def _from_sarif(output: str) -> Iterable[Seen]:
    (run,) = json.loads(output)["runs"]
    for result in run["results"]:
        if not result["suppressions"]:
            places: list[dict[str, Any]] = result.get("locations", [{}])
            place = places[0].get("physicalLocation", {})
            region = place.get("region", {})
            file = unquote(place.get("artifactLocation", {}).get("uri", ""))
            line, column = region.get("startLine"), region.get("startColumn")
            yield _seen(result["ruleId"], result["level"], file, line, column)


def _seen(code: str, severity: str, file: str | None, line: object, column: object) -> Seen:
    return Seen(file or "", int(str(line or 0)), int(str(column or 0)), code, severity)


_READERS = {"text": _from_text, "json": _from_json, "github": _from_github, "sarif": _from_sarif}


def difference(case: Case, found: Counter[Seen]) -> list[str]:
    """Say what differs from what the folder expects, in lines that can be pasted into ``expect.json``."""
    wanted = Counter(case.codes)
    missing, more = wanted - found, found - wanted
    strange = [s for s in more if s.severity != "note" and s.code not in case.also_ok]
    lines = [f"not found: {seen}" for seen in sorted(missing)]
    return lines + [f"not expected: {seen}" for seen in sorted(strange)]
