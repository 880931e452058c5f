"""Small campaigns with a ledger in short words, for the tests of standings and plans.

The ledger of a case is a mapping from ``step/group@w00``, ``step/group`` or ``step`` to a list of events: a
kind, or a kind with what matters of it (``{submitting: g1}``, ``{submitted: 4711}``,
``{observed: failed, failures: {isr: 3}}``); ``sent`` stands for claimed, prepared, submitting and submitted.
``at`` gives a time, ``decision`` the number of a decision, from 1. Events follow each other by the minute, as
they stand. Claims are of the definition that the spec gives now, unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from posixpath import normpath
from textwrap import dedent
from typing import Any

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.approval import BY_HAND, Approval, Approvals, Covered, Withdrawal
from cmcompile.model.cause import Cause
from cmcompile.model.decision import Decision
from cmcompile.model.diagnostic import Severity
from cmcompile.model.errors import SourceError
from cmcompile.model.event import (
    Abandoned,
    Accepted,
    Body,
    Cancelling,
    Chained,
    Chaining,
    Claimed,
    Draft,
    Event,
    NotCalled,
    Observed,
    Prepared,
    PrepareFailed,
    Process,
    Rejected,
    Retired,
    Retiring,
    Reviewed,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    Superseded,
    Tagged,
    Tagging,
    Unknown,
    Unreadable,
    WmsRef,
)
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.plan import Item, Plan, PlanSource
from cmcompile.model.states import LedgerState, Standing
from cmcompile.model.usage import Measured, Spread, TaskUsage
from cmcompile.plan.declared import Declared
from cmcompile.plan.inputs import Facts, Inputs
from cmcompile.plan.make import attention, changes, make_plan, refused
from cmcompile.spec.decisions import load_decisions
from cmcompile.spec.load import load
from cmcompile.state.fold import fold

PATH = "campaigns/c/campaign.yaml"
HEAD = "cmcompile: 1\ncampaign: c\n"
BPS = """\
where: instrument='HSC' and skymap='hsc'
bps:
  pipelineYaml: p.yaml#x
  payload: {butlerConfig: /repo/main, payloadName: p, inCollection: HSC/raw, output: "${{ out }}"}
"""
#: Unless a case says otherwise, each group has an output of its own.
OUT = 'vars: {out: "u/${{ step.name }}/${{ group.id }}"}\n'
EMIT = 4
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
WMS = WmsRef("panda")
PROCESS = Process("host", "boot", 1)


class Memory:
    """Files that are nowhere on disk."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {name: text.encode() for name, text in files.items()}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        if path not in self._files:
            raise SourceError(path, "absent", "does not exist")
        return self._files[path]

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self._files


@dataclass(frozen=True)
class Campaign:
    """A campaign that was compiled, and its decisions."""

    compilation: Compilation
    decisions: tuple[Decision, ...]

    @property
    def declared(self) -> tuple[Declared, ...]:
        """The groups as the plan is given them."""
        written = {(g.group.step, g.group.id): g for g in self.compilation.groups}
        found = []
        for step in self.compilation.steps.values():
            for group in step.all():
                made = written.get((group.step, group.id))
                digest, output, site = (made.digest, made.output, made.site) if made else ("", "", None)
                found.append(Declared(group, digest, output, site, step.step.span))
        return tuple(found)

    def definition(self, step: str, group: str) -> str:
        """Return the definition digest of a group; of one that is not there any."""
        made = self.compilation.group(step, group)
        return made.digest if made else "0" * 64

    def inputs(self, state: LedgerState, facts: Facts) -> Inputs:
        """Return what a plan is made from."""
        done = self.compilation
        return Inputs(done.spec, self.declared, state, self.decisions, facts, done.collects, done.tagged)


def campaign(
    text: str, files: Mapping[str, str] | None = None, decisions: Iterable[Mapping[str, str]] = ()
) -> Campaign:
    """Read and compile a campaign; its findings must hold no error.

    Parameters
    ----------
    decisions
        Each a verb with what it is about, and what it asks for besides; who, when and why are added.
    """
    body = dedent(text)
    found = {PATH: HEAD + ("" if "bps:" in body else BPS if "out:" in body else BPS + OUT) + body}
    found |= {normpath(f"campaigns/c/{name}"): content for name, content in (files or {}).items()}
    if lines := [_decision(number, told) for number, told in enumerate(decisions, 1)]:
        found["campaigns/c/decisions.yaml"] = "\n".join(lines)
    sources = Memory(found)
    spec, findings = load(sources, PATH)
    assert spec is not None, findings
    told, about = load_decisions(sources, PATH)
    compilation = compile_spec(spec)
    errors = [
        f
        for f in (*findings, *about, *compilation.findings)
        if f.severity is Severity.ERROR and f.allowed is None
    ]
    assert errors == [], errors
    return Campaign(compilation, told)


def _decision(number: int, told: Mapping[str, str]) -> str:
    every = {"by": "Ann <a@b.c>", "at": f"2026-11-20T18:{number:02}:00Z", "because": f"why {number}", **told}
    return "- {" + ", ".join(f'{key}: "{value}"' for key, value in every.items()) + "}"


def at(minute: int) -> str:
    """Return the time of an event."""
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def events(made: Campaign, ledger: Mapping[str, list[Any]]) -> Iterator[Event]:
    """Return the events that a ledger in short words stands for."""
    count = 0
    for name, said in ledger.items():
        subject = _subject(name)
        claim = ""
        for number, told in enumerate(_told(said), 1):
            count += 1
            kind, value = next(iter(told.items()))
            event_id = str(value) if kind == "submitting" else f"e{count}"
            if kind in ("claimed", "restarted") and subject.workflow:
                claim = f"c{count}"
            decided = told.get("decision")
            decision = made.decisions[int(decided) - 1].id if decided is not None else ""
            body = _body(made, subject, kind, value, told)
            time = told.get("at") or at(count)
            yield Event(number, Draft(subject, event_id, time, "CI", body, claim, "", decision))


def _told(said: list[Any]) -> Iterator[dict[str, Any]]:
    """Return what is said of each event, ``sent`` written out; what stands beside it goes with the claim."""
    for one in said:
        told = dict(one) if isinstance(one, dict) else {one: None}
        if "sent" in told:
            about = told.pop("sent")
            yield {"claimed": about, **told}
            yield from ({"prepared": None}, {"submitting": "g"}, {"submitted": "1"})
        else:
            yield told


def state_of(
    made: Campaign, ledger: Mapping[str, list[Any]], approvals: Iterable[Mapping[str, Any]] = ()
) -> LedgerState:
    """Return what a ledger in short words says.

    An approval is ``{by: Ann, of: [a/1]}``, of groups as they are now, with ``author``, ``source``, ``was``
    (the definition that was approved) and ``withdrawn`` as wanted; ``unreadable`` stands for a document that
    is none.
    """
    found = fold(events(made, ledger))
    told = list(approvals)
    given = [(_approval(made, number, one), one) for number, one in enumerate(told) if "by" in one]
    withdrawn = tuple(a.digest for a, one in given if one.get("withdrawn"))
    withdrawals = (Withdrawal("w", "c", "Ann", at(0), withdrawn),) if withdrawn else ()
    faults = tuple(
        Unreadable(one["unreadable"], None, "it is no JSON") for one in told if "unreadable" in one
    )
    return replace(found, approvals=Approvals(tuple(a for a, _ in given), withdrawals, faults))


def _approval(made: Campaign, number: int, told: Mapping[str, Any]) -> Approval:
    covers = []
    for name in told["of"]:
        step, _, group = str(name).partition("/")
        covers.append(Covered(step, group, str(told.get("was", made.definition(step, group)))))
    source, author = told.get("source", BY_HAND), told.get("author", "Eve")
    return Approval(f"d{number}", "c", told["by"], source, at(0), "1" * 40, "p", author, covers=tuple(covers))


def _measured(hours: object) -> Measured:
    """Return what quanta took, in core hours."""
    took = round(float(str(hours)) * 3_600_000) if isinstance(hours, (int, float)) else 0
    one = Spread(took, took, took)
    return Measured("butler", (TaskUsage("isr", 1, 1, one, one, took, took, at(0), at(1)),))


def _subject(name: str) -> Subject:
    place, _, workflow = name.partition("@")
    step, _, group = place.partition("/")
    return Subject(step, group or None, workflow or None)


def _body(made: Campaign, subject: Subject, kind: str, value: Any, told: Mapping[str, Any]) -> Body:
    group = subject.group or ""
    if kind in ("claimed", "restarted"):
        return _claimed(made, subject, kind, value or {})
    simple: dict[str, Body] = {
        "prepared": Prepared(),
        "measured": _measured(value),
        "prepare_failed": PrepareFailed(str(value), bool(told.get("transient"))),
        "submitting": Submitting("run", WMS, "look", "files", PROCESS, 2),
        "not_called": NotCalled(str(value)),
        "abandoned": Abandoned(None if value is None else str(value), "given up"),
        "unknown": Unknown(str(value), "no reply"),
        "submitted": Submitted(str(value)),
        "review": Reviewed(str(value), str(told.get("why", ""))),
        "cancelling": Cancelling("1"),
        "retiring": Retiring(),
        "retired": Retired(),
        "chaining": Chaining(str(value), ""),
        "tagging": Tagging(str(value), _declaration(made, value, told)),
        "tagged": Tagged(str(value), _declaration(made, value, told), 2, str(told.get("ids", "ids"))),
    }
    if kind in simple:
        return simple[kind]
    if kind == "observed":
        return Observed(value, str(told.get("says", value)).upper(), "", _outcome(value, told))
    if kind == "chained":
        return Chained(str(told.get("collection", "")), tuple(value))
    verdicts: dict[str, Any] = {"accepted": Accepted, "rejected": Rejected, "superseded": Superseded}
    names = tuple(name if "@" in name else f"{group}@{name}" for name in value)
    found: Body = verdicts[kind](names, "a reason")
    return found


def _declaration(made: Campaign, name: object, told: Mapping[str, Any]) -> str:
    """Return the digest of a tagged input as it is declared, or another one that a case names."""
    declared = made.compilation.tagged.declared.get(str(name))
    return str(told.get("as") or (declared.digest if declared else "none"))


def _claimed(made: Campaign, subject: Subject, kind: str, value: Mapping[str, Any]) -> Claimed:
    group = subject.group or ""
    declared = next((d.group for d in made.declared if d.key == (subject.step, group)), None)
    output = next((d.output for d in made.declared if d.key == (subject.step, group)), "gone")
    return Claimed(
        run_name=f"{group}-{subject.workflow}",
        prefix=group,
        output_run=f"{output}/{subject.workflow}-000000",
        submit_path="submit",
        wms=WMS,
        definition=value.get("definition", made.definition(subject.step, group)),
        spec=SpecRef(PATH, "", "0", value.get("emit", EMIT)),
        process=PROCESS,
        covers=tuple(map(str, value.get("covers", declared.covers if declared else ()))),
        builds_on=tuple(value.get("builds_on", ())),
        restart=kind == "restarted",
    )


def _outcome(state: str, told: Mapping[str, Any]) -> Outcome | None:
    """Return what became of 100 quanta of each task; None where nothing was said of it."""
    failures: Mapping[str, int] = told.get("failures", {})
    cleared: Mapping[str, int] = told.get("cleared", {})
    if state not in ("succeeded", "partial", "failed") or told.get("outcome") == "missing":
        return None
    if state == "failed" and not failures:
        return None
    tasks = {"isr": 100, **dict.fromkeys((*failures, *cleared), 100)}
    return Outcome(
        tuple(TaskOutcome(t, n, n - failures.get(t, 0), failures.get(t, 0)) for t, n in tasks.items()),
        tuple(_failure(q, told) for q in _quanta(failures)),
        tuple(_quanta(cleared)),
    )


def _failure(quantum: Quantum, told: Mapping[str, Any]) -> Failure:
    """Return a failure with the message and cause that a case gives for its task."""
    message = str(told.get("said", {}).get(quantum.task, ""))
    cause = told.get("causes", {}).get(quantum.task)
    return Failure(quantum, Fault.FAILED, message, Cause(**cause) if cause else None)


def _quanta(counts: Mapping[str, int]) -> Iterator[Quantum]:
    for task, count in counts.items():
        for number in range(count):
            yield Quantum(task, f"{{visit: {number}}}")


def source(limit: int | None = None) -> PlanSource:
    """Return what a plan says of where it is from."""
    return PlanSource("c", PATH, "", {}, "", "0", EMIT, (), limit)


def facts(told: Mapping[str, Any]) -> Facts:
    """Return facts from a case."""
    now = datetime.fromisoformat(told["now"]) if "now" in told else START + timedelta(hours=12)
    stale = {WMS: str(told["stale"])} if "stale" in told else {}
    overlaps: Mapping[str, list[str]] | None = told.get("overlaps")
    ask = None if overlaps is None else lambda group, _: overlaps.get(f"{group.step}/{group.id}")
    return Facts(now, dict(told.get("list_dates", {})), ask, stale)


def item_words(item: Item) -> str:
    """Return an item in one line, its detail behind a bar."""
    return f"{item.action.value} {item.subject} {item.reason.value} | {item.detail}"


def standing_words(standing: Standing) -> str:
    """Return a standing in one line: state and reason, then detail and next command behind bars."""
    return f"{standing.state.value} {standing.reason.value} | {standing.detail} | {standing.next}"


def exit_of(plan: Plan) -> int:
    """Return the exit code, the highest need first."""
    return 4 if refused(plan) else 3 if attention(plan) else 2 if changes(plan) else 0


def plan_of(
    made: Campaign, state: LedgerState, told: Facts, *, chosen: Any = None, limit: int | None = None
) -> Plan:
    """Make a plan."""
    return make_plan(made.inputs(state, told), source(limit), chosen)
