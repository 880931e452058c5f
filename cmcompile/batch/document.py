"""The document of a group of jobs: what the batch system is asked for, and the files beside it.

It is YAML of the plainest kind, so that the child that submits reads it without a YAML library: keys with one
value each, lists in brackets, and mappings one level deep. A claim adds ``payload.outputRun`` and
``submitPath`` to it, as to a file of BPS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cmcompile.batch.errors import BatchFileError

#: The version of the form; also the key that tells a document of a batch step from a file of BPS.
KEY = "batch"
VERSION = 1
#: The batch systems, and how the file that is given to each of them ends.
ENDINGS: Mapping[str, str] = {"slurm": ".sbatch", "htcondor": ".sub"}
SYSTEMS = tuple(ENDINGS)
#: How the job table and the script end.
TABLE = ".jobs.tsv"
SCRIPT = ".sh"

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*\Z")
_RESERVED = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "inf", "nan"])
_LINE = re.compile(r'( {2})?("(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_.+-]*):(?: (.*))?\Z')
_INTEGER = re.compile(r"0\Z|[1-9][0-9]{0,17}\Z")


@dataclass(frozen=True, slots=True)
class Resources:
    """What one job asks for; None leaves it to the batch system.

    Attributes
    ----------
    memory, disk
        In MB of 2**20 bytes.
    walltime
        In seconds.
    """

    memory: int | None = None
    cores: int | None = None
    disk: int | None = None
    walltime: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One group of jobs.

    Attributes
    ----------
    system
        ``slurm`` or ``htcondor``.
    where
        Its cluster or schedd; empty for the default one.
    task
        What all counts call the jobs: the name of the step.
    jobs
        How many rows the table has.
    table, script, submit
        File names, beside the document.
    options
        Further options of the batch system, as the spec has them.
    files
        Payload files, by path relative to the document.
    output
        The name of the group's outputs; ``payload.output`` in the file.
    output_run, submit_path
        What a claim added; empty before.
    """

    system: str
    where: str
    task: str
    jobs: int
    table: str
    script: str
    submit: str
    output: str
    resources: Resources = Resources()
    options: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    output_run: str = ""
    submit_path: str = ""


def is_document(data: bytes) -> bool:
    """Tell whether a compiled or an as-run file is of a batch step."""
    return re.search(rb"^batch: [0-9]+$", data, re.MULTILINE) is not None


def document_bytes(document: Document, head: str = "") -> bytes:
    """Return the file of a document, without what a claim adds.

    Parameters
    ----------
    head
        A comment for its first line.
    """
    lines = [f"# {head}"] if head else []
    lines += [
        f"{KEY}: {VERSION}",
        f"system: {_scalar(document.system)}",
        f"where: {_scalar(document.where)}",
        f"task: {_scalar(document.task)}",
        f"jobs: {document.jobs}",
        f"table: {_scalar(document.table)}",
        f"script: {_scalar(document.script)}",
        f"submit: {_scalar(document.submit)}",
    ]
    asked = {
        "memory": document.resources.memory,
        "cores": document.resources.cores,
        "disk": document.resources.disk,
        "walltime": document.resources.walltime,
    }
    lines += _mapping("resources", {k: str(v) for k, v in asked.items() if v is not None})
    lines += _mapping("options", {k: _scalar(v) for k, v in document.options.items()})
    lines.append("files: [" + ", ".join(map(_quoted, document.files)) + "]")
    lines += ["payload:", f"  output: {_scalar(document.output)}"]
    return ("\n".join(lines) + "\n").encode()


def read_document(data: bytes) -> Document:
    """Read a document, as compiled or with what a claim added.

    Raises
    ------
    BatchFileError
        Where it is not what `document_bytes` writes, or of another version.
    """
    try:
        top, below = _lines(data)
        if top.get(KEY) != str(VERSION):
            raise BatchFileError("document", 0, f"it is not of version {VERSION}")
        resources, payload = below.get("resources", {}), below.get("payload", {})
        return Document(
            system=_text(top["system"]),
            where=_text(top["where"]),
            task=_text(top["task"]),
            jobs=_number(top["jobs"]),
            table=_text(top["table"]),
            script=_text(top["script"]),
            submit=_text(top["submit"]),
            output=_text(payload["output"]),
            resources=Resources(**{k: _number(v) for k, v in resources.items()}),
            options={k: _text(v) for k, v in below.get("options", {}).items()},
            files=_list(top["files"]),
            output_run=_text(payload.get("outputRun", "")),
            submit_path=_text(top.get("submitPath", "")),
        )
    except KeyError as error:
        raise BatchFileError("document", 0, f"it has no {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise BatchFileError("document", 0, f"a value can't be read: {error}") from error


def _lines(data: bytes) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the values of the first level, and those of the mappings."""
    top: dict[str, str] = {}
    below: dict[str, dict[str, str]] = {}
    inner: dict[str, str] | None = None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BatchFileError("document", 0, "it is not UTF-8") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.match(line)
        if found is None:
            raise BatchFileError("document", number, "no key with a value")
        deep, key, value = found[1], _text(found[2]), found[3]
        if deep and inner is not None and value is not None:
            into = inner
        elif deep or key in top or key in below:
            raise BatchFileError("document", number, "it stands where it can't")
        elif value is None or value == "{}":
            inner = below[key] = {}
            continue
        else:
            into, inner = top, None
        if key in into:
            raise BatchFileError("document", number, f"{key} is there twice")
        into[key] = value
    return top, below


def _mapping(key: str, values: Mapping[str, str]) -> list[str]:
    if not values:
        return [f"{key}: {{}}"]
    return [f"{key}:", *(f"  {_key(k)}: {v}" for k, v in values.items())]


def _key(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.+-]*", text) and text.lower() not in _RESERVED
    return text if plain else _quoted(text)


def _scalar(text: str) -> str:
    plain = _PLAIN.match(text) and text.lower() not in _RESERVED
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    # As JSON, which YAML takes for the same text as long as no pair of surrogates is written for one letter.
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _text(written: str) -> str:
    if written.startswith('"'):
        value = json.loads(written)
        if not isinstance(value, str):
            raise ValueError("no text")
        return value
    if written.startswith("'"):
        return written[1:-1].replace("''", "'")
    return written


def _number(written: str) -> int:
    if not _INTEGER.match(written):
        raise ValueError(f"{written!r} is no number")
    return int(written)


def _list(written: str) -> tuple[str, ...]:
    value = json.loads(written)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("no list of texts")
    return tuple(value)
