"""Policy files to the model: what is done about failures."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from fractions import Fraction

from cmcompile.model.campaign import Layer, Spec
from cmcompile.model.codes import names
from cmcompile.model.diagnostic import Findings
from cmcompile.model.policy import Budgets, FailureClass, Policy, Remedy, Rule
from cmcompile.model.ports import Documents, Sources
from cmcompile.model.source import Mapping, Node, Scalar, Span
from cmcompile.spec.files import read_yaml
from cmcompile.spec.policy_rules import check_rules
from cmcompile.spec.schema import check
from cmcompile.spec.values import items, mapping, number, text

#: Where the policies of all campaigns are, beside the folders of the campaigns.
LIBRARY = "library/policies"


def policy_paths(campaign: str, name: str) -> tuple[str, str]:
    """Return where a policy may be: beside the spec file, and in the library beside its folder.

    Parameters
    ----------
    campaign
        The spec file, relative to the root of the repository.
    """
    folder = posixpath.dirname(campaign)
    above = posixpath.dirname(folder)
    return posixpath.join(folder, f"policies/{name}.yaml"), posixpath.join(above, LIBRARY, f"{name}.yaml")


def load_policies(documents: Documents, spec: Spec, findings: Findings) -> dict[str, Policy]:
    """Return the policies that a campaign, its steps and its rescues name, by name."""
    found: dict[str, Policy | None] = {}
    for node in _named(spec):
        name = text(node) or ""
        if name in found:
            continue
        paths = policy_paths(spec.path, name)
        path = next((p for p in paths if _is_name(name) and documents.exists(p)), None)
        if path is None:
            found[name] = None
            findings.add(
                names.UNKNOWN_REFERENCE,
                node.span,
                f"no policy is named {name}",
                f"write {paths[1]}, or {paths[0]} for this campaign alone",
            )
            continue
        found[name] = read_policy(documents, path, findings, node.span)
    return {name: one for name, one in found.items() if one is not None}


def read_policy(
    sources: Sources, path: str, findings: Findings, named_at: Span | None = None
) -> Policy | None:
    """Read a policy file; None where it can't be used, and findings say why."""
    own = Findings()
    node = read_yaml(sources, path, own, named_at)
    found = None
    if isinstance(node, Mapping) and check(node, "policy", own):
        found = _policy(path, node, own)
    elif node is not None and not own.failed:
        check(node, "policy", own)
    findings.extend(own.sorted())
    return None if own.failed else found


def _is_name(name: str) -> bool:
    return bool(name) and "/" not in name and not name.startswith(".")


def _named(spec: Spec) -> Iterator[Scalar]:
    layers: list[Layer] = [*spec.layers]
    for step in spec.steps:
        layers += [*step.layers, *step.rescue_defaults, *(r.layer for r in step.rescues)]
    for layer in layers:
        node = layer.get("policy")
        if isinstance(node, Scalar) and node.value is not None:
            yield node


def _policy(path: str, node: Mapping, findings: Findings) -> Policy:
    written = [item for item in items(node.get("rules")) if isinstance(item, Mapping)]
    rules = tuple(_rule(item) for item in written)
    check_rules(tuple(zip(rules, written, strict=True)), findings)
    name = posixpath.basename(path).removesuffix(".yaml")
    return Policy(name, path, rules, _budgets(mapping(node.get("budgets"))))


def _rule(node: Mapping) -> Rule:
    match = mapping(node.get("match"))
    times = node.get("times")
    cap = node.get("cap")
    return Rule(
        name=text(node.get("name")) or "",
        kind=FailureClass(text(node.get("class"))),
        remedy=_REMEDIES[text(node.get("action")) or ""],
        because=text(node.get("because")) or "",
        span=node.span,
        sources=tuple(_texts(match, "source")),
        codes=tuple(int(code) for code in _texts(match, "code")),
        task=_text(match, "task"),
        message=_text(match, "message"),
        site=_text(match, "site"),
        times=Fraction(2) if times is None else Fraction(text(times) or "2"),
        cap=None if cap is None else number(cap, 0),
        ticket=text(node.get("ticket")) or "",
        within=_share(node.get("within")),
        directly=_is_true(node.get("directly")),
    )


_REMEDIES = {remedy.value: remedy for remedy in Remedy}


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _texts(match: Mapping | None, key: str) -> Iterable[str]:
    return [] if match is None else [text(item) or "" for item in items(match.get(key))]


def _text(match: Mapping | None, key: str) -> str:
    return "" if match is None else text(match.get(key)) or ""


def _budgets(node: Mapping | None) -> Budgets:
    if node is None:
        return Budgets()
    group, step, tasks = (mapping(node.get(key)) for key in ("group", "step", "tasks"))
    whole = Budgets()
    most = step.get("retries") if step else None
    failed = step.get("failed") if step else None
    return Budgets(
        retries=number(group.get("retries"), whole.retries) if group else whole.retries,
        rescues=number(group.get("rescues"), whole.rescues) if group else whole.rescues,
        step_retries=None if most is None else number(most, 0),
        failed=None if failed is None else _share(failed),
        tasks={entry.key: _share(entry.value) for entry in tasks or ()},
    )


def _share(node: Node | None) -> Fraction:
    """Return ``0.5%`` as 1/200, exactly."""
    return Fraction((text(node) or "0").removesuffix("%")) / 100
