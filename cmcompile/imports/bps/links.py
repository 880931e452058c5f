"""Which steps read what others write: needs, and collections said by the step that makes them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping

from cmcompile.compiler.result import Compilation
from cmcompile.imports.bps.compose import Campaign
from cmcompile.imports.bps.draft import Draft
from cmcompile.imports.bps.tree import Tree, find, put

_INPUT = ("payload", "inCollection")
_OPTIONS = ("extraQgraphOptions",)


def link(campaign: Campaign, result: Compilation) -> bool:
    """Let steps name the steps that they read from; tell whether anything was changed."""
    written = _written(campaign, result)
    outputs = {name: some[0] for name, some in written.items() if len(some) == 1}
    changed = False
    for step in campaign.steps:
        text = find(step.tree, _INPUT)
        if not isinstance(text, str):
            continue
        read = text.split(",")
        for name, some in written.items():
            if name == step.name or _needs(campaign, name, step.name):
                continue
            chain = _chain(written, name, read)
            if chain or some[0] in read[: len(read) if len(some) == 1 else 0]:
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


def _chain(written: Mapping[str, list[str]], name: str, read: list[str]) -> str:
    """Return what is read of a step as a whole: the collection right above its outputs, and no others'."""
    above = {output.rpartition("/")[0] for output in written[name]}
    chain = above.pop() if len(above) == 1 else ""
    shared = any(
        output.startswith(f"{chain}/") for other, some in written.items() if other != name for output in some
    )
    return chain if chain in read and not shared else ""


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


def trees(campaign: Campaign) -> Iterator[tuple[Draft, Tree]]:
    """Yield a copy of what each step and rescue says, to go back to."""
    for draft, _ in campaign.every():
        yield draft, copy.deepcopy(draft.tree)


def restore(campaign: Campaign, kept: Mapping[int, Tree]) -> None:
    """Take back what `link` changed."""
    campaign.needs.clear()
    campaign.chains.clear()
    for draft, _ in campaign.every():
        draft.tree = kept[id(draft)]
