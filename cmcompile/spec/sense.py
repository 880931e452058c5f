"""What a schema can't say: codes that exist, and times in their order."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from cmcompile.model import codes
from cmcompile.model.campaign import Layer, Spec
from cmcompile.model.diagnostic import Code, Findings, Severity
from cmcompile.model.source import Mapping
from cmcompile.spec.values import items, mapping, text

#: Errors that leave a group without a right file, or two with one: no reason makes them good.
FIRM = frozenset(
    code
    for stage in (codes.reading, codes.shape, codes.names, codes.sent, codes.output, codes.tagged)
    for code in vars(stage).values()
    if isinstance(code, Code) and code.severity is Severity.ERROR
) | {
    codes.splitting.BAD_AXIS,
    codes.splitting.BAD_LIST,
    codes.splitting.BAD_GROUP_ID,
    codes.splitting.NO_MATCH,
    codes.rescues.BAD_RESCUE,
}


def check_sense(spec: Spec, findings: Findings) -> None:
    """Report allowed codes that don't exist, and pauses that end before they start."""
    for layer in _layers(spec):
        _codes(mapping(layer.get("allow")), findings)
        for pause in items(layer.get("pause")):
            if isinstance(pause, Mapping):
                _pause(pause, findings)


def _layers(spec: Spec) -> Iterator[Layer]:
    yield from spec.layers
    for step in spec.steps:
        yield from step.layers


def _codes(allowed: Mapping | None, findings: Findings) -> None:
    known = codes.all_codes()
    for entry in allowed or ():
        if known.get(entry.key) in FIRM:
            findings.add(
                codes.shape.NOT_ALLOWED,
                entry.key_span,
                f"`allow` can't accept {entry.key}: {known[entry.key].title}",
                "mend what it is about; without that there is no right file",
            )
        if entry.key not in known:
            close = get_close_matches(entry.key, known, n=1)
            findings.add(
                codes.names.UNKNOWN_REFERENCE,
                entry.key_span,
                f"`allow` names {entry.key}, and there is no such finding",
                f"did you mean {close[0]}?" if close else "docs/diagnostics/README.md lists them",
            )


def _pause(pause: Mapping, findings: Findings) -> None:
    start, end = text(pause.get("from")), text(pause.get("to"))
    if start is None or end is None:
        return
    # Of two moments of one form, the order of the texts is that of time; else the days alone are compared.
    comparable = len(start) == len(end) and start[16:] == end[16:]
    if (end < start) if comparable else (end[:10] < start[:10]):
        findings.add(
            codes.shape.OUT_OF_BOUNDS,
            pause.key_span("to"),
            f"the pause ends at {end}, before it starts at {start}",
            "correct one of them",
        )
