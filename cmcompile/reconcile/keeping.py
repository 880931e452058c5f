"""What is kept of a monitor's replies and of logs before the server prunes them: one small file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cmcompile.model.diagnosed import kept_name
from cmcompile.model.jobs import Details
from cmcompile.reconcile.causes import FailedJob, bare

#: The major version of the file.
FORMAT = 1
#: Compressed bytes of a file at most; logs go first where it would be larger, then jobs.
LARGEST = 256 * 1024
#: Jobs in a file at most; the attempts of one count each.
JOBS = 2000
#: Logs of a workflow that are fetched at most: of each way to fail one, as long as there are few.
LOGS = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept, relative to the workflow's directory, and its bytes."""

    name: str
    digest: str
    data: bytes


def worth_a_log(jobs: Sequence[FailedJob]) -> list[FailedJob]:
    """Return the jobs whose logs are fetched: those that failed in different ways come first."""
    ways: dict[object, int] = {}
    ranked = []
    for job in jobs:
        way = (job.label, job.cause.source, job.cause.code)
        ways[way] = ways.get(way, 0) + 1
        if job.last.log:
            ranked.append((ways[way], job))
    return [job for _, job in sorted(ranked, key=lambda one: one[0])[:LOGS]]


def kept(
    details: Details,
    run_id: str,
    jobs: Sequence[FailedJob],
    logs: Mapping[str, str],
    clean: Callable[[str], str],
) -> Kept:
    """Return the file of a run.

    Parameters
    ----------
    logs
        The ends of logs, by the ids of jobs.
    clean
        Takes out of a line what must not be read by others.
    """
    labels = {job.last.job_id: job.label for job in jobs}
    shown = [job for job in details.jobs if job.run_id == run_id]
    most, some = min(len(shown), JOBS), dict(logs)
    while True:
        found = {
            "format": FORMAT,
            "source": "monitor",
            "run_id": run_id,
            "tasks": [_plain(asdict(t), clean) for t in details.tasks if t.run_id == run_id],
            "jobs": [_plain(asdict(job), clean) for job in shown[:most]],
            "logs": [
                {"job": id_, "label": clean(labels.get(id_, "")), "text": _lines(text, clean)}
                for id_, text in some.items()
            ],
            "lacking": [clean(one) for one in details.lacking],
            "left_out": len(shown) - most,
        }
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        data = gzip.compress(text.encode(errors="replace"), mtime=0)
        if len(data) <= LARGEST or not (some or most):
            digest = sha256(data).hexdigest()
            return Kept(kept_name(digest), digest, data)
        if some:
            some.popitem()
        else:
            most //= 2


def _lines(text: str, clean: Callable[[str], str]) -> str:
    return "\n".join(clean(line) for line in text.splitlines())


def _plain(found: Mapping[str, Any], clean: Callable[[str], str]) -> dict[str, object]:
    """Return fields that are filled, as JSON has them."""
    return dict(_fields(found, clean))


def _fields(found: Mapping[str, Any], clean: Callable[[str], str]) -> Iterator[tuple[str, object]]:
    for key, value in found.items():
        if isinstance(value, datetime):
            yield key, value.isoformat()
        elif isinstance(value, str) and value:
            yield key, clean(bare(value) if key == "log" else value)
        elif isinstance(value, tuple) and value:
            yield key, [_plain(one, clean) for one in value]
        elif value not in (None, "", ()):
            yield key, value
