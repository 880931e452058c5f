"""Why quanta failed, as the monitor tells: asked once by `cmcompile reconcile`, and seen by `failures`."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from e2e_world import BRANCH, Clone, Place, added, drafted
from panda_replies import reply
from panda_sources import World, served
from repositories import git

from cmcompile.ledger.desk import LedgerBook
from cmcompile.ledger.transact import record
from cmcompile.model.as_run import as_run_digest
from cmcompile.model.body import WmsRef
from cmcompile.model.cause import Cause
from cmcompile.model.event import Body, Observed, Process, Submitted, Submitting
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.stamp import stamp
from cmcompile.model.states import Workflow
from cmcompile.model.transaction import Landed, Proposal
from cmcompile.observe.panda.idds import SERVICE
from cmcompile.observe.panda.logs import TAIL

_REFRESH = ("reconcile", "c", "--refresh-only")
#: Nobody may ever be shown it.
HIDDEN = "word-of-nobody-4711"
FAILED = Outcome(
    (TaskOutcome("isr", 9, 7, 2),),
    (
        Failure(Quantum("isr", "detector=1 visit=7"), Fault.FAILED),
        Failure(Quantum("isr", "detector=2 visit=7"), Fault.OTHER),
    ),
)


@dataclass
class Ended:
    """A campaign with one run that ended with two failures, and the monitor of its server."""

    clone: Clone
    remote: Path
    world: World
    address: str

    def workflow(self) -> Workflow:
        [found] = LedgerBook(self.clone.ledger()).look().state.workflows()
        return found

    def causes(self) -> list[Cause | None]:
        found = self.workflow().outcome
        assert found is not None
        return [failure.cause for failure in found.failures]


def failed_job(world: World, id_: int, code: int, site: str, **more: Any) -> dict[str, Any]:
    """Return a row of a job of the first task of run 1, whose page names its input."""
    row = next(dict(one) for one in reply("jobs_2026")["jobs"] if one["jobstatus"] == "failed")
    row |= {"pandaid": id_, "reqid": 1, "jeditaskid": 100, "jobname": f"run_01_isr.{id_}", "attemptnr": 3}
    row |= {
        "computingsite": site,
        "transexitcode": str(code),
        "maxrss": 4096000,
        "piloterrordiag": f"code {code}",
    }
    row |= {"exeerrorcode": 0, "pilotid": f"https://logs.test/{id_}/pilotlog.txt?sig=1|PR|3.9.0", **more}
    files = [{"type": "log", "lfn": "log.tgz"}]
    files += [{"type": "pseudo_input", "lfn": f"00{id_}:0aef_isr_7_{id_}+qgraphNodeId:+qgraphId:"}]
    page = json.dumps({"job": row, "files": files}).encode()
    world.pages[f"/job/{id_}/"] = ("application/json", page)
    return row


@pytest.fixture(params=[FAILED], ids=["failed"])
def ended(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ended]:
    world, place = World(), Place(tmp_path)
    clone = place.clone()
    assert clone.run("ledger", "init", "c").exit_code == 0
    assert isinstance(clone.claim("1"), Landed)
    made = clone.planted("1")
    run_id = world.submit(made.claim.run_name, status="Failed")
    digest = as_run_digest(made.files)
    gate = Submitting(made.claim.run_name, WmsRef(SERVICE), "look", digest, Process("h", "b", 1), 2)
    passed = drafted(made, gate, f"{1:016x}")

    def now(body: Body, id_: int) -> Any:
        return replace(drafted(made, body, f"{id_:016x}"), at=stamp(datetime.now(UTC)))

    seen = (now(Submitted(run_id, passed.id), 2), now(Observed("failed", "Failed", run_id, request.param), 3))
    record(clone.ledger(), Proposal((passed, *seen), {}, "sent"))
    world.jobs += [failed_job(world, 1, 137, "SLAC"), failed_job(world, 2, 139, "IN2P3")]
    with served(world) as address:
        for name in ("PANDA_URL", "PANDA_URL_SSL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PANDAMON_URL", address)
        monkeypatch.setenv("CMCOMPILE_MONITOR_HOME", str(tmp_path / "monitor"))
        yield Ended(clone, place.remote, world, address)


def test_jobs_give_causes_to_quanta_and_are_asked_for_once(ended: Ended) -> None:
    ended.clone.run(*_REFRESH)
    one, two = ended.causes()
    assert one == Cause("transform", 137, "SLAC", 3, 4000, "https://logs.test/1/pilotlog.txt")
    assert two is not None
    assert (two.source, two.code, two.site) == ("transform", 139, "IN2P3")
    workflow = ended.workflow()
    assert workflow.outcome is not None
    assert (workflow.outcome.tasks, workflow.state.value) == (FAILED.tasks, "failed")
    asked = len([url for url in ended.world.asked if url.startswith(("/jobs", "/job/"))])
    assert asked == 3
    policy = str(Path(__file__).parents[3] / "campaigns/library/policies/default.yaml")
    told = ended.clone.run("failures", "c", "--offline", "--policy", policy)
    assert "SLAC" in told.output
    assert "IN2P3" in told.output
    assert "memory" in told.output
    assert ended.clone.run("log", "c").output.count("monitor told of 2 failed jobs") == 1
    # What is told of attempts came with the same replies: the requests above are all. The task shows no
    # quantum that failed for good, so that each third attempt was followed by another one.
    found = ended.clone.run("stats", "c", "--offline", "--format", "csv").output.splitlines()
    row = dict(zip(found[0].split(","), found[1].split(","), strict=True))
    columns = ("retries", "job queue s", "job queue p95", "failed cpu %", "failed rss GB")
    assert [row[name] for name in columns] == ["6", "4", "4", "96", "3.91"]
    before = len(ended.world.asked)
    for memory in (
        *ended.remote.parent.rglob("diagnosed.json"),
        *ended.remote.parent.rglob("replies/*.json"),
    ):
        memory.unlink()
    ended.clone.run(*_REFRESH)
    assert [url for url in ended.world.asked[before:] if url.startswith(("/jobs", "/job/"))] == []
    assert ended.clone.run("verify", "c").exit_code == 0


@pytest.mark.parametrize("odd", ["html", "429", "empty"])
def test_a_monitor_without_an_answer_stops_nothing(ended: Ended, odd: str) -> None:
    ended.world.odd = dict.fromkeys(("jobs", "tasks"), odd)
    before = ended.clone.run(*_REFRESH).exit_code
    assert ended.causes() == [None, None]
    assert ended.workflow().diagnosed is None
    asked = len(ended.world.asked)
    ended.world.odd = {}
    # It is not asked again within the hour.
    assert ended.clone.run(*_REFRESH).exit_code == before
    assert len([u for u in ended.world.asked[asked:] if u.startswith("/jobs")]) == 0
    for kept in ended.clone.root.rglob("diagnosed.json"):
        kept.unlink()
    if odd != "429":
        ended.clone.run(*_REFRESH)
        assert None not in ended.causes()


@pytest.mark.parametrize("ended", [None], indirect=True)
def test_nothing_is_asked_before_the_butler_has_told_which_quanta_failed(ended: Ended) -> None:
    ended.clone.run(*_REFRESH)
    assert ended.workflow().diagnosed is None
    assert [url for url in ended.world.asked if url.startswith("/jobs")] == []


def kept_path(ended: Ended) -> str:
    told = ended.workflow().diagnosed
    assert told is not None
    names = git(ended.remote, "ls-tree", "-r", "--name-only", BRANCH).split()
    [path] = [name for name in names if "/kept/" in name]
    assert path.endswith(told.file)
    return path


def kept(ended: Ended) -> dict[str, Any]:
    words = ["git", "cat-file", "blob", f"{BRANCH}:{kept_path(ended)}"]
    data = subprocess.run(words, cwd=ended.remote, check=True, capture_output=True).stdout
    told = ended.workflow().diagnosed
    assert told is not None
    assert sha256(data).hexdigest() == told.digest
    found: dict[str, Any] = json.loads(gzip.decompress(data))
    return found


def log_of(ended: Ended, number: int, text: str, address: str = "", world: World | None = None) -> None:
    """Let the log of a job be fetched, with a right to read it in its address."""
    link = f"{address or ended.address}/logs/{number}.txt?X-Signature={HIDDEN}|PR|3.9.0"
    ended.world.jobs[number - 1]["pilotid"] = link
    (world or ended.world).pages[f"/logs/{number}.txt"] = ("text/plain", text.encode())


def is_nowhere(ended: Ended, secret: str) -> bool:
    words = ["git", "cat-file", "--batch-all-objects", "--batch"]
    held = subprocess.run(words, cwd=ended.remote, check=True, capture_output=True).stdout
    held += json.dumps(kept(ended)).encode()
    held += b"".join(p.read_bytes() for p in (ended.clone.root / ".git").rglob("*") if p.is_file())
    return secret.encode() not in held


def test_replies_and_ends_of_logs_are_kept_without_secrets(
    ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMCOMPILE_MONITOR_TOKEN", HIDDEN)
    lines = "".join(f"line {n} with {HIDDEN}\n" for n in range(2000))
    other = World()
    with served(other) as elsewhere:
        log_of(ended, 1, f"{lines}RuntimeError: no memory\n")
        log_of(ended, 2, "Segmentation fault\n", elsewhere, other)
        ended.world.jobs[0]["piloterrordiag"] = f"bad token {HIDDEN}"
        monkeypatch.setenv("CMCOMPILE_LOG_HOSTS", f"logs.test, {elsewhere.removeprefix('http://')}")
        ended.clone.run(*_REFRESH)
    found = kept(ended)
    assert {job["job_id"] for job in found["jobs"]} == {"1", "2"}
    assert len(found["tasks"]) == 2
    one, two = found["logs"]
    assert one["text"].endswith("RuntimeError: no memory")
    assert one["text"].startswith("line ")
    assert 30_000 < len(one["text"].replace("[CMCOMPILE_MONITOR_TOKEN]", HIDDEN)) <= TAIL
    assert two["text"] == "Segmentation fault"
    # The token is shown to the monitor alone.
    assert ended.world.headers[-1]["Authorization"] == f"Bearer {HIDDEN}"
    assert ["Authorization" in headers for headers in other.headers] == [False]
    assert is_nowhere(ended, HIDDEN)
    told = ended.clone.run("logs", "c/step1/1", "isr", "--tail", "3", "--offline")
    assert told.exit_code == 0, told.output
    assert "RuntimeError: no memory" in told.output
    assert "pilot 1305" in told.output
    assert HIDDEN not in told.output
    assert ended.clone.run("verify", "c").exit_code == 0


def test_a_kept_file_that_is_another_one_is_found(ended: Ended) -> None:
    ended.clone.run(*_REFRESH)
    path = kept_path(ended)
    Place.write(_place(ended), added(f"{path.rpartition('/')[0]}/{'0' * 16}.json.gz", "x"))
    told = ended.clone.run("verify", "c")
    assert told.exit_code == 1
    assert "CM210" in told.output
    assert "is not what an event of step1/1@w00 names" in told.output


def test_a_kept_file_that_is_gone_is_found(ended: Ended) -> None:
    ended.clone.run(*_REFRESH)
    path = kept_path(ended)
    Place.write(_place(ended), f"D {path}")
    told = ended.clone.run("verify", "c")
    assert told.exit_code == 1
    assert f"names {path[path.index('kept/') :]}, which is not beside it" in told.output


def _place(ended: Ended) -> Place:
    found = object.__new__(Place)
    found.remote = ended.remote
    return found
