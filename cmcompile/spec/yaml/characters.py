"""From bytes to text: encoding, byte order mark, line ends, characters that nobody can see."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from itertools import islice

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Span
from cmcompile.spec.yaml.limits import Limits
from cmcompile.spec.yaml.source import Document

#: Controls but tab and newline, C1, line separators, direction marks (a text that reads otherwise than it
#: looks: CVE-2021-42574), zero-width space and joiner, byte order mark, non-characters.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\ufffe\uffff"
)
_IN_FILE = re.compile(f"[{_UNSEEN}]")
#: In a value that escapes made, a carriage return is unwanted too.
UNWANTED = re.compile(f"[\r{_UNSEEN}]")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SHORT = {"0": 0, "a": 7, "b": 8, "v": 11, "f": 12, "r": 13, "e": 27, "N": 0x85, "L": 0x2028, "P": 0x2029}
_LONE_CR = re.compile(r"\r(?!\n)")
#: A binary file has thousands of them: the first ones tell enough.
_ENOUGH = 10
_UTF8_HINT = "save the file as UTF-8"


def decode(path: str, data: bytes, findings: Findings) -> str | None:
    """Return the text without byte order mark, or None when the bytes aren't UTF-8."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        findings.add(
            reading.NOT_UTF8, Span(path, 1, 1), "the file is UTF-16 or UTF-32, not UTF-8", _UTF8_HINT
        )
        return None
    data = data.removeprefix(BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = Document(path, before, findings, Limits()).at(len(before))
        byte = data[error.start]
        findings.add(reading.NOT_UTF8, place, f"the byte 0x{byte:02x} is not UTF-8", _UTF8_HINT)
        return None


def check(document: Document) -> None:
    """Report characters and line ends that may not stand in the file, each at its place."""
    text = document.text
    for match in islice(_IN_FILE.finditer(text), _ENOUGH):
        place = document.at(match.start())
        if match.group() == "\0":
            message = "a NUL stands in the file: it is UTF-16, or no text at all"
            document.report(reading.CONTROL_CHARACTER, place, message, _UTF8_HINT)
            break
        document.report(
            reading.CONTROL_CHARACTER, place, f"{describe(match.group())} stands in the file", "remove it"
        )
    if "\r" in text:
        for match in islice(_LONE_CR.finditer(text), _ENOUGH):
            document.report(
                reading.LINE_END,
                document.at(match.start()),
                "a carriage return without newline: editors and YAML readers count lines differently",
                "end lines with a newline (LF or CRLF)",
            )


def check_escapes(document: Document, start: int, end: int) -> None:
    """Report escapes of a double-quoted text that make a character nobody can see."""
    for match in _ESCAPE.finditer(document.text, start, end):
        digits = match[1] or match[2] or match[3]
        number = int(digits, 16) if digits else _SHORT.get(match[4], 0x20)
        if UNWANTED.match(chr(number)):
            document.report(
                reading.CONTROL_CHARACTER,
                document.at(match.start()),
                f"the escape {match[0]} makes {describe(chr(number))}",
                "remove it: file names, queries and submit files can't bear it",
            )


def describe(char: str) -> str:
    """Return a character that can't be shown as its number and name."""
    name = unicodedata.name(char, "control character")
    return f"U+{ord(char):04X} ({name.lower()})"
