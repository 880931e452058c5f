"""Names that BPS fills in itself: at submission, per job, or from its defaults."""

from __future__ import annotations

from typing import Final

from cmcompile.model.resolved import Branch, Items, Leaf, Origin
from cmcompile.model.source import Plain

RUNTIME: Final = frozenset(
    {"timestamp", "operator", "uniqProcName", "submitPath", "qgraphFile", "inputQgraphFile", "runQgraphFile"}
    | {"qgraphId", "qgraphNodeId", "bps_defined", "executionButlerDir"}
    | {"extraQgraphOptions", "extraInitOptions", "extraRunQuantumOptions", "extraUpdateQgraphOptions"}
)
"""Names that BPS fills in at submission, or takes as empty when nothing sets them."""

DIMENSIONS: Final = frozenset(
    {
        "instrument",
        "detector",
        "visit",
        "exposure",
        "group",
        "day_obs",
        "band",
        "physical_filter",
        "subfilter",
    }
    | {"skymap", "tract", "patch", "visit_system", "healpix"}
)
"""Data dimensions: names that only a template of file or job names may use."""

_WMS_ATTRIBUTES: Final = ("name", "label", "node_number", "compute_site", "queue", "job")
TEMPLATE_NAMES: Final = DIMENSIONS | frozenset(_WMS_ATTRIBUTES)
"""Names that BPS fills in per job, in keys of TEMPLATES only."""

TEMPLATES: Final = frozenset({"subDirTemplate", "templateDataId", "clusterTemplate", "qgraphFileTemplate"})

_BUILT_IN: Final = Origin("BPS default", None)


def _defaults() -> Branch:
    payload: dict[str, Plain] = {
        "runInit": True,
        "output": "u/{operator}/{payloadName}",
        "outputRun": "{output}/{timestamp}",
    }
    root: dict[str, Plain] = {
        "defaultPreCmdOpts": "--long-log --log-level=VERBOSE",
        "qgraphPreCmdOpts": "{defaultPreCmdOpts}",
        "initPreCmdOpts": "{defaultPreCmdOpts}",
        "runPreCmdOpts": "{defaultPreCmdOpts}",
        "updateQgraphPreCmdOpts": "{defaultPreCmdOpts}",
        "pipetaskOutput": "-o {output}",
        "pipetaskInput": "-i {inCollection}",
        "fileDistributionEndPoint": "",
        "extraAggregateOptions": "",
        "preemptible": True,
        "requestMemory": 2048,
        "requestCpus": 1,
        "numberOfRetries": 5,
        "memoryMultiplier": 2,
        "memoryLimit": 491520,
        "bpsUseShared": True,
        "whenSaveJobQgraph": "NEVER",
    }
    body = Branch({k: Leaf(v, _BUILT_IN) for k, v in payload.items()}, _BUILT_IN)
    leaves = {k: Leaf(v, _BUILT_IN) for k, v in root.items()}
    codes = Items((Leaf(1, _BUILT_IN), Leaf(2, _BUILT_IN)), _BUILT_IN)
    return Branch({"payload": body, **leaves, "retryUnlessExit": codes}, _BUILT_IN)


DEFAULTS: Final[Branch] = _defaults()
"""The defaults of BPS that a text or a rule may need; memory in MiB."""

WMS_SERVICE_CLASS: Final = "lsst.ctrl.bps.htcondor.HTCondorService"
"""The workload system that BPS takes where nothing names one."""

DEFAULT_NAMES: Final = frozenset(k for k in DEFAULTS.entries) | frozenset(
    {"pipetaskDataQuery", "pipetask", "createQuantumGraph", "runQuantumCommand", "updateQuantumGraph"}
    | {"wmsServiceClass", "clusterAlgorithm", "submitPath", "qgraphFileTemplate"}
    | {"subDirTemplate", "templateDataId", "saveDot", "saveGenericWorkflow", "saveClusteredQgraph"}
    | {
        "validateClusteredQgraph",
        "useLazyCommands",
        "executionButler",
        "finalJob",
        "makeIdLink",
        "idLinkPath",
    }
)
"""Names at root that have a default: a ``{x}`` of them is never undefined."""
