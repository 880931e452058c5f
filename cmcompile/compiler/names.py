"""What the names in ``${{ }}`` mean for a group: vars, axes, built-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from types import SimpleNamespace
from typing import TypeAlias

from cmcompile.compiler.expression import MAX_TEXT, Expression, ExpressionError, is_template, parse
from cmcompile.model import codes
from cmcompile.model.diagnostic import Code
from cmcompile.model.group import Group, Part
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree

#: A value that is the same for all groups of a shape, worked out when it is first asked for.
Constant: TypeAlias = Callable[[], object]

PART_NAMES = ("n", "lo", "hi", "ids", "value", "where")
GROUP_NAMES = ("group.id", "group.parent", "output", "where")


class NameFaultError(ExpressionError):
    """A name has no value here.

    Attributes
    ----------
    code
        The kind of finding.
    """

    def __init__(self, message: str, hint: str = "", code: Code = codes.names.UNKNOWN_NAME) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


class ShapeNames:
    """Names for all groups of one shape.

    Parameters
    ----------
    variables
        The merged ``vars``.
    constants
        Built-ins that do not depend on the group, by dotted name.
    axes
        Names of the axes (and dimensions) of the groups.
    dynamic
        Built-ins that depend on the group.
    """

    def __init__(self, variables: Branch, constants: Mapping[str, Constant], axes: frozenset[str]) -> None:
        self.variables = variables
        self._constants = constants
        self.axes = axes
        self._dynamic: dict[str, bool] = {}
        self._memo: dict[str, object] = {}
        self._asked: list[str] = []

    def is_dynamic(self, name: str) -> bool:
        """Tell whether a dotted name may differ between the groups of the shape."""
        if name in self._dynamic:
            return self._dynamic[name]
        self._dynamic[name] = False  # a cycle is reported when it is rendered
        head = name.split(".", 1)[0]
        answer = name in GROUP_NAMES or head in self.axes
        tree = None if answer else self._variable(name)
        if tree is not None:
            answer = any(self.text_is_dynamic(leaf.value) for leaf in _leaves(tree))
        self._dynamic[name] = answer
        return answer

    def text_is_dynamic(self, text: object) -> bool:
        """Tell whether a text may give different values for the groups of the shape."""
        if not is_template(text):
            return False
        try:
            pieces = parse(str(text))
        except ExpressionError:
            return False
        return any(isinstance(p, Expression) and any(map(self.is_dynamic, p.names)) for p in pieces)

    def _variable(self, name: str) -> Tree | None:
        return self.variables.get(*name.split("."))

    def static(self, name: str) -> object:
        """Return the value of a name that does not depend on the group.

        Raises
        ------
        NameFaultError
            When there is no such name, or it needs itself.
        """
        if name not in self._memo:
            self._memo[name] = self.guarded(name, self._asked, lambda: self._work_out(name))
        return self._memo[name]

    def _work_out(self, name: str) -> object:
        if name in self._constants:
            return self._constants[name]()
        return self.variable(name, self.static)

    def variable(self, name: str, look_up: Callable[[str], object]) -> object:
        """Render a var.

        Raises
        ------
        NameFaultError
            When there is no such var.
        """
        tree = self._variable(name)
        if tree is None:
            raise self._unknown(name)
        return _render_tree(tree, look_up)

    @staticmethod
    def guarded(name: str, asked: list[str], work: Callable[[], object]) -> object:
        """Work out a name, noticing when it needs itself."""
        if name in asked:
            chain = " → ".join([*asked[asked.index(name) :], name])
            raise NameFaultError(f"{name} needs itself: {chain}", "break the circle", codes.names.NAME_CYCLE)
        asked.append(name)
        try:
            return work()
        finally:
            asked.pop()

    def _unknown(self, name: str) -> NameFaultError:
        known = sorted(self.known())
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        return NameFaultError(f"`{name}` is no var and no built-in name", hint)

    def known(self) -> Iterator[str]:
        """Yield every name that can be used."""
        yield from (k for k, v in self.variables.entries.items() if not isinstance(v, Gone))
        yield from (c for c in self._constants if not c.startswith("_"))
        yield from GROUP_NAMES
        yield from (f"{axis}.{name}" for axis in self.axes for name in PART_NAMES)


class GroupNames:
    """Names for one group."""

    def __init__(
        self,
        shape: ShapeNames,
        group: Group,
        work: Mapping[str, Callable[[GroupNames], object]],
        axis_text: Callable[[PartNames], str],
    ) -> None:
        self.shape = shape
        self.group = group
        self._work = work
        self._axis_text = axis_text
        self._memo: dict[str, object] = {}
        self._asked: list[str] = []

    def look_up(self, name: str) -> object:
        """Return the value of a dotted name.

        Raises
        ------
        NameFaultError
            When there is no such name, or it has no value for this group.
        """
        memo = self._memo
        if name in memo:
            return memo[name]
        if not self.shape.is_dynamic(name):
            return self.shape.static(name)
        memo[name] = value = self.shape.guarded(name, self._asked, lambda: self._work_out(name))
        return value

    def remembered(self, work: str) -> object:
        """Return what a piece of work gives for this group, done once."""
        if work not in self._memo:
            self._memo[work] = self._work[work](self)
        return self._memo[work]

    def _work_out(self, name: str) -> object:
        if name in self._work:
            return self._work[name](self)
        head, _, tail = name.partition(".")
        if head in self.shape.axes:
            return self._part_value(head, tail)
        return self.shape.variable(name, self.look_up)

    def _part_value(self, axis: str, name: str) -> object:
        part = self.group.part(axis)
        if part is None:
            raise NameFaultError(
                f"group {self.group.id} has no axis {axis}", f"`{axis}.{name}` can't be used there"
            )
        if name == "where":
            return self._axis_text(PartNames(self, part))
        return part_value(part, name, self.group)


class PartNames:
    """Names in an axis's own ``where``: ``lo``, ``hi``, ``value``, ``n``, ``ids`` are those of the part."""

    def __init__(self, names: GroupNames, part: Part) -> None:
        self.names = names
        self.part = part

    def look_up(self, name: str) -> object:
        """Return the value of a name."""
        if name in PART_NAMES and name != "where":
            return part_value(self.part, name, self.names.group)
        return self.names.look_up(name)


def part_value(part: Part, name: str, group: Group) -> object:
    """Return ``n``, ``lo``, ``hi``, ``ids`` or ``value`` of a part.

    Raises
    ------
    NameFaultError
        When the part has no such value.
    """
    if name == "lo":
        return part.lo
    if name == "hi":
        return part.hi
    if name == "ids":
        out = set(group.excluded.get(part.axis, ()))
        return tuple(i for i in part.ids if i not in out) if out else part.ids
    if name == "n" and part.n is not None:
        return part.n
    if name == "value" and len(part.ids) == 1:
        return part.ids[0]
    if name == "value":
        raise NameFaultError(
            f"`{part.axis}.value` has no value: group {group.id} holds {len(part.ids)} values",
            f"use `{part.axis}.lo`, `{part.axis}.hi` or `{part.axis}.ids`",
        )
    if name == "n":
        raise NameFaultError(
            f"`{part.axis}.n` has no value: each group is one value", f"use `{part.axis}.value`"
        )
    raise NameFaultError(f"an axis has no `{name}`", f"there are {', '.join(PART_NAMES)}")


def render(text: object, look_up: Callable[[str], object]) -> object:
    """Fill in a value; a text that is one expression keeps the type of its value.

    Raises
    ------
    ExpressionError
        When an expression can't be read or a name has no value.
    """
    if not is_template(text):
        return text
    pieces = parse(str(text))
    if len(pieces) == 1 and isinstance(pieces[0], Expression):
        return _evaluate(pieces[0], look_up)
    out = "".join([p if isinstance(p, str) else _as_text(p, _evaluate(p, look_up)) for p in pieces])
    if len(out) > MAX_TEXT:
        raise ExpressionError(f"the text grows to {len(out)} characters; at most {MAX_TEXT} are allowed")
    return out


def _evaluate(expression: Expression, look_up: Callable[[str], object]) -> object:
    if expression.path is not None:
        return look_up(expression.text)
    space = SimpleNamespace()
    for name in sorted(expression.names):
        *heads, last = name.split(".")
        inner = space
        for head in heads:
            inner = vars(inner).setdefault(head, SimpleNamespace())
        vars(inner)[last] = look_up(name)
    try:
        value = expression.run(vars(space))
    except ExpressionError:
        raise
    except Exception as error:  # whatever Jinja2 or the values raise is the author's to mend
        raise ExpressionError(f"`${{{{ {expression.text} }}}}` fails: {error}") from None
    return str(value) if type(value).__name__ == "Markup" else value


def _as_text(expression: Expression, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    kind = "null" if value is None else "a list" if isinstance(value, list | tuple) else "a mapping"
    raise ExpressionError(
        f"`${{{{ {expression.text} }}}}` is {kind}, which has no place inside a text"
        + ("; use `| join(',')`" if kind == "a list" else "")
    )


def _leaves(tree: Tree) -> Iterator[Leaf]:
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Items):
        for item in tree.items:
            yield from _leaves(item)
    elif isinstance(tree, Branch):
        for item in tree.entries.values():
            yield from _leaves(item)


def _render_tree(tree: Tree, look_up: Callable[[str], object]) -> object:
    if isinstance(tree, Leaf):
        return render(tree.value, look_up)
    if isinstance(tree, Items):
        return [_render_tree(item, look_up) for item in tree.items]
    if isinstance(tree, Branch):
        return {k: _render_tree(v, look_up) for k, v in tree.entries.items() if not isinstance(v, Gone)}
    return None
