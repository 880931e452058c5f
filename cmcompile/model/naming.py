"""Names of runs: from a claim to the Butler's run, and to the name that the WMS shows."""

from __future__ import annotations

from dataclasses import dataclass

#: Hex digits of the claim's id that stand in the names of its run.
DIGITS = 6


@dataclass(frozen=True, slots=True)
class RunNames:
    """The names of one submission.

    Attributes
    ----------
    output_run
        The RUN collection in the Butler.
    run_name
        What the WMS shows: BPS names the workflow after the RUN, with ``_`` for ``/``.
    prefix
        What the run names of all workflows of the group begin with.
    """

    output_run: str
    run_name: str
    prefix: str


def wms_name(output_run: str) -> str:
    """Return the name that BPS gives the workflow of a RUN (``uniqProcName``)."""
    return output_run.replace("/", "_")


def run_suffix(workflow: str, claim_id: str) -> str:
    """Return the last part of a RUN: it tells the submission from any other."""
    return f"{workflow}-{claim_id[:DIGITS]}"


def run_names(output: str, step: str, group: str, workflow: str, claim_id: str, *, shared: bool) -> RunNames:
    """Return the names of the run of a claim; they hold no time.

    Parameters
    ----------
    output
        The group's ``payload.output``, with BPS's ``{x}`` filled in.
    workflow
        ``w00``, ``w01``, …
    claim_id
        Random hex digits.
    shared
        Whether another group of the campaign has the same output: the step and the group then stand in the
        name, so that no two groups have names with a common beginning.
    """
    base = f"{output}/{step}/{group}" if shared else output
    output_run = f"{base}/{run_suffix(workflow, claim_id)}"
    return RunNames(output_run, wms_name(output_run), wms_name(f"{base}/w"))
