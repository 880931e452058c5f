"""Rules 20, 23 and the length of the run name: the rules that look at single values of a group."""

from __future__ import annotations

from cmcompile.bps.defaults import DEFAULTS
from cmcompile.bps.document import Document
from cmcompile.bps.resolve import Search
from cmcompile.bps.rules.residue import residue
from cmcompile.model.codes import bps as codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Items, Leaf, Tree
from cmcompile.model.source import Span

NAME_COLUMN = 255
"""Characters that the column of workflow names of iDDS holds."""

RUN_SUFFIX = "/w00-abcdef"
"""The shape of the last part of every run name."""


def check_text(
    document: Document, path: tuple[str, ...], text: str, span: Span | None, findings: Findings
) -> None:
    """Report residue of a template in one text."""
    left = residue(path, text)
    if left is not None:
        name = ".".join(path)
        message = f"`{name}` holds {left}"
        hint = "find the ${{ }} or list that gave nothing"
        findings.add(codes.RESIDUE, span or document.span, message, hint, (), document.step)


def check_collections(document: Document, findings: Findings) -> None:
    """Report an output that is also an input, or that is too long for a run name."""
    search = Search.of((document.tree, document.below, DEFAULTS))
    output = search.find("output")
    name = _filled(search, output, "output")
    if name is None or output is None:
        return
    inputs = search.find("inCollection")
    if name and inputs is not None and name in _parts(search, inputs):
        message = f"`payload.output` is `{name}`, which is also in `payload.inCollection`"
        hint = "give the step an output of its own"
        findings.add(
            codes.OUTPUT_IS_INPUT, output.origin.span or document.span, message, hint, (), document.step
        )
    length = len(name) + len(document.step) + len(document.group) + 2 + len(RUN_SUFFIX)
    if length > NAME_COLUMN:
        _too_long(document, output, name, length, findings)


def _too_long(document: Document, output: Tree, name: str, length: int, findings: Findings) -> None:
    run = f"{name}/{document.step}/{document.group}{RUN_SUFFIX}"
    message = f"the run name `{run}` has {length} characters, and iDDS keeps {NAME_COLUMN}"
    hint = f"shorten `payload.output` by {length - NAME_COLUMN} characters"
    findings.add(codes.OUTPUT_TOO_LONG, output.origin.span or document.span, message, hint, (), document.step)


def _parts(search: Search, inputs: Tree) -> list[str]:
    if isinstance(inputs, Items):
        texts = [item.value for item in inputs.items if isinstance(item, Leaf)]
        return [str(text) for text in texts]
    return [part.strip() for part in (_filled(search, inputs, "inCollection") or "").split(",")]


def _filled(search: Search, found: Tree | None, key: str) -> str | None:
    if not isinstance(found, Leaf) or not isinstance(found.value, str):
        return None
    filled = search.fill(found.value, (key,))
    return filled.text if filled.trouble is None else None
