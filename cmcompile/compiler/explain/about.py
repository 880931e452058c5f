"""What a group is beside its document: file, output, ids, what it covers, site, environment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from cmcompile.compiler.explain.subject import Subject
from cmcompile.compiler.explain.values import Explainer
from cmcompile.compiler.expression import is_template
from cmcompile.compiler.names import part_value
from cmcompile.model.campaign import Axis, Layer
from cmcompile.model.explanation import BUILT_IN, Explanation, Setting
from cmcompile.model.group import Part
from cmcompile.model.ids import in_words
from cmcompile.model.resolved import Leaf
from cmcompile.model.source import Scalar

_BPS_NAME = re.compile(r"(?<!\$)\{([A-Za-z]\w*)\}")


def explain_file(subject: Subject, explainer: Explainer) -> Explanation:
    """Explain where the file of the group goes."""
    default = subject.shape.frame.default_file
    lowest = Setting("set", BUILT_IN, None, explainer.scope.rendered(default)[0], default)
    settings = (*_settings(subject.layers, "file", explainer), lowest)
    leaf = subject.shape.file
    return Explanation("file", "value", subject.made.path, settings, names=explainer.names_in(leaf.value))


def explain_output(subject: Subject, explainer: Explainer) -> Explanation:
    """Explain the output: ``payload.output`` with BPS's own names filled in."""
    leaf = subject.shape.tree.get("payload", "output")
    value, fault = explainer.scope.value("output")
    if not isinstance(leaf, Leaf):
        return Explanation("output", "value", value, fault=fault)
    found = explainer.tree("output", leaf, "bps", ("payload", "output"))
    text = found.value
    notes = ("BPS's own `{}` filled in",) if isinstance(text, str) and "{" in text else ()
    settings = found.settings
    if notes and not settings[0].written:
        settings = (replace(settings[0], written=str(text)), *settings[1:])
    names = (*found.names, *_bps_names(subject, explainer, str(text)))
    return replace(found, value=value, settings=settings, names=names, notes=notes, fault=fault)


def _bps_names(subject: Subject, explainer: Explainer, text: str) -> Iterable[Explanation]:
    """Yield the keys that BPS's own ``{x}`` in a text stand for: of the payload, else of the root."""
    for name in dict.fromkeys(_BPS_NAME.findall(text)):
        for path in (("payload", name), (name,)):
            tree = subject.shape.tree.get(*path)
            if tree is not None:
                yield explainer.tree(".".join(path), tree, "bps", path)
                break


def explain_ids(subject: Subject) -> Explanation:
    """Explain which ids the group holds, by axis."""
    parts = tuple(_of_part(subject, part) for part in subject.group.parts)
    notes = () if parts else (f"{subject.step.name} has no split: its query says what is taken",)
    return Explanation("ids", "mapping", {p.key: p.value for p in parts}, parts=parts, notes=notes)


def _of_part(subject: Subject, part: Part) -> Explanation:
    ids = part_value(part, "ids", subject.group)
    held = list(ids) if isinstance(ids, tuple) else []
    notes = []
    axis = subject.axis(part)
    if axis is not None:
        notes += _source(subject, axis, part)
    taken = subject.group.excluded.get(part.axis, ())
    excluded = tuple(
        Setting("excluded", "exclude", e.span, None, "", e.because) for e in subject.excludes(part)
    )
    if taken:
        notes.append(f"without {in_words(taken)}")
    settings = (subject.cut(part, held), *excluded)
    return Explanation(part.dimension or part.axis, "list", held, settings, notes=tuple(notes))


def _source(subject: Subject, axis: Axis, part: Part) -> list[str]:
    source = axis.sources[part.source]
    notes = [f"part {part.n}"] if part.n is not None else [f"value {part.key}"]
    if source.list is not None:
        notes.append(f"of list {source.list}, {subject.spec.lists[source.list].file}")
    if part.bounds is not None:
        notes.append(f"range {part.bounds[0]} to {part.bounds[1]} as written")
    if part.last:
        notes.append("the last part of a growing list")
    return [", ".join(notes)]


def explain_covers(subject: Subject) -> Explanation:
    """Explain which first-pass groups a rescue group covers."""
    group, rescue = subject.group, subject.rescue
    if rescue is None:
        return Explanation("covers", "list", [], notes=("a group of the first pass covers only itself",))
    by = Setting("cut", rescue.layer.name, rescue.span, list(group.covers), because=rescue.because or "")
    parts = tuple(
        Explanation(f"covers.{at}", "value", f"{group.step}/{c}") for at, c in enumerate(group.covers)
    )
    return Explanation("covers", "list", [f"{group.step}/{c}" for c in group.covers], (by,), parts)


def explain_choice(subject: Subject, explainer: Explainer, key: str) -> Explanation:
    """Explain which site or environment is chosen, and by whom."""
    stack = subject.shape.frame.stack
    name = stack.site if key == "site" else stack.environment
    settings = tuple(
        s if s.how == "deleted" else replace(s, how="chosen")
        for s in _settings(subject.layers, key, explainer)
    )
    if not settings:
        return Explanation(key, "value", None, notes=(f"no layer chooses one of `{key}s`",))
    notes: tuple[str, ...] = ()
    parts: tuple[Explanation, ...] = ()
    if key == "site" and name is not None:
        notes = (f"site {name} is defined at {subject.spec.sites[name].body.span}",)
    elif name is not None:
        notes = (f"environment {name} is defined at {subject.spec.environments[name].span}",)
        parts = tuple(_commands(subject, explainer, name))
    return Explanation(key, "value", name, settings, parts, notes=notes)


def _commands(subject: Subject, explainer: Explainer, name: str) -> Iterable[Explanation]:
    chosen = subject.spec.environments[name]
    for at, node in enumerate(chosen.setup):
        yield _of_node(explainer, f"setup.{at}", node)
    for variable, node in chosen.env.items():
        yield _of_node(explainer, f"env.{variable}", node)
    for secret in chosen.secrets:
        yield Explanation(f"secrets.{secret}", "value", None, notes=("only its name is kept here",))


def _of_node(explainer: Explainer, key: str, node: Scalar) -> Explanation:
    found = explainer.text(key, node.value)
    written = str(node.value) if is_template(node.value) else ""
    return replace(found, settings=(Setting("set", "environment", node.span, found.value, written),))


def _settings(layers: Iterable[Layer], key: str, explainer: Explainer) -> tuple[Setting, ...]:
    """Return what the layers say of a key that is one value, highest first."""
    out = []
    for layer in layers:
        node = layer.get(key)
        if isinstance(node, Scalar) and node.value is not None:
            out.append(explainer.node(key, node, layer.name).settings[0])
        elif isinstance(node, Scalar) and key != "file":
            because = explainer.scope.because(layer.name)
            out.append(Setting("deleted", layer.name, node.span, because=because))
    return tuple(reversed(out))
