"""Rules 11, 12: what a submit file can't do without, and keys that only a submission may set."""

from __future__ import annotations

from cmcompile.bps.view import View, places
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Leaf, Tree

_CLAIMED = {
    "outputRun": "the run is named when the group is submitted",
    "submitPath": "the submit directory is named when the group is submitted",
    "outCollection": "it is the old name of outputRun, BPS refuses it, and runs are named at submission",
}


def check(view: View) -> None:
    """Report missing keys, keys that exclude each other, and keys of the claim."""
    pipeline, graph = view.find("pipelineYaml"), view.find("qgraphFile")
    if not _is_empty(pipeline) and not _is_empty(graph):
        message = "both `pipelineYaml` and `qgraphFile` are set: BPS takes the graph and ignores the pipeline"
        view.report(codes.PIPELINE_OR_GRAPH, graph, message, "delete one of them with `null`")
    elif _is_empty(pipeline) and _is_empty(graph) and not view.unreadable and view.find("customJob") is None:
        message = "neither `pipelineYaml` nor `qgraphFile` is set: BPS has nothing to run"
        view.report(codes.PIPELINE_OR_GRAPH, pipeline or graph, message, "set `pipelineYaml`")
    if not _is_empty(pipeline) and _is_empty(graph):
        for key in ("dataQuery", "inCollection", "butlerConfig"):
            _needed(view, key, "")
    if "payloadName" in view.used:
        _needed(view, "payloadName", ", but a text uses {payloadName}")
    for path, node in places(view):
        for key, reason in _CLAIMED.items():
            value = node.get(key) if path in ((), ("payload",)) else None
            if value is not None:
                name = ".".join((*path, key))
                view.report(
                    codes.CLAIM_KEY, value, f"`{name}` can't be set here: {reason}", f"remove `{key}`"
                )


def _needed(view: View, key: str, why: str) -> None:
    value = view.find(key)
    if not _is_empty(value) or (value is None and view.unreadable):
        return
    state = "missing" if value is None else "empty"
    place = value or view.tree.get("payload")
    view.report(codes.MISSING_KEY, place, f"`payload.{key}` is {state}{why}", f"set `{key}` under `payload`")


def _is_empty(value: Tree | None) -> bool:
    return value is None or (isinstance(value, Leaf) and value.value in (None, ""))
