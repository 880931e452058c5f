"""Good specs with seeded mistakes: in the text, or in the structure."""

from __future__ import annotations

import copy
import json
import pickle
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from cmcompile.model.errors import SourceError

ROOT = Path(__file__).parents[2]
EVERYTHING = Path(__file__).parent / "everything"

Files: TypeAlias = dict[str, bytes]
#: A container of a document, and the key or place in it.
Spot: TypeAlias = tuple[Any, Any]

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?![\w.])")
_SIGNS = "{}[]:,#&*!|>'\"%@`-+?$()=<>/\\~^.;_0 \t\n\r\0\x1b\x85\u00a0\u200b\u202e\ufeff\u20ac\U0001f52d"
_INSERTS = (
    "${{ group.id }}", "${{ release }}", "${{ lo }}", "${{ output }}", "${{ inputs }}",
    "${{ steps.step1.output }}", "${{ relaese }}", "${{ x | join(',') }}", "${{ [1, 2] }}",
    "${{ 1 + 'a' }}", "${{", "}}", "${{ }}", "${{ where }}", "${{ group.parent }}", "${{ tract.value }}",
    "${{ visit.ids }}", "${{ '{}'.format }}", "{x}", "{", "}", "${X}", "{output}", "{payloadName}", " or ",
    " and ", "nan", "None", " in ()", "(", ")", "'", "..", "1..", "../", "/", "//", "<<", "*a", "&a ",
    "!!str ", "---\n", "null", "~", "no", "1e3", "010", "1_0", "1:30", "0x1", "\n", "  ",
)  # fmt: skip
_VALUES: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 10**6, 2**63, 10**30, 0.5, 1e300, float("inf"), "", " ", "x", "1",
    "1..3", "3..1", "0..99999999", "all", "same", "prior", "none", "1%", "7d", "0d", "2026-01-05", "a b",
    "a\n", "é", "${{ release }}", "${{ x.y.z }}", "../x.yaml", "/abs.yaml", "x.yaml", "<1", "visit",
    "tract", "step1", "isr", [], {}, [1, 2], [[1, 2]], ["a", "a"], [None], {"a": 1},
    {"by": "tract", "values": [1, 2]}, {"holds": {"visit": 103}}, [1, "x", None, {}],
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Base:
    """A good campaign: its spec, and the files that may be mutated, the spec among them."""

    path: str
    files: Files


class Memory:
    """Files in memory; implements ``Sources``."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        if path not in self.files:
            raise SourceError(path, "absent", "does not exist")
        return self.files[path]

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self.files


def bases() -> dict[str, Base]:
    """Return the good campaigns by name: those of the repository, and one with a little of everything."""
    repository = _files(ROOT / "campaigns", "campaigns")
    dp02 = "campaigns/dp02/campaign.yaml"
    exposures = "campaigns/dp02/lists/exposures.txt"
    rows = repository[exposures].splitlines(keepends=True)
    repository[exposures] = b"".join(rows[::300])
    repository[dp02] = repository[dp02].replace(b"size: 1500", b"size: 5")
    found = {
        path.split("/")[1]: Base(path, repository)
        for path in sorted(repository)
        if path.endswith("/campaign.yaml")
    }
    everything = _files(EVERYTHING / "campaigns", "campaigns")
    return {**found, "everything": Base("campaigns/everything/campaign.yaml", everything)}


def _files(folder: Path, name: str) -> Files:
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def mutate(seed: int, known: dict[str, Base]) -> tuple[Base, str]:
    """Return a good campaign with one to four mistakes in one file, and the path of that file."""
    chance = random.Random(seed)
    name = chance.choices(list(known), [_weight(name) for name in known])[0]
    base = known[name]
    path = _file(chance, base)
    other = known[chance.choice(list(known))]
    data = base.files[path]
    structured = path.endswith(".yaml") and chance.random() < 0.55
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
        data = _of_structure(chance, data, other) if structured else _of_text(chance, data, other)
    return Base(base.path, {**base.files, path: data}), path


def _weight(name: str) -> int:
    """Large campaigns take longer: they come more rarely."""
    return {"dp02": 1, "everything": 7}.get(name, 3)


def _file(chance: random.Random, base: Base) -> str:
    """Choose the spec itself, or sometimes another file that it reads."""
    folder = base.path.rsplit("/", 1)[0]
    others = [p for p in base.files if p != base.path and p.startswith((folder, "campaigns/library/"))]
    return chance.choice(others) if others and chance.random() < 0.2 else base.path


def is_yaml(data: bytes) -> bool:
    """Tell whether a common reader of YAML takes the bytes."""
    try:
        yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError):
        return False
    return True


# ------------------------------------------------------------------------------------------------ text


def _of_text(chance: random.Random, data: bytes, other: Base) -> bytes:
    text = data.decode("utf-8", errors="replace") or " "
    changed = chance.choice(_TEXT)(chance, text, other)
    if chance.random() < 0.01:
        return changed.encode("utf-8")[: chance.randrange(len(changed) + 1)] + b"\xff"
    return changed.encode("utf-8", errors="replace")


def _characters(chance: random.Random, text: str, _: Base) -> str:
    at = chance.randrange(len(text))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + text[at + chance.choice((1, 1, 1, 2, 5)) :]
    sign = chance.choice(_SIGNS)
    if kind == 1:
        return text[:at] + sign + text[at:]
    if kind == 2:
        return text[:at] + sign + text[at + 1 :]
    return text[: at + 1] + text[at:]


def _tokens(chance: random.Random, text: str, other: Base) -> str:
    tokens = _TOKEN.findall(text)
    one, two = chance.randrange(len(tokens)), chance.randrange(len(tokens))
    kind = chance.randrange(4)
    if kind == 0:
        tokens[one], tokens[two] = tokens[two], tokens[one]
    elif kind == 1:
        del tokens[one]
    elif kind == 2:
        tokens.insert(one, tokens[two])
    else:
        foreign = _TOKEN.findall(other.files[other.path].decode("utf-8"))
        tokens[one] = chance.choice(foreign)
    return "".join(tokens)


def _lines(chance: random.Random, text: str, other: Base) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    kind = chance.randrange(7)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[chance.randrange(len(lines))])
    elif kind == 2:
        to = chance.randrange(len(lines))
        lines[at], lines[to] = lines[to], lines[at]
    elif kind == 3:
        lines[at] = " " * chance.choice((1, 2, 4)) + lines[at]
    elif kind == 4:
        lines[at] = lines[at].removeprefix(" " * chance.choice((1, 2)))
    elif kind == 5:
        lines.insert(at, chance.choice(other.files[other.path].decode("utf-8").split("\n")))
    else:
        lines[at] = chance.choice(("\t", "- ", "# ", "? ", "<<: ")) + lines[at]
    return "\n".join(lines)


def _quotes(chance: random.Random, text: str, _: Base) -> str:
    places = [m.start() for m in re.finditer("['\"]", text)] or [0]
    at = chance.choice(places)
    kind = chance.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + ('"' if text[at] == "'" else "'") + text[at + 1 :]
    words = [m.span() for m in re.finditer(r"\w+", text)] or [(0, 1)]
    start, end = chance.choice(words)
    return f"{text[:start]}'{text[start:end]}'{text[end:]}"


def _numbers(chance: random.Random, text: str, _: Base) -> str:
    places = [m.span() for m in _NUMBER.finditer(text)]
    if not places:
        return text
    start, end = chance.choice(places)
    return text[:start] + _other_number(chance, text[start:end]) + text[end:]


def _other_number(chance: random.Random, number: str) -> str:
    forms = (
        str(int(number) + 1), str(int(number) - 1), "0", "-" + number, number + "0", "0" + number,
        number + ".5", number + "_0", number * 8, "9223372036854775807", "9223372036854775808",
        f"{number}..{number}",
    )  # fmt: skip
    return chance.choice(forms)


def _inserted(chance: random.Random, text: str, _: Base) -> str:
    ends = [m.end() for m in _TOKEN.finditer(text)] or [0]
    at = chance.choice(ends)
    return text[:at] + chance.choice(_INSERTS) + text[at:]


def _cut_off(chance: random.Random, text: str, _: Base) -> str:
    at, to = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
    return text[:at] if chance.random() < 0.5 else text[:at] + text[to:]


_TEXT: tuple[Callable[[random.Random, str, Base], str], ...] = (
    _characters, _characters, _tokens, _tokens, _tokens, _lines, _lines, _quotes, _numbers, _numbers,
    _inserted, _inserted, _cut_off,
)  # fmt: skip

# ------------------------------------------------------------------------------------------- structure


def _of_structure(chance: random.Random, data: bytes, other: Base) -> bytes:
    try:
        document = pickle.loads(_parsed(data))  # noqa: S301 - our own
        foreign = pickle.loads(_parsed(other.files[other.path]))  # noqa: S301
    except (yaml.YAMLError, ValueError, TypeError):
        return _of_text(chance, data, other)
    spots = list(_spots(document))
    if not spots:
        return _of_text(chance, data, other)
    chance.choice(_STRUCTURE)(chance, chance.choice(spots), spots, foreign)
    text = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10**6)
    return str(text).encode("utf-8", errors="replace")


@lru_cache(maxsize=64)
def _parsed(data: bytes) -> bytes:
    """Return a document in a form that is quickly made into a fresh copy, aliases multiplied out."""
    loaded = yaml.load(data, Loader=yaml.CSafeLoader)
    return pickle.dumps(json.loads(json.dumps(loaded, default=str)))


class _Plain(yaml.CSafeDumper):
    """Writes no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _spots(node: object) -> list[Spot]:
    """Return every place of a document at which a value stands."""
    found: list[Spot] = []
    waiting = [node]
    while waiting:
        at = waiting.pop()
        keys: list[Any] = (
            list(at) if isinstance(at, dict) else list(range(len(at))) if isinstance(at, list) else []
        )
        found += [(at, key) for key in keys]
        waiting += [at[key] for key in keys]  # type: ignore[index]
    return found


def _replaced(chance: random.Random, spot: Spot, _: list[Spot], __: object) -> None:
    spot[0][spot[1]] = copy.deepcopy(chance.choice(_VALUES))


def _renamed(chance: random.Random, spot: Spot, spots: list[Spot], _: object) -> None:
    holder, key = spot
    if not isinstance(holder, dict):
        return
    new = str(key) or "x"
    at = chance.randrange(len(new))
    keys = [str(k) for h, k in spots if isinstance(h, dict)]
    new = chance.choice(
        (new[:at] + new[at + 1 :], new + "+", new.upper(), chance.choice(keys), chance.choice(keys))
    )
    items = [(new if k == key else k, v) for k, v in holder.items()]
    holder.clear()
    holder.update(items)


def _dropped(chance: random.Random, spot: Spot, _: list[Spot], __: object) -> None:
    del chance, spot[0][spot[1]]


def _doubled(chance: random.Random, spot: Spot, _: list[Spot], __: object) -> None:
    holder, key = spot
    if isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[f"{key}{chance.choice(('2', '_', '-x', '+'))}"] = copy.deepcopy(holder[key])


def _moved(chance: random.Random, spot: Spot, spots: list[Spot], foreign: object) -> None:
    """Put what stands elsewhere, in this spec or in another, at the spot."""
    source = chance.choice(spots if chance.random() < 0.6 else (_spots(foreign) or spots))
    spot[0][spot[1]] = copy.deepcopy(source[0][source[1]])


def _added(chance: random.Random, spot: Spot, spots: list[Spot], foreign: object) -> None:
    """Add a key of elsewhere beside the spot."""
    holder = spot[0]
    there = [s for s in (spots if chance.random() < 0.6 else _spots(foreign)) if isinstance(s[0], dict)]
    if isinstance(holder, dict) and there:
        source, key = chance.choice(there)
        holder[key] = copy.deepcopy(source[key])


def _wrapped(chance: random.Random, spot: Spot, _: list[Spot], __: object) -> None:
    value = spot[0][spot[1]]
    spot[0][spot[1]] = chance.choice(
        ([value], {"a": value}, [value, value], str(value), {str(value)[:60]: None})
    )


def _in_words(chance: random.Random, spot: Spot, spots: list[Spot], _: object) -> None:
    """Change a text or a number a little."""
    plain = [s for s in spots if isinstance(s[0][s[1]], str | int)]
    if not plain:
        return
    holder, key = chance.choice(plain)
    value = holder[key]
    if isinstance(value, int):
        holder[key] = value + chance.choice((1, -1, 7, -value, 1000))
        return
    tokens = _TOKEN.findall(value) or [""]
    at = chance.randrange(len(tokens))
    kind = chance.randrange(4)
    if kind == 0:
        del tokens[at]
    elif kind == 1:
        tokens.insert(at, chance.choice(_INSERTS))
    elif kind == 2:
        tokens[at] = chance.choice(tokens)
    elif tokens[at].isdigit():
        tokens[at] = _other_number(chance, tokens[at])
    else:
        tokens[at] = tokens[at][:-1] or chance.choice(_SIGNS)
    holder[key] = "".join(tokens)


_STRUCTURE: tuple[Callable[[random.Random, Spot, list[Spot], object], None], ...] = (
    _replaced, _replaced, _renamed, _dropped, _dropped, _doubled, _moved, _moved, _added, _added, _wrapped,
    _in_words, _in_words, _in_words, _in_words,
)  # fmt: skip
