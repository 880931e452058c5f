"""What was done with a group and when, oldest first, as text, JSON or Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Literal, TypeAlias

from cmcompile.model.approval import Approval
from cmcompile.model.decision import Decision
from cmcompile.model.event import Body, Subject
from cmcompile.model.status import LogLine
from cmcompile.report.log_words import more, said
from cmcompile.report.markdown import LIMIT, Section, code, head, page, row
from cmcompile.report.screen import Screen, count, short

LogFormat: TypeAlias = Literal["text", "json", "markdown"]

LOG_FORMATS: tuple[LogFormat, ...] = ("text", "json", "markdown")

FORMAT = 1

_LABEL = 9


def render_log(
    title: str,
    lines: Sequence[LogLine],
    format: LogFormat,  # noqa: A002 - the name of the option
    screen: Screen,
    decisions: Mapping[str, Decision] | None = None,
) -> str:
    """Render the events of a group, of its workflows, and of the rescue groups that cover it.

    Parameters
    ----------
    title
        What was asked for, such as ``dp02/step1/3``.
    decisions
        By id, to tell where a decision that an event names is written.
    """
    ordered = in_order(lines)
    known = {} if decisions is None else decisions
    if format == "json":
        return _json(title, ordered, known)
    if format == "markdown":
        return _markdown(title, ordered, known)
    return "".join(_text(title, ordered, known, screen))


def in_order(lines: Iterable[LogLine]) -> list[LogLine]:
    """Return events by their time, those of one subject by their numbers.

    The clocks of two writers may differ; the numbers of a subject never lie.
    """
    latest: dict[Subject, str] = {}
    keyed = []
    for line in sorted(lines, key=lambda x: x.event.number):
        subject = line.event.subject
        latest[subject] = max(latest.get(subject, ""), line.event.draft.at)
        keyed.append((latest[subject], line))
    return [line for _, line in sorted(keyed, key=lambda pair: pair[0])]


def _who(line: LogLine) -> Iterator[tuple[str, str]]:
    draft = line.event.draft
    author = f", pushed by {line.author}" if line.author and line.author != draft.by else ""
    yield "by", f"{draft.by}{author}"
    yield "ci", draft.ci
    yield "commit", short(line.commit)


def _decision(line: LogLine, decisions: Mapping[str, Decision]) -> str:
    name = line.event.draft.decision
    found = decisions.get(name)
    if found is None:
        return name
    place = f"{found.span.file}:{found.span.line}"
    return f"{found.verb.value}, {place}, by {found.by}: {found.because}"


def _approvals(line: LogLine) -> Iterator[tuple[str, str]]:
    for one in line.approvals:
        where = f", {one.url}" if one.url else ""
        back = ", taken back" if one.digest in line.withdrawn else ""
        yield "approved", f"by {one.by} at {one.at}{where}{back}"


def _address(line: LogLine) -> str:
    subject = line.event.subject
    return str(Subject(subject.step)) if subject.group is None else str(subject).partition("/")[2]


def _text(
    title: str, lines: Sequence[LogLine], decisions: Mapping[str, Decision], screen: Screen
) -> Iterator[str]:
    if not lines:
        yield screen.line(f"{title}: nothing was recorded")
        return
    yield screen.line(f"{title}: {count(len(lines), 'event')}, oldest first", "bold")
    for line in lines:
        draft = line.event.draft
        passed = screen.ago(draft.at)
        yield "\n"
        yield from screen.wrapped(f"{draft.at}  {_address(line)}  {said(draft.body)}", "  ", "bold")
        who = [f"by {value}" if label == "by" else f"{label} {value}" for label, value in _who(line) if value]
        yield from screen.wrapped(f"  {', '.join([*([passed] if passed else []), *who])}", "  ", "dim")
        facts = [*more(draft.body), ("decision", _decision(line, decisions)), *_approvals(line)]
        for label, value in facts:
            if value:
                yield from screen.wrapped(f"  {label:{_LABEL}} {value}", " " * (_LABEL + 3))


def _json(title: str, lines: Sequence[LogLine], decisions: Mapping[str, Decision]) -> str:
    events = [_event(line, decisions) for line in lines]
    return json.dumps({"format": FORMAT, "of": title, "events": events}, indent=1) + "\n"


def _event(line: LogLine, decisions: Mapping[str, Decision]) -> dict[str, object]:
    draft = line.event.draft
    decision = decisions.get(draft.decision)
    return {
        "subject": str(draft.subject),
        "number": line.event.number,
        "kind": draft.kind,
        "said": said(draft.body),
        "at": draft.at,
        "by": draft.by,
        "ci": draft.ci or None,
        "id": draft.id,
        "claim": draft.claim or None,
        "commit": line.commit or None,
        "author": line.author or None,
        "decision": draft.decision or None,
        "decided_at": None
        if decision is None
        else {"file": decision.span.file, "line": decision.span.line, "column": decision.span.column},
        "because": None if decision is None else decision.because,
        "body": _plain(draft.body),
        **({"approvals": [_approval(one, line) for one in line.approvals]} if line.approvals else {}),
    }


def _approval(one: Approval, line: LogLine) -> dict[str, object]:
    return {
        "digest": one.digest,
        "by": one.by,
        "source": one.source,
        "at": one.at,
        "commit": one.commit,
        "plan": one.plan,
        "url": one.url or None,
        "withdrawn": one.digest in line.withdrawn,
    }


def _plain(body: Body) -> dict[str, object]:
    plain: dict[str, object] = json.loads(json.dumps(asdict(body), default=_enum))
    return plain


def _enum(value: object) -> object:
    return getattr(value, "value", str(value))


def _markdown(title: str, lines: Sequence[LogLine], decisions: Mapping[str, Decision]) -> str:
    if not lines:
        return f"# {code(title)}\n\nNothing was recorded.\n"
    names = ["when", "what", "happened", "by", "why", "commit"]
    rows = []
    for line in lines:
        draft = line.event.draft
        why = dict(more(draft.body)).get("why", "") or dict(more(draft.body)).get("message", "")
        given = (f"{label} {value}" for label, value in _approvals(line))
        told = "; ".join(x for x in (why, _decision(line, decisions), *given) if x)
        cells = [draft.at, _address(line), said(draft.body), draft.by, told, short(line.commit)]
        rows.append(row([code(cell, 300) for cell in cells]))
    start = (f"# {code(title)}", "", f"{count(len(lines), 'event')}, oldest first.", "", *head(names))
    return page([Section(start, tuple(rows))], f"see {code(f'cmcompile log {title}')}", LIMIT)
