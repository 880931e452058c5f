"""What the issues of a campaign say, in Jira's wiki markup: a table of steps, and for each step its tasks.

They hold no time that passes by itself: an issue is written only when something else changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from cmcompile.model.campaign import Spec
from cmcompile.model.issue import IssueReport
from cmcompile.model.states import GroupState
from cmcompile.model.stats import Stats, StatsRow
from cmcompile.model.status import Attention, CampaignStatus, StepStatus
from cmcompile.report.screen import count
from cmcompile.report.stats import cells_of
from cmcompile.report.status import words
from cmcompile.report.terminal import visible

#: Of a sort of concerns, and of a table, so many lines are shown.
_CONCERNS, _ROWS = 20, 200
_LONG = 200
_UNKNOWN = "not known"
#: What Jira's markup gives a meaning; a backslash before it takes that away (Jira's help, "Text formatting").
_MARKUP = re.compile(r"([{}\[\]|*_^~+!?])")
#: What no backslash helps against: entities, icons such as ``(x)``, links, dashes, and the backslash itself.
_PLAIN = (("&", "&#38;"), ("\\", "&#92;"), ("(", "&#40;"), ("://", "&#58;//"), ("--", "&#45;&#45;"))
_NAME = re.compile(r"[^A-Za-z0-9]+")


def wiki(text: str) -> str:
    """Return foreign text for a line of Jira's markup: nothing in it is a macro, a mention, or a link."""
    shown = " ".join(visible(" ".join(text.split())).split())
    shown = shown if len(shown) <= _LONG else shown[: _LONG - 1] + "…"
    for one, entity in _PLAIN:
        shown = shown.replace(one, entity)
    # At the beginning of a line a dash is an item of a list.
    shown = f"&#45;{shown[1:]}" if shown.startswith("-") else shown
    return _MARKUP.sub(r"\\\1", shown)


def issues(
    spec: Spec, status: CampaignStatus, by_step: Stats, by_task: Stats, keys: Mapping[str, str], ledger: str
) -> list[IssueReport]:
    """Return what the issue of the campaign says, and those of its steps.

    Parameters
    ----------
    by_step, by_task
        What workflows took.
    keys
        The issues as far as they are known, by step.
    ledger
        The id of the ledger: it tells campaigns of the same name apart.
    """
    found = [
        IssueReport(
            "",
            _label(spec.name, "", ledger),
            f"Campaign {spec.name}",
            _description(spec, ""),
            _token(spec.name),
            _campaign(status, by_step, keys),
        )
    ]
    for step in status.steps:
        rows = tuple(row for row in by_task.rows if row.step == step.step)
        total = next((row for row in by_step.rows if row.step == step.step), StatsRow())
        found.append(
            IssueReport(
                step.step,
                _label(spec.name, step.step, ledger),
                f"{step.step} of campaign {spec.name}",
                _description(spec, step.step),
                _token(f"{spec.name}/{step.step}"),
                _step(status, step, Stats(rows, total), keys.get("", "")),
            )
        )
    return found


def _label(campaign: str, step: str, ledger: str) -> str:
    """Return a label of one word; its end keeps two apart whose names differ in other characters only."""
    digest = sha256(f"{ledger} {campaign} {step}".encode()).hexdigest()[:12]
    return "-".join(part for part in ("cm", _NAME.sub("-", campaign), _NAME.sub("-", step), digest) if part)


def _token(what: str) -> str:
    return f"cmcompile report of {what}"


def _description(spec: Spec, step: str) -> str:
    lines = [f"{f'Step {wiki(step)} of c' if step else 'C'}ampaign {wiki(spec.name)}"]
    if spec.production:
        lines[0] += f" of production {wiki(spec.production)}"
    lines[0] += f", declared in {wiki(spec.path)}."
    lines.append("A comment below says how it stands; cmcompile keeps it up to date, and nothing else here.")
    return "\n\n".join(lines)


def _campaign(status: CampaignStatus, by_step: Stats, keys: Mapping[str, str]) -> str:
    names = ["Step", "Issue", "Groups", "Accepted", "Active", "Needs a person", "Quanta missing"]
    names += ["Start", "End", "Core hours", "Status"]
    took = {row.step: row for row in by_step.rows}
    lines = [f"h3. {wiki(status.campaign)}: {wiki(words.verdict(status))}", "", _head(names)]
    for step in status.steps:
        row = took.get(step.step, StatsRow())
        lines.append(
            _row([wiki(step.step), keys.get(step.step, ""), *_counts(step), *_times(row), _how(step)])
        )
    return "\n".join([*lines, *_attention(status, status.attention)])


def _step(status: CampaignStatus, step: StepStatus, found: Stats, campaign: str) -> str:
    of = f" of {campaign}" if campaign else ""
    title = f"h3. {wiki(status.campaign)}, {wiki(step.step)}{of}: {_how(step)}"
    names = ["Groups", "Accepted", "Active", "Needs a person", "Quanta missing", "Start", "End", "Core hours"]
    lines = [title, "", _head([*names, "Rescues"])]
    lines.append(_row([*_counts(step), *_times(found.total), f"{step.rescue_groups:,}"]))
    titles, cells = cells_of(found, "task")
    if cells:
        lines += ["", _head([f"{title[0].upper()}{title[1:]}" for title in titles[1:]])]
        lines += [_row([wiki(cell) for cell in row[1:]]) for row in cells[:_ROWS]]
        lines += [f"and {len(cells) - _ROWS:,} more"] if len(cells) > _ROWS else []
    return "\n".join([*lines, *_attention(status, [a for a in status.attention if a.step == step.step])])


def _counts(step: StepStatus) -> list[str]:
    done, active = step.first.get(GroupState.ACCEPTED, 0), step.first.get(GroupState.ACTIVE, 0)
    active += step.rescues.get(GroupState.ACTIVE, 0)
    figures = (step.groups, done, active, step.people + step.rescue_people)
    return [*(f"{figure:,}" for figure in figures), words.missing(step) or _UNKNOWN]


def _times(row: StatsRow) -> list[str]:
    hours = _UNKNOWN if row.wall is None else f"{row.wall / 3_600_000:,.1f}"
    return [row.started or _UNKNOWN, row.ended or _UNKNOWN, hours]


def _how(step: StepStatus) -> str:
    """Return in a word how a step stands."""
    if step.groups and step.first.get(GroupState.ACCEPTED, 0) == step.groups:
        return "done"
    if step.people + step.rescue_people:
        return "needs a person"
    active = step.first.get(GroupState.ACTIVE, 0) + step.rescues.get(GroupState.ACTIVE, 0)
    return "running" if active else "not running"


def _attention(status: CampaignStatus, found: Sequence[Attention]) -> list[str]:
    if not found:
        return []
    lines = ["", "h4. Needs a person", "", _head(["What", "Why", "Type"])]
    for one in found:
        for concern in one.concerns[:_CONCERNS]:
            why, command = words.why(one.reason, concern.detail), words.command(status.campaign, concern)
            lines.append(_row([wiki(concern.subject), wiki(why), wiki(command)]))
        if more := len(one.concerns[_CONCERNS:]):
            said = wiki(words.see_all(status.campaign, one))
            lines.append(_row([f"and {count(more, 'other')}", wiki(one.reason.words), said]))
    return lines


def _head(names: Sequence[str]) -> str:
    return f"||{'||'.join(names)}||"


def _row(cells: Sequence[str]) -> str:
    return f"|{'|'.join(cell or ' ' for cell in cells)}|"
