"""One group on both sides: which keys differ, and which edit made them differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from cmcompile.compiler.difference.changes import ABSENT, Change, canonical, change, same
from cmcompile.compiler.difference.clauses import ClausePair, clause_pairs
from cmcompile.compiler.difference.cuts import Cuts, parts_differ
from cmcompile.compiler.difference.sides import Side, names_in, place
from cmcompile.model.campaign import highest
from cmcompile.model.ids import in_words
from cmcompile.model.resolved import Items, Leaf, Tree, tree_plain
from cmcompile.model.source import Node, Span, plain

#: A key of the submit file.
Path = tuple[str, ...]
_BPS_NAME = re.compile(r"(?<![{$])\{(\w+)\}")
_BUILT_IN = frozenset({"campaign", "step", "steps", "rescue", "ticket", "inputs"})


class GroupPair:
    """A group as it was and as it is."""

    def __init__(self, old: Side, new: Side, cuts: Cuts) -> None:
        self.old = old
        self.new = new
        self._cuts = cuts
        self._known: dict[str, tuple[Change, ...]] = {}

    def at(self, path: Path, old: Tree | None, new: Tree | None) -> list[Change]:
        """Return the edits that make a value differ; none where it is the same."""
        before, after = self.old.value(old), self.new.value(new)
        if same(before, after):
            return []
        if isinstance(old, Leaf) and isinstance(new, Leaf) and same(old.value, new.value):
            found = self._of_text(new.value)
            if found:
                return found
        if isinstance(old, Items) and isinstance(new, Items):
            return list(self._of_items(path, old, new))
        written = (_written(old, before), _written(new, after))
        return [change(".".join(path), before, after, (place(old), place(new)), written)]

    def file(self) -> list[Change]:
        """Return the edits that make the path of the file differ."""
        old, new = self.old.made, self.new.made
        if old is None or new is None or old.path == new.path:
            return []
        return self.at(("file",), self.old.shape.file, self.new.shape.file)

    def _of_items(self, path: Path, old: Items, new: Items) -> Iterator[Change]:
        """Yield what came, what went, and what changed in its place."""
        then = [canonical(self.old.value(item)) for item in old.items]
        now = [canonical(self.new.value(item)) for item in new.items]
        for kind, a, b, c, d in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
            if kind == "equal":
                continue
            gone, come = list(old.items[a:b]), list(new.items[c:d])
            for before, after in _written_alike(gone, come):
                yield from self.at(path, before, after)
            both = len(gone) if len(gone) == len(come) else 0
            for before, after in zip(gone[:both], come[:both], strict=True):
                yield from self.at(path, before, after)
            for item in gone[both:]:
                yield from self._item(path, item, None, (old, new))
            for item in come[both:]:
                yield from self._item(path, None, item, (old, new))

    def _item(
        self, path: Path, old: Tree | None, new: Tree | None, whole: tuple[Items, Items]
    ) -> Iterator[Change]:
        before, after = self.old.value(old), self.new.value(new)
        written = (_written(old, before), _written(new, after))
        places = (place(old or whole[0]), place(new or whole[1]))
        yield change(".".join(path), before, after, places, written)

    def _of_text(self, text: object) -> list[Change]:
        """Return the edits behind the names of a text that itself is as it was."""
        return _unique(c for name in names_in(text) for c in self._of_name(name))

    def _of_name(self, name: str) -> tuple[Change, ...]:
        if name not in self._known:
            self._known[name] = ()  # a name that needs itself adds nothing
            self._known[name] = self._shared(name)
        return self._known[name]

    def _shared(self, name: str) -> tuple[Change, ...]:
        """Return the edits behind a name, found once for all groups where it is the same for all."""
        if self.old.shape.names.is_dynamic(name) or self.new.shape.names.is_dynamic(name):
            return self._differing(name)
        key = (id(self.old.shape), id(self.new.shape), name)
        if key not in self._cuts.names:
            self._cuts.names[key] = self._differing(name)
        return self._cuts.names[key]

    def _differing(self, name: str) -> tuple[Change, ...]:
        differ = not same(self.old.looked_up(name), self.new.looked_up(name))
        return tuple(self._behind(name)) if differ else ()

    def _behind(self, name: str) -> list[Change]:
        head = name.split(".", 1)[0]
        if name == "where":
            return self.of_where()
        if name == "output":
            return self._in_file(("payload", "output"))
        if head == "group":
            return self.of_cut(None)
        if head in self.new.shape.names.axes:
            return self.of_cut(head)
        if head in _BUILT_IN:
            return self._of_built_in(name) or [self._value_of(name)]
        keys = name.split(".")
        old, new = self.old.shape.variables.get(*keys), self.new.shape.variables.get(*keys)
        return self.at(("vars", *keys), old, new)

    def _in_file(self, path: Path, within: frozenset[Path] = frozenset()) -> list[Change]:
        """Return the edits that make a key of the submit file differ, also through BPS's own ``{x}``."""
        old, new = self.old.shape.tree.get(*path), self.new.shape.tree.get(*path)
        found = self.at(path, old, new)
        if found or path in within or not isinstance(new, Leaf):
            return found
        for name in _BPS_NAME.findall(str(new.value)):
            for further in (("payload", name), (name,)):
                found += self._in_file(further, within | {path})
        return _unique(found)

    def _value_of(self, name: str) -> Change:
        return change(name, self.old.looked_up(name), self.new.looked_up(name), (None, None))

    def of_where(self) -> list[Change]:
        """Return the edits that make the predicate differ."""
        found: list[Change] = []
        for pair in clause_pairs(self.old, self.new):
            if pair.is_exclusion:
                found += self._of_exclusions()
            elif pair.same_text:
                found += self.of_cut(pair.axis) if pair.axis is not None else []
                found += self._of_text(pair.new.written if pair.new else None)
            else:
                found.append(_of_clause(pair))
        return _unique(found)

    def _of_exclusions(self) -> tuple[Change, ...]:
        groups = (self.old.group, self.new.group)
        parts = [g.part(axis) for g in groups for axis in g.excluded]
        return self._cuts.exclusions(
            frozenset(n for p in parts if p is not None for n in (p.axis, p.dimension) if n)
        )

    def of_cut(self, axis: str | None) -> list[Change]:
        """Return the edits that make the group hold other ids: of one axis, or of any."""
        found: list[Change] = []
        for part in self.new.group.parts:
            if axis and axis not in (part.axis, part.dimension):
                continue
            if parts_differ(self.old.group, self.new.group, part.axis):
                found += self._of_part(part.axis)
        return _unique(found)

    def _of_part(self, axis: str) -> list[Change]:
        extra = self.new.group.extra
        if extra is not None:
            return [self._of_extra(extra, axis)]
        old = next((a for a in self.old.shape.frame.axes if a.name == axis), None)
        new = next((a for a in self.new.shape.frame.axes if a.name == axis), None)
        found = self._cuts.axis(old, new)
        if found or new is None:
            return list(found)
        return [change(f"split.{axis}", "other ids", "other ids", (None, new.span))]

    def _of_extra(self, extra: str, axis: str) -> Change:
        sides: list[tuple[object, Span | None]] = []
        for side in (self.old, self.new):
            step = side.compilation.spec.step(side.group.step)
            found = next((e for e in step.extra if e.id == extra), None) if step else None
            part = side.group.part(axis)
            sides.append((in_words(part.ids) if part else ABSENT, found.span if found else None))
        (before, was), (after, where) = sides
        return change(f"extra.{extra}.{axis}", before, after, (was, where))

    def _of_built_in(self, name: str) -> list[Change]:
        """Return the edits behind `ticket`, `inputs`, and collections."""
        parts = name.split(".")
        old, new = self.old.compilation.spec, self.new.compilation.spec
        if name in ("ticket", "campaign.collect"):
            return self._of_node(parts[-1], highest(old.layers, parts[-1]), highest(new.layers, parts[-1]))
        if name == "inputs":
            return self._of_inputs()
        step = self.new.group.step if parts[0] == "step" else parts[1]
        then, now = old.step(step), new.step(step)
        if then is None or now is None:
            return []
        if parts[-1] == "collect":
            layers = [(*old.layers, *then.layers), (*new.layers, *now.layers)]
            return self._of_node("collect", highest(layers[0], "collect"), highest(layers[1], "collect"))
        if parts[-1] == "output" and step != self.new.group.step:
            return self._of_output(step)
        return []

    def _of_node(self, key: str, old: Node | None, new: Node | None) -> list[Change]:
        before = ABSENT if old is None else plain(old)
        after = ABSENT if new is None else plain(new)
        if not same(before, after):
            return [change(key, before, after, (old.span if old else None, new.span if new else None))]
        items = after if isinstance(after, list) else [after]
        return _unique(c for text in items for c in self._of_text(text))

    def _of_inputs(self) -> list[Change]:
        inputs: list[Node | None] = []
        needs: list[Node | None] = []
        names: list[list[str]] = []
        for side in (self.old, self.new):
            step = side.compilation.spec.step(side.group.step)
            layers = (*side.compilation.spec.layers, *(step.layers if step else ()))
            inputs.append(highest(layers, "inputs"))
            needs.append(highest(layers, "needs"))
            names.append([need.step for need in step.needs] if step else [])
        found = self._of_node("inputs", inputs[0], inputs[1])
        if names[0] != names[1]:
            found += self._of_node("needs", needs[0], needs[1])
        for name in names[1]:
            found += self._of_name(f"steps.{name}.collect") or self._of_name(f"steps.{name}.output")
        return _unique(found)

    def _of_output(self, step: str) -> list[Change]:
        """Return the edits behind the output of another step, which all its groups share."""
        sides = []
        for side in (self.old, self.new):
            groups = side.compilation.steps[step].first
            if not groups:
                return []
            sides.append(Side(side.compilation, None, groups[0]))
        return GroupPair(sides[0], sides[1], self._cuts)._behind("output")


def _written_alike(gone: list[Tree], come: list[Tree]) -> list[tuple[Tree, Tree]]:
    """Take items out of both lists whose text is the same, though its value is not."""
    pairs = []
    for after in list(come):
        before = next((g for g in gone if same(tree_plain(g), tree_plain(after))), None)
        if before is not None:
            gone.remove(before)
            come.remove(after)
            pairs.append((before, after))
    return pairs


def _of_clause(pair: ClausePair) -> Change:
    key = f"split.{pair.axis}.where" if pair.axis else "where"
    old, new = pair.old, pair.new
    return change(
        key,
        old.text if old else ABSENT,
        new.text if new else ABSENT,
        (old.origin.span if old else None, new.origin.span if new else None),
        (
            (old.written or "as the ids are") if old else ABSENT,
            (new.written or "as the ids are") if new else ABSENT,
        ),
    )


def _written(tree: Tree | None, value: object) -> object:
    return value if tree is None or value is ABSENT else tree_plain(tree)


def _unique(changes: Iterable[Change]) -> list[Change]:
    return list(dict.fromkeys(changes))
