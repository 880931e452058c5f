"""Keys of what is kept: digests of all that a step's groups, or the files of a shape, are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256

from cmcompile.compiler.kept.content import digest_of, text_of
from cmcompile.compiler.shape import Frame
from cmcompile.compiler.step import ShapeKey, StepShapes
from cmcompile.model.campaign import Layer, Rescue, Spec, Step, highest
from cmcompile.model.group import ClauseText, Group
from cmcompile.model.source import Mapping as MapNode
from cmcompile.model.source import Scalar, Sequence

#: What the shapes and the constants of groups read of a layer; `groups`, `because`, `steps` and the like
#: never get into a file. A test holds this together with what is really read.
READ = ("bps", "jobs", "batch", "vars", "where", "file", "inputs", "site", "environment", "collect")

_OF_STEPS = re.compile(r"\bsteps\b")


def list_key(name: str, node: MapNode, digest: str) -> str:
    """Return the key of a list: of its definition and its file.

    Parameters
    ----------
    digest
        The sha256 of the file.
    """
    return digest_of((name, node, digest))


def groups_key(spec: Spec, step: Step, lists: Mapping[str, str]) -> str:
    """Return the key of the groups of a step, sent groups left out.

    Overrides are left out too: which groups they hit is found out anew each time.

    Parameters
    ----------
    lists
        The key of each list.
    """
    return digest_of((
        step.name,
        step.split,
        tuple((extra.id, extra.members) for extra in step.extra),
        tuple((exclude.name, exclude.ids, exclude.steps) for exclude in spec.exclude),
        tuple((rescue.name, rescue.groups, rescue.split) for rescue in step.rescues),
        dict(sorted(lists.items())),
    ))  # fmt: skip


class ShapeKeys:
    """The keys of the shapes of one step.

    A shape's key and the group itself settle the bytes of the group's file; with its include files, its
    digest.

    Parameters
    ----------
    collects
        Returns the collections of the steps that have one, and of the campaign.
    """

    def __init__(
        self, spec: Spec, step: Step, shapes: StepShapes, collects: Callable[[], Mapping[str, str]]
    ) -> None:
        self._spec = spec
        self._step = step
        self._shapes = shapes
        self._collects = collects
        self._known: dict[ShapeKey, str | None] = {}

    def of(self, group: Group) -> str | None:
        """Return the key of a group's shape; None where other groups settle its bytes too."""
        which = self._shapes.key(group)
        if which not in self._known:
            self._known[which] = self._key(self._shapes.frame(group), self._rescue(group))
        return self._known[which]

    def _rescue(self, group: Group) -> Rescue | None:
        return next((r for r in self._step.rescues if r.name == group.rescue), None)

    def _key(self, frame: Frame, rescue: Rescue | None) -> str | None:
        spec, stack, collects = self._spec, frame.stack, self._collects()
        own = text_of((
            (spec.name, spec.path, spec.ticket, frame.step, rescue and rescue.name),
            tuple(map(_layer, stack.below)),
            stack.axis_vars,
            tuple(map(_layer, stack.above)),
            (stack.site, stack.environment, spec.environments.get(stack.environment or "")),
            (frame.axes, frame.is_extra, frame.extra),
            (frame.default_file, frame.has_collect, frame.is_bps),
        ))  # fmt: skip
        if any(map(_names_folder, stack.layers())):
            return None  # which files there are is found out each time
        names_steps = _OF_STEPS.search(own) is not None
        if names_steps and "output" in own:
            return None
        given: list[tuple[str, str | None]] = []
        for need in (*self._step.needs, *(rescue.needs if rescue else ())):
            other = spec.step(need.step)
            if other is None or other is self._step:
                continue
            if highest(other.layers, "collect") is None:
                return None
            given.append((other.name, collects.get(other.name)))
        named = (dict(collects), tuple(s.name for s in spec.steps)) if names_steps else ()
        return digest_of((own, given, collects.get(frame.step), collects.get(""), named))


def _names_folder(layer: Layer) -> bool:
    """Tell whether a layer may name a folder of payload files: by a slash at its end, or by an expression."""
    jobs = layer.get("jobs")
    nodes = [jobs.get("payload"), jobs.get("payload+")] if isinstance(jobs, MapNode) else []
    texts = [item for node in nodes for item in (node.items if isinstance(node, Sequence) else (node,))]
    return any(isinstance(t, Scalar) and str(t.value).endswith(("/", "}}")) for t in texts)


def clauses_key(clauses: tuple[ClauseText, ...]) -> str:
    """Return a key of all that the proof of coverage looks at in the clauses of a group."""
    told = [(c.text, c.kind, c.origin.layer, c.numbers) for c in clauses]
    return sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def _layer(layer: Layer) -> tuple[str, dict[str, object]]:
    return layer.name, {key: layer.get(key) for key in READ if key in layer.body}
