"""What a value without quotes means: only what YAML 1.1 and YAML 1.2 readers read alike.

Rules: the types of YAML 1.1 (yaml.org/type, as PyYAML has them) and the core schema of YAML 1.2.2,
section 10.3.2. Dates are text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Code
from cmcompile.model.source import Plain
from cmcompile.spec.yaml.source import shown

_WORDS: dict[str, Plain] = {
    "": None,
    "null": None,
    "true": True,
    "True": True,
    "false": False,
    "False": False,
}
_BOOLEANS = {
    word: value
    for value, words in (("true", "y yes on true"), ("false", "n no off false"))
    for base in words.split()
    for word in (base, base.capitalize(), base.upper())
}
_NULLS = frozenset(("~", "Null", "NULL"))
_SPECIAL = {"=": "a default value", "<<": "a merge"}
#: First characters of everything that could be more than text.
_SUSPECT = frozenset(["", *"0123456789+-.~=<yYnNtTfFoO"])

_INT = re.compile(r"0|-?[1-9][0-9]*")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+][0-9]+)?")
#: No 64-bit number needs more characters; int() of a longer text costs time, or raises an error.
_LONGEST = 40

_INT_11 = re.compile(
    r"(?P<sign>[-+]?)(?:0b(?P<two>[01_]+)|0x(?P<sixteen>[0-9a-fA-F_]+)|0(?P<eight>[0-7_]+)"
    r"|(?P<ten>0|[1-9][0-9_]*)|(?P<sixty>[1-9][0-9_]*(?::[0-5]?[0-9])+))"
)
_FLOAT_11 = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?")
_SIXTY_11 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*")
_INT_12 = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT_12 = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_BASES = {"two": 2, "sixteen": 16, "eight": 8, "ten": 10}


@dataclass(frozen=True, slots=True)
class Trap:
    """A text without quotes that readers understand differently."""

    code: Code
    message: str
    hint: str


def resolve(text: str) -> Plain | Trap:
    """Return what a text without quotes means, or why it may not be written so."""
    if text[:1] not in _SUSPECT:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST:
        if _INT.fullmatch(text):
            value = int(text)
            return value if -(2**63) <= value < 2**63 else _too_large(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            return _too_large(text) if math.isinf(number) else number
    elif _INT.fullmatch(text) or _FLOAT.fullmatch(text):
        return _too_large(text)
    return _word(text) or _number(text) or text


def _too_large(text: str) -> Trap:
    return Trap(
        reading.NUMBER_RANGE,
        f"the number {shown(text)} does not fit in 64 bits",
        "put it in quotes if it is text",
    )


def _word(text: str) -> Trap | None:
    if text in _BOOLEANS:
        value = _BOOLEANS[text]
        return Trap(
            reading.AMBIGUOUS_WORD,
            f"{text} without quotes is {value} to some YAML readers and text to others",
            f"write '{text}' in quotes for text, or {value} for the boolean",
        )
    if text in _NULLS:
        return Trap(
            reading.AMBIGUOUS_NULL,
            f"{text} without quotes is null to YAML readers, written in another way than null",
            f"write null for null, or '{text}' in quotes for text",
        )
    if text in _SPECIAL:
        return Trap(
            reading.AMBIGUOUS_WORD,
            f"{text} without quotes means {_SPECIAL[text]} to YAML 1.1 readers",
            f"write '{text}' in quotes",
        )
    return None


def _number(text: str) -> Trap | None:
    old, new = _value_11(text), _value_12(text)
    if old is None and new is None:
        return None
    name = shown(text)
    if old == new:
        message = f"{name} without quotes is {old} to YAML readers, but not written as plainly as that"
    else:
        message = f"{name} without quotes is {old or 'text'} in YAML 1.1 and {new or 'text'} in YAML 1.2"
    numbers = list(dict.fromkeys(v for v in (old, new) if v is not None and v[-1].isdigit()))
    ways = f"write '{name}' in quotes for text"
    hint = f"{ways}, or {' or '.join(numbers)} for the number" if numbers else ways
    return Trap(reading.AMBIGUOUS_NUMBER, message, hint)


def _value_11(text: str) -> str | None:
    """Return the number that a YAML 1.1 reader sees, written plainly, or None for text."""
    if _ENDLESS.fullmatch(text):
        return _endless(text)
    if match := _INT_11.fullmatch(text):
        if len(text) > _LONGEST:
            return "a number"
        kind = match.lastgroup or "ten"
        digits = match[kind].replace("_", "")
        if not digits:
            return "0" if kind == "eight" else "a broken number"
        value = _sixty(digits) if kind == "sixty" else int(digits, _BASES[kind])
        return str(-value if match["sign"] == "-" else value)
    if _FLOAT_11.fullmatch(text):
        return _plain_float(text.replace("_", ""))
    if _SIXTY_11.fullmatch(text):
        return "a base-60 number"
    return None


def _value_12(text: str) -> str | None:
    """Return the number that a YAML 1.2 reader sees, written plainly, or None for text."""
    if _ENDLESS.fullmatch(text):
        return _endless(text)
    if _INT_12.fullmatch(text):
        if len(text) > _LONGEST:
            return "a number"
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return str(int(text, base))
    if _FLOAT_12.fullmatch(text):
        return _plain_float(text)
    return None


def _sixty(digits: str) -> int:
    value = 0
    for part in digits.split(":"):
        value = value * 60 + int(part)
    return value


def _endless(text: str) -> str:
    if text[-1] in "nN":
        return "not-a-number"
    return "-infinity" if text[0] == "-" else "infinity"


def _plain_float(text: str) -> str:
    """Return a float in the form that every reader takes for one: with a dot, and a sign in the exponent."""
    if len(text) > _LONGEST:
        return "a number"
    value = float(text)
    if math.isinf(value):
        return "infinity"
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}{e}{exponent}"
