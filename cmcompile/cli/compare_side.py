"""One side of a comparison: a campaign now, or as a revision has it, with the ledger of that time."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import FILE, NoCampaignError, Place, campaigns_at, find
from cmcompile.cli.ledgers import look
from cmcompile.cli.situation import Situation, situation
from cmcompile.model.errors import InputError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.git.revision import Revision
    from cmcompile.model.compare import Compared, Key
    from cmcompile.model.failures import FailureTable


def place_at(text: str) -> tuple[Place, Revision | None]:
    """Return the campaign that ``NAME`` or ``NAME@REV`` means, and the files of the revision.

    Raises
    ------
    NoCampaignError
        When there is none of that name, now or in the revision.
    GitError
        When there is no such revision.
    """
    from cmcompile.git.revision import Revision
    from cmcompile.spec.files import find_root

    name, at, rev = text.partition("@")
    if not at:
        return find(text), None
    root = find_root(Path.cwd())
    revision = Revision(root, rev)
    for folder in _folders(root, name):
        place = Place(root, posixpath.normpath(f"{folder}/{FILE}"))
        if revision.exists(place.path):
            return place, revision
    known = ", ".join(p.name for p in campaigns_at(root, revision.commit)) or "none"
    raise NoCampaignError(f"{rev} has no campaign {name or 'without a name'}; it has {known}")


def _folders(root: Path, name: str) -> Iterator[str]:
    """Yield the folders that may be meant, as `find` looks for them: a path from here, else a name."""
    if name:
        here = os.path.relpath(os.path.realpath(name), root)
        yield posixpath.normpath(here.removesuffix(f"/{FILE}"))
        yield posixpath.normpath(f"campaigns/{name}")


def side_of(text: str, *, offline: bool) -> tuple[Compared, Compilation]:
    """Return what is known of a side, and its groups with their files.

    Raises
    ------
    InputError
        When its spec or its decisions have errors.
    """
    from cmcompile.cli.stats import ran
    from cmcompile.model.compare import Compared
    from cmcompile.plan.summary import status_by
    from cmcompile.spec.files import WorkingTree
    from cmcompile.state.usage import stats

    place, revision = place_at(text)
    seen = look(
        place,
        offline=offline,
        at=None if revision is None else _moment(revision, place),
        degrade=True,
        strict=False,
    )
    # Groups that are taken from a former compilation have no bytes to compare.
    now = situation(place, seen, files=True, sources=revision or WorkingTree(place.root))
    made = now.made
    if made is None or made.failed:
        raise InputError(now.findings)
    keys = list(now.inputs.state.groups)
    told = ran(now, keys)
    found = Compared(
        asked=text,
        campaign=now.spec.name,
        commit="" if revision is None else revision.commit,
        status=status_by(now.inputs, now.standings, now.look.seen()),
        stats=stats(told, "task", [step.name for step in now.spec.steps]),
        failures=_failures(now),
        software=_software(now, made),
        tries=_tries(now),
        restarts=_restarts(now),
    )
    return found, made


def _moment(revision: Revision, place: Place) -> str:
    """Return when the commit of a revision was made: the ledger is looked at as it was then."""
    from datetime import UTC, datetime

    from cmcompile.git.refs import made_at
    from cmcompile.model.stamp import stamp

    return stamp(datetime.fromtimestamp(made_at(place.root, revision.commit), UTC))


def _failures(now: Situation) -> FailureTable:
    """Return what failed in all workflows, by the outcome that each has now: no event is read for it."""
    from cmcompile.cli.failures import open_of
    from cmcompile.model.event import Subject
    from cmcompile.model.failures import Judgement
    from cmcompile.plan.policed import policy_of
    from cmcompile.state.policy.tally import tally

    state, world = now.inputs.state, now.judged.world
    told = [
        Judgement(Subject(w.step, w.group, w.name), w.since, w.outcome, policy_of(world, (w.step, w.group)))
        for w in state.workflows()
        if w.outcome is not None
    ]
    return tally(told, open_of(now, list(state.groups)))


def _tries(now: Situation) -> dict[Key, int]:
    """Return how many workflows of each group were submitted."""
    records = now.inputs.state.groups
    counts = {key: sum(w.run_id is not None for w in record.workflows) for key, record in records.items()}
    return {key: count for key, count in counts.items() if count}


def _restarts(now: Situation) -> dict[str, int]:
    found: dict[str, int] = {}
    for workflow in now.inputs.state.workflows():
        if workflow.restarts:
            found[workflow.step] = found.get(workflow.step, 0) + workflow.restarts
    return found


def _software(now: Situation, made: Compilation) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return by step what the spec names, and what the ledger recorded of its workflows."""
    from cmcompile.compiler.difference.software import software_of

    found: dict[str, dict[str, tuple[str, ...]]] = {s: dict(texts) for s, texts in software_of(made).items()}
    recorded: dict[str, dict[str, dict[str, None]]] = {}
    for workflow in now.inputs.state.workflows():
        claim = workflow.claim
        if claim is None or workflow.run_id is None:
            continue
        at = recorded.setdefault(workflow.step, {})
        at.setdefault("sent by", {})[f"cmcompile {claim.spec.version} (emit {claim.spec.emit})"] = None
        at.setdefault("sent to", {})[f"{claim.wms.service} {claim.wms.where}".strip()] = None
    for step, texts in recorded.items():
        found.setdefault(step, {}).update({what: tuple(sorted(values)) for what, values in texts.items()})
    return found
