"""The logs of quanta that a run left in the Butler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmcompile.model.logs import LogRecord, Logs, ShownLog, WantedLogs, chosen

_LOG, _METADATA = "_log", "_metadata"
_ERROR = 40


def logs_of(butler: Any, run: str, wanted: WantedLogs) -> Logs | None:
    """Return the logs of a run; None: there is no such collection, or no log in it.

    A quantum that left a log and no metadata has failed: one that found no work leaves both.

    Raises
    ------
    Exception
        Whatever the Butler raises.
    """
    from lsst.daf.butler import MissingCollectionError

    try:
        types = butler.collections.get_info(run, include_summary=True).dataset_types
    except MissingCollectionError:
        return None
    tasks = tuple(sorted(name.removesuffix(_LOG) for name in types if name.endswith(_LOG)))
    if not tasks:
        return None
    refs = [
        (task, ref, failed)
        for task in tasks
        if wanted.task in ("", task)
        for ref, failed in _of_task(butler, run, task, has_metadata=f"{task}{_METADATA}" in types)
        if _fits(ref.dataId, wanted.data_id)
    ]
    refs.sort(key=lambda found: (found[0], _data_id(found[1].dataId)))
    flags = [failed for _, _, failed in refs]
    shown = tuple(
        ShownLog(task, _data_id(ref.dataId), failed, tuple(_records(butler.get(ref), wanted.tail)))
        for task, ref, failed in (refs[at] for at in chosen(wanted, flags))
    )
    return Logs("the Butler", len(refs), sum(flags), shown, tasks)


def _of_task(butler: Any, run: str, task: str, *, has_metadata: bool) -> Iterator[tuple[Any, bool]]:
    def refs(name: str) -> list[Any]:
        found: list[Any] = butler.query_datasets(name, collections=run, limit=None, explain=False)
        return found

    done = {ref.dataId for ref in refs(f"{task}{_METADATA}")} if has_metadata else set()
    for ref in refs(f"{task}{_LOG}"):
        yield ref, ref.dataId not in done


def _fits(data_id: Any, asked: Mapping[str, str]) -> bool:
    has = {name: str(value) for name, value in data_id.mapping.items()}
    # With one exposure per visit, as at Rubin, both have the same number.
    for one, other in (("visit", "exposure"), ("exposure", "visit")):
        if one in has:
            has.setdefault(other, has[one])
    return all(has.get(name) == value for name, value in asked.items())


def _data_id(data_id: Any) -> str:
    return " ".join(f"{name}={data_id[name]}" for name in sorted(data_id.dimensions.required))


def _records(log: Any, tail: int) -> list[LogRecord]:
    records = list(log)
    if tail:
        return [_record(record) for record in records[-tail:]]
    errors = [record for record in records if record.levelno >= _ERROR]
    return [_record(record) for record in (errors[-1:] or records[-1:])]


def _record(record: Any) -> LogRecord:
    from datetime import UTC

    at = record.asctime
    at = at.astimezone(UTC) if at.tzinfo is not None else at
    text = record.message if not record.exc_info else f"{record.message}\n{record.exc_info}"
    source = f"{record.name} ({record.filename}:{record.lineno})"
    return LogRecord(at.strftime("%Y-%m-%dT%H:%M:%SZ"), record.levelname, source, text.rstrip())
