"""What the names in ``${{ }}`` mean for a group: vars, axes, built-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeAlias

from cmcompile.compiler.expression import is_template
from cmcompile.compiler.plain import ExpressionError, size_of
from cmcompile.compiler.render import leaves, names_in, render, render_text, render_tree
from cmcompile.model import codes
from cmcompile.model.diagnostic import Code
from cmcompile.model.group import Group, Part
from cmcompile.model.resolved import Branch, Gone, Leaf, Tree

__all__ = [
    "Constant",
    "GroupNames",
    "NameFaultError",
    "PartNames",
    "ShapeNames",
    "part_value",
    "render",
    "render_text",
]

#: A value that is the same for all groups of a shape, worked out when it is first asked for.
Constant: TypeAlias = Callable[[], object]

PART_NAMES = ("n", "lo", "hi", "ids", "value", "where")
#: What the jobs of a batch step have names of their own by: ``job.n``, ``job.<column>``.
JOB = "job"
JOB_TEXTS = ("command", "outputs", "inputs", "log")
GROUP_NAMES = ("group.id", "group.parent", "output", "where")
#: More names than this that each need the next are taken for a mistake.
_DEEPEST = 40


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
    inputs
        The texts that the name ``inputs`` is made from.

    Attributes
    ----------
    found
        The values of names that do not depend on the group, as far as they were asked for.
    """

    def __init__(
        self,
        variables: Branch,
        constants: Mapping[str, Constant],
        axes: frozenset[str],
        inputs: Iterable[object] = (),
    ) -> None:
        self.variables = variables
        self._constants = constants
        self.axes = axes
        self._inputs = tuple(inputs)
        self._dynamic: dict[str, bool] = {}
        self._of_job: dict[str, bool] = {}
        self._hints: dict[str, str] = {}
        self.found: dict[str, object] = {}
        self._asked: list[str] = []

    def is_dynamic(self, name: str) -> bool:
        """Tell whether a dotted name may differ between the groups of the shape."""
        known = self._dynamic.get(name)
        return self._reaches_group(name) if known is None else known

    def _reaches_group(self, name: str) -> bool:
        seen, waiting = {name}, [name]
        while waiting:
            at = waiting.pop()
            known = self._dynamic.get(at)
            head = at.split(".", 1)[0]
            if known or at in GROUP_NAMES or head in self.axes or head == JOB:
                self._dynamic[name] = True
                return True
            if known is None:
                fresh = [other for other in self._read_by(at) if other not in seen]
                seen.update(fresh)
                waiting += fresh
        self._dynamic.update(dict.fromkeys(seen, False))
        return False

    def of_job(self, name: str) -> bool:
        """Tell whether a dotted name may differ between the jobs of one group."""
        if name not in self._of_job:
            self._of_job[name] = any(at.split(".", 1)[0] == JOB for at in self.reached(name))
        return self._of_job[name]

    def reached(self, name: str) -> frozenset[str]:
        """Return a name and all names that it is made from, as far as they are vars."""
        seen, waiting = {name}, [name]
        while waiting:
            fresh = [other for other in self._read_by(waiting.pop()) if other not in seen]
            seen.update(fresh)
            waiting += fresh
        return frozenset(seen)

    def _read_by(self, name: str) -> Iterator[str]:
        """Yield the names that a name is made from."""
        texts: Iterable[object] = self._inputs if name == "inputs" else ()
        if name not in self._constants and (found := self._variable(name)) is not None:
            texts = (leaf.value for leaf in leaves(found[0]))
        for text in texts:
            yield from names_in(text)

    def text_is_dynamic(self, text: object) -> bool:
        """Tell whether a text may give different values for the groups of the shape."""
        return is_template(text) and any(map(self.is_dynamic, names_in(text)))

    def _variable(self, name: str) -> tuple[Tree, Sequence[str]] | None:
        """Return a var, or the text that gives it and the keys to follow in its value."""
        node: Tree = self.variables
        parts = name.split(".")
        for at, part in enumerate(parts):
            if isinstance(node, Leaf) and is_template(node.value):
                return node, parts[at:]
            child = node.entries.get(part) if isinstance(node, Branch) else None
            if child is None or isinstance(child, Gone):
                return None
            node = child
        return node, ()

    def static(self, name: str) -> object:
        """Return the value of a name that does not depend on the group.

        Raises
        ------
        NameFaultError
            When there is no such name, or it needs itself.
        """
        if name not in self.found:
            self.found[name] = self.guarded(name, self._asked, lambda: self._work_out(name))
        return self.found[name]

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
        found = self._variable(name)
        if found is None:
            raise self._unknown(name)
        value = render_tree(found[0], look_up)
        for key in found[1]:
            if not isinstance(value, dict) or key not in value:
                raise self._unknown(name)
            value = value[key]
        size_of(value)
        return value

    @staticmethod
    def guarded(name: str, asked: list[str], work: Callable[[], object]) -> object:
        """Work out a name, noticing when it needs itself."""
        if name in asked:
            chain = " → ".join([*asked[asked.index(name) :], name])
            raise NameFaultError(f"{name} needs itself: {chain}", "break the circle", codes.names.NAME_CYCLE)
        if len(asked) > _DEEPEST:
            raise _too_deep(asked[0])
        asked.append(name)
        try:
            return work()
        except RecursionError:
            raise _too_deep(asked[0]) from None
        finally:
            asked.pop()

    def _unknown(self, name: str) -> NameFaultError:
        if name not in self._hints:  # asked by every group of the shape
            known = sorted(self.known())
            close = get_close_matches(name, known, n=1)
            self._hints[name] = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        return NameFaultError(f"`{name}` is no var and no built-in name", self._hints[name])

    def known(self) -> Iterator[str]:
        """Yield every name that can be used."""
        yield from (k for k, v in self.variables.entries.items() if not isinstance(v, Gone))
        yield from (c for c in self._constants if not c.startswith("_"))
        yield from ("inputs", *GROUP_NAMES)
        yield from (f"{axis}.{name}" for axis in self.axes for name in PART_NAMES)


class GroupNames:
    """Names for one group.

    Parameters
    ----------
    shows_jobs
        Whether a name of a job stands for itself, for people to read; else it has no value here.
    """

    def __init__(
        self,
        shape: ShapeNames,
        group: Group,
        work: Mapping[str, Callable[[GroupNames], object]],
        axis_text: Callable[[PartNames], str],
        *,
        shows_jobs: bool = False,
    ) -> None:
        self.shape = shape
        self.group = group
        self._work = work
        self._axis_text = axis_text
        self._shows_jobs = shows_jobs
        self._memo: dict[str, object] = {}
        self._asked: list[str] = []

    def look_up(self, name: str) -> object:
        """Return the value of a dotted name.

        Raises
        ------
        NameFaultError
            When there is no such name, or it has no value for this group.
        """
        known = self.shape.found
        if name in known:
            return known[name]
        memo = self._memo
        if name in memo:
            return memo[name]
        if not self.shape.is_dynamic(name):
            return self.shape.static(name)
        head, _, tail = name.partition(".")
        if name == "group.id":
            value: object = self.group.id
        elif tail and head in self.shape.axes and tail != "where" and name not in self._work:
            # What the group itself knows can't lead back to the name.
            value = self._part_value(head, tail)
        else:
            value = self.shape.guarded(name, self._asked, lambda: self._work_out(name))
        memo[name] = value
        return value

    def tell(self, name: str, value: object) -> None:
        """Take in the value of a name that was worked out elsewhere."""
        self._memo[name] = value

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
        if head == JOB and self._shows_jobs:
            return f"${{{{ {name} }}}}"
        if head == JOB:
            raise NameFaultError(
                f"`{name}` has a value in the texts of `jobs` only",
                f"use it in `{'`, `'.join(JOB_TEXTS)}` of a step with `engine: batch`",
            )
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
    what = f"an axis has no `{name}`" if name else f"`{part.axis}` is an axis and no value"
    raise NameFaultError(what, f"there are {', '.join(f'`{part.axis}.{n}`' for n in PART_NAMES)}")


def _too_deep(name: str) -> NameFaultError:
    return NameFaultError(
        f"`{name}` needs a name that needs a name, on and on", "say it more directly", codes.names.NAME_CYCLE
    )
