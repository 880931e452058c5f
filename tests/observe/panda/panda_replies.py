"""The recorded replies, and what they say of states; anything that is not told is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.panda import monitored, relayed
from cmcompile.observe.panda.http import decoded
from cmcompile.observe.panda.shape import OddReplyError

DATA = Path(__file__).parent / "data"
JSON = "application/json"
#: The id that was asked for, by the file of a reply of iDDS.
IDDS = {
    **{f"idds_{one}": str(one) for one in (2, 3, 5, 99)},
    **{f"idds_{one}_detail": str(one) for one in (2, 3, 5, 99)},
    "idds_abc": "1",
}
MONITOR = ("workflows_2022", "workflows_2026", "tasks_2022", "tasks_2026", "jobs_2022", "jobs_2026")
PAGES = ("task_2026", "job_2026", "errors_2026")


def reply(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_bytes())


def body(name: str) -> bytes:
    """Return a reply as it comes over the network; that of iDDS without the code of the way."""
    whole = reply(name)
    return json.dumps(whole[1] if name in IDDS else whole).encode()


def relay(data: bytes) -> object:
    """Return what pandaclient returns for the body of a reply."""
    try:
        return 0, json.loads(data)
    except (ValueError, RecursionError):
        return 255, data.decode(errors="replace")


def states(name: str, data: bytes, kind: str = JSON) -> Mapping[str, object]:
    """Return what a reply says, by id; nothing where it is no answer."""
    try:
        if name in IDDS:
            found = relayed.request(relay(data), IDDS[name])
            return {} if found is None else {found.run_id: found.seen().state}
        value = decoded(200, kind, data)
        return {} if isinstance(value, NoAnswer) else _monitored(name, value)
    except OddReplyError:
        return {}


def _monitored(name: str, value: object) -> Mapping[str, object]:
    of = name.partition("_")[0]
    if of == "workflows":
        return {one.run_id: one.state for one in monitored.workflows(value).found if one.state}
    if of == "tasks":
        return {
            one.task_id: (one.state, one.expected)
            for one in monitored.tasks(value).found
            if one.state and one.expected is not None
        }
    if of == "jobs":
        return {one.job_id: one.state for one in monitored.jobs(value).found if one.state}
    if of == "task":
        one = monitored.task(value)
        return {one.task_id: one.state} if one.state else {}
    if of == "job":
        made = monitored.job(value)
        return {made.job_id: made.state} if made.state else {}
    monitored.errors(value)  # it tells no state
    return {}
