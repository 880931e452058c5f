"""What could not be put in a general form, the most useful to know first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.imports.bps.compose import Campaign
from cmcompile.imports.bps.cuts import GivenList
from cmcompile.imports.bps.draft import Draft
from cmcompile.imports.imported import Fate, Note

#: More groups than this are counted.
_SHOWN = 5

#: What the sorts of notes are called, and what they mean, for a tree of submit files.
SORTS = {
    Fate.TO_DO: ("to do", "a person knows this, the files do not"),
    Fate.DIFFERENT: ("by hand", "the same files, said in a less general way"),
    Fate.DEFECT: ("as run", "what checks say of the files; it is kept"),
    Fate.LEFT: ("left out", "not imported"),
    Fate.MAPPED: ("found", "in a general form"),
}


def notes_of(campaign: Campaign, given: Sequence[GivenList]) -> list[Note]:
    """Return what is to be said of a campaign that was imported."""
    drafts = [(d, d.name if p is None else f"{p.name}, rescue {d.name}", p) for d, p in campaign.every()]
    found = [n for draft, where, _ in drafts for n in _listed(draft, where)]
    found += [n for draft, where, parent in drafts for n in _rescue(draft, where, parent)]
    found += [n for draft, where, _ in drafts for n in _axes(draft, where)]
    found += [
        Note(
            Fate.TO_DO,
            reader,
            f"reads {chain}, which no group writes: `collect: {chain}` in {maker} makes it of its runs",
        )
        for chain, (maker, reader) in campaign.chains.items()
    ]
    found += [n for draft, where, _ in drafts for n in _by_hand(draft, where)]
    found += _allowed(campaign)
    used = {rows.name for rows in campaign.used_lists()}
    found += [
        Note(Fate.LEFT, f"list {rows.name}", "no step was cut from it")
        for rows in given
        if rows.name not in used
    ]
    overrides = sum(len(d.overrides) for d, _, _ in drafts)
    if overrides:
        text = "1 does not say why" if overrides == 1 else f"{overrides} do not say why"
        found.append(Note(Fate.TO_DO, "overrides", f"{text}: add `because:` where it is known"))
    return found


def remarks(campaign: Campaign) -> dict[tuple[str, ...], str]:
    """Return comments for the spec, by the key that they stand above."""
    out: dict[tuple[str, ...], str] = {
        (): "Imported from BPS submit files: compiled, it gives the same files.\n"
        "Overrides and rescues do not say why: add `because:` where it is known."
    }
    for step in campaign.steps:
        if step.explicit:
            out["steps", step.name] = "No split gives these files: each group says itself what it takes."
        for axis in step.found.axes:
            if axis.cut.made and axis.cut.how:
                out["lists", axis.cut.made[0].name] = (
                    f"Only the ends of ranges of {axis.name} are known; put all ids in this file, "
                    "so that coverage can be checked."
                )
    return out


def _listed(draft: Draft, where: str) -> Iterator[Note]:
    if draft.explicit:
        yield Note(
            Fate.TO_DO,
            where,
            f"no split gives its {len(draft.wanted)} groups: they are listed one by one, each with the data "
            "that it takes, and coverage is not checked",
        )


def _rescue(draft: Draft, where: str, parent: Draft | None) -> Iterator[Note]:
    if parent is not None:
        count = len(draft.wanted)
        files = "1 file is a rescue" if count == 1 else f"{count} files are rescues"
        yield Note(Fate.MAPPED, where, f"{files} of groups of {parent.name}")
    elif any("rescue" in row.path.lower() for row in draft.wanted.values()):
        yield Note(
            Fate.TO_DO,
            where,
            "looks like a rescue, and covers groups of no step that was found: it is a step",
        )


def _axes(draft: Draft, where: str) -> Iterator[Note]:
    for axis in draft.found.axes:
        subject = f"{where}, {axis.name}"
        if axis.cut.how:
            hint = "" if draft.lists and not axis.cut.made else "; give its list, if there is one"
            yield Note(Fate.TO_DO, subject, f"cut by {axis.cut.how}{hint}")
        for rows in axis.cut.made:
            yield Note(Fate.TO_DO, subject, f"{rows.file} holds what the files name: put all ids there")
        if axis.cut.empty:
            gaps = "a number" if axis.cut.empty == 1 else f"{axis.cut.empty} numbers"
            yield Note(Fate.DIFFERENT, subject, f"ranges without an id keep {gaps} that no file has")
        if axis.cut.exclude:
            yield Note(Fate.DIFFERENT, subject, "ids of the list that no file takes are excluded")


def _by_hand(draft: Draft, where: str) -> Iterator[Note]:
    if draft.extra:
        names = list(draft.extra)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield Note(Fate.DIFFERENT, where, f"groups under `extra`: {', '.join(names[:_SHOWN])}{more}")
    if draft.explicit:
        return
    if named := sum("path" in _keys(o.get("vars")) for o in draft.overrides):
        files = "the name of 1 file" if named == 1 else f"the names of {named} files"
        yield Note(Fate.DIFFERENT, where, f"no expression gives {files}")
    payloads = [_keys(_keys(o.get("bps")).get("payload")) for o in draft.overrides]
    if whole := sum(payload.get("dataQuery") is not None for payload in payloads):
        one, many = "1 data query is written whole and hides", "data queries are written whole and hide"
        queries = one if whole == 1 else f"{whole} {many}"
        yield Note(Fate.DIFFERENT, where, f"{queries} `where` (CM048)")


def _allowed(campaign: Campaign) -> Iterator[Note]:
    for scope, codes in [("", campaign.allow), *((s.name, s.allow) for s in campaign.steps)]:
        for code, reason in codes.items():
            yield Note(
                Fate.DEFECT, f"{scope}, {code}" if scope else code, reason.removeprefix("as it was run: ")
            )


def _keys(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
