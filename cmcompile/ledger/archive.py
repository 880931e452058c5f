"""The archive: as-run files of a ledger as a read-only directory with an index."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cmcompile.ledger.as_run_files import file_ids, files_of
from cmcompile.model.ids import natural
from cmcompile.model.ledger import LedgerError, LedgerStore, Tip
from cmcompile.model.states import LedgerState, Workflow
from cmcompile.version import VERSION

INDEX = "archive.json"
#: The major version of the index.
FORMAT = 1
FILE_MODE, DIRECTORY_MODE = 0o444, 0o555


class ArchiveError(LedgerError):
    """The archive can't be written."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes
    ----------
    workflows, files, bytes
        Their numbers, without the index.
    without
        Workflows that have no as-run files: adopted, or never prepared.
    """

    workflows: int
    files: int
    bytes: int
    without: tuple[str, ...]


def _silent(done: int, total: int) -> None:
    del done, total


def export(
    store: LedgerStore,
    tip: Tip,
    state: LedgerState,
    campaign: str,
    chosen: Callable[[Workflow], bool],
    out: Path,
    *,
    selectors: Sequence[str] = (),
    progress: Callable[[int, int], None] = _silent,
) -> Exported:
    """Write the as-run files of some workflows to a new directory.

    Each workflow has ``<step>/<group>/<workflow>/submit.yaml`` with its includes; ``archive.json`` says for
    each what it was. The same ledger gives the same bytes. The directory is written beside its place and
    renamed at the end, so that it is there whole or not at all.

    Parameters
    ----------
    state
        The fold of the tip.
    chosen
        Which workflows are written.
    out
        The directory; it must not be there.
    selectors
        What the index says of the choice.

    Raises
    ------
    ArchiveError
        When the directory is there, nothing is chosen, or a path of the ledger can't be a file.
    OSError
        When it can't be written.
    """
    if os.path.lexists(out):
        raise ArchiveError(f"{out} is there: an archive is never written over; name a new directory")
    workflows = _chosen(state, chosen)
    if not workflows:
        raise ArchiveError(f"the ledger of {campaign} has no submission that was selected")
    files = file_ids(store, tip, workflows)
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.parent / f".{out.name}.{secrets.token_hex(4)}.partial"
    beside.mkdir()
    try:
        exported = _write(store, tip, workflows, files, beside, campaign, selectors, progress)
        _protect(beside)
        if os.path.lexists(out):
            raise ArchiveError(f"{out} was made meanwhile: an archive is never written over")
        beside.rename(out)
    except BaseException:
        # An interruption too leaves nothing behind.
        remove(beside)
        raise
    out.chmod(DIRECTORY_MODE)
    return exported


def remove(archive: Path) -> None:
    """Remove a directory with read-only directories in it."""
    for folder, _, _ in os.walk(archive):
        Path(folder).chmod(0o700)
    shutil.rmtree(archive, ignore_errors=True)


def _chosen(state: LedgerState, chosen: Callable[[Workflow], bool]) -> list[Workflow]:
    steps: dict[str, None] = dict.fromkeys(step for step, _ in state.groups)
    order = {step: at for at, step in enumerate(sorted(steps, key=natural))}
    found = [w for w in state.workflows() if chosen(w)]
    return sorted(found, key=lambda w: (order[w.step], natural(w.group), natural(w.name)))


def _write(
    store: LedgerStore,
    tip: Tip,
    workflows: Sequence[Workflow],
    files: Mapping[str, Mapping[str, str]],
    out: Path,
    campaign: str,
    selectors: Sequence[str],
    progress: Callable[[int, int], None],
) -> Exported:
    entries: list[str] = []
    without: list[str] = []
    count = size = 0
    for number, (workflow, contents) in enumerate(files_of(store, workflows, files)):
        progress(number, len(workflows))
        if not contents:
            without.append(str(workflow))
            continue
        folder = f"{workflow.step}/{workflow.group}/{workflow.name}"
        for name, data in contents.items():
            write_file(out, f"{folder}/{name}", data)
            size += len(data)
        count += len(contents)
        entries.append(json.dumps(_entry(workflow, folder, contents), ensure_ascii=False))
    head = {
        "format": FORMAT,
        "cmcompile": VERSION,
        "campaign": campaign,
        "ledger": tip.commit,
        "selectors": list(selectors),
        "without_files": without,
    }
    lines = [f" {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in head.items()]
    body = "[\n  " + ",\n  ".join(entries) + "\n ]" if entries else "[]"
    index = out / INDEX
    index.write_text("{\n" + ",\n".join([*lines, f' "workflows": {body}']) + "\n}\n", encoding="utf-8")
    index.chmod(FILE_MODE)
    return Exported(len(entries), count, size, tuple(without))


def write_file(out: Path, name: str, data: bytes) -> None:
    """Write a file that is not there; where ``A`` and ``a`` are one, the second of them is."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise ArchiveError(
            f"{name!r} can't be the name of a file; `cmcompile verify` tells who put it there"
        ) from None
    target = out / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise ArchiveError(
            f"{name} differs from another file by upper case only, and these are one here: name a directory"
            " on another file system"
        ) from None
    target.chmod(FILE_MODE)


def _entry(workflow: Workflow, folder: str, contents: Mapping[str, bytes]) -> dict[str, object]:
    claim = workflow.claim
    entry: dict[str, object] = {
        "step": workflow.step,
        "group": workflow.group,
        "workflow": workflow.name,
        "path": folder,
        "state": workflow.state.value,
        "run_id": workflow.run_id,
        "claim": workflow.claim_id,
    }
    if claim is not None:
        spec = claim.spec
        entry |= {
            "run": claim.output_run,
            "run_name": claim.run_name,
            "wms": {"service": claim.wms.service, "where": claim.wms.where},
            "definition": claim.definition,
            "spec": {"path": spec.path, "commit": spec.commit},
            "cmcompile": {"version": spec.version, "emit": spec.emit},
        }
    entry["files"] = {name: sha256(data).hexdigest() for name, data in contents.items()}
    return entry


def _protect(root: Path) -> None:
    """Make all directories read-only, but the top one: some systems can't rename what can't be written."""
    for folder, _, _ in os.walk(root, topdown=False):
        if Path(folder) != root:
            Path(folder).chmod(DIRECTORY_MODE)
