"""The reading of one document, from bytes to a node."""

from __future__ import annotations

import yaml

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Node, Span
from cmcompile.spec.yaml import characters
from cmcompile.spec.yaml.builder import Builder
from cmcompile.spec.yaml.limits import MIB, Limits
from cmcompile.spec.yaml.source import Document, Stop
from cmcompile.spec.yaml.syntax import report_syntax
from cmcompile.spec.yaml.tabs import report_tabs

_NO_LIMITS = Limits()


def read(path: str, data: bytes, findings: Findings, limits: Limits = _NO_LIMITS) -> Node | None:
    """Read one document, strictly.

    Values without quotes are null, ``true``/``false``, decimal numbers or text; keys are always text. An
    empty document is a null.

    Parameters
    ----------
    path
        Path relative to the root of the repository, for positions.
    data
        The bytes of the file.
    findings
        Gets an error for everything that isn't accepted, many in one pass where that is possible.
    limits
        How large the document may be.

    Returns
    -------
    node
        The document, or None when this call recorded an error.
    """
    if len(data) > limits.file:
        most = f"{limits.file // MIB} MiB" if limits.file >= MIB else f"{limits.file} bytes"
        findings.add(
            reading.LIMIT, Span(path, 1, 1), f"the file is larger than {most}", "split it into several"
        )
        return None
    text = characters.decode(path, data, findings)
    if text is None:
        return None
    document = Document(path, text, findings, limits)
    try:
        characters.check(document)
        node = None if document.failed else _build(document)
    except Stop:
        return None
    return None if document.failed else node


def _build(document: Document) -> Node | None:
    builder = Builder(document)
    try:
        builder.run()
    except yaml.YAMLError as error:
        report_syntax(document, error, builder.blocks)
        return None
    report_tabs(document, builder.blocks)
    return builder.root
