"""A child's driver that gives the jobs of a batch step to the batch system itself; see ``docs/batch.md``."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cmcompile.batch.document import Document, read_document
from cmcompile.batch.run_files import (
    DOCUMENT,
    GIVEN,
    INDEX,
    LOGS,
    NUMBERS,
    RUN_FILE,
    SIGNALS,
    SKIPPED,
    TAKEN,
    VOID,
    WORK,
    Given,
    given_bytes,
    index_name,
    skipped_bytes,
)
from cmcompile.batch.table import Table, read_table
from cmcompile.catalog.inputs import lacking
from cmcompile.driver.batch_calls import Calls, RefusedError, called, calls_of, cluster_of, handed_on, tried
from cmcompile.driver.files import ForeignPathError
from cmcompile.driver.left_out import CATALOG, left_out, opened
from cmcompile.model.batch import BATCH
from cmcompile.model.child import NoReply, NotReady, Order, Preparation, Ready, Reply, Taken
from cmcompile.model.errors import CmcompileError
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp

#: Ids of runs without jobs begin here: no batch system counts so far, and each claim gives another.
EMPTY_RUNS = 10**20
_AGAIN = (
    "jobs of a batch step are not restarted: what failed or is missing is sent again by a rescue or by a "
    "retry, which leave out the jobs whose outputs are there"
)


class BatchDriver:
    """Submits one group of jobs; implements ``Driver``, for one order.

    Parameters
    ----------
    area
        The directory that submit directories are below; absolute.
    environ
        The variables of this process, which the batch system's commands get.
    """

    def __init__(self, area: Path, clock: Clock, environ: Mapping[str, str]) -> None:
        self._area = area
        self._clock = clock
        self._environ = environ
        self._call: tuple[Calls, Path] | None = None
        self._empty: Path | None = None

    def prepare(self, order: Order) -> Preparation:
        """Write the submit directory; the batch system is asked whether it would take the jobs."""
        if order.restart:
            return NotReady(_AGAIN)
        try:
            return self._prepared(order)
        except RefusedError as error:
            return NotReady(str(error), error.transient)
        except (CmcompileError, ForeignPathError, KeyError) as error:
            return NotReady(f"the files of the order, or of earlier runs, can't be used: {error}")
        except FileExistsError as error:
            return NotReady(f"{error.filename} exists already, and nothing is written over: try again")
        except OSError as error:
            return NotReady(f"the submit directory can't be written: {error}", transient=True)

    def call(self, order: Order) -> Reply:
        """Give the jobs to the batch system, once; whatever is not an id is no reply."""
        if self._empty is not None:
            place, run_id = self._empty, str(EMPTY_RUNS + int(order.claim, 16))
        elif self._call is None:
            return NoReply("nothing was prepared, so nothing was asked")
        else:
            calls, place = self._call
            answer = called(calls, place)
            if isinstance(answer, NoReply):
                return answer
            run_id = answer
        taken = Taken(run_id, stamp(self._clock.now()))
        # The batch system forgets it some minutes after the end. A look at its queue writes it too: nothing
        # is lost where it can't be written.
        with contextlib.suppress(OSError), (place / TAKEN).open("a", encoding="ascii") as file:
            file.write(f"{run_id}\n")
        return taken

    def _prepared(self, order: Order) -> Preparation:
        document = read_document(order.files[DOCUMENT])
        if (why := _other_than_claimed(order, document)) is not None:
            return NotReady(why)
        table = read_table(order.files[document.table])
        if len(table.jobs) != document.jobs:
            return NotReady(f"{document.table} has {len(table.jobs)} jobs, and the document {document.jobs}")
        place = self._area / order.submit_path.removeprefix("${PWD}/")
        catalog = self._environ.get(CATALOG, "")
        skipped = left_out(table, document, self._area, order.void, catalog, order.campaign)
        jobs = [job.number for job in table.jobs if job.number not in skipped]
        if not jobs:
            return self._nothing_to_do(order, place, table, skipped)
        absent = lacking(table, jobs, opened(catalog))
        if len(absent) == len(jobs):
            name = next(iter(absent.values()))
            return NotReady(
                f"none of the {len(jobs)} jobs has its inputs, such as {name}: make them, or have the step "
                "need the one that does; then retry"
            )
        cluster = cluster_of(document, self._environ, jobs)
        _write(place, order, table, jobs, skipped)
        environ = handed_on(self._environ, order.setting.secrets)
        calls = calls_of(document, order.run_name, place, jobs, environ)
        tried(calls, place)
        where, user = _below(self._area, place), pwd.getpwuid(os.geteuid()).pw_name
        given = Given(order.run_name, where, order.wms.service, order.wms.where, cluster, user)
        _index(self._area, place, given)
        self._call = (calls, place)
        return Ready(_digests(order, place), len(jobs))

    def _nothing_to_do(
        self, order: Order, place: Path, table: Table, skipped: Mapping[int, str]
    ) -> Preparation:
        """Make a run without jobs, of which the batch system is told nothing: all its outputs are there."""
        _write(place, order, table, [], skipped)
        given = Given(order.run_name, _below(self._area, place), order.wms.service, order.wms.where)
        _index(self._area, place, given)
        self._empty = place
        return Ready(_digests(order, place), 0)


def _other_than_claimed(order: Order, document: Document) -> str | None:
    """Return why nobody would find the run, or its outputs."""
    pairs = (
        ("batch system", f"{BATCH}{document.system}", order.wms.service),
        ("cluster", document.where, order.wms.where),
        ("output run", document.output_run, order.output_run),
        ("submit directory", document.submit_path, order.submit_path),
    )
    for what, found, wanted in pairs:
        if found != wanted:
            return f"the document says {found} for the {what}, and the claim says {wanted}"
    return None


def _below(area: Path, place: Path) -> str:
    return place.relative_to(area).as_posix()


def _write(place: Path, order: Order, table: Table, jobs: list[int], skipped: Mapping[int, str]) -> None:
    """Write the submit directory, which nobody else has written."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir()
    root = place.resolve()
    own = {
        RUN_FILE: f"{order.run_name}\n".encode(),
        NUMBERS: "".join(f"{job}\n" for job in jobs).encode(),
        SKIPPED: skipped_bytes(skipped.items()),
        VOID: "".join(f"{run}\n" for run in order.void).encode(),
    }
    for path, data in {**order.files, **own}.items():
        target = place / path
        if not target.resolve().is_relative_to(root):
            raise ForeignPathError(f"{path} is outside of the submit directory")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if data.startswith(b"#!"):
            target.chmod(0o755)  # a payload is called by its name
    for name in (SIGNALS, LOGS, WORK):
        (place / name).mkdir()


def _index(area: Path, place: Path, given: Given) -> None:
    """Write under which name the run is looked for, before anybody could be asked for it."""
    data = given_bytes(given)
    index = area / INDEX
    index.mkdir(parents=True, exist_ok=True)
    for path in (place / GIVEN, index / index_name(given.run)):
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _digests(order: Order, place: Path) -> dict[str, str]:
    """Return the digests of what was written besides the order's files."""
    names = (NUMBERS, SKIPPED, GIVEN)
    return {name: sha256((place / name).read_bytes()).hexdigest() for name in names}
