"""How large a document may be, so that no input exhausts memory or stack."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that hold while a document streams in.

    Attributes
    ----------
    depth
        Mappings and lists inside each other, aliases followed.
    nodes
        Values and keys in the document, aliases counted once.
    scalar
        Characters of one key or value.
    file
        Bytes of the file.
    expansion
        Nodes that all aliases together stand for, aliases inside aliases multiplied out.
    expansion_text
        Characters of text that all aliases together stand for.
    findings
        Findings in one file, after which reading stops.
    """

    depth: int = 64
    nodes: int = 2_000_000
    scalar: int = MIB
    file: int = 64 * MIB
    expansion: int = 100_000
    expansion_text: int = 64 * MIB
    findings: int = 100
