"""The keys that BPS and its plugins read: where they stand, how they are spelled, what they hold.

Source: the defaults file and the job fields of ``lsst-ctrl-bps`` 30.0.0, and the keys that its PanDA,
HTCondor and Parsl plugins search for. A test compares these tables with the installed package.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a value may be, in words for a message."""

    TEXT = "text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    CODES = "a whole number or a list of whole numbers"
    TEXT_OR_WHOLE = "text or a whole number"
    TEXTS = "text or a list of texts"
    MAPPING = "a mapping"
    ANY = "any value"


JOB_KEYS: Final[dict[str, Kind]] = {
    "memoryMultiplier": Kind.NUMBER,
    "requestMemory": Kind.WHOLE,
    "requestMemoryMax": Kind.WHOLE,
    "requestCpus": Kind.WHOLE,
    "requestDisk": Kind.WHOLE,
    "requestWalltime": Kind.TEXT_OR_WHOLE,
    "computeSite": Kind.TEXT,
    "computeCloud": Kind.TEXT,
    "accountingGroup": Kind.TEXT,
    "accountingUser": Kind.TEXT,
    "mailTo": Kind.TEXT,
    "whenToMail": Kind.TEXT,
    "numberOfRetries": Kind.WHOLE,
    "retryUnlessExit": Kind.CODES,
    "abortOnValue": Kind.WHOLE,
    "abortReturnValue": Kind.WHOLE,
    "priority": Kind.TEXT_OR_WHOLE,
    "category": Kind.TEXT,
    "concurrencyLimit": Kind.TEXT,
    "queue": Kind.TEXT,
    "preCmdline": Kind.TEXT,
    "postCmdline": Kind.TEXT,
    "preemptible": Kind.FLAG,
    "profile": Kind.MAPPING,
    "attrs": Kind.MAPPING,
    "environment": Kind.MAPPING,
}
"""Attributes of a job that a file may set, at root or in any section."""

JOB_MAX: Final = frozenset(
    {"memoryMultiplier", "numberOfRetries", "requestCpus", "requestMemory", "requestMemoryMax"}
)
"""Job keys of which a cluster takes the largest value of its tasks."""

JOB_SUM: Final = frozenset({"requestDisk", "requestWalltime"})
"""Job keys of which a cluster takes the sum over its tasks."""

JOB_FREE: Final = frozenset({"profile", "attrs"})
"""Job keys whose values may differ among the tasks of a cluster."""

JOB_UNIFORM: Final = (*(k for k in JOB_KEYS if k not in JOB_MAX | JOB_SUM | JOB_FREE), "runQuantumCommand")
"""Job keys that must have one value for all tasks of a cluster (the command too)."""

CLUSTER_KEYS: Final[dict[str, Kind]] = {
    "pipetasks": Kind.TEXT,
    "dimensions": Kind.TEXT,
    "equalDimensions": Kind.TEXT,
    "partitionDimensions": Kind.TEXT,
    "partitionMaxClusters": Kind.WHOLE,
    "partitionMaxSize": Kind.WHOLE,
    "findDependencyMethod": Kind.TEXT,
    "clusterTemplate": Kind.TEXT,
}

PAYLOAD_KEYS: Final[dict[str, Kind]] = {
    "payloadName": Kind.TEXT,
    "butlerConfig": Kind.TEXT,
    "inCollection": Kind.TEXT,
    "dataQuery": Kind.TEXT,
    "output": Kind.TEXT,
    "outputRun": Kind.TEXT,
    "runInit": Kind.FLAG,
}
"""Keys that belong under payload."""

PAYLOAD_DEFAULTS: Final = frozenset({"runInit", "output", "outputRun"})
"""Keys with a default under payload, which is found before a value at root."""

FINAL_JOB_KEYS: Final[dict[str, Kind]] = {
    "updateOutputChain": Kind.TEXT,
    "whenSetup": Kind.TEXT,
    "whenRun": Kind.TEXT,
    "implementation": Kind.TEXT,
    "finalPreCmdOpts": Kind.TEXT,
}
"""Keys of finalJob beside job keys and command1, command2, …"""

SECTIONS: Final = ("cluster", "pipetask", "site", "cloud")
"""Sections of bodies by label, in the order in which BPS searches them (payload comes before)."""

ROOT_KEYS: Final[dict[str, Kind]] = {
    "includeConfigs": Kind.TEXTS,
    "pipelineYaml": Kind.TEXT,
    "qgraphFile": Kind.TEXT,
    "operator": Kind.TEXT,
    "project": Kind.TEXT,
    "campaign": Kind.TEXT,
    "uniqProcName": Kind.TEXT,
    "payload": Kind.MAPPING,
    "pipetask": Kind.MAPPING,
    "cluster": Kind.MAPPING,
    "site": Kind.MAPPING,
    "cloud": Kind.MAPPING,
    "finalJob": Kind.MAPPING,
    "customJob": Kind.MAPPING,
    "ordering": Kind.MAPPING,
    "remoteBuild": Kind.MAPPING,
    "executionButler": Kind.MAPPING,
    "bpsGenerateConfig": Kind.TEXT,
    "clusterAlgorithm": Kind.TEXT,
    "wmsServiceClass": Kind.TEXT,
    "submitPath": Kind.TEXT,
    "qgraphFileTemplate": Kind.TEXT,
    "subDirTemplate": Kind.TEXT,
    "templateDataId": Kind.TEXT,
    "useNodeIdInClusterName": Kind.FLAG,
    "createQuantumGraph": Kind.TEXT,
    "updateQuantumGraph": Kind.TEXT,
    "runQuantumCommand": Kind.TEXT,
    "defaultPreCmdOpts": Kind.TEXT,
    "qgraphPreCmdOpts": Kind.TEXT,
    "initPreCmdOpts": Kind.TEXT,
    "runPreCmdOpts": Kind.TEXT,
    "updateQgraphPreCmdOpts": Kind.TEXT,
    "extraQgraphOptions": Kind.TEXT,
    "extraInitOptions": Kind.TEXT,
    "extraRunQuantumOptions": Kind.TEXT,
    "extraUpdateQgraphOptions": Kind.TEXT,
    "extraAggregateOptions": Kind.TEXT,
    "pipetaskOutput": Kind.TEXT,
    "pipetaskInput": Kind.TEXT,
    "pipetaskDataQuery": Kind.TEXT,
    "fileDistributionEndPoint": Kind.TEXT,
    "whenSaveJobQgraph": Kind.TEXT,
    "memoryLimit": Kind.WHOLE,
    "bpsUseShared": Kind.FLAG,
    "useLazyCommands": Kind.FLAG,
    "saveDot": Kind.FLAG,
    "saveGenericWorkflow": Kind.FLAG,
    "saveClusteredQgraph": Kind.FLAG,
    "validateClusteredQgraph": Kind.FLAG,
    "makeIdLink": Kind.FLAG,
    "idLinkPath": Kind.TEXT,
}
"""Keys of BPS itself at root, beside those of JOB_KEYS and PAYLOAD_KEYS."""

PLUGIN_KEYS: Final[dict[str, Kind]] = {
    "commandPrepend": Kind.TEXT,
    "maxJobsPerTask": Kind.WHOLE,
    "maxPayloadsPerPandaJob": Kind.WHOLE,
    "maxCopyWorkers": Kind.WHOLE,
    "maxRequestLength": Kind.WHOLE,
    "maxWmsJobWalltime": Kind.WHOLE,
    "iddsServer": Kind.TEXT,
    "runsHome": Kind.TEXT,
    "runnerCommand": Kind.TEXT,
    "placeholderParams": Kind.ANY,
    "submitSideResolvedParams": Kind.ANY,
    "fileDistributionEndPointDefault": Kind.TEXT,
    "s3EndpointUrl": Kind.TEXT,
    "payloadFolder": Kind.TEXT,
    "processingType": Kind.TEXT,
    "prodSourceLabel": Kind.TEXT,
    "taskType": Kind.TEXT,
    "vo": Kind.TEXT,
    "enableEventService": Kind.ANY,
    "enableQnodeMap": Kind.ANY,
    "enableJobNameMap": Kind.ANY,
    "orderIdMapFilename": Kind.TEXT,
    "jobInitDir": Kind.TEXT,
    "jobLogDir": Kind.TEXT,
    "jobContainer": Kind.TEXT,
    "setupLSSTEnv": Kind.TEXT,
    "custom_lsst_setup": Kind.TEXT,
    "sw_image": Kind.TEXT,
    "executeMachinesPattern": Kind.TEXT,
    "overwriteJobFiles": Kind.FLAG,
    "provisionResources": Kind.FLAG,
    "provisioning": Kind.MAPPING,
    "wmsConfig": Kind.MAPPING,
    "releaseExpr": Kind.TEXT,
    "parsl": Kind.MAPPING,
    "parslConfig": Kind.ANY,
}
"""Keys that the PanDA, HTCondor and Parsl plugins and the files delivered with them read."""

SECTION_NAMES: Final[dict[str, str]] = {
    "pipetasks": "pipetask",
    "clusters": "cluster",
    "clustering": "cluster",
    "sites": "site",
    "clouds": "cloud",
    "payloads": "payload",
}
"""Names people give to sections, and the name that BPS reads."""

UNTOUCHED: Final = frozenset({"profile", "attrs", "wmsConfig"})
"""Mappings that BPS hands on to the workload system as they are."""


def squeeze(key: str) -> str:
    """Return a key without case, underscores and hyphens: equal for all its spellings."""
    return key.replace("_", "").replace("-", "").lower()


KINDS: Final[dict[str, Kind]] = {
    **PLUGIN_KEYS, **FINAL_JOB_KEYS, **CLUSTER_KEYS, **PAYLOAD_KEYS, **ROOT_KEYS, **JOB_KEYS,
}  # fmt: skip
"""Every known key, wherever it stands."""

SPELLINGS: Final[dict[str, str]] = {squeeze(key): key for key in KINDS}
"""The right spelling by what `squeeze` leaves of it."""


def right_spelling(key: str) -> str | None:
    """Return how BPS spells a known key that is written otherwise; None when right or unknown."""
    if key in KINDS:
        return None
    return SPELLINGS.get(squeeze(key))


def nearest(name: str, known: frozenset[str]) -> str | None:
    """Return the known name that looks most like a name, or None when none is near."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return found[0] if found else None
