"""Coverage found in the plainest way: the predicate of each group is tried on each combination of ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any

from cmcompile.bps.query.idset import IdSet
from cmcompile.compiler.checks.coverage import Coverage
from cmcompile.compiler.checks.proof import Proof
from cmcompile.compiler.checks.sweep import NAMED, Cell
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.result import Compilation
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.group import EMPTY, CompiledGroup, Group, SentGroups
from cmcompile.model.ids import Id
from cmcompile.spec.load import load

PATH = "campaigns/c/campaign.yaml"
#: One id of each dimension.
Combo = tuple[tuple[str, Id], ...]


class Files:
    """The files of a mapping."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise SourceError(path, "absent", "no such file")
        return self._files[path].encode()

    def exists(self, path: str) -> bool:
        return path in self._files


def campaign(steps: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a spec with these steps, and all else that it needs."""
    payload = {"butlerConfig": "/repo/main", "inCollection": "HSC/raw", "output": "u/c/${{ group.id }}"}
    return {
        "cmcompile": 1,
        "campaign": "c",
        "where": "instrument='HSC' and skymap='hsc'",
        "bps": {"pipelineYaml": "${DRP_PIPE_DIR}/p.yaml#s", "payload": payload},
        "steps": steps,
        **more,
    }


def compiled(
    spec: Mapping[str, Any], files: Mapping[str, str] | None = None, sent: SentGroups = EMPTY
) -> Compilation:
    """Compile a spec; ``files`` are relative to its folder."""
    given = {f"campaigns/c/{name}": text for name, text in (files or {}).items()}
    found, findings = load(Files({PATH: json.dumps(spec), **given}), PATH)
    assert found is not None, [f.message for f in findings]
    return compile_spec(found, sent)


def messages(result: Compilation, code: str) -> list[str]:
    """Return the messages of one kind."""
    return [found.message for found in result.findings if found.code.name == code]


def coverage(result: Compilation, step: str = "step1") -> Proof:
    """Return the proof of a compiled step."""
    made = {m.group.id: m for m in result.groups if m.group.step == step and m.group.rescue is None}
    steps = result.steps[step]
    first = steps.first
    return Coverage(result.spec, steps.step, Lists(result.spec.lists), first, made, Findings()).proof()


_TOKEN = re.compile(r"\s*(?:(\d+)\.\.(\d+)|(\d+)|'([^']*)'|([A-Za-z_.]+)|(!=|<=|>=|[=<>(),]))")


@lru_cache(maxsize=10_000)
def predicate(text: str) -> Any:
    """Return a query as code of Python, over the mapping ``ids``."""
    out: list[str] = []
    at, is_list = 0, False
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        assert found is not None, text[at:]
        lo, hi, number, word, name, sign = found.groups()
        if lo is not None:
            out.append(f"*range({lo}, {hi} + 1)")
        elif name is not None:
            is_word = name.lower() in ("and", "or", "not", "in")
            out.append(name.lower() if is_word else f"ids[{name!r}]")
        elif sign in ("(", ")") and (is_list or out[-1:] == ["in"]):
            out.append("[" if sign == "(" else "]")
            is_list = sign == "("
        else:
            out.append(number or (repr(word) if word is not None else {"=": "=="}.get(sign, sign)))
        at = found.end()
    return compile(" ".join(out), text, "eval")


class _Ids(dict[str, Id]):
    def __missing__(self, name: str) -> Id:
        return {"instrument": "HSC", "skymap": "hsc"}[name]


def takes(where: str, combo: Combo) -> bool:
    """Tell whether a rendered predicate holds for a combination of ids."""
    return bool(eval(predicate(where), {}, {"ids": _Ids(combo)}))  # noqa: S307 - our own text


@dataclass
class Truth:
    """What brute force says: combinations with the groups that take them.

    Attributes
    ----------
    leaks
        By combination: the first groups, and how many there are.
    foreign, still
        By dimension: pairs of an id and a group.
    """

    leaks: dict[Combo, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    gaps: set[Combo] = field(default_factory=set)
    lost: set[Combo] = field(default_factory=set)
    foreign: set[tuple[str, Id, str]] = field(default_factory=set)
    still: set[tuple[str, Id, str]] = field(default_factory=set)


def truth(
    groups: Iterable[CompiledGroup],
    bare: Mapping[str, str],
    combos: set[Combo],
    others: Mapping[str, set[Id]],
    excluded: Mapping[str, set[Id]],
) -> Truth:
    """Try each combination on each group.

    Parameters
    ----------
    bare
        The predicate of each group in the campaign without overrides and exclusions.
    combos
        The combinations that exist.
    others
        By dimension: ids of other lists.
    """
    made, out = list(groups), Truth()
    for combo in combos:
        holders = tuple(m.group.id for m in made if _holds(m.group, m.where, combo, combos))
        if len(holders) > 1:
            out.leaks[combo] = (holders[:NAMED], len(holders))
        if holders or any(value in excluded.get(name, ()) for name, value in combo):
            continue
        would = any(_owns(m.group, combo) and takes(bare[m.group.id], combo) for m in made)
        (out.lost if would else out.gaps).add(combo)
    every = {name: set(ids) for name, ids in others.items()}
    for combo in combos:
        for name, value in combo:
            every.setdefault(name, set()).add(value)
    for m in made:
        for values in product(*every.values()):
            combo = tuple(zip(every, values, strict=True))
            if not takes(m.where, combo):
                continue
            for name, value in combo:
                part = m.group.part(name)
                if value in others.get(name, ()):
                    out.foreign.add((name, value, m.group.id))
                elif value in excluded.get(name, ()) and part is not None and value not in part.ids:
                    out.still.add((name, value, m.group.id))
    return out


def _owns(group: Group, combo: Combo) -> bool:
    return all((part := group.part(name)) is None or value in part.ids for name, value in combo)


def _holds(group: Group, where: str, combo: Combo, combos: set[Combo]) -> bool:
    if not takes(where, combo):
        return False
    for part in group.parts:
        if part.dimension is None and dict(combo)[part.axis] not in part.ids:
            # A plain axis adds no predicate: the id counts for a row of the group's own, where it is in one.
            mine = (tuple((n, i if n == part.axis else v) for n, v in combo) for i in part.ids)
            if any(other in combos for other in mine):
                return False
    return True


def seen(proof: Proof, result: Compilation, combos: set[Combo]) -> Truth:
    """Return what the proof says, in the form of brute force."""
    names = [g.id for g in result.steps["step1"].first]
    out = Truth()
    for cell in proof.leaks:
        for combo in _combos(cell, combos):
            assert combo not in out.leaks
            out.leaks[combo] = (tuple(names[at] for at in cell.takers.first), cell.takers.count)
    out.gaps = {combo for cell in proof.gaps for combo in _combos(cell, combos)}
    out.lost = {combo for cell in proof.lost for combo in _combos(cell, combos)}
    return out


def _combos(cell: Cell, combos: set[Combo]) -> Iterator[Combo]:
    order = [name for name, _ in next(iter(combos))]
    assert set(order) == set(cell.ids)
    found = [c for c in product(*(_pairs(n, cell.ids[n]) for n in order)) if c in combos]
    assert found, "a cell of combinations that do not exist"
    yield from found


def _pairs(name: str, ids: IdSet) -> list[tuple[str, Id]]:
    return [(name, value) for value in ids.ids()]
