"""What a site says of a campaign, gathered from its spec, its ledger, and what was asked of the Butler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import Look
from cmcompile.cli.situation import Situation, situation

if TYPE_CHECKING:
    from cmcompile.model.event import Event, Subject
    from cmcompile.model.group import Group
    from cmcompile.model.holding import Holding
    from cmcompile.model.stats import StatsRow
    from cmcompile.model.status import CampaignStatus
    from cmcompile.site.model import Key, SiteCampaign

#: A group that needs more groups than this is shown with its steps only.
_NEEDED = 200


def site_campaign(place: Place, seen: Look, outputs: Sequence[Holding], *, as_run: bool) -> SiteCampaign:
    """Return what a site says of a campaign.

    Parameters
    ----------
    as_run
        Whether as-run files are listed.

    Raises
    ------
    InputError
        When the spec or the decisions can't be used.
    """
    from cmcompile.cli.site_links import links_of
    from cmcompile.site.model import SiteCampaign, SiteStep
    from cmcompile.spec.decisions import decisions_path

    now = situation(place, seen, files=True)
    status = _status(now)
    listed = _listed(seen)
    events = _events(seen, listed)
    decisions = decisions_path(place.path)
    links = links_of(now)
    runs = {w.claim.output_run for w in now.inputs.state.workflows() if w.claim is not None}
    return SiteCampaign(
        status=status,
        path=place.path,
        ticket=now.spec.ticket or "",
        decisions=decisions,
        is_decided=(place.root / decisions).is_file(),
        steps=tuple(SiteStep(step.name, step.needs) for step in now.spec.steps),
        groups=_groups(now),
        sites={d.key: d.site for d in now.inputs.declared if d.site},
        events=events,
        as_run=_as_run(listed) if as_run else {},
        tasks=_tasks(now, events),
        links=links.pages,
        run_links=links.runs,
        outputs=tuple(one for one in outputs if one.run in runs),
        upstream=dict(_upstream(now)),
    )


def _status(now: Situation) -> CampaignStatus:
    from cmcompile.plan.summary import status_by

    return status_by(now.inputs, now.standings, now.look.seen())


def _groups(now: Situation) -> dict[Key, Group]:
    """Return the groups; those that the spec makes no more have the ids that they were sent with."""
    from cmcompile.cli.situation import at_commit
    from cmcompile.ledger.sent import sent_groups
    from cmcompile.model.group import Group, Part
    from cmcompile.model.states import LedgerState
    from cmcompile.version import EMIT

    found = {d.key: d.group for d in now.inputs.declared}
    state = now.inputs.state
    gone = LedgerState({key: record for key, record in state.groups.items() if key not in found})
    if gone.groups:
        sent, _ = sent_groups(gone, now.spec.lists, at_commit(now.place), EMIT)
        for key, one in sent.groups.items():
            parts = (Part(axis, axis, name, None, ids) for axis, (name, ids) in one.parts.items())
            found[key] = Group(*key, tuple(parts), excluded=dict(one.excluded))
    return found


def _listed(seen: Look) -> Mapping[str, str]:
    """Return all files of the ledger that belong to groups and steps, with their ids."""
    tip = seen.view.tip
    return {} if tip is None else seen.ledger.store.files(tip, ["runs", "groups", "steps"])


def _events(seen: Look, listed: Mapping[str, str]) -> dict[Subject, list[Event]]:
    """Return all events that can be read; those that can't are among what needs a person."""
    from cmcompile.ledger.codec.quick import QuickReader
    from cmcompile.ledger.event_files import event_files
    from cmcompile.model.event import Event

    directories, _ = event_files(listed)
    contents = seen.ledger.store.read(dict.fromkeys(f[1] for d in directories for f in d.files))
    reader = QuickReader()
    found: dict[Subject, list[Event]] = {}
    for directory in directories:
        some = [reader.read(p, directory.subject, n, k, contents[oid]) for p, oid, n, k in directory.files]
        readable = [event for event in some if isinstance(event, Event)]
        found[directory.subject] = sorted(readable, key=lambda event: event.number)
    return found


def _as_run(listed: Mapping[str, str]) -> dict[Subject, dict[str, str]]:
    """Return the as-run files of each workflow; what a monitor told is packed, and left out."""
    from cmcompile.ledger.paths import locate
    from cmcompile.model.diagnosed import is_kept

    found: dict[Subject, dict[str, str]] = {}
    for path, oid in listed.items():
        if path.endswith(".json") and path.startswith(("groups/", "steps/")):
            continue
        at = locate(path)
        if at is not None and at.subject is not None and at.file and not is_kept(at.file):
            found.setdefault(at.subject, {})[at.file] = oid
    return found


def _tasks(now: Situation, events: Mapping[Subject, Sequence[Event]]) -> tuple[StatsRow, ...]:
    from cmcompile.cli.stats import ran_of
    from cmcompile.model.event import Subject
    from cmcompile.state.usage import stats

    some = [w for w in now.inputs.state.workflows() if w.run_id is not None]
    told = [ran_of(w, [e.draft for e in events.get(Subject(w.step, w.group, w.name), ())]) for w in some]
    return stats(told, "task", [step.name for step in now.spec.steps]).rows


def _upstream(now: Situation) -> Iterator[tuple[Key, tuple[Key, ...]]]:
    """Yield the groups that a group needs, where it needs some of a step and not all."""
    needs = now.judged.needs
    for declared in now.inputs.declared:
        some = [n for n in needs.of(declared.key) if n.kind in ("same", "overlap")]
        keys = dict.fromkeys(key for need in some for key in needs.needed(need, declared.group))
        if 0 < len(keys) <= _NEEDED:
            yield declared.key, tuple(keys)


def sizes(path: str, text: str) -> list[Holding]:
    """Return what ``cmcompile outputs --format json`` wrote.

    Raises
    ------
    CmcompileError
        When it is not that.
    """
    import json

    from cmcompile.model.errors import CmcompileError
    from cmcompile.model.holding import Held, Holding

    try:
        runs = json.loads(text)["runs"]
        found = []
        for run in runs:
            held = run["types"]
            types = (
                None
                if held is None
                else tuple(
                    Held(str(h["task"]), str(h["dataset_type"]), int(h["datasets"]), _bytes(h["bytes"]))
                    for h in held
                )
            )
            found.append(Holding(str(run["workflow"]), str(run["run"]), str(run["state"]), types))
    except (ValueError, KeyError, TypeError) as error:
        what = f"{path} is not what is known of outputs ({type(error).__name__})"
        raise CmcompileError(f"{what}: `cmcompile outputs SELECTOR --format json` writes it") from None
    return found


def _bytes(value: object) -> int | None:
    return value if isinstance(value, int) else None
