"""A real pool, with the newest stack: what is asked of it, and a campaign from its plan to its collections.

These tests run inside the chroot of the pool: ``tests/htcondor/pool test``.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from contracts import wms as contract
from contracts.condor_runs import SERVICE, CondorBench
from tiny_world import environment

from cmcompile.compiler.claim import with_claim
from cmcompile.engine.record import Records
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.wms.systems import Systems

pytestmark = [pytest.mark.service("htcondor"), pytest.mark.filterwarnings("ignore")]

WORK = Path("/home/worker/work")
EMBEDDED = "cmcompile.engine.service.EngineService"
_NUMBERS = itertools.count()
#: Nobody listens there, and what the schedd of this machine has written about itself is not read.
NOWHERE = {
    "_CONDOR_COLLECTOR_HOST": "127.0.0.1:1",
    "_CONDOR_SCHEDD_ADDRESS_FILE": "/nonexistent",
    "_CONDOR_SCHEDD_DAEMON_AD_FILE": "/nonexistent",
}


@pytest.fixture(scope="module")
def place() -> Path:
    """Return a directory of this run; DAGMan logs in none below /tmp."""
    made = WORK / f"test-{time.time_ns()}"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def systems() -> Iterator[Systems]:
    with Systems() as made:
        yield made


@pytest.fixture(scope="module")
def deaf() -> Iterator[Systems]:
    """Return one whose schedd and collector refuse the connection."""
    with Systems(environ={**os.environ, **NOWHERE}) as made:
        yield made


@pytest.fixture
def bench(place: Path, systems: Systems, deaf: Systems, tmp_path: Path) -> Iterator[CondorBench]:
    Records(tmp_path / "engine").make()
    world = f"{place.name}-{next(_NUMBERS)}/"
    elsewhere = WmsRef(EMBEDDED, str(tmp_path / "engine"))
    made = CondorBench(world, lambda command: _run(place, command), systems, deaf, elsewhere)
    yield made
    made.close()


def _run(where: Path, command: Sequence[str], **variables: str) -> str:
    ended = subprocess.run(
        command,
        cwd=where,
        env={**os.environ, **variables},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_the_pool_is_a_wms(check: Callable[[contract.WmsBench], None], bench: CondorBench) -> None:
    check(bench)


def test_a_schedd_that_is_not_reached_is_not_an_empty_one(
    bench: CondorBench, systems: Systems, deaf: Systems
) -> None:
    """An empty queue is an answer; a refused connection is none."""
    run, where = bench.submit("p/x/w00"), bench.where
    assert systems.find(where, ["no-run-has-this-name"]) == ()
    assert systems.look(where, ["999999.0"]) == {}
    nameless = WmsRef(SERVICE, "no-such-schedd")
    for answer in (
        *(deaf.find(where, ["no-run"]), deaf.look(where, [run]), deaf.cancel(where, run)),
        *(systems.find(nameless, ["no-run"]), systems.look(nameless, [run]), systems.cancel(nameless, run)),
    ):
        assert isinstance(answer, NoAnswer), answer
        assert answer.why
    assert contract.looked(bench, run)[run].state == "running"


def test_a_schedd_that_hangs_is_given_up(tmp_path: Path) -> None:
    """Where a daemon takes the connection and says nothing, the bindings wait for minutes."""
    told = Path(subprocess.check_output(["condor_config_val", "SCHEDD_DAEMON_AD_FILE"], text=True).strip())
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        port = mute.getsockname()[1]
        advert = tmp_path / "advert"
        pattern = r"127\.0\.0\.1([:-])\d+(?=[?&])"
        advert.write_text(re.sub(pattern, rf"127.0.0.1\g<1>{port}", told.read_text()))
        environ = {**os.environ, "_CONDOR_SCHEDD_DAEMON_AD_FILE": str(advert)}
        with Systems(environ=environ, timeout=5) as hanging:
            begun = time.monotonic()
            answer = hanging.find(WmsRef(SERVICE), ["no-run"])
            assert time.monotonic() - begun < 120
    assert isinstance(answer, NoAnswer), answer


class Campaign:
    """The campaign of a world of its own, driven by the commands that people type."""

    def __init__(self, home: Path, service: str = SERVICE) -> None:
        self.home = home
        self.clone = home / "clone"
        world = Path(__file__).with_name("tiny_world.py")
        _run(home.parent, [sys.executable, str(world), str(home), f"u/{home.parent.name}-{home.name}"])
        site = self.clone / "campaigns" / "library" / "htcondor.yaml"
        site.write_text(site.read_text().replace(SERVICE, service))
        remote = home / "remote.git"
        _run(home, ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)])
        for arguments in (
            ["init", "--quiet", "--initial-branch=main"],
            ["add", "."],
            ["commit", "--quiet", "-m", "A small campaign"],
            ["remote", "add", "origin", str(remote)],
            ["push", "--quiet", "-u", "origin", "main"],
        ):
            _run(self.clone, ["git", *arguments])
        self.ask("ledger", "init", "tiny")

    def ask(self, *arguments: str) -> tuple[int, str]:
        """Run a command of cmcompile; return its exit code, and what it printed."""
        ended = subprocess.run(
            [sys.executable, "-m", "cmcompile.cli.main", *arguments],
            cwd=self.clone,
            env={**os.environ, "CMCOMPILE_RUNS": str(self.home / "runs")},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return ended.returncode, ended.stdout

    def counts(self) -> dict[str, list[str]]:
        """Return the data ids of what the tasks made, by dataset type, in the campaign's collections."""
        from lsst.daf.butler import Butler

        found = {}
        with Butler.from_config(str(self.home / "repo")) as butler:
            root = f"u/{self.home.parent.name}-{self.home.name}"
            for step, names in (("step1", ("measured", "gathered")), ("step2", ("again",))):
                for name in names:
                    refs = butler.query_datasets(name, collections=f"{root}/{step}", explain=False)
                    found[name] = sorted(str(dict(ref.dataId.required)) for ref in refs)
        return found


def test_a_campaign_from_its_plan_to_its_collections(place: Path) -> None:
    """It gives what the same campaign gives on one machine, and each group has one run."""
    made = carried_out(Campaign(place / "world"))
    assert {name: len(ids) for name, ids in made.items()} == {"measured": 8, "gathered": 4, "again": 4}
    with Systems() as systems:
        seen = systems.find(WmsRef(SERVICE), [f"u_{place.name}-world_"])
    assert not isinstance(seen, NoAnswer), seen
    groups = sorted(run.name.rpartition("_")[0].rpartition("-world_")[2] for run in seen)
    assert groups == ["step1_1", "step1_2", "step2_1"]
    assert {run.state for run in seen} == {"succeeded"}
    assert carried_out(Campaign(place / "alone", EMBEDDED)) == made


def carried_out(campaign: Campaign) -> dict[str, list[str]]:
    """Apply, and reconcile until the last step has its outputs; return what was made."""
    code, said = campaign.ask("apply", "tiny", "--auto-approve")
    assert code == 0, said
    told = [said]
    until = time.monotonic() + 1500
    while len((made := _made(campaign)).get("again", ())) < 4:
        assert time.monotonic() < until, "\n".join(told[-3:])
        time.sleep(5)
        code, said = campaign.ask("reconcile", "tiny")
        told.append(said)
        assert code == 0, said
    return made


#: The child's driver, where HTCondor takes a run, and the question for its id fails.
SUBMIT = """
import os, sys
from pathlib import Path
from lsst.ctrl.bps.htcondor import lssthtc
from cmcompile.driver.bps import BpsDriver
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Order
from cmcompile.model.event import Subject

def fails(*arguments, **named):
    raise OSError("the connection was lost")

run, name, service, data = sys.argv[1:]
order = Order("tiny", Subject("step1", "1"), "0" * 16, WmsRef(service, ""), name, run, "${PWD}/submit/" + run,
              {"submit.yaml": Path(data).read_bytes()})
driver = BpsDriver(Path.cwd(), SystemClock(), os.environ)
print(driver.prepare(order))
lssthtc.condor_q = fails
print(driver.call(order))
"""


def test_a_run_that_was_taken_without_a_reply_is_found_by_its_name(place: Path, systems: Systems) -> None:
    campaign = Campaign(place / "lost")
    code, said = campaign.ask("compile", "tiny", "-o", str(campaign.home / "out"))
    assert code == 0, said
    run = f"u/{place.name}-lost/step1/1/w00-abcdef"
    name = run.replace("/", "_")
    data = campaign.home / "submit.yaml"
    compiled = (campaign.home / "out" / "step1" / "1.yaml").read_bytes()
    data.write_bytes(with_claim(compiled, run, f"${{PWD}}/submit/{run}"))
    variables = environment(campaign.home, Path(sys.prefix))
    (campaign.home / "waits").touch()
    said = _run(campaign.clone, [sys.executable, "-c", SUBMIT, run, name, SERVICE, str(data)], **variables)
    assert "NoReply(" in said, said
    assert "the connection was lost" in said
    found = systems.find(WmsRef(SERVICE), [name])
    assert not isinstance(found, NoAnswer), found
    (seen,) = found
    assert seen.name == name
    assert systems.cancel(WmsRef(SERVICE), seen.run_id) is None


def _made(campaign: Campaign) -> dict[str, list[str]]:
    from lsst.daf.butler import MissingCollectionError, MissingDatasetTypeError

    try:
        return campaign.counts()
    except (MissingCollectionError, MissingDatasetTypeError):
        return {}
