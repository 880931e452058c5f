"""Which steps read what others write: needs, and collections said by the step that makes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cmcompile.compiler.result import Compilation
from cmcompile.imports.bps.compose import Campaign
from cmcompile.imports.bps.tree import find, put

_INPUT = ("payload", "inCollection")
_OPTIONS = ("extraQgraphOptions",)


def link(campaign: Campaign, result: Compilation) -> bool:
    """Let steps name the steps that they read from; tell whether anything was changed."""
    written = _written(campaign, result)
    outputs = {name: some[0] for name, some in written.items() if len(some) == 1}
    chains = {name: chain for name, some in written.items() if (chain := _above(some))}
    changed = False
    for step in campaign.steps:
        text = find(step.tree, _INPUT)
        if not isinstance(text, str):
            continue
        read = text.split(",")
        for name in written:
            if name == step.name or _needs(campaign, name, step.name):
                continue
            chain = chains.get(name, "")
            if chain not in read or _is_shared(written, name, chain):
                chain = ""
            if chain or outputs.get(name) in read:
                campaign.needs.setdefault(step.name, {})[name] = "all"
                changed = True
            if chain:
                campaign.chains[chain] = (name, step.name)
        for name in campaign.needs.get(step.name, {}):
            if text == outputs.get(name):
                put(step.tree, _INPUT, f"${{{{ steps.{name}.output }}}}")
    for draft, parent in campaign.every():
        output = outputs.get((parent or draft).name, "")
        text = find(draft.tree, _OPTIONS)
        if output and isinstance(text, str) and output in text.split():
            put(draft.tree, _OPTIONS, _said(text, output))
            changed = True
    return changed


def _above(outputs: Sequence[str]) -> str:
    """Return the collection right above all outputs of a step; empty where there is none."""
    above = {output.rpartition("/")[0] for output in outputs}
    return above.pop() if len(above) == 1 else ""


def _is_shared(written: Mapping[str, list[str]], name: str, chain: str) -> bool:
    """Tell whether other steps write below a collection too."""
    return any(
        output.startswith(f"{chain}/") for other, some in written.items() if other != name for output in some
    )


def _said(text: str, output: str) -> str:
    return re.sub(rf"(?<!\S){re.escape(output)}(?!\S)", "${{ output }}", text)


def _written(campaign: Campaign, result: Compilation) -> dict[str, list[str]]:
    """Return what the groups of each step write, by its name."""
    found: dict[str, dict[str, None]] = {}
    for group in result.groups:
        found.setdefault(group.group.step, {})[group.output] = None
    names = {s.name for s in campaign.steps}
    # What BPS fills in at submission is no name that another step can read.
    return {
        n: list(some) for n, some in found.items() if n in names and all(o and "{" not in o for o in some)
    }


def _needs(campaign: Campaign, step: str, other: str) -> bool:
    """Tell whether a step needs another one, by way of others too."""
    waiting, seen = [step], set()
    while waiting:
        name = waiting.pop()
        if name == other:
            return True
        if name not in seen:
            seen.add(name)
            waiting += campaign.needs.get(name, {})
    return False
