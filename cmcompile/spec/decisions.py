"""``decisions.yaml`` to the model: who decided what, when and why."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from hashlib import sha256

from cmcompile.model.codes import decisions as codes
from cmcompile.model.codes import shape
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.diagnostic import Diagnostic, Findings, Related
from cmcompile.model.errors import SourceError
from cmcompile.model.event import Subject
from cmcompile.model.ports import Sources
from cmcompile.model.source import Entry, Mapping, Node, Scalar, Sequence, Span
from cmcompile.model.stamp import moment_of
from cmcompile.spec.files import read_yaml
from cmcompile.spec.schema import check, schema
from cmcompile.spec.values import text

FILE = "decisions.yaml"
#: What a decision about the whole campaign names.
WHOLE = "all"
#: Keys that one verb has and no other.
OWN: dict[str, Verb] = {"gate": Verb.ABANDON, "run": Verb.ADOPT, "wms": Verb.ADOPT, "output": Verb.ADOPT}

_VERBS = {verb.value: verb for verb in Verb}
_COMMON = ("by", "at", "because")
_PATTERN = re.compile(r"[*?\[\],]|\.\.")


@dataclass(frozen=True, slots=True)
class Targets:
    """What each verb may be about, as the schema says it."""

    forms: dict[Verb, str]
    patterns: dict[Verb, re.Pattern[str]]
    examples: dict[Verb, str]


def targets() -> Targets:
    """Return what each verb may be about."""
    found = schema("decisions")["$defs"]
    properties = found["decision"]["properties"]
    of = {verb: found[properties[verb.value]["$ref"].rpartition("/")[2]] for verb in Verb}
    return Targets(
        forms={verb: part["x-form"] for verb, part in of.items()},
        patterns={verb: re.compile(part["pattern"]) for verb, part in of.items()},
        examples={verb: properties[verb.value]["examples"][0] for verb in Verb},
    )


def decisions_path(campaign: str) -> str:
    """Return the decisions file that belongs to a spec file; both relative to the root."""
    return posixpath.join(posixpath.dirname(campaign), FILE)


def load_decisions(sources: Sources, path: str) -> tuple[tuple[Decision, ...], tuple[Diagnostic, ...]]:
    """Read the decisions of a campaign; no file is as good as an empty one.

    Parameters
    ----------
    path
        The spec file of the campaign, relative to the root of the repository.

    Returns
    -------
    The decisions in file order, entries with an error left out; and the findings.
    """
    findings = Findings()
    file = decisions_path(path)
    try:
        sources.read(file)
    except SourceError as error:
        if error.reason == "absent":
            return (), ()
    node = read_yaml(sources, file, findings, Span(file, 1, 1))
    found = () if node is None else read_decisions(node, findings)
    return found, findings.sorted()


def read_decisions(node: Node, findings: Findings) -> tuple[Decision, ...]:
    """Return the decisions of a document, entries with an error left out."""
    found = tuple(_decisions(node, findings))
    _report_twice(found, findings)
    return found


def decision_id(said: dict[str, str]) -> str:
    """Return the id of a decision: twelve hex digits over all it says, by the keys of the file."""
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def parse_subject(target: str) -> Subject | None:
    """Return what a target such as ``step1/3@w00`` means; None for the whole campaign."""
    if target == WHOLE:
        return None
    step, _, rest = target.partition("/")
    group, _, workflow = rest.partition("@")
    return Subject(step, group or None, workflow or None)


def _decisions(node: Node, findings: Findings) -> Iterator[Decision]:
    if isinstance(node, Scalar) and node.value is None:
        return
    if not isinstance(node, Sequence):
        findings.add(
            shape.WRONG_TYPE,
            node.span,
            f"{posixpath.basename(node.span.file)} must be a list of decisions",
            "begin each decision with `- `, for example `- retry: step1/3@w00`",
        )
        return
    reading = _Reading(targets(), findings)
    entries = [reading.entry(number, item) for number, item in enumerate(node, 1)]
    stand_ins = tuple(entry.stand_in for entry in entries)
    if not check(Sequence(stand_ins, node.span), "decisions", findings):
        # Of the entries that are right the others may still be asked about.
        entries = [e for e in entries if _sound(e.stand_in)]
    for entry in entries:
        if entry.verb is not None and isinstance(entry.node, Mapping):
            decision = _decision(entry.verb, entry.node, findings)
            if decision is not None:
                yield decision


def _sound(node: Node) -> bool:
    return check(Sequence((node,), node.span), "decisions", Findings())


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry; the verb is None when it can't be used.

    Attributes
    ----------
    stand_in
        What the schema is asked about: the entry without what has been reported.
    """

    node: Node
    verb: Verb | None
    stand_in: Node


class _Reading:
    """Reports of each entry what a schema can't say as well."""

    def __init__(self, known: Targets, findings: Findings) -> None:
        self._targets = known
        self._findings = findings

    def entry(self, number: int, node: Node) -> _Read:
        verbs = [key for key in node.entries if key in _VERBS] if isinstance(node, Mapping) else []
        if not isinstance(node, Mapping) or len(verbs) != 1:
            self._no_verb(number, node, verbs)
            return _Read(node, None, _good(node.span))
        verb = _VERBS[verbs[0]]
        kept = dict(node.entries)
        usable = True
        target = node.get(verb.value)
        if isinstance(target, Scalar) and isinstance(target.value, str):
            usable = self._target(verb, target.value, node.key_span(verb.value))
            if not usable:
                stand_in = Scalar(self._targets.examples[verb], target.span)
                kept[verb.value] = replace(kept[verb.value], value=stand_in)
        for key, owner in OWN.items():
            if key in kept and owner is not verb:
                del kept[key]
                usable = False
                self._stray(key, owner, verb, node.key_span(key))
        return _Read(node, verb if usable else None, Mapping(kept, node.span))

    def _no_verb(self, number: int, node: Node, verbs: list[str]) -> None:
        every = ", ".join(_VERBS)
        if not isinstance(node, Mapping):
            message, hint = (
                f"entry {number} is no decision",
                "write `- retry: step1/3@w00` with by, at, because",
            )
            span = node.span
        elif verbs:
            message = f"entry {number} decides two things: {' and '.join(verbs)}"
            hint, span = "write an entry for each", node.key_span(verbs[1])
        else:
            strange = [key for key in node.entries if key not in (*_COMMON, *OWN)]
            near = [m for key in strange for m in get_close_matches(key.lower(), _VERBS, n=1)]
            message = f"entry {number} does not say what is decided"
            hint, span = f"the verbs are: {every}", node.span
            if strange:
                message = f"`{strange[0]}` is no verb of a decision"
                span = node.key_span(strange[0])
            if near:
                hint = f"did you mean `{near[0]}`? {hint}"
        self._findings.add(codes.NOT_ONE_VERB, span, message, hint)

    def _target(self, verb: Verb, target: str, span: Span) -> bool:
        if self._targets.patterns[verb].search(target):
            return True
        hint = f"for example `{verb.value}: {self._targets.examples[verb]}`"
        if _PATTERN.search(target):
            hint = f"a decision names one id; `cmcompile {verb.value}` takes patterns, and writes each id"
        elif "@" not in target and "/" in target and verb is not Verb.ADOPT:
            hint = f"name the workflow that was looked at: `{target}@w00` is the first"
        self._findings.add(
            codes.BAD_TARGET,
            span,
            f"`{verb.value}` is for {self._targets.forms[verb]}, not for `{target}`",
            hint,
        )
        return False

    def _stray(self, key: str, owner: Verb, verb: Verb, span: Span) -> None:
        self._findings.add(
            codes.STRAY_KEY,
            span,
            f"`{key}` belongs to `{owner.value}`, and this decision is `{verb.value}`",
            f"take it out, or write `{owner.value}`",
        )


def _good(span: Span) -> Mapping:
    """Return an entry that no rule is against."""
    said = {"hold": WHOLE, "by": "x", "at": "2026-01-01T00:00:00Z", "because": "x"}
    return Mapping({key: Entry(key, span, Scalar(value, span)) for key, value in said.items()}, span)


def _decision(verb: Verb, node: Mapping, findings: Findings) -> Decision | None:
    said = {entry.key: text(entry.value) or "" for entry in node}
    try:
        moment_of(said["at"])
    except ValueError:
        findings.add(
            shape.BAD_TEXT,
            node.key_span("at"),
            f"`at` must be a time in UTC, and there is no {said['at']}",
            "for example `at: 2026-11-20T08:00:00Z`",
        )
        return None
    return Decision(
        id=decision_id(said),
        verb=verb,
        subject=parse_subject(said[verb.value]),
        by=said["by"],
        at=said["at"],
        because=said["because"].strip(),
        span=node.key_span(verb.value),
        **{key: said.get(key, "") for key in OWN},
    )


def _report_twice(found: tuple[Decision, ...], findings: Findings) -> None:
    first: dict[str, Decision] = {}
    for decision in found:
        known = first.setdefault(decision.id, decision)
        if known is not decision:
            findings.add(
                codes.WRITTEN_TWICE,
                decision.span,
                f"the same decision stands in line {known.span.line}",
                "take one of them out; to decide the same anew, write when and why",
                (Related(known.span, "here"),),
            )
