"""What a schema can't say of the rules of a policy."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmcompile.model.codes import policy as codes
from cmcompile.model.diagnostic import Findings, Related
from cmcompile.model.policy import DIRECT, Remedy, Rule
from cmcompile.model.source import Mapping, Span

#: Messages that no stack ever wrote, without a letter, a digit or a sign in common: what finds something in
#: two of them, or in nothing at all, would take in what nobody knows.
_NONSENSE = ("qzxj", "0195", "VWKY", "\u2603~^", "hpfb!")
#: The keys that belong to one action each, and whether it needs them.
_OWN: dict[str, tuple[Remedy, bool]] = {
    "cap": (Remedy.MORE_MEMORY, True),
    "times": (Remedy.MORE_MEMORY, False),
    "ticket": (Remedy.QUARANTINE, False),
    "within": (Remedy.ACCEPT, True),
}
#: They ask a person: it does no harm where they take in more than is known.
_ASKS = frozenset({Remedy.HOLD, Remedy.REVIEW})
_WILD = re.compile(r"[*?]+\Z")


def check_rules(rules: Sequence[tuple[Rule, Mapping]], findings: Findings) -> None:
    """Report rules that would match what nobody knows, that can't be used, or that never count."""
    before: list[Rule] = []
    for rule, node in rules:
        _keys(rule, node, findings)
        if _regular(rule, node, findings):
            _broad(rule, node, findings)
            _hidden(rule, before, node, findings)
        before.append(rule)


def _keys(rule: Rule, node: Mapping, findings: Findings) -> None:
    for key, (owner, needed) in _OWN.items():
        if key in node and rule.remedy is not owner:
            findings.add(
                codes.BAD_RULE,
                node.key_span(key),
                f"`{key}` belongs to `action: {owner.value}`, and rule {rule.name} has {rule.remedy.value}",
                "take it out, or write the action that it is for",
            )
        elif needed and key not in node and rule.remedy is owner:
            findings.add(
                codes.BAD_RULE,
                node.key_span("action"),
                f"rule {rule.name} needs `{key}` with `action: {owner.value}`",
                "without it nobody could say how far the action goes",
            )

    if "directly" in node and rule.remedy not in DIRECT:
        is_quarantine = rule.remedy is Remedy.QUARANTINE
        findings.add(
            codes.BAD_RULE,
            node.key_span("directly"),
            f"`directly` belongs to actions that make a rescue, and rule {rule.name} has {rule.remedy.value}",
            "take it out: which ids are taken out is reviewed, always"
            if is_quarantine
            else f"take it out, or write one of {', '.join(sorted(remedy.value for remedy in DIRECT))}",
        )


def _match_span(node: Mapping, key: str = "") -> Span:
    match = node.get("match")
    if key and isinstance(match, Mapping) and key in match:
        return match.key_span(key)
    return node.key_span("match")


def _regular(rule: Rule, node: Mapping, findings: Findings) -> bool:
    try:
        re.compile(rule.message)
    except (re.error, RecursionError, OverflowError) as error:
        findings.add(
            codes.BAD_RULE,
            _match_span(node, "message"),
            f"the message of rule {rule.name} is no regular expression: {error}",
            "write a backslash before signs such as `(` and `*` that are meant as they stand",
        )
        return False
    return True


def _broad(rule: Rule, node: Mapping, findings: Findings) -> None:
    if rule.message and _takes_all(rule.message):
        findings.add(
            codes.CATCH_ALL,
            _match_span(node, "message"),
            f"the message of rule {rule.name} is found in anything",
            "write words of the failure that is meant; what no rule matches is for a person, on purpose",
        )
        return
    known = bool(rule.message or rule.codes)
    placed = any(part and not _WILD.match(part) for part in (rule.task, rule.site))
    if known or (placed and rule.remedy in (*_ASKS, Remedy.ACCEPT)) or _tells_source(rule):
        return
    findings.add(
        codes.CATCH_ALL,
        _match_span(node),
        f"rule {rule.name} matches failures of which nothing is known, and would have something done",
        "add a `message` or a `code`; what no rule matches is for a person, on purpose",
    )


def _tells_source(rule: Rule) -> bool:
    return bool(rule.sources) and rule.remedy in _ASKS


def _takes_all(message: str) -> bool:
    pattern = re.compile(message)
    return bool(pattern.search("")) or sum(bool(pattern.search(text)) for text in _NONSENSE) > 1


def _hidden(rule: Rule, before: Sequence[Rule], node: Mapping, findings: Findings) -> None:
    for other in before:
        if other.name == rule.name:
            findings.add(
                codes.BAD_RULE,
                node.key_span("name"),
                f"two rules are named {rule.name}",
                "give one of them another name: plans and reports name rules",
                (Related(other.span, "the other one"),),
            )
            return
        if _covers(other, rule):
            findings.add(
                codes.HIDDEN,
                _match_span(node),
                f"rule {rule.name} never counts: {other.name} matches the same before it",
                "put the narrower rule first, or take one out",
                (Related(other.span, "the one before it"),),
            )
            return


def _covers(first: Rule, then: Rule) -> bool:
    """Tell whether all that a rule matches is matched by another one, as far as that shows at once."""
    return (
        (not first.sources or (bool(then.sources) and set(then.sources) <= set(first.sources)))
        and (not first.codes or (bool(then.codes) and set(then.codes) <= set(first.codes)))
        and first.task in ("", "*", then.task)
        and first.site in ("", "*", then.site)
        and first.message in ("", then.message)
    )
