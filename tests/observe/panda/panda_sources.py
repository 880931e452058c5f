"""PanDA as far as it is asked: a monitor on loopback, and iDDS as its client returns it; both count."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from panda_replies import reply

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.panda.adapter import PandaRuns
from cmcompile.observe.panda.http import Http
from cmcompile.observe.panda.idds import SERVICE, IddsRuns
from cmcompile.observe.panda.monitor import Monitor
from cmcompile.observe.wms.lines import Request, read_reply, read_request, reply_line, request_line
from cmcompile.observe.wms.plugin import Source
from cmcompile.observe.wms.serve import answered

#: The moment at which tests begin.
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
_STATUS_OF_TASK = {"Finished": ("done", "Finished"), "Failed": ("failed", "Failed")}


@dataclass
class Run:
    """A workflow, with some tasks; ``changed`` counts what happened to it."""

    id: int
    name: str
    status: str = "Transforming"
    created: datetime = NOW - timedelta(hours=1)
    tasks: int = 2
    changed: int = 0
    locking: str = "Idle"
    tasks_status: str = ""

    def set(self, status: str) -> None:
        self.status = status
        self.changed += 1


@dataclass
class World:
    """The runs of one server, and what is wrong with its monitor and with iDDS.

    Attributes
    ----------
    odd
        How the monitor behaves, by the first part of the path or for all with an empty one: ``html``,
        ``empty``, ``429``, ``403``, ``500``, ``302``, ``cut``, ``slow``, ``short``.
    hidden
        Ids that the monitor does not show, for want of a window or otherwise.
    lags
        What the monitor says of a run instead, by id.
    jobs
        Rows of jobs, beside those that were recorded.
    pages
        By path: what is answered there, with its type.
    """

    runs: dict[int, Run] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    lags: dict[int, str] = field(default_factory=dict)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    broken: bool = False
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    relayed: list[str] = field(default_factory=list)

    def submit(self, name: str, **more: Any) -> str:
        run = Run(len(self.runs) + 1, name, **more)
        self.runs[run.id] = run
        return str(run.id)


def workflow_row(run: Run, status: str) -> dict[str, Any]:
    row = dict(reply("workflows_2026")[1])
    task = run.tasks_status or _STATUS_OF_TASK.get(status, ("running", "Running"))[1]
    return row | {
        "request_id": run.id,
        "r_name": run.name,
        "r_status": status,
        "total_tasks": run.tasks,
        "created_at": f"{run.created:%Y-%m-%d %H:%M:%S}",
        "tasks_statuses": {task: run.tasks},
    }


def task_rows(run: Run, status: str) -> list[dict[str, Any]]:
    row = dict(reply("tasks_2026")[0])
    task = _STATUS_OF_TASK.get(status, ("running", "Running"))[0]
    return [
        row
        | {
            "jeditaskid": run.id * 100 + n,
            "reqid": run.id,
            "status": task,
            "taskname": f"{run.name}_{n + 1:02}_isr_01_{run.id}_{run.id * 100 + n}",
        }
        for n in range(run.tasks)
    ]


def request_row(run: Run) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(json.dumps(reply("idds_3")[1][1][0]))
    row["status"]["attributes"] |= {"_name_": run.status}
    row["locking"]["attributes"] |= {"_name_": run.locking}
    changed = run.created + timedelta(seconds=run.changed)
    row |= {"request_id": run.id, "name": run.name}
    row |= dict.fromkeys(("updated_at", "accessed_at"), f"{changed:%a, %d %b %Y %H:%M:%S} UTC")
    return row


class FakeIdds:
    """The client of pandaclient, with the ways of the real one; each method is a request."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_requests(self, request_id: int | None = None, with_detail: bool = False) -> Any:
        self._asked("get_requests")
        assert request_id, "iDDS would return the requests of everybody"
        run = self._world.runs.get(request_id)
        return self._reply([] if run is None else [request_row(run)])

    def get_request_id_by_name(self, name: str) -> Any:
        self._asked("get_request_id_by_name")
        assert name.strip("*%_"), "iDDS would return the names of everybody"
        assert all(c.isalnum() or c in "._+:@=,-*" for c in name), "it would be something else in a URL"
        runs = [run for run in self._world.runs.values() if _like(name, run.name)]
        return self._reply({run.name: run.id for run in runs})

    def abort(self, request_id: int) -> Any:
        self._asked("abort")
        run = self._world.runs.get(request_id)
        if run is None:
            return self._reply([[-1, {"status": -1, "message": "No match requests"}]])
        if run.status not in ("Finished", "SubFinished", "Failed", "Expired", "Cancelled"):
            run.set("ToCancel")
        return self._reply([[0, {"status": 0, "message": "Command registered successfully"}]])

    def _asked(self, what: str) -> None:
        self._world.relayed.append(what)

    def _reply(self, payload: Any) -> Any:
        return (255, "relay is down") if self._world.broken else (0, (True, payload))


def _like(pattern: str, name: str) -> bool:
    """Do what ``LIKE`` does in PostgreSQL, with ``*`` for ``%``."""
    import re

    return (
        re.fullmatch("".join({"*": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern), name) is not None
    )


class FakeObserver:
    """The observer in this process: its lines are written and read, and iDDS is the fake one."""

    def __init__(self, worlds: dict[WmsRef, World]) -> None:
        self._sources: dict[WmsRef, Source] = {
            where: IddsRuns(lambda world=world: FakeIdds(world))  # type: ignore[misc]
            for where, world in worlds.items()
        }

    def __call__(self, where: WmsRef) -> Any:
        return self

    def ask(
        self, ask: str, where: WmsRef, texts: Sequence[str], known: Sequence[str] = ()
    ) -> tuple[RunSeen, ...] | NoAnswer:
        request = read_request(request_line(Request(1, ask, where, tuple(texts), 10.0, tuple(known))))
        return read_reply(reply_line(1, answered(request, self._sources)), 1)


@contextmanager
def served(world: World) -> Iterator[str]:
    """Run a monitor, and return its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            world.asked.append(self.path)
            world.headers.append(dict(self.headers))
            code, kind, data = _answer(world, self.path)
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if code == 302:
                self.send_header("Location", "/login/")
            self.end_headers()
            path = urlsplit(self.path).path.split("/")[1]
            self.wfile.write(data[:-9] if world.odd.get(path, world.odd.get("")) == "cut" else data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(world: World, url: str) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    path = parts.path.split("/")[1]
    odd = world.odd.get(path, world.odd.get("", ""))
    page = b"<!DOCTYPE html><html>" + b" " * 60_000 + b"</html>"
    if odd == "slow":
        time.sleep(2)
    if odd in ("html", "500", "302", "403"):
        return 200 if odd == "html" else int(odd), "text/html; charset=utf-8", page
    if odd == "429":
        return 429, "application/json", b'{"error": "too many requests per hour, please try later"}'
    if odd == "empty":
        return 200, "application/json", b"[]"
    if parts.path in world.pages:
        return 200, *world.pages[parts.path]
    asked = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    return 200, "application/json", json.dumps(_rows(world, path, asked, odd)).encode()


def _rows(world: World, path: str, asked: dict[str, str], odd: str) -> Any:
    since = NOW - timedelta(days=int(asked.get("days", "7")))
    shown = [run for run in world.runs.values() if run.created >= since and run.id not in world.hidden]
    if path == "idds":
        return [workflow_row(run, world.lags.get(run.id, run.status)) for run in shown]
    ids = {int(one) for one in asked["reqid"].split("|")}
    if path == "tasks":
        rows = [row for run in shown if run.id in ids for row in task_rows(run, run.status)]
    else:
        known = [*reply("jobs_2026")["jobs"], *world.jobs]
        rows = [row | {"reqid": row["reqid"]} for row in known if row["reqid"] in ids]
        rows = [row for row in rows if row["jobstatus"] == asked.get("jobstatus", row["jobstatus"])]
    rows = rows[: 5 if odd == "short" else int(asked["limit"])]
    return rows if path == "tasks" else {"jobs": rows, "errsByCount": []}


@dataclass
class PandaBench:
    """PanDA with its monitor, for the contract of ``Wms``."""

    world: World
    other: World
    address: str | None
    home: Path
    age: float = 0.0
    budget: int = 10_000
    clock: Callable[[], float] = NOW.timestamp

    def __post_init__(self) -> None:
        self.where = WmsRef(SERVICE)
        self.elsewhere = WmsRef(SERVICE, "https://idds.test")
        self.observer = FakeObserver({self.where: self.world, self.elsewhere: self.other})
        self.wms = PandaRuns(self.observer, self.monitor() if self.address is not None else None)

    def monitor(self) -> Monitor:
        assert self.address is not None
        return Monitor(
            self.address,
            budget=self.budget,
            age=self.age,
            home=self.home,
            http=Http(2.0, 1.0),
            clock=self.clock,
        )

    def submit(self, name: str) -> str:
        return self.world.submit(name)

    def end(self, run_id: str, state: str) -> None:
        self.world.runs[int(run_id)].set({"succeeded": "Finished", "failed": "Failed"}[state])

    def settle(self) -> None:
        for run in self.world.runs.values():
            if run.status == "ToCancel":
                run.set("Cancelled")

    def break_down(self) -> None:
        self.world.broken = True
        self.world.odd[""] = "500"
