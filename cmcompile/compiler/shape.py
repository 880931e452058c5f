"""A shape: all that groups with the same layers have in common, worked out once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from cmcompile.bps.query.write import conjoin
from cmcompile.bps.resolve import Search
from cmcompile.bps.rules.quick import is_harmless
from cmcompile.compiler.emit import Program, is_plain, program, scalar
from cmcompile.compiler.expression import ExpressionError
from cmcompile.compiler.inputs import written_inputs
from cmcompile.compiler.merge import merge
from cmcompile.compiler.names import Constant, GroupNames, NameFaultError, ShapeNames, render, render_text
from cmcompile.compiler.stack import Stack
from cmcompile.compiler.where import WhereWriter, clauses
from cmcompile.model import codes
from cmcompile.model.campaign import Axis
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import ClauseText, Group
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Origin, Tree
from cmcompile.model.source import Node, Scalar, Span

BUILT_IN = Origin("built-in", None)
#: No name that an author can write.
_PIECES = "where pieces"
#: The built-in data query.
WHERE = "${{ where }}"
_QUERY = ("payload", "dataQuery")
_OUTPUT = ("payload", "output")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a shape is made from.

    Attributes
    ----------
    axes
        The axes that the groups were cut by.
    extra
        The ``where`` of the extra group, where it is one.
    constants
        Built-in names that are the same for all groups.
    default_file
        Where a group's file goes when no layer says so.
    needed
        The collections that needed steps give; they come first in ``inputs``.
    span
        Where the step is written: the place of findings about what nobody wrote.
    """

    step: str
    stack: Stack
    axes: tuple[Axis, ...]
    is_extra: bool
    extra: Node | None
    constants: Mapping[str, Constant]
    default_file: str
    has_collect: bool
    is_bps: bool
    needed: Callable[[], list[str]]
    span: Span


class Shape:
    """The merged, partly rendered document of some groups."""

    def __init__(self, frame: Frame, findings: Findings) -> None:
        self.frame = frame
        self._findings = findings
        self._reported: set[tuple[str, Span]] = set()
        self.variables = self._merged("vars")
        self.tree = _with_built_ins(self._merged("bps"), frame) if frame.is_bps else self._of_jobs()
        axes = frozenset(n for a in frame.axes for n in (a.name, a.dimension) if n)
        self.inputs = written_inputs(frame.stack.layers())
        self._inputs = tuple(one.leaf for one in self.inputs)
        constants = {**frame.constants, "inputs": lambda: self._all_inputs(self.names.static)}
        self.names: ShapeNames = ShapeNames(
            self.variables, constants, axes, [leaf.value for leaf in self._inputs]
        )
        written = clauses(frame.stack, frame.axes, frame.extra, is_extra=frame.is_extra)
        self.where = WhereWriter(written, self._guard)
        self.file = self._file()
        self._program: Program | None = None
        self._harmless: set[str] = set()
        self._work: dict[str, Callable[[GroupNames], object]] = {
            "group.id": lambda names: names.group.id,
            "group.parent": _parent,
            "inputs": lambda names: self._all_inputs(names.look_up),
            "output": self._output,
            "where": lambda names: conjoin([p.text for p in self.clause_texts(names)]),
            _PIECES: self.where.pieces,
        }

    def _of_jobs(self) -> Branch:
        """Return what the groups of a batch step are made from; what layers say of BPS is not for them."""
        entries: dict[str, Tree] = {key: self._merged(key) for key in ("batch", "jobs")}
        if self.frame.has_collect:
            output = Leaf("${{ step.collect }}/${{ group.id }}", BUILT_IN)
            entries["payload"] = Branch({"output": output}, BUILT_IN)
        return Branch(entries, BUILT_IN)

    def _merged(self, key: str) -> Branch:
        stack, tree = self.frame.stack, Branch()
        for layer in stack.below:
            tree = merge(tree, layer.name, layer.get(key), self._findings)
        if key == "vars":
            for name, node in stack.axis_vars:
                tree = merge(tree, name, node, self._findings)
        for layer in stack.above:
            tree = merge(tree, layer.name, layer.get(key), self._findings)
        return tree

    def _file(self) -> Leaf:
        found = Leaf(self.frame.default_file, BUILT_IN)
        for layer in self.frame.stack.layers():
            node = layer.get("file")
            if isinstance(node, Scalar) and node.value is not None:
                found = Leaf(node.value, Origin(layer.name, node.span))
        return found

    def _all_inputs(self, look_up: Callable[[str], object]) -> str:
        names = [*self.frame.needed(), *(text_of(leaf, look_up) for leaf in self._inputs)]
        if not names:
            raise NameFaultError(
                f"`inputs` has no value: {self.frame.step} needs no step and names no inputs",
                "set `inputs`, `needs`, or `bps.payload.inCollection`",
            )
        return ",".join(dict.fromkeys(names))

    @property
    def program(self) -> Program:
        """The document as text and slots; made late, as its texts may ask for other steps."""
        if self._program is None:
            self._program = program(self.tree, self._static)
        return self._program

    def _static(self, leaf: Leaf, _: tuple[str, ...]) -> tuple[object] | None:
        if self.names.text_is_dynamic(leaf.value):
            return None
        return (self._guard(lambda: render(leaf.value, self.names.static), leaf.origin),)

    def _guard(self, work: Callable[[], object], origin: Origin) -> object:
        """Run one rendering; what fails becomes a finding at the origin, and the value null."""
        try:
            return work()
        except NameFaultError as fault:
            code, message, hint, at = fault.code, fault.message, fault.hint, fault.span
        except ExpressionError as fault:
            code, message, hint, at = codes.names.BAD_EXPRESSION, str(fault), "", fault.span
        span = at or origin.span or self.frame.span
        # The same fault in thousands of groups is one fault.
        if (code.name, span) not in self._reported:
            self._reported.add((code.name, span))
            self._findings.add(code, span, message, hint, scope=self.frame.step)
        return None

    def names_of(self, group: Group) -> GroupNames:
        """Return the names of one group of this shape."""
        return GroupNames(self.names, group, self._work, self.where.axis_text)

    def shown_names_of(self, group: Group) -> GroupNames:
        """Return the names of one group for people to read: those of its jobs stand for themselves."""
        return GroupNames(
            self.names, group, self._work, self.where.axis_text, shows_jobs=not self.frame.is_bps
        )

    def value(self, leaf: Leaf, names: GroupNames) -> object:
        """Return the value of a leaf for one group; null where it can't be rendered."""
        return self._guard(lambda: render(leaf.value, names.look_up), leaf.origin)

    def text_value(self, leaf: Leaf, names: GroupNames) -> str | None:
        """Return the text of a leaf for one group; None where it is none, or can't be rendered."""
        return cast("str | None", self._guard(lambda: render_text(leaf.value, names.look_up), leaf.origin))

    def text(self, names: GroupNames) -> tuple[str, bool]:
        """Return the document of one group, and whether its own values are harmless for the BPS rules."""
        harmless = True
        pieces: list[str] = []
        for piece in self.program:
            if isinstance(piece, str):
                pieces.append(piece)
                continue
            try:
                value = render(piece.leaf.value, names.look_up)
            except ExpressionError:
                value = self.value(piece.leaf, names)
            if piece.path == _OUTPUT and isinstance(value, str) and "{" not in value and "}" not in value:
                names.tell("output", value)
            if piece.leaf.value == WHERE and self._clauses_are_harmless(names):
                # What its clauses are, the whole is too: no need to look through so long a text.
                pieces.append(str(value))
                continue
            harmless = harmless and (not isinstance(value, str) or is_harmless(piece.path, value))
            pieces.append(scalar(value, piece.indent))
        return "".join(pieces), harmless

    def _clauses_are_harmless(self, names: GroupNames) -> bool:
        """Tell whether a predicate breaks no rule for values, and needs no quotes."""
        clauses = self.clause_texts(names)
        for clause in clauses:
            if not clause.numbers and clause.text not in self._harmless:
                if not (is_plain(clause.text) and is_harmless(_QUERY, clause.text)):
                    return False
                if clause.kind in ("layer", "override"):
                    self._harmless.add(clause.text)
        return bool(clauses)

    def _output(self, names: GroupNames) -> object:
        leaf = self.tree.get("payload", "output")
        if not isinstance(leaf, Leaf):
            raise NameFaultError("`output` has no value: the group sets no payload.output", "set `collect`")
        return self.filled(text_of(leaf, names.look_up), names)

    def filled(self, text: str, names: GroupNames) -> str:
        """Fill in BPS's own ``{x}`` from the payload and the root of the group's document."""
        return _Lazy((), self.tree, lambda leaf: render(leaf.value, names.look_up)).fill(text).text

    def rendered(self, names: GroupNames) -> Branch:
        """Return the whole tree of one group with every text filled in, origins kept."""
        return _rendered_branch(self.tree, lambda leaf: self.value(leaf, names))

    def clause_texts(self, names: GroupNames) -> tuple[ClauseText, ...]:
        """Return the clauses of one group, rendered."""
        return cast("tuple[ClauseText, ...]", names.remembered(_PIECES))


@dataclass(frozen=True)
class _Lazy(Search):
    """BPS's search over a tree whose texts are rendered only when they are asked for."""

    tree: Branch
    render: Callable[[Leaf], object]

    def find(self, name: str) -> Tree | None:
        for path in (("payload", name), (name,)):
            found = self.tree.get(*path)
            if isinstance(found, Leaf):
                return _as_tree(self.render(found), found)
            if found is not None:
                return found
        return None


def text_of(leaf: Leaf, look_up: Callable[[str], object]) -> str:
    """Return a value that must be text, filled in.

    Raises
    ------
    ExpressionError
        When it can't be; its span is that of the text to blame.
    """
    try:
        return render_text(leaf.value, look_up)
    except ExpressionError as error:
        error.span = error.span or leaf.origin.span
        raise


def _parent(names: GroupNames) -> object:
    group = names.group
    if group.rescue is None:
        return group.id
    if len(group.covers) == 1:
        return group.covers[0]
    raise NameFaultError(
        f"`group.parent` has no value: {group.id} covers {len(group.covers)} groups",
        "use `group.id`, or cut the rescue by the axes of the step",
    )


def _rendered_branch(tree: Branch, value: Callable[[Leaf], object]) -> Branch:
    entries = {k: _rendered(v, value) for k, v in tree.entries.items() if not isinstance(v, Gone)}
    return Branch(entries, tree.origin, tree.hid)


def _rendered(tree: Tree, value: Callable[[Leaf], object]) -> Tree:
    if isinstance(tree, Leaf):
        return _as_tree(value(tree), tree)
    if isinstance(tree, Items):
        return Items(tuple(_rendered(item, value) for item in tree.items), tree.origin, tree.hid)
    if isinstance(tree, Branch):
        return _rendered_branch(tree, value)
    return tree


def _as_tree(value: object, leaf: Leaf) -> Tree:
    if isinstance(value, list | tuple):
        return Items(tuple(_as_tree(v, leaf) for v in value), leaf.origin, leaf.hid)
    if isinstance(value, dict):
        return Branch({str(k): _as_tree(v, leaf) for k, v in value.items()}, leaf.origin, leaf.hid)
    if value is None or isinstance(value, str | int | float | bool):
        return replace(leaf, value=value)
    return replace(leaf, value=str(value))


def _with_built_ins(tree: Branch, frame: Frame) -> Branch:
    """Add what a spec need not say, after what it says, unless a layer deleted it."""
    payload = tree.entries.get("payload", Branch({}, BUILT_IN))
    if not isinstance(payload, Branch):
        return tree
    built_in = {"inCollection": "${{ inputs }}"}
    if frame.has_collect:
        built_in["output"] = "${{ step.collect }}/${{ group.id }}"
    if tree.get("qgraphFile") is None:
        built_in["dataQuery"] = WHERE
    entries = dict(payload.entries)
    for key, text in built_in.items():
        entries.setdefault(key, Leaf(text, BUILT_IN))
    return Branch({**tree.entries, "payload": Branch(entries, payload.origin, payload.hid)}, tree.origin)
