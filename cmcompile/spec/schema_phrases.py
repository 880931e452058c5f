"""Phrases for findings about the shape of a spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from cmcompile.spec.schema_faults import Fault

#: Keys of BPS that people write beside ``bps`` and not under it.
BPS_KEYS = frozenset(
    [
        "cluster",
        "clusterAlgorithm",
        "computeCloud",
        "computeSite",
        "extraQgraphOptions",
        "extraRunQuantumOptions",
        "includeConfigs",
        "maxJobsPerTask",
        "numberOfRetries",
        "payload",
        "pipelineYaml",
        "pipetask",
        "project",
        "qgraphFile",
        "queue",
        "requestCpus",
        "requestDisk",
        "requestMemory",
        "requestWalltime",
        "runPreCmdOpts",
        "wmsServiceClass",
    ]
)

#: A longer value is cut off in a message.
_LONGEST = 60


def label(path: tuple[str | int, ...]) -> str:
    """Return a place as people write it; items of a list count from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{show(part)}"
    return text.removeprefix(".") or "the file"


def place(path: tuple[str | int, ...], before: str = "in") -> str:
    """Return where a key stands, to be put after a noun; nothing at the top of a file."""
    return f" {before} `{label(path)}`" if path else ""


def show(value: object) -> str:
    """Return a value for a message: on one line, and not too long."""
    if isinstance(value, bool) or value is None or not isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = value if value.isprintable() else json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def kind_of(value: object) -> str:
    """Return what kind of value it is, with an article."""
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "`true` or `false`"),
        (int, "a whole number"),
        (float, "a number with a fraction"),
        (str, "text"),
        (list, "a list"),
        (dict, "a mapping"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "nothing")


def quotes_help(fault: Fault) -> bool:
    """Tell whether a value of the wrong kind would be right as text, were it only in quotes."""
    if "string" not in fault.schema.get("type", ()) or not isinstance(fault.value, bool | int | float):
        return False
    return re.search(fault.schema.get("pattern", ""), show(fault.value)) is not None


def bounds(fault: Fault) -> str:
    """Return what a size or number must be, to be put after its name."""
    limit = fault.limit
    if fault.keyword == "minimum":
        return f"must be {limit} or more, not {fault.value}"
    size = len(fault.value)
    thing = {"L": "character", "I": "item", "P": "key"}[fault.keyword[3]]
    if fault.keyword.startswith("min"):
        return "must not be empty" if limit == 1 else f"must have {count(limit, thing)} or more, not {size}"
    return f"must have {count(limit, thing)} at most, not {size}"


def count(number: int, thing: str) -> str:
    """Return a number with its noun."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def listed(words: Sequence[str]) -> str:
    """Join words with commas and a last ``and``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def close(word: str, known: Iterable[str]) -> str:
    """Return the known word that a misspelt one most likely stands for, or an empty text."""
    from difflib import get_close_matches

    by_lower = {k.lower(): k for k in known}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.65)
    return by_lower[found[0]] if found else ""


def flow(value: object) -> str:
    """Return a value as YAML on one line; a date stays plain, as the reader takes it for text."""
    import yaml

    class Dumper(yaml.SafeDumper):
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [rule for rule in rules if not rule[0].endswith(":timestamp")]
            for first, rules in yaml.SafeDumper.yaml_implicit_resolvers.items()
        }

    text = yaml.dump(value, Dumper=Dumper, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")
