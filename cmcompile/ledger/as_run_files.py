"""The as-run files of workflows, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from cmcompile.ledger.paths import directory, locate
from cmcompile.model.event import Subject
from cmcompile.model.ledger import LedgerStore, Tip
from cmcompile.model.states import Workflow

#: Workflows whose files are read at once.
CHUNK = 500


def place_of(workflow: Workflow) -> str:
    """Return the directory of a workflow in the ledger."""
    return directory(Subject(workflow.step, workflow.group, workflow.name))


def file_ids(store: LedgerStore, tip: Tip, workflows: Iterable[Workflow]) -> dict[str, dict[str, str]]:
    """Return the ids of the as-run files of each workflow, by its directory and by path in it."""
    found: dict[str, dict[str, str]] = {place_of(w): {} for w in workflows}
    steps = {"/".join(place.split("/")[:2]) for place in found}
    for path, oid in store.files(tip, steps).items():
        located = locate(path)
        if located is None or located.subject is None or not located.file:
            continue
        place = directory(located.subject)
        if place in found:
            found[place][located.file] = oid
    return found


def files_of(
    store: LedgerStore,
    workflows: Sequence[Workflow],
    files: Mapping[str, Mapping[str, str]],
    wanted: Callable[[str], bool] | None = None,
) -> Iterator[tuple[Workflow, dict[str, bytes]]]:
    """Yield workflows with their files by path, as `file_ids` found them.

    Parameters
    ----------
    wanted
        Tells by its path which file is read; None: all are.
    """
    for start in range(0, len(workflows), CHUNK):
        chunk = workflows[start : start + CHUNK]
        some = [(w, _wanted(files[place_of(w)], wanted)) for w in chunk]
        data = store.read(dict.fromkeys(oid for _, names in some for oid in names.values()))
        for workflow, names in some:
            yield workflow, {name: data[names[name]] for name in sorted(names)}


def _wanted(files: Mapping[str, str], wanted: Callable[[str], bool] | None) -> Mapping[str, str]:
    return files if wanted is None else {path: oid for path, oid in files.items() if wanted(path)}
