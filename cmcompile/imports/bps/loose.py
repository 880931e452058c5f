"""Files of others, strictly where that is possible, else as BPS reads them: with what is odd in them said."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import plain
from cmcompile.spec.edit.write import block
from cmcompile.spec.yaml import read

#: What BPS reads without a word, in a way that may not be what was meant.
_ODD = frozenset(
    {
        reading.DUPLICATE_KEY,
        reading.AMBIGUOUS_WORD,
        reading.AMBIGUOUS_NUMBER,
        reading.AMBIGUOUS_NULL,
        reading.MERGE_KEY,
        reading.KEY_NOT_TEXT,
        reading.TAB,
        reading.LINE_END,
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file.

    Attributes
    ----------
    content
        Mappings, lists and plain values.
    data
        The bytes, or those of the same content in a form that every reader takes for the same.
    said
        What is odd in it.
    fault
        Why it can't be read; empty where it can.
    """

    content: object
    data: bytes
    said: tuple[str, ...] = ()
    fault: str = ""


def read_loosely(path: str, data: bytes) -> Reading:
    """Read a file of somebody else."""
    findings = Findings()
    node = read(path, data, findings)
    if node is not None:
        return Reading(plain(node), data)
    said = tuple(f"line {f.span.line}: {f.message}" if f.span else f.message for f in findings.sorted())
    if any(f.code not in _ODD for f in findings):
        return Reading(None, data, fault="; ".join(said[:3]))
    content, fault = _as_bps(data)
    if fault:
        return Reading(None, data, fault=fault)
    return Reading(content, _anew(path, content), said)


def _as_bps(data: bytes) -> tuple[object, str]:
    """Return what PyYAML makes of a file; the strict reader has seen that it is not too deep."""
    import yaml

    try:
        found = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:  # a date such as 2024-13-45 is a ValueError
        return None, " ".join(str(error).split())[:200]
    try:
        return _texts(found), ""
    except (TypeError, RecursionError):
        return None, "it holds values that no submit file has"


def _texts(value: object) -> object:
    """Return a tree with keys as texts; a date is the text that BPS makes of it."""
    if isinstance(value, dict):
        return {str(k): _texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_texts(v) for v in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes | set):
        raise TypeError
    return str(value)


def _anew(path: str, content: object) -> bytes:
    if content is None:
        return b""
    if not isinstance(content, dict):
        return b"[]\n"
    return (f"# {path}, as BPS reads it\n" + "\n".join(block(content, 0, deep=9)) + "\n").encode()
