"""The page and the figures of a campaign that stand on its ledger branch.

They hold no time that passes by itself: all times are those of events. So a pass that finds nothing new
writes nothing. What changed since the last report is told once, when the page is written for another reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cmcompile.model.ledger import Tip
from cmcompile.model.severity import Severity, severity
from cmcompile.model.states import GroupState
from cmcompile.model.status import Attention, CampaignStatus, Concern, Seen, StepStatus, Took
from cmcompile.report.markdown import LIMIT, Section, block, code, head, page, row
from cmcompile.report.screen import count, percent
from cmcompile.report.status import as_json, words
from cmcompile.report.status.tables import LEGEND, drawn

#: So much of the page is for what needs a person; the steps below must be seen too.
_PEOPLE_LIMIT = 28_000
#: What changed takes no more room than this.
_CHANGED_LIMIT = 12_000
#: So many of one sort are named, each with its command.
_CONCERNS = 5
#: Where there are more sorts than these nothing is named, so that all sorts are seen.
_SORTS = 20
_MARK = re.compile(r"<!-- cmcompile: a report of ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) -->")
_END = "<!-- cmcompile: end of what changed -->"


@dataclass(frozen=True, slots=True)
class Links:
    """Where more is to be read; what is empty is left out.

    Attributes
    ----------
    spec
        The path of the spec file.
    spec_at, docs, site
        Addresses of the spec on the forge, of the documentation, and of the campaign's site.
    """

    spec: str = ""
    spec_at: str = ""
    docs: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since the report before, as the page tells it.

    Attributes
    ----------
    of
        The tip that the report was made from: the next report begins there.
    lines
        Markdown, as `changed` makes it.
    """

    of: Tip
    lines: tuple[str, ...]


def readme(status: CampaignStatus, changed: Changed, links: Links, due: str = "", limit: int = LIMIT) -> str:
    """Return the page as Markdown, below ``limit`` bytes.

    Parameters
    ----------
    changed
        Stands on the page as it is.
    due
        The day by which the campaign should be finished, as the spec has it; or empty.
    """
    title = code(status.campaign) + (f" ({code(status.production)})" if status.production else "")
    said = words.verdict(status)
    start = [f"# {title}", "", f"**{said}**" if status.people else said]
    start += ["", f"Due {code(due)}."] if due else []
    top = [Section(tuple(start)), *_people(status)]
    more = f"see {code(f'{words.COMMAND} {status.campaign}')}"
    first = page(top, more, _PEOPLE_LIMIT)
    rest = [_steps(status.steps)] if status.steps else []
    rest += [_changed(changed), _links(status.campaign, links)]
    return first + page(rest, more, limit - len(first.encode()))


def _people(status: CampaignStatus) -> Iterator[Section]:
    """Yield what needs a person, the most urgent first."""
    if status.attention:
        yield Section(("", "## Needs a person"))
    by: dict[Severity, list[Attention]] = {}
    for found in status.attention:
        by.setdefault(severity(found.reason), []).append(found)
    for each in Severity:
        for number, found in enumerate(by.get(each, ())):
            title = ("", f"### {each.words}") if number == 0 else ()
            yield _attention(status.campaign, found, title, named=len(status.attention) <= _SORTS)


def _attention(campaign: str, found: Attention, title: tuple[str, ...], *, named: bool) -> Section:
    some = found.concerns
    since = min((c.since for c in some if c.since), default="")
    place = f"{code(found.step)}: " if found.step else ""
    what = "group" if some[0].state is not None else "file"
    said = f"{place}{count(len(some), what)}, {found.reason.words}"
    when = f", since {code(since)}" if since else ""
    if len(some) == 1:
        detail = f": {code(some[0].detail)}" if some[0].detail else ""
        line = f"**{code(some[0].subject)}: {found.reason.words}**{detail}{when}"
        return Section((*title, "", line, "", *block(words.command(campaign, some[0]))))
    start = (*title, "", f"**{said}**{when}", "", *block(words.see_all(campaign, found)))
    if not named:
        return Section(start)
    rows = tuple(_row(campaign, c) for c in some)
    return Section((*start, "", *head(["which", "why", "since", "command"])), rows, (), _CONCERNS)


def _row(campaign: str, found: Concern) -> str:
    typed = code(words.command(campaign, found), 400)
    return row([code(found.subject), code(found.detail), code(found.since), typed])


_COLUMNS = ("step", "", "done", "accepted", "active", "people", "not yet", "quanta", "missing", "core hours")


def _steps(steps: Sequence[StepStatus]) -> Section:
    """Return the steps with a bar each; the figures stand beside it."""
    rows = [line for step in steps for line in _step(step)]
    if len(steps) > 1:
        rows.append(_total(steps))
    right = frozenset(range(2, len(_COLUMNS)))
    names = [*_COLUMNS, "collection"]
    return Section(("", "## Steps", "", *head(names, right)), tuple(rows), ("", f"{code(LEGEND)}"))


def _step(step: StepStatus) -> Iterator[str]:
    made = "; ".join(filter(None, (words.chained(step.collection), words.tagged(step.tagged))))
    yield _figures(code(step.step), step, made)
    if step.rescue_groups:
        done, active = (step.rescues.get(s, 0) for s in (GroupState.ACCEPTED, GroupState.ACTIVE))
        waiting = step.rescue_groups - done - active - step.rescue_people
        cells = [f"{done:,} of {step.rescue_groups:,}", _n(active), _n(step.rescue_people), _n(waiting)]
        yield row(["rescues", "", percent(done, step.rescue_groups), *cells, "", "", "", ""])


def _figures(name: str, step: StepStatus, made: str) -> str:
    done, active = (step.first.get(s, 0) for s in (GroupState.ACCEPTED, GroupState.ACTIVE))
    waiting = max(0, step.groups - done - active - step.people)
    quanta = "" if step.quanta is None else f"{step.quanta:,}"
    lost = "" if step.missing is None else f"{step.missing:,}"
    cells = [f"{done:,} of {step.groups:,}", _n(active), _n(step.people), _n(waiting), quanta, lost]
    return row([name, code(drawn(step)), percent(done, step.groups), *cells, took(step), made])


def _total(steps: Sequence[StepStatus]) -> str:
    return _figures("**all**", whole(steps), "")


def whole(steps: Sequence[StepStatus]) -> StepStatus:
    """Return the sum of steps; what is known of none of them stays unknown."""
    quanta = [s.quanta for s in steps if s.quanta is not None]
    missing = [s.missing for s in steps if s.missing is not None]
    first: dict[GroupState, int] = {}
    for step in steps:
        for state, number in step.first.items():
            first[state] = first.get(state, 0) + number
    return StepStatus(
        "",
        first,
        people=sum(s.people for s in steps),
        quanta=sum(quanta) if quanta else None,
        missing=sum(missing) if missing else None,
        known=sum(s.known for s in steps),
        took=Took(
            ended=sum(s.took.ended for s in steps),
            measured=sum(s.took.measured for s in steps),
            core_seconds=sum(s.took.core_seconds for s in steps),
        ),
    )


def _n(number: int) -> str:
    return f"{number:,}" if number else ""


def took(step: StepStatus) -> str:
    """Return core hours, and of how many workflows they are where not of all that ended."""
    if not step.took.measured:
        return ""
    said = f"{step.took.core_seconds / 3600:,.1f}"
    if step.took.measured < step.took.ended:
        said += f" ({step.took.measured:,} of {count(step.took.ended, 'run')})"
    return said


def changed(of: Tip, since: str, lines: Sequence[str]) -> Changed:
    """Return what changed, as it stands on the page.

    Parameters
    ----------
    of
        The tip that this report is made from.
    since
        The time of the newest event of the report before, or empty where there was none.
    lines
        Markdown, each without its line's end.
    """
    start = f"Since the report of {code(since)}:" if since else "This is the first report."
    told = [f"- {line}" for line in lines]
    shown: list[str] = []
    left = _CHANGED_LIMIT
    for line in told:
        left -= len(line.encode()) + 1
        if left < 0:
            shown.append(
                f"- and {count(len(told) - len(shown), 'line')} more: `cmcompile changes` has them all"
            )
            break
        shown.append(line)
    return Changed(of, (start, *(("", *shown) if shown else ())))


def _changed(found: Changed) -> Section:
    mark = f"<!-- cmcompile: a report of {found.of.commit} {found.of.tree} -->"
    return Section(("", "## What changed", mark, "", *found.lines, "", _END))


def changed_of(text: str) -> Changed | None:
    """Return what a page tells of what changed; None: it is no page of this sort.

    No text that is quoted on a page can be taken for the marks: it holds no end of a line.
    """
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if _MARK.fullmatch(line)), None)
    if start is None or _END not in lines[start:]:
        return None
    found = _MARK.fullmatch(lines[start])
    end = lines.index(_END, start)
    return None if found is None else Changed(Tip(found[1], found[2]), tuple(lines[start + 2 : end - 1]))


_MORE = "## More"
#: An address that a page may link to: nothing in it ends the link, or starts another scheme.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~/%+-]*)?")


def _links(campaign: str, links: Links) -> Section:
    told = [f"- Spec: {_link(links.spec, links.spec_at)}"] if links.spec else []
    told += [f"- Site: {_link(links.site, links.site)}"] if links.site else []
    told += [f"- Documentation: {_link(links.docs, links.docs)}"] if links.docs else []
    told += ["- Figures: [`status.json`](status.json); their course: [`history.csv`](history.csv)"]
    now = code(f"{words.COMMAND} {campaign}")
    since = code(f"cmcompile changes {campaign} --since 1d")
    foot = "Written by `cmcompile reconcile` when something changed."
    return Section(("", _MORE, "", *told, "", f"{foot} {now} says how it is now, {since} what is new."))


def _link(text: str, address: str) -> str:
    return f"[{code(text)}]({address})" if _ADDRESS.fullmatch(address) else code(text)


def without_links(text: str) -> str:
    """Return a page but for where more is to be read: two clones may know other addresses of the same."""
    return text.partition(f"\n{_MORE}\n")[0]


def figures(status: CampaignStatus) -> str:
    """Return the same as JSON, of the schema ``status-v1``; which ledger it is goes without saying there."""
    return as_json.render([replace(status, seen=Seen())], "campaign", "")
