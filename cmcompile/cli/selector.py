"""The completion of selectors and keys in a shell: quick, and silent when something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import implicit, parse
from cmcompile.cli.campaigns import FILE, Place, every, find, read
from cmcompile.cli.choose import LEDGER_NAMES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cmcompile.model.campaign import Layer, Spec, Step
    from cmcompile.model.source import Node


class SelectorType(click.ParamType[str]):
    """A selector of groups; completes campaigns, then steps, then groups.

    Parameters
    ----------
    ledger
        Whether the command asks the ledger, so that what it answers, as ``state:``, is completed too.
    """

    name = "selector"

    def __init__(self, *, ledger: bool = False) -> None:
        self._ledger = ledger

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete what is written so far; where only one answer is left, what may follow it too."""
        before = ctx.params.get(param.name or "") if self._ledger else None
        words = [before] if isinstance(before, str) else list(before or ())
        return quietly(lambda: _completed(incomplete, words, ledger=self._ledger))


class PlanOrSelector(SelectorType):
    """A plan that was kept, or a selector; where no selector fits, files are completed."""

    name = "plan"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete selectors, else files."""
        from click.shell_completion import CompletionItem

        found = super().shell_complete(ctx, param, incomplete)
        return found or [CompletionItem(incomplete, type="file")]


class ListType(click.ParamType[str]):
    """A list of a campaign; completes those that the Butler fills."""

    name = "list"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the lists that have a query."""
        del param
        campaign = str(ctx.params.get("campaign") or "")
        return quietly(lambda: (n for n in _lists(campaign) if n.startswith(incomplete)))


class DataIdType(click.ParamType[str]):
    """A task, or a part of a data id; completes the dimensions that a group is cut by."""

    name = "dataid"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete ``visit=`` and the ids of the group behind it; a shell does not know the tasks."""
        del param
        group = str(ctx.params.get("group") or "").partition("@")[0]
        return quietly(lambda: (w for w in _data_ids(group, incomplete) if w.startswith(incomplete)))


class KeyType(click.ParamType[str]):
    """A key of a group; completes the keys that the layers of its step set."""

    name = "key"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete keys of the document, vars, and what else can be asked."""
        del param
        return quietly(lambda: (k for k in _keys(str(ctx.params.get("group"))) if k.startswith(incomplete)))


def quietly(work: Callable[[], Iterable[str]]) -> list[CompletionItem]:
    """Return what can be completed; nothing where that fails."""
    from click.shell_completion import CompletionItem

    try:
        return [CompletionItem(text) for text in dict.fromkeys(work())]
    except Exception:
        return []  # an error message would land in the middle of the line that is being typed


def _completed(incomplete: str, before: list[str], *, ledger: bool) -> Iterator[str]:
    """Yield conditions of the ledger where one is begun, else selectors.

    Parameters
    ----------
    before
        The words before this one. Bash makes three words of ``state:failed``, and replaces the last only.
    """
    place, slash, last = incomplete.rpartition("/")
    name, colon, value = last.partition(":")
    if ledger and colon and name in LEDGER_NAMES:
        yield from (f"{place}{slash}{name}:{word}" for word in _words(name) if word.startswith(value))
        return
    split = before[-1:] if incomplete == ":" else before[-2:-1] if before[-1:] == [":"] else []
    if ledger and split and split[0].rpartition("/")[2] in LEDGER_NAMES:
        written = incomplete.removeprefix(":")
        yield from (word for word in _words(split[0].rpartition("/")[2]) if word.startswith(written))
        return
    yield from _selectors(incomplete)
    if ledger and incomplete:
        yield from (f"{name}:" for name in LEDGER_NAMES if name.startswith(incomplete))


def _words(name: str) -> Iterator[str]:
    """Yield what a condition of the ledger may ask for."""
    from cmcompile.model.reason import Reason
    from cmcompile.model.states import GroupState, WorkflowState

    if name == "workflow":
        yield from (word.value for word in WorkflowState)
        return
    yield from (word.value for word in (GroupState if name == "state" else Reason))


def _selectors(incomplete: str) -> Iterator[str]:
    known = {}
    for place in every():
        known[place.path.removesuffix(f"/{FILE}") if incomplete.startswith("campaigns/") else place.name] = (
            place
        )
    named = next((n for n in known if incomplete.startswith(f"{n}/")), None)
    if named is not None:
        yield from _below(known[named], f"{named}/", incomplete.removeprefix(f"{named}/"))
        return
    found = [name for name in known if name.startswith(incomplete)]
    yield from found
    here = implicit()
    steps = [] if here is None else list(_below(here, "", incomplete))
    yield from steps
    if len(found) == 1 and not steps:
        yield from _below(known[found[0]], f"{found[0]}/", "")


def _below(place: Place, prefix: str, incomplete: str) -> Iterator[str]:
    """Yield steps, or groups of the step that is written."""
    spec, _ = read(place)
    if spec is None:
        return
    name, slash, group = incomplete.partition("/")
    steps = [step for step in spec.steps if step.name == name or (not slash and step.name.startswith(name))]
    if not slash:
        yield from (prefix + step.name for step in steps)
    if slash or len(steps) == 1:
        for step in steps[:1]:
            ids = _group_ids(spec, step)
            yield from (f"{prefix}{step.name}/{i}" for i in ids if not slash or i.startswith(group))


def _group_ids(spec: Spec, step: Step) -> list[str]:
    from cmcompile.compiler.ids import Lists
    from cmcompile.compiler.step import expand
    from cmcompile.model.diagnostic import Findings

    return [group.id for group in expand(spec, step, Lists(spec.lists), (), Findings()).all()]


def _lists(campaign: str) -> Iterator[str]:
    from cmcompile.spec.files import WorkingTree
    from cmcompile.spec.lists import read_if_stored
    from cmcompile.spec.load import load

    place = find(campaign) if campaign else implicit()
    spec = None if place is None else load(WorkingTree(place.root), place.path, read_if_stored)[0]
    if spec is not None:
        yield from (name for name, data in spec.lists.items() if data.query is not None)
        yield "overlaps"


def _data_ids(group: str, incomplete: str) -> Iterator[str]:
    from cmcompile.compiler.ids import Lists
    from cmcompile.compiler.step import expand
    from cmcompile.model.diagnostic import Findings

    address = parse([group])[0]
    spec, _ = read(address.place)
    step = None if spec is None else spec.step(address.step or "")
    if spec is None or step is None:
        return
    every = expand(spec, step, Lists(spec.lists), (), Findings()).all()
    for part in next((one.parts for one in every if one.id == address.group), ()):
        name = f"{part.dimension}="
        if part.dimension and incomplete.startswith(name):
            yield from (f"{name}{value}" for value in part.ids)
        elif part.dimension:
            yield name


def _keys(group: str) -> Iterator[str]:
    from cmcompile.compiler.explain import ABOUT

    yield from ABOUT
    address = parse([group])[0]
    spec, _ = read(address.place)
    if spec is None:
        return
    step = spec.step(address.step or "")
    for layer in (*spec.layers, *spec.sites.values(), *(() if step is None else _layers(step))):
        yield from _paths(layer.get("bps"), "")
        yield from _paths(layer.get("vars"), "vars.")


def _layers(step: Step) -> Iterator[Layer]:
    yield from step.layers
    yield from (override.layer for override in step.overrides)
    yield from step.rescue_defaults
    for rescue in step.rescues:
        yield rescue.layer
        yield from (override.layer for override in rescue.overrides)


def _paths(node: Node | None, prefix: str) -> Iterator[str]:
    from cmcompile.model.source import Mapping

    if isinstance(node, Mapping):
        for entry in node:
            key = prefix + entry.key.removesuffix("+")
            yield key
            yield from _paths(entry.value, f"{key}.")
