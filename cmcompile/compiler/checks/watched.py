"""Which values of a group more than the rules for single values look at."""

from __future__ import annotations

import re

from cmcompile.bps.keys import (
    CLUSTER_KEYS,
    FINAL_JOB_KEYS,
    JOB_KEYS,
    PAYLOAD_KEYS,
    PLUGIN_KEYS,
    ROOT_KEYS,
    Kind,
)
from cmcompile.compiler.emit import Slot
from cmcompile.compiler.shape import Shape
from cmcompile.model.group import CompiledGroup, Group

#: Text keys whose values rules compare with others, or with a list of words.
_COMPARED = frozenset({
    *("pipelineYaml", "pipetasks", "equalDimensions", "findDependencyMethod", "partitionDimensions"),
    *("clusterAlgorithm", "computeSite", "computeCloud", "wmsServiceClass", "memoryLimit"),
    *("whenRun", "whenSaveJobQgraph", "runQuantumCommand"),
})  # fmt: skip
_KINDS = {**PLUGIN_KEYS, **PAYLOAD_KEYS, **ROOT_KEYS, **FINAL_JOB_KEYS, **CLUSTER_KEYS, **JOB_KEYS}
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
#: A value beside a brace or a dollar sign makes a name with it.
_GLUED = re.compile(r"\$\{?\w*\0|\{[^{}]*\0|\0[^{}]*\}|\}\w*\0")
_QUOTED = re.compile(r"'[^']*'")
_WORD = re.compile(r"[A-Za-z_]\w*")
_ODD = re.compile(r"[${}]|^$")


def watched(shape: Shape) -> tuple[Slot, ...]:
    """Return the places of a shape whose values may break a rule that looks at more than one value.

    Groups that agree in these values break the same rules, those for single values apart.
    """
    return tuple(piece for piece in shape.program if isinstance(piece, Slot) and _is_watched(piece))


def _is_watched(slot: Slot) -> bool:
    path = [key for key in slot.path if not key.isdigit()] or [""]
    key = path[-1]
    if key in _COMPARED or _KINDS.get(key, Kind.TEXT) not in (Kind.TEXT, Kind.TEXTS, Kind.ANY):
        return True
    if path[0] == "pipetask" and key in JOB_KEYS:
        return True
    return _GLUED.search(_EXPRESSION.sub("\0", str(slot.leaf.value))) is not None


def odd_texts(group: Group) -> tuple[str, ...]:
    """Return the ids of a group that could be taken for names of BPS or of the environment, or are empty."""
    texts = [part.ids for part in group.parts if isinstance(part.ids[0], str)]
    return tuple(text for ids in texts for text in map(str, ids) if _ODD.search(text))


def words_of_query(made: CompiledGroup) -> frozenset[str]:
    """Return the words of a predicate outside of quotes; clauses of mere numbers are left out."""
    texts = (_QUOTED.sub("", clause.text) for clause in made.clauses if not clause.numbers)
    return frozenset(word.lower() for text in texts for word in _WORD.findall(text))
