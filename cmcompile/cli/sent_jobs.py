"""The jobs of batch steps that were sent, by the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.ledgers import Look

if TYPE_CHECKING:
    from cmcompile.catalog.sent_jobs import SentJobs
    from cmcompile.model.states import Workflow

_AREA = "${PWD}/"


def sent_jobs(
    look: Look,
    campaign: str,
    area: Path,
    keys: Collection[tuple[str, str]] | None = None,
    name: str = "",
    known: Collection[str] = (),
) -> Iterator[tuple[Workflow, SentJobs]]:
    """Yield the workflows of batch steps whose jobs may have run, with their jobs, by step, group and name.

    Parameters
    ----------
    area
        The directory that submit directories are below.
    keys
        The steps and groups that are meant; None: all.
    name
        Of the workflow that is meant; empty: all of them.
    known
        Output runs that are passed over; nothing is read of them.

    Raises
    ------
    BatchFileError
        When an as-run file of the ledger can't be read.
    """
    from cmcompile.batch.document import read_document
    from cmcompile.batch.run_files import DOCUMENT
    from cmcompile.batch.table import read_table
    from cmcompile.catalog.sent_jobs import SentJobs
    from cmcompile.ledger.as_run_files import file_ids, files_of

    tip = look.view.tip
    found = [] if tip is None else list(_workflows(look, keys, name, known))
    if tip is None or not found:
        return
    ids = file_ids(look.ledger.store, tip, found)
    for workflow, files in files_of(look.ledger.store, found, ids, _is_wanted):
        claim = workflow.claim
        if claim is None or DOCUMENT not in files:
            continue
        table = read_table(files[read_document(files[DOCUMENT]).table])
        place = area / claim.submit_path.removeprefix(_AREA)
        since = _seconds(workflow.begun_at)
        key = (campaign, workflow.step, workflow.group, workflow.name)
        one = SentJobs(*key, claim.output_run, place, table, since, _skipped(place))
        yield workflow, one


def _skipped(place: Path) -> frozenset[int]:
    """Return the jobs that a workflow left out, as its submit directory says."""
    from cmcompile.batch.run_files import SKIPPED, read_skipped

    try:
        return frozenset(read_skipped((place / SKIPPED).read_bytes()))
    except OSError:
        return frozenset()


def _is_wanted(path: str) -> bool:
    from cmcompile.batch.run_files import DOCUMENT

    return path == DOCUMENT or path.endswith(".tsv")


def _workflows(
    look: Look, keys: Collection[tuple[str, str]] | None, name: str, known: Collection[str]
) -> Iterator[Workflow]:
    from cmcompile.model.batch import is_batch
    from cmcompile.model.ids import natural
    from cmcompile.model.states import WorkflowState

    groups = look.view.state.groups
    for key in sorted((k for k in groups if keys is None or k in keys), key=lambda k: (k[0], natural(k[1]))):
        for one in groups[key].workflows:
            if one.claim is None or not one.used or not is_batch(one.claim.wms.service):
                continue
            if one.claim.output_run in known:
                continue
            if one.state is not WorkflowState.RETIRED and name in ("", one.name):
                yield one


def _seconds(at: str) -> float:
    from cmcompile.model.stamp import moment_of

    try:
        return moment_of(at).timestamp()
    except ValueError:
        return 0.0
