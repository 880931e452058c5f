"""The rows of ``cmcompile list``: what stands in a table of campaigns, of steps, of groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from cmcompile.cli.campaigns import Place, compiled
from cmcompile.cli.fields import cells
from cmcompile.model.diagnostic import Diagnostic, errors_in
from cmcompile.model.errors import InputError
from cmcompile.report.groups import ids_in_brief, in_common, left_ids, need_in_words

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.campaign import Step
    from cmcompile.model.group import CompiledGroup, Part
    from cmcompile.report.table import TableFormat

#: A campaign with those of its groups that are asked for.
Chosen: TypeAlias = "tuple[Compilation, list[CompiledGroup]]"
#: Names of columns, and rows of cells.
Table: TypeAlias = tuple[list[str], list[list[object]]]

#: So much of a digest tells groups apart for a person.
_DIGEST = 12


def campaign_rows(places: Iterable[Place], format_: TableFormat) -> Table:
    """Return a row per campaign; one that can't be used has a number of errors and nothing else."""
    columns = ["campaign", "production", "ticket", "steps", "groups", "rescue_groups", "errors"]
    rows: list[list[object]] = []
    for place in places:
        try:
            compilation, findings = compiled(place)
        except InputError as error:
            rows.append([place.name, None, None, None, None, None, _errors(error.findings)])
            continue
        spec = compilation.spec
        counts = {step.name: _counts(step.name, compilation.groups) for step in spec.steps}
        first, later = (sum(pair[i] for pair in counts.values()) for i in (0, 1))
        steps = _counts_json(counts) if format_ == "json" else _counts_text(counts)
        rows.append([spec.name, spec.production, spec.ticket, steps, first, later, _errors(findings)])
    return columns, rows


def _errors(findings: Iterable[Diagnostic]) -> int:
    return sum(1 for _ in errors_in(findings))


def _counts(step: str, groups: Iterable[CompiledGroup]) -> tuple[int, int]:
    """Return how many groups and rescue groups a step has."""
    rescues = [made.group.rescue is not None for made in groups if made.group.step == step]
    return rescues.count(False), rescues.count(True)


def _counts_text(counts: dict[str, tuple[int, int]]) -> object:
    return ", ".join(
        f"{step} ({n}+{more})" if more else f"{step} ({n})" for step, (n, more) in counts.items()
    )


def _counts_json(counts: dict[str, tuple[int, int]]) -> object:
    return [{"step": step, "groups": n, "rescue_groups": more} for step, (n, more) in counts.items()]


def step_rows(chosen: Sequence[Chosen], format_: TableFormat) -> Table:
    """Return a row per step that has groups selected."""
    columns = ["campaign", "step", "groups", "rescue_groups", "needs", "axes", "ids", "output", "release"]
    rows = [
        [compilation.spec.name, *_step(step, mine, format_)]
        for compilation, groups in chosen
        for step in compilation.spec.steps
        if (mine := [g for g in groups if g.group.step == step.name])
    ]
    if format_ == "text" and len(chosen) == 1:
        return columns[1:], [row[1:] for row in rows]
    return columns, rows


def _step(step: Step, groups: Sequence[CompiledGroup], format_: TableFormat) -> list[object]:
    first, later = _counts(step.name, groups)
    needs = [need_in_words(need) for need in step.needs]
    axes = [axis.dimension or axis.name for axis in step.split]
    counts = _id_counts(groups)
    outputs = sorted({made.output for made in groups if made.output})
    releases = list(dict.fromkeys(made.release for made in groups if made.release))
    if format_ == "json":
        return [step.name, first, later, needs, axes, counts, outputs, releases]
    words = ", ".join(f"{name} {count}" for name, count in counts.items())
    return [step.name, first, later, needs, " x ".join(axes), words, in_common(outputs), releases]


def _id_counts(groups: Iterable[CompiledGroup]) -> dict[str, int]:
    """Return by axis how many ids the groups hold together."""
    ids: dict[str, dict[int, tuple[CompiledGroup, Part]]] = {}
    for made in groups:
        for part in made.group.parts:
            # The parts of a product are shared by many groups: each is counted once.
            key = id(part) if part.axis not in made.group.excluded else -id(made)
            ids.setdefault(part.dimension or part.axis, {}).setdefault(key, (made, part))
    return {
        name: len(frozenset(chain.from_iterable(left_ids(made.group, part) for made, part in held.values())))
        for name, held in ids.items()
    }


def group_rows(chosen: Sequence[Chosen], fields: Sequence[str] | None, format_: TableFormat) -> Table:
    """Return a row per group; without ``fields`` with what tells groups apart."""
    names = [f.strip() for f in fields] if fields is not None else _default_fields(chosen, format_)
    rows: list[list[object]] = []
    for compilation, groups in chosen:
        columns = [_column(compilation, groups, name, format_) for name in names]
        rows += [list(row) for row in zip(*columns, strict=True)]
    if fields is None and format_ == "text":
        at = names.index("digest")
        rows = [[*row[:at], str(row[at])[:_DIGEST], *row[at + 1 :]] for row in rows]
    return names, rows


def _column(
    compilation: Compilation, groups: Sequence[CompiledGroup], name: str, format_: TableFormat
) -> list[object]:
    if name == "ids" and format_ == "json":
        return [ids_in_brief(made.group) for made in groups]
    return cells(compilation, groups, name)


def _default_fields(chosen: Sequence[Chosen], format_: TableFormat) -> list[str]:
    if format_ != "text":
        return ["campaign", "step", "id", "rescue", "covers", "ids", "path", "output", "release", "digest"]
    groups = [made.group for _, groups in chosen for made in groups]
    wanted = {
        "campaign": len(chosen) > 1,
        "step": len({g.step for g in groups}) > 1,
        "covers": any(g.covers for g in groups),
        "ids": any(g.parts for g in groups),
    }
    return [f for f in ("campaign", "step", "id", "covers", "ids", "path", "digest") if wanted.get(f, True)]
