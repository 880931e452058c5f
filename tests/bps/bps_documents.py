"""Makes documents from YAML text, for the tests of the BPS rules."""

from __future__ import annotations

import textwrap

import yaml

from cmcompile.bps.document import Document, Include, document
from cmcompile.bps.rules import check
from cmcompile.model.diagnostic import Diagnostic, Findings
from cmcompile.model.resolved import Branch, Items, Leaf, Origin, Tree
from cmcompile.model.source import Entry, Mapping, Node, Scalar, Sequence, Span

STEP = Span("campaign.yaml", 1, 1)

GOOD = """\
pipelineYaml: ${DRP_PIPE_DIR}/pipelines/DRP.yaml#step1
payload:
  payloadName: test
  output: u/someone/step1/1
  butlerConfig: /repo/main
  inCollection: HSC/defaults
  dataQuery: instrument='HSC' and visit in (1..5)
"""
"""A file without a fault; tests add to it."""


def node(text: str, file: str = "campaign.yaml") -> Node:
    """Read YAML text with positions."""
    loader = yaml.SafeLoader(text)
    root = loader.get_single_node()
    return Scalar(None, Span(file, 1, 1)) if root is None else _node(loader, root, file)


def tree(text: str, file: str = "campaign.yaml") -> Branch:
    """Read YAML text as the tree of a file."""
    made = _tree(node(text, file), Span(file, 1, 1))
    assert isinstance(made, Branch)
    return made


def include(
    name: str, text: str | None, *nested: Include, at: tuple[str, ...] = (), line: int = 1
) -> Include:
    """Make an included file; None as text makes one that can't be read."""
    content = None if text is None else node(textwrap.dedent(text), name)
    return Include(name, Span("campaign.yaml", line, 1), name, content, nested, at)


def doc(
    text: str,
    *includes: Include,
    variables: frozenset[str] | None = None,
    dimensions: frozenset[str] = frozenset(),
    group: str = "1",
) -> Document:
    """Make the document of a group from YAML text."""
    return document(
        tree(textwrap.dedent(text)),
        includes,
        variables=variables,
        step="step1",
        group=group,
        dimensions=dimensions,
        span=STEP,
    )


def found(made: Document) -> tuple[Diagnostic, ...]:
    """Run every rule."""
    findings = Findings()
    check(made, findings)
    return findings.sorted()


def brief(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, int, int]]:
    """Return code, line and column of each finding."""
    return [(d.code.name, d.span.line, d.span.column) for d in diagnostics if d.span is not None]


def _span(mark: yaml.Mark, file: str) -> Span:
    return Span(file, mark.line + 1, mark.column + 1)


def _node(loader: yaml.SafeLoader, given: yaml.Node, file: str) -> Node:
    span = _span(given.start_mark, file)
    if isinstance(given, yaml.MappingNode):
        entries = [
            Entry(str(key.value), _span(key.start_mark, file), _node(loader, value, file))
            for key, value in given.value
        ]
        return Mapping({entry.key: entry for entry in entries}, span)
    if isinstance(given, yaml.SequenceNode):
        return Sequence(tuple(_node(loader, item, file) for item in given.value), span)
    value = loader.construct_object(given)
    return Scalar(value if isinstance(value, str | int | float | bool) else None, span)


def _tree(given: Node, span: Span) -> Tree:
    origin = Origin("campaign", span)
    if isinstance(given, Scalar):
        return Leaf(given.value, origin)
    if isinstance(given, Sequence):
        return Items(tuple(_tree(item, item.span) for item in given.items), origin)
    return Branch({e.key: _tree(e.value, e.key_span) for e in given}, origin)
