"""A forecast as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cmcompile.model.forecast import Forecast, Held, Link, StepForecast, TimesOf, Variant
from cmcompile.report.forecast.words import lasting, moment, ranging, share, sooner
from cmcompile.report.screen import Screen, columns, count, short

_CELLS = 40
_RIGHT = frozenset({1, 2})


def forecast_text(found: Forecast, screen: Screen) -> str:
    """Return when a campaign ends, step by step, and why not earlier."""
    return "".join(_lines(found, screen))


def _lines(found: Forecast, screen: Screen) -> Iterator[str]:
    main = found.variants[0]
    yield from _headline(found, main, screen)
    for note in found.notes:
        yield from screen.wrapped(f"! {note}", "  ", "alarm")
    for stuck in main.stuck:
        names = ", ".join(stuck.examples) + (" …" if stuck.groups > len(stuck.examples) else "")
        yield from screen.wrapped(f"! {count(stuck.groups, 'group')} ({names}): {stuck.why}", "  ", "alarm")
    yield "\n"
    yield from _table(_steps(found, main), screen, _RIGHT)
    yield from _bars(main, screen)
    if len(found.variants) > 1:
        yield "\n"
        yield from _table(_variants(found.variants), screen)
    if main.held:
        yield "\n"
        yield from _table(_held(main.held, screen), screen, frozenset({0, 1}))
    if main.path:
        yield "\n"
        yield from _path(main.path, screen)


def _headline(found: Forecast, main: Variant, screen: Screen) -> Iterator[str]:
    ends = main.ends
    if ends.p50 is None:
        yield screen.line(f"{found.campaign}: does not end by itself", "bold")
    elif main.ends.p90 == 0:
        yield screen.line(f"{found.campaign}: nothing is left to do", "bold")
    else:
        text = f"{found.campaign}: ends on {moment(found.at, ends.p50)} UTC, in {lasting(ends.p50)}"
        if ends.p10 != ends.p90:
            text += f" ({moment(found.at, ends.p10)} to {moment(found.at, ends.p90)} in 8 of 10 runs)"
        yield from screen.wrapped(text, "  ", "bold")
    slots = "no limit" if found.slots is None else f"{count(found.slots, 'workflow')} at once"
    parts = [
        count(found.runs, "run"),
        slots,
        f"a pass every {lasting(found.every)}",
        f"{count(main.workflows, 'workflow')} to send",
        f"ledger {short(found.ledger)}" if found.ledger else "no ledger yet",
    ]
    if main.occupied is not None:
        parts[1] += f", {share(main.occupied)} of them taken"
    if main.endless and main.ends.p50 is not None:
        parts.append(f"without an end in {count(main.endless, 'run')}")
    yield from screen.wrapped(f"  {'; '.join(parts)}", "  ", "dim")


def _steps(found: Forecast, main: Variant) -> list[list[str]]:
    times = {one.step: one for one in found.times}
    rows = [["STEP", "GROUPS", "DONE", "STARTS IN", "ENDS IN", "A WORKFLOW TAKES"]]
    for step in main.steps:
        begins = "" if step.starts.p50 is None else lasting(step.starts.p50)
        ends = "" if step.accepted == step.groups else ranging(step.ends)
        taking = _taking(times[step.step]) if step.step in times else ""
        rows.append([step.step, f"{step.groups:,}", f"{step.accepted:,}", begins, ends, taking])
    return rows


def _taking(times: TimesOf) -> str:
    source = f"{times.source} on {times.workflows:,}" if times.source == "measured" else times.source
    failing = f", {share(times.failures)} fail" if times.failures else ""
    shares = ((times.retried, "sent again"), (times.rescued, "rescued")) if failing else ()
    if said := ", ".join(f"{share(part)} {words}" for part, words in shares if part):
        failing += f": {said}"
    return f"{lasting(times.duration)} ({source}){failing}"


def _bars(main: Variant, screen: Screen) -> Iterator[str]:
    """Yield when workflows of each step are under way, in the middle run: the more, the darker."""
    whole = max((when for step in main.steps for when, _ in step.running), default=0.0)
    shown = [step for step in main.steps if any(level for _, level in step.running)]
    if not whole or not shown:
        return
    yield "\n"
    name = max(len(step.step) for step in shown)
    for step in shown:
        yield screen.line(f"{step.step:<{name}}  |{_bar(step, whole)}|")
    yield screen.line(f"{'':<{name}}  now{lasting(whole):>{_CELLS - 1}}", "dim")


def _bar(step: StepForecast, whole: float) -> str:
    most = max(level for _, level in step.running)
    cells = [0] * _CELLS
    for (begins, level), (ends, _) in zip(step.running, (*step.running[1:], (whole, 0)), strict=True):
        first, last = int(begins / whole * _CELLS), int(ends / whole * _CELLS)
        for at in range(first, min(_CELLS, max(last, first + 1))):
            cells[at] = max(cells[at], level)
    return "".join(" .:+#"[0 if not n else 1 + min(3, 4 * n // (most + 1))] for n in cells)


def _variants(variants: Sequence[Variant]) -> list[list[str]]:
    rows = [["NEEDS", "END IN", "8 OF 10 RUNS", ""]]
    barrier = next((v for v in variants if v.name == "barrier"), None)
    for one in variants:
        than = ""
        if barrier is not None and one is not barrier:
            than = sooner(one.ends, barrier.ends)
        rows.append([one.name, lasting(one.ends.p50), ranging(one.ends), f"{than} barrier" if than else ""])
    return rows


def _held(held: Sequence[Held], screen: Screen) -> list[list[str]]:
    rows = [["HELD UP", "GROUP HOURS", "BY"]]
    for one in held[: screen.shown(len(held))]:
        time = share(one.share) if one.share else ""
        words = one.what if one.kind == "needs" else f"{one.kind}: {one.what}"
        rows.append([time, f"{one.group_hours:,.0f}", words])
    return rows


def _path(path: Sequence[Link], screen: Screen) -> Iterator[str]:
    yield screen.line(f"Critical path, {count(len(path), 'workflow')}", "bold")
    rows = [["  WORKFLOW OF", "SENT AT", "WAITED", "PREPARED", "RAN", "SEEN AFTER", "WAITED LAST FOR"]]
    shown = screen.shown(len(path))
    head, tail = (path, ()) if shown == len(path) else (path[: shown // 2], path[-(shown - shown // 2) :])
    rows += [_link(link) for link in head]
    if tail:
        rows.append([f"  … {len(path) - shown} more", *[""] * 6])
    rows += [_link(link) for link in tail]
    yield from (screen.line(line) for line in columns(rows))


def _link(link: Link) -> list[str]:
    return [
        f"  {link.group}",
        lasting(link.sent) if link.sent >= 0 else "before",
        lasting(link.sent - link.ready) if link.sent > link.ready else "",
        lasting(link.runs - link.sent) if link.runs > link.sent else "",
        lasting(link.ends - link.runs),
        lasting(link.seen - link.ends) if link.seen > link.ends else "",
        link.because,
    ]


def _table(rows: list[list[str]], screen: Screen, right: frozenset[int] = frozenset()) -> Iterable[str]:
    head, *body = columns(rows, right)
    yield screen.line(head, "dim")
    yield from (screen.line(line) for line in body)
