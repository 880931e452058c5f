"""What ``--fields`` can ask of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from cmcompile.cli.address import address_of
from cmcompile.compiler.explain import known_keys, plain_value_at
from cmcompile.compiler.names import part_value
from cmcompile.compiler.result import Compilation
from cmcompile.model.errors import CmcompileError
from cmcompile.model.group import CompiledGroup
from cmcompile.report.groups import ids_in_words, left_ids

_PLAIN: dict[str, Callable[[CompiledGroup], object]] = {
    "id": lambda made: made.group.id,
    "step": lambda made: made.group.step,
    "rescue": lambda made: made.group.rescue,
    "covers": lambda made: list(made.group.covers),
    "ids": lambda made: ids_in_words(made.group),
    "path": lambda made: made.path,
    "includes": lambda made: list(made.includes),
    "output": lambda made: made.output,
    "release": lambda made: made.release,
    "where": lambda made: made.where,
    "digest": lambda made: made.digest,
}
#: What has keys of its own.
_TREES = ("bps", "jobs", "batch", "vars")
_OF_PART = ("ids", "n", "lo", "hi", "value")

HELP = """\b
Fields:
  group                       the selector of the group, such as dp02/step1/1-11
  campaign, step, id, rescue, covers, ids, path, includes, output, release, where, digest
  ids.exposure                all ids of an axis or dimension; also n., lo., hi., value.
  bps.payload.sw_image        any key of the group's document
  jobs.resources.memory       of a batch step: any key of `jobs` or `batch`
  vars.release                any var"""


class UnknownFieldError(CmcompileError):
    """No group has this field."""


def cells(compilation: Compilation, groups: Sequence[CompiledGroup], field: str) -> list[object]:
    """Return the values of a field, null for groups without it.

    Raises
    ------
    UnknownFieldError
        When no group has it.
    """
    if field == "group":
        return [address_of(compilation.spec.name, made.group) for made in groups]
    if field == "campaign":
        return [compilation.spec.name for _ in groups]
    if field in _PLAIN:
        return [_PLAIN[field](made) for made in groups]
    found = [_cell(compilation, made, field) for made in groups]
    if groups and all(value is None for value in found):
        raise _unknown(compilation, groups, field)
    return found


def _cell(compilation: Compilation, made: CompiledGroup, field: str) -> object:
    head, _, tail = field.partition(".")
    if head in _OF_PART and tail:
        return _of_part(made, head, tail)
    return plain_value_at(compilation, made, field) if head in _TREES and tail else None


def _of_part(made: CompiledGroup, name: str, axis: str) -> object:
    part = made.group.part(axis)
    if part is None:
        return None
    if name == "ids":
        return list(left_ids(made.group, part))
    if (name == "value" and len(part.ids) != 1) or (name == "n" and part.n is None):
        return None
    return part_value(part, name, made.group)


def _unknown(compilation: Compilation, groups: Sequence[CompiledGroup], field: str) -> UnknownFieldError:
    axes = sorted({n for made in groups for p in made.group.parts for n in (p.axis, p.dimension) if n})
    known = ["group", "campaign", *_PLAIN, *(f"{head}.{axis}" for head in _OF_PART for axis in axes)]
    keys = known_keys(compilation, groups[0])
    known += [key if key.startswith(("vars.", "jobs.", "batch.")) else f"bps.{key}" for key in keys]
    near = get_close_matches(field, known, n=2) or [k for k in known if k.endswith(f".{field}")][:2]
    hint = f"did you mean {' or '.join(near)}?" if near else "`cmcompile list --help` names the fields"
    return UnknownFieldError(f"no group has the field {field!r}; {hint}")
