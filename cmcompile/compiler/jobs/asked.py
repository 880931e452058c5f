"""What the groups of a batch step ask of the batch system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cmcompile.batch.document import SYSTEMS, Resources
from cmcompile.batch.submit import option_problem
from cmcompile.compiler.jobs.sizes import cores, megabytes, seconds
from cmcompile.compiler.names import GroupNames
from cmcompile.compiler.plain import ExpressionError, in_text
from cmcompile.compiler.shape import Shape
from cmcompile.model import codes
from cmcompile.model.diagnostic import Code, Findings
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree
from cmcompile.model.source import Span

#: Names of clusters and schedds, and paths of settings: they stand in commands.
_WHERE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:/+-")


@dataclass(slots=True)
class Reporter:
    """Takes what is wrong with the jobs of a step; the same fault in thousands of groups is one."""

    findings: Findings
    _told: set[tuple[str, Span, str]]

    def add(
        self, code: Code, shape: Shape, message: str, hint: str, span: Span | None = None, about: str = ""
    ) -> None:
        """Report something, once for each place.

        Parameters
        ----------
        span
            None: where the step is written.
        about
            What tells it from others at this place.
        """
        at = span or shape.frame.span
        if (code.name, at, about) not in self._told:
            self._told.add((code.name, at, about))
            self.findings.add(code, at, message, hint, scope=shape.frame.step)


@dataclass(frozen=True, slots=True)
class Asked:
    """The system, where it is, its options, and what each job asks for."""

    system: str
    where: str
    options: dict[str, str]
    resources: Resources


def asked_of(shape: Shape, names: GroupNames, reporter: Reporter) -> Asked | None:
    """Return what a group asks for; None where no layer says of which system."""
    batch = shape.tree.get("batch")
    entries = batch.entries if isinstance(batch, Branch) else {}
    leaf = entries.get("system")
    system = leaf.value if isinstance(leaf, Leaf) else None
    resources = _resources(shape, names, reporter)
    if not isinstance(system, str) or system not in SYSTEMS:
        reporter.add(
            codes.batch.LACKING,
            shape,
            f"no layer says which batch system runs the jobs of {shape.frame.step}",
            "set `batch: {system: slurm}` or `htcondor` on the site, the campaign or the step",
            about="system",
        )
        return None
    where = entries.get("where")
    place = (shape.text_value(where, names) or "") if isinstance(where, Leaf) else ""
    if isinstance(where, Leaf) and (not _WHERE.issuperset(place) or place.startswith("-")):
        what = f"`batch.where` would be {place!r}, which is no name of a cluster or schedd"
        reporter.add(
            codes.batch.BAD_OPTION, shape, what, "write the name alone", where.origin.span, about=place
        )
        place = ""
    return Asked(system, place, _options(system, entries.get("options"), shape, names, reporter), resources)


def _options(
    system: str, tree: Tree | None, shape: Shape, names: GroupNames, reporter: Reporter
) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, leaf in tree.entries.items() if isinstance(tree, Branch) else ():
        if not isinstance(leaf, Leaf):
            continue
        value = shape.value(leaf, names)
        if value is None or value is False:
            continue
        text = ("" if system == "slurm" else "true") if value is True else _text(value)
        problem = option_problem(system, key, text)
        if problem is None:
            found[key] = text
            continue
        message = f"`batch.options.{key}` {problem[0]}"
        reporter.add(codes.batch.BAD_OPTION, shape, message, problem[1], leaf.origin.span, about=key)
    return found


def _text(value: object) -> str:
    try:
        return in_text(value)
    except ExpressionError:
        return "\0"  # refused as a value


_KINDS: dict[str, tuple[Callable[[object], int | None], str]] = {
    "memory": (megabytes, "write megabytes, or text such as `4GB`; at most 1024 TB"),
    "cores": (cores, "write a whole number, 1 or more"),
    "disk": (megabytes, "write megabytes, or text such as `20GB`; at most 1024 TB"),
    "walltime": (seconds, "write minutes, hours or days, such as `90m`; at most 366 days"),
}


def _resources(shape: Shape, names: GroupNames, reporter: Reporter) -> Resources:
    tree = shape.tree.get("jobs", "resources")
    found: dict[str, int] = {}
    for key, (read, hint) in _KINDS.items():
        leaf = tree.entries.get(key) if isinstance(tree, Branch) else None
        if leaf is None or isinstance(leaf, Gone):
            continue
        value = shape.value(leaf, names) if isinstance(leaf, Leaf) else None
        number = read(value)
        if number is not None:
            found[key] = number
        elif value is not None or isinstance(leaf, Items | Branch):
            message = f"`jobs.resources.{key}` would be {value!r}, which can't be asked for"
            reporter.add(codes.batch.BAD_RESOURCE, shape, message, hint, leaf.origin.span, about=key)
    return Resources(**found)
