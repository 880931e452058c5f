"""What BPS's words for the state of a run mean; no lsst import.

BPS has one set of words (``lsst.ctrl.bps.WmsStates``) for runs and jobs, and its plugins do not use them
alike: that of PanDA reports a run as SUCCEEDED of which jobs failed, and its status says FAILED. Where two
words are there, the one that lets less happen is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

#: As `cmcompile.model.wms.RunSeen.state`.
STATES = frozenset({"submitted", "running", "held", "succeeded", "partial", "failed", "cancelled"})
#: Of a run that is over.
ENDED = frozenset({"succeeded", "partial", "failed", "cancelled"})
#: UNKNOWN is not here: nothing can be said of such a run.
_MEANS = {
    "UNREADY": "submitted",
    "READY": "submitted",
    "PENDING": "submitted",
    "RUNNING": "running",
    # Known to the plugin, and none of the others: it is not over.
    "MISFIT": "running",
    "HELD": "held",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "DELETED": "cancelled",
    "PRUNED": "failed",
}
#: From the one that lets least happen: a run that is live stops its group, one that failed asks for a person.
_CAREFUL = ("held", "running", "submitted", "failed", "cancelled", "partial", "succeeded")
#: Jobs of a run that ended in these ways have left nothing.
_BAD = ("FAILED", "PRUNED", "DELETED", "HELD")
#: They make no data of their own: BPS's first job and its last one.
_OWN = ("pipetaskInit", "finalJob")


def state_of(
    word: str, counts: Mapping[str, int] | None = None, labels: Mapping[str, int] | None = None
) -> str:
    """Return the state that a word stands for; empty where it says nothing.

    Parameters
    ----------
    word
        The name of a ``WmsStates``.
    counts
        The number of jobs by the name of their state, where the plugin tells.
    labels
        The number of jobs by label, where it tells.
    """
    found = _MEANS.get(word, "")
    if found == "succeeded" and counts and any(counts.get(name, 0) for name in _BAD):
        return "partial"
    if found == "failed" and counts:
        # Those that make no data may be among the ones that succeeded.
        own = sum((labels or {}).get(label, 0) for label in _OWN) if labels else len(_OWN)
        return "partial" if counts.get("SUCCEEDED", 0) > own else "failed"
    return found


def careful(*states: str) -> str:
    """Return the one of some states that lets least happen."""
    return min(states, key=_CAREFUL.index)


def labels_of(summary: str) -> dict[str, int]:
    """Return the number of jobs by label, of a summary as ``pipetaskInit:1;isr:4;finalJob:1``."""
    found: dict[str, int] = {}
    for part in summary.split(";"):
        label, _, number = part.rpartition(":")
        if label and number.isdecimal():
            found[label] = found.get(label, 0) + int(number)
    return found
