"""A campaign file to the model: load → check → build; findings say what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from cmcompile.model.campaign import Environment, Layer, ListData, Spec, highest
from cmcompile.model.collector import paused_collector
from cmcompile.model.diagnostic import Diagnostic, Findings
from cmcompile.model.ports import Sources
from cmcompile.model.source import Mapping, Scalar, Span
from cmcompile.spec.documents import RepositoryDocuments
from cmcompile.spec.extend import SpecFile, read_files
from cmcompile.spec.lists import read_list
from cmcompile.spec.params import check_params, param_defaults
from cmcompile.spec.policies import load_policies
from cmcompile.spec.references import check_references
from cmcompile.spec.review import check_review
from cmcompile.spec.selectors import build_excludes
from cmcompile.spec.sense import check_sense
from cmcompile.spec.steps import build_allow, build_pace, build_step
from cmcompile.spec.tell import build_tell
from cmcompile.spec.values import items, mapping, refuse_in_keys, text

#: Reads a list, by its name and definition.
ListReader: TypeAlias = Callable[[RepositoryDocuments, str, Mapping, Findings], ListData]


def load(
    sources: Sources, path: str, lists: ListReader = read_list
) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """Read a campaign.

    Parameters
    ----------
    path
        The spec file, relative to the root of the repository.
    lists
        Reads the lists; for who knows what is in some of them.

    Returns
    -------
    The spec, or None when it can't be used; and the findings.
    """
    with paused_collector():
        return _load(sources, path, lists)


def _load(sources: Sources, path: str, reader: ListReader) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    findings = Findings()
    documents = RepositoryDocuments(sources)
    files = read_files(documents, path, findings)
    if not files:
        return None, findings.sorted()
    spec = _build(documents, files, reader, findings)
    spec = replace(spec, policies=load_policies(documents, spec, findings))
    check_params(files, spec, findings)
    check_references(spec, findings)
    check_sense(spec, findings)
    check_review(spec, findings)
    findings.allow("", spec.allow)
    return (None if findings.failed else spec), findings.sorted()


def _build(
    documents: RepositoryDocuments, files: Sequence[SpecFile], reader: ListReader, findings: Findings
) -> Spec:
    main = files[-1]
    layers = tuple(f.layer for f in files)
    for layer in layers:
        refuse_in_keys(layer.body, findings)
    lists = _lists(documents, layers, reader, findings)
    steps = tuple(
        build_step(name, step_layers, span, lists, findings)
        for name, (step_layers, span) in _step_layers(layers).items()
    )
    return Spec(
        name=text(main.layer.get("campaign")) or "",
        path=main.path,
        production=text(highest(layers, "production")),
        ticket=text(highest(layers, "ticket")),
        layers=(*param_defaults(files), *layers),
        sites=_named(layers, "sites", "site"),
        environments=_environments(layers, findings),
        lists=lists,
        exclude=tuple(e for n in layers for e in build_excludes(documents, n.get("exclude"), findings)),
        steps=steps,
        pace=build_pace(layers),
        allow=build_allow(layers),
        tell=build_tell(layers),
        files=documents,
        span=main.layer.body.key_span("campaign"),
        inputs=documents.digests,
    )


def _lists(
    documents: RepositoryDocuments, layers: Sequence[Layer], reader: ListReader, findings: Findings
) -> dict[str, ListData]:
    nodes: dict[str, Mapping] = {}
    for layer in layers:
        for entry in mapping(layer.get("lists")) or ():
            if isinstance(entry.value, Mapping):
                nodes[entry.key] = entry.value
    return {name: reader(documents, name, node, findings) for name, node in nodes.items()}


def _step_layers(layers: Sequence[Layer]) -> dict[str, tuple[tuple[Layer, ...], Span]]:
    """Return the layers of each step: all ``step_defaults`` first, then the step of each file."""
    defaults = tuple(
        Layer(f"{_of(layer)}step_defaults", node)
        for layer in layers
        if (node := mapping(layer.get("step_defaults"))) is not None
    )
    found: dict[str, tuple[tuple[Layer, ...], Span]] = {}
    for layer in layers:
        for entry in mapping(layer.get("steps")) or ():
            body = entry.value if isinstance(entry.value, Mapping) else Mapping({}, entry.key_span)
            below = found[entry.key][0] if entry.key in found else defaults
            own = Layer(f"{_of(layer)}step {entry.key}", body)
            found[entry.key] = ((*below, own), entry.key_span)
    return found


def _of(layer: Layer) -> str:
    return "" if layer.name == "campaign" else f"{layer.name}: "


def _named(layers: Sequence[Layer], key: str, kind: str) -> dict[str, Layer]:
    found: dict[str, Layer] = {}
    for layer in layers:
        for entry in mapping(layer.get(key)) or ():
            if isinstance(entry.value, Mapping):
                found[entry.key] = Layer(f"{kind} {entry.key}", entry.value)
    return found


def _environments(layers: Sequence[Layer], findings: Findings) -> dict[str, Environment]:
    bodies = {name: layer.body for name, layer in _named(layers, "environments", "environment").items()}
    return {name: _environment(name, bodies, findings) for name in bodies}


def _environment(name: str, bodies: dict[str, Mapping], findings: Findings) -> Environment:
    """Follow ``like``: variables are merged, set-up commands and secrets taken over unless written anew."""
    names: list[str] = []
    at: str | None = name
    while at is not None and at in bodies and at not in names:
        names.append(at)
        at = text(bodies[at].get("like"))
    env: dict[str, Scalar] = {}
    setup: tuple[Scalar, ...] = ()
    secrets: tuple[str, ...] = ()
    for body in (bodies[name] for name in reversed(names)):
        if "setup" in body:
            setup = tuple(n for n in items(body.get("setup")) if isinstance(n, Scalar))
        if "secrets" in body:
            secrets = tuple(str(text(n)) for n in items(body.get("secrets")))
        for entry in mapping(body.get("env")) or ():
            if isinstance(entry.value, Scalar):
                env[entry.key] = entry.value
                if entry.value.value is None:
                    del env[entry.key]
    return Environment(name, setup, env, secrets, bodies[name].span)
