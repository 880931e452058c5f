"""A catalog filled from what jobs told, and from files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.area import area_of
from cmcompile.cli.kept_signals import kept_signals
from cmcompile.cli.progress import progress
from cmcompile.cli.sent_jobs import sent_jobs

if TYPE_CHECKING:
    from cmcompile.catalog.database import Catalog
    from cmcompile.catalog.sent_jobs import SentJobs
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.ledgers import Look
    from cmcompile.cli.progress import Line
    from cmcompile.model.catalog import Output
    from cmcompile.model.signal import JobSignals
    from cmcompile.report.catalog import Taken

_Keys = Collection[tuple[str, str]] | None


def fill_new(place: Place, look: Look) -> None:
    """Take in what jobs of workflows told that have ended, each once; nothing where no catalog is meant.

    Raises
    ------
    CmcompileError
        When the catalog, or what was sent, can't be read.
    """
    from cmcompile.catalog.database import Catalog
    from cmcompile.cli.catalogs import asked_of

    if address := asked_of(place):
        with Catalog(address, make=True) as catalog:
            live = {w.claim.output_run for w in look.view.state.workflows() if w.live and w.claim is not None}
            filled(place, look, catalog, None, known=live | catalog.filled(place.name))


def filled(
    place: Place,
    look: Look,
    catalog: Catalog,
    keys: _Keys,
    name: str = "",
    known: Collection[str] = (),
) -> Taken:
    """Take in what the jobs of some workflows told.

    Parameters
    ----------
    known
        Output runs that are passed over.

    Raises
    ------
    CatalogError
        When the catalog can't be written.
    """
    from cmcompile.catalog.filled import outputs_told
    from cmcompile.report.catalog import Taken

    faults: list[str] = []
    ended: list[str] = []
    kept = kept_signals(place)
    workflows = told = 0

    def outputs() -> Iterator[Output]:
        nonlocal workflows, told
        for workflow, sent in sent_jobs(look, place.name, area_of(place.root), keys, name, known):
            workflows += 1
            before = len(faults)
            signals = _signals(str(workflow), sent, faults, kept)
            # What can't be read now may be read later, so more may come.
            if len(faults) == before and not workflow.live:
                ended.append(sent.run)
            for output in outputs_told(sent, (signals or {}).values()):
                told += 1
                yield output

    with progress() as line:
        new = catalog.put(_counted(outputs(), line))
    catalog.fill(place.name, ended)
    return Taken(workflows, told, new, faults=tuple(faults))


def scanned(
    place: Place,
    look: Look,
    catalog: Catalog,
    keys: _Keys,
    name: str,
    directories: Sequence[Path],
    checksum: str,
) -> Taken:
    """Take in the outputs of some workflows that are among files.

    Raises
    ------
    CatalogError
        When the catalog can't be written, or a directory can't be looked at.
    """
    from cmcompile.catalog.filled import ended_well
    from cmcompile.catalog.scanned import Known, scan
    from cmcompile.report.catalog import Taken
    from cmcompile.report.screen import count

    signals: dict[str, Mapping[int, JobSignals] | None] = {}
    kept = kept_signals(place)
    some = list(sent_jobs(look, place.name, area_of(place.root), keys, name))

    def known(sent: SentJobs, job: int) -> Known:
        if sent.run not in signals:
            signals[sent.run] = _signals("", sent, [], kept)
        told = signals[sent.run]
        if told is None:
            return "unknown"
        return "idle" if job not in told else "good" if ended_well(told[job]) else "bad"

    found = scan([sent for _, sent in some], directories, known=known, checksum=checksum)
    new = catalog.put(found.found)
    kinds = {
        "not seen; what the catalog holds of them stays": found.absent,
        "without a byte, which are no outputs": len(found.empty),
        "left by jobs that did not end well, which are no outputs": len(found.failed),
    }
    notes = [f"{count(number, 'output')} {what}" for what, number in kinds.items() if number]
    return Taken(len(some), len(found.found), new, tuple(notes), tuple(found.unread))


def _signals(
    subject: str, sent: SentJobs, faults: list[str], kept: Path | None
) -> Mapping[int, JobSignals] | None:
    """Return what the jobs of a workflow said; None: that can't be known."""
    from cmcompile.batch.run_files import SIGNALS
    from cmcompile.signals.packed import Packed
    from cmcompile.signals.spool import SpoolError

    if not sent.directory.is_dir():
        faults.append(
            f"{subject}: its submit directory {sent.directory} is not here, so nothing is known of its jobs"
        )
        return None
    try:
        with Packed(sent.directory / SIGNALS, kept) as packed:
            faults += [f"{subject}: {one.name}: {one.why}" for one in packed.unread]
            return {told.job: told for told in packed.jobs()}
    except SpoolError as error:
        faults.append(f"{subject}: {error}")
        return None


def _counted(outputs: Iterator[Output], line: Line) -> Iterator[Output]:
    for number, output in enumerate(outputs, 1):
        line("outputs", number, 0)
        yield output
