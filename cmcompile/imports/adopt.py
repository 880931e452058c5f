"""Runs that were started without cmcompile, and the groups that they are of.

A run is a group's where its RUN collection is below the group's output and no other group has that output, or
where its own configuration asks for the data of that group alone. What could be of several groups, is one of
several runs of a group, or asks for other data, is named with the reason and never chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.model.body import WmsRef
from cmcompile.model.event import Subject
from cmcompile.model.naming import wms_name

#: How BPS names a run by itself: after the time.
_TIME = re.compile(r"\d{8}T\d{6}Z\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """A group that a run may be of.

    Attributes
    ----------
    query
        Its data query; empty where a file has none.
    more
        What else tells it from groups of the same data: the pipeline, the options of the graph.
    """

    subject: Subject
    wms: WmsRef
    output: str
    query: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """What the submit directory of a run says of it, as `Target` does, and where that is."""

    output_run: str
    query: str
    directory: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A run, as a workload system shows it.

    Attributes
    ----------
    config
        None where no submit directory of it was found.
    """

    wms: WmsRef
    run_id: str
    name: str
    state: str
    config: Config | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A run of a group, and the RUN collection that it writes."""

    subject: Subject
    run: Found
    output_run: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A run that is not adopted, and why.

    Attributes
    ----------
    candidates
        The groups that it may be of.
    """

    run: Found
    why: str
    output_run: str = ""
    candidates: tuple[Subject, ...] = ()


@dataclass(slots=True)
class Matched:
    """What became of all runs that bear a name of the campaign.

    Attributes
    ----------
    unseen
        RUN collections below outputs of groups of whose runs no workload system knows.
    unasked
        Groups of which it is not known who ran them, by why.
    """

    matches: list[Match] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    unasked: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """The groups by their output, and the outputs by how the names of their runs begin."""

    targets: Mapping[tuple[WmsRef, str], list[Target]]
    outputs: Mapping[tuple[WmsRef, str], list[str]]


def matched(targets: Sequence[Target], runs: Sequence[Found]) -> Matched:
    """Return which run is of which group."""
    known = _known(targets)
    made = Matched()
    by_group: dict[Subject, list[Match]] = {}
    for run in runs:
        one = _one(run, known)
        if isinstance(one, Doubt):
            made.doubts.append(one)
        else:
            by_group.setdefault(one.subject, []).append(one)
    for subject, several in by_group.items():
        if len(several) == 1:
            made.matches += several
            continue
        why = f"one of {len(several)} runs of {subject}: say which one counts"
        made.doubts += [Doubt(m.run, why, m.output_run, (subject,)) for m in several]
    return made


def _known(targets: Sequence[Target]) -> _Known:
    by_output: dict[tuple[WmsRef, str], list[Target]] = {}
    for target in targets:
        by_output.setdefault((target.wms, target.output), []).append(target)
    names: dict[tuple[WmsRef, str], list[str]] = {}
    for wms, output in by_output:
        names.setdefault((wms, wms_name(output)), []).append(output)
    return _Known(by_output, names)


def _one(run: Found, known: _Known) -> Match | Doubt:
    outputs, time = _outputs_of(run, known)
    here = [t for output in outputs for t in known.targets.get((run.wms, output), [])]
    if not here:
        return Doubt(run, "it is not named after the time below an output of a group")
    # Outputs such as `a/b_c` and `a_b/c` give their runs one name.
    output_run = f"{outputs[0]}/{time}" if len(outputs) == 1 else ""
    subjects = tuple(t.subject for t in here)
    if run.state == "cancelled":
        return Doubt(run, "it was cancelled", output_run, subjects)
    if run.config is None:
        if len(here) == 1:
            return Match(here[0].subject, run, output_run)
        places = " or ".join(outputs)
        why = f"{len(here)} groups write to {places}, and its submit directory was not found: --submit DIR"
        return Doubt(run, why, output_run, subjects)
    query = _plain(run.config.query)
    same = [t for t in here if _plain(t.query) == query]
    if len(same) > 1:
        more = tuple(map(_plain, run.config.more))
        same = [t for t in same if tuple(map(_plain, t.more)) == more] or same
    if len(same) == 1:
        return Match(same[0].subject, run, f"{same[0].output}/{time}")
    if same:
        places = " or ".join(outputs)
        why = f"{len(same)} groups that write to {places} ask for the same data in the same way"
        return Doubt(run, why, output_run, tuple(t.subject for t in same))
    return Doubt(run, f"no group asks for its data: {query or 'none'}", output_run, subjects)


def _outputs_of(run: Found, known: _Known) -> tuple[Sequence[str], str]:
    """Return the outputs that a run may be below, and the last part of its RUN collection."""
    if run.config is not None and run.config.output_run:
        head, _, last = run.config.output_run.rpartition("/")
        return ([head] if wms_name(run.config.output_run) == run.name else []), last
    head, _, last = run.name.rpartition("_")
    return (known.outputs.get((run.wms, head), []) if _TIME.match(last) else []), last


def named_by(folders: Sequence[str], name: str) -> str:
    """Return the RUN collection that a submit directory is named after; empty where it is not.

    Parameters
    ----------
    folders
        The parts of its path.
    name
        The run's name in the workload system.
    """
    for count in range(1, len(folders)):
        joined = "/".join(folders[-count:])
        if wms_name(joined) == name:
            return joined
    return ""


def unseen(collections: Iterable[str], runs: Iterable[Found], known: Iterable[str]) -> list[str]:
    """Return the RUN collections named after the time that are of no run which is shown or known.

    Parameters
    ----------
    collections
        Those below outputs of groups.
    known
        Those of workflows of the ledger.
    """
    names = {run.name for run in runs}
    ours = set(known)
    timed = (c for c in sorted(collections) if _TIME.match(c.rpartition("/")[2]))
    return [c for c in timed if c not in ours and wms_name(c) not in names]


def _plain(query: str) -> str:
    return " ".join(query.split())


def without_outputs(found: Matched, missing: frozenset[str]) -> Matched:
    """Return matches again; a run that is over and has no collection in the Butler is a doubt.

    Parameters
    ----------
    missing
        RUN collections of runs that are over, and that are not there.
    """
    made = Matched(doubts=list(found.doubts), unseen=list(found.unseen), unasked=dict(found.unasked))
    for match in found.matches:
        if match.output_run in missing:
            why = f"it is over, and the Butler has no {match.output_run}"
            made.doubts.append(Doubt(match.run, why, match.output_run, (match.subject,)))
        else:
            made.matches.append(match)
    return made
