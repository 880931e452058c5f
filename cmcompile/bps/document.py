"""The submit file of a group as BPS will see it: its own tree over the files that it includes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from cmcompile.bps.resolve import NOTHING
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Origin, Tree
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span

INCLUDE_KEY = "includeConfigs"


@dataclass(frozen=True, slots=True)
class Include:
    """One file that ``includeConfigs`` names.

    Attributes
    ----------
    text
        The name as written, such as ``${CTRL_BPS_DIR}/config/bps_idf.yaml``.
    span
        Where it is named.
    path
        The path in the repository; as ``text`` when the file is not in it.
    content
        What the file holds; None when it can't be read here (an absolute path, or an environment variable
        in it). An empty file is a null scalar or an empty mapping.
    nested
        The files that this file includes itself.
    at
        The mapping in which ``includeConfigs`` stands; empty at root.
    """

    text: str
    span: Span | None
    path: str
    content: Node | None
    nested: tuple[Include, ...] = ()
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What the rules look at: the file of one group and all that bears on it.

    Make it with `document`; for a further group of the same shape replace ``tree`` (and ``group``) only.

    Attributes
    ----------
    tree
        The rendered tree of the group.
    includes
        The files that it includes, in the order of the file.
    variables
        Names of the variables that the environment declares; None when it declares none.
    step, group
        Names of the step and the group; they are the end of the run name.
    dimensions
        The dimensions by which the step is split.
    span
        Where the step is written: the place of findings about something absent.
    below
        The merged content of the includes named at root, as far as it can be read.
    """

    tree: Branch
    includes: tuple[Include, ...] = ()
    variables: frozenset[str] | None = None
    step: str = ""
    group: str = ""
    dimensions: frozenset[str] = frozenset()
    span: Span | None = None
    below: Branch = NOTHING

    @property
    def unreadable(self) -> tuple[Include, ...]:
        """The includes, nested ones too, whose content can't be read here."""
        return tuple(_unreadable(self.includes))


def document(
    tree: Branch,
    includes: tuple[Include, ...] = (),
    *,
    variables: frozenset[str] | None = None,
    step: str = "",
    group: str = "",
    dimensions: frozenset[str] = frozenset(),
    span: Span | None = None,
) -> Document:
    """Make the document of a group; the includes are merged once here."""
    below = _contents(i for i in includes if not i.at)
    return Document(tree, includes, variables, step, group, dimensions, span, below)


def merged(document: Document) -> Branch:
    """Return the view that BPS gets: included files in order, later over earlier, and the file over all.

    Mappings are merged deep, lists are replaced, ``includeConfigs`` is gone. A value of an included file has
    the layer ``include <path>`` and its place in that file. What a value hid is kept in ``hid``.
    """
    return _absorb(_without_key(document.tree, ()), document.includes)


def _absorb(tree: Branch, includes: Iterable[Include]) -> Branch:
    # BPS goes through the keys in order of the file; the order of includes is that order.
    for at, named in groupby(includes, key=lambda include: include.at):
        tree = _put_below(_without_key(tree, at), at, _contents(named))
    return tree


def _contents(includes: Iterable[Include]) -> Branch:
    below = NOTHING
    for include in includes:
        if isinstance(include.content, Mapping):
            below = _over(_absorb(_branch(include.content, include), include.nested), below)
        elif include.content is None and include.nested:
            below = _over(_contents(include.nested), below)
    return below


def _without_key(tree: Branch, at: tuple[str, ...]) -> Branch:
    if not at:
        return replace(tree, entries={k: v for k, v in tree.entries.items() if k != INCLUDE_KEY})
    child = tree.entries.get(at[0])
    if not isinstance(child, Branch):
        return tree
    return replace(tree, entries={**tree.entries, at[0]: _without_key(child, at[1:])})


def _put_below(tree: Branch, at: tuple[str, ...], below: Branch) -> Branch:
    if not at:
        return _over(tree, below)
    child = tree.entries.get(at[0])
    if not isinstance(child, Branch):
        return tree
    return replace(tree, entries={**tree.entries, at[0]: _put_below(child, at[1:], below)})


def _over(high: Branch, low: Branch) -> Branch:
    """Merge two mappings; the order of keys is that of the lower one, then new keys."""
    entries = dict(low.entries)
    for key, value in high.entries.items():
        under = entries.get(key)
        if isinstance(value, Gone):
            continue  # the compiler leaves the key out of the file, so that the included value shows
        if under is None or isinstance(under, Gone):
            entries[key] = value
        elif isinstance(value, Branch) and isinstance(under, Branch):
            entries[key] = _over(value, under)
        else:
            entries[key] = replace(value, hid=(*value.hid, under))
    origin = high.origin if high.origin.span is not None else low.origin
    return Branch(entries, origin, high.hid)


def _branch(node: Mapping, include: Include) -> Branch:
    layer = f"include {include.path}"
    return Branch({e.key: _tree(e.value, e.key_span, layer) for e in node}, Origin(layer, node.span))


def _tree(node: Node, span: Span, layer: str) -> Tree:
    origin = Origin(layer, span)
    if isinstance(node, Scalar):
        return Leaf(node.value, origin)
    if isinstance(node, Sequence):
        return Items(tuple(_tree(item, item.span, layer) for item in node), origin)
    return Branch({e.key: _tree(e.value, e.key_span, layer) for e in node}, origin)


def _unreadable(includes: Iterable[Include]) -> Iterable[Include]:
    for include in includes:
        if include.content is None:
            yield include
        yield from _unreadable(include.nested)
