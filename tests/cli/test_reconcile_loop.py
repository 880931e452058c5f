"""`cmcompile reconcile --loop` as processes in real clones, against a workload system of another process."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import jsonschema
import pytest
from apply_world import SPEC, Applied, applied_world, apply, pushed
from ledger_builder import git
from ledger_world import edit, run, write

from cmcompile.apply.child.interrupts import SignalInterrupts
from cmcompile.cli.campaigns import find
from cmcompile.cli.looped import Looped
from cmcompile.cli.passing import Manner
from cmcompile.model.ledger import UnreachableError
from cmcompile.model.rounds import Part
from cmcompile.model.states import GroupState
from cmcompile.reconcile import run as running
from cmcompile.spec.schema import schema

LEASE = "refs/cmcompile/leases/c"
SCHEMA = jsonschema.Draft202012Validator(schema("apply"))
D = "campaigns/d/campaign.yaml"


@dataclass
class Looping:
    """A loop in a process of its own; its lines are read as they come."""

    process: subprocess.Popen[str]
    lines: list[dict[str, Any]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.text.append(line)
            with suppress(ValueError):
                self.lines.append(json.loads(line))

    def passes(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["kind"] == "pass"]

    def parts(self, campaign: str = "c") -> list[str]:
        """Return what was done with a campaign, pass by pass."""
        rows = [row for found in self.passes() for row in found["campaigns"]]
        return [row["part"] for row in rows if row["campaign"] == campaign]

    def ended(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        self.reader.join(10)
        return self.process.returncode


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    """Return a clone of a campaign of which nothing was sent."""
    with applied_world(tmp_path) as found:
        monkeypatch.chdir(found.root)
        monkeypatch.delenv("CMCOMPILE_SIMULATED", raising=False)
        yield found


@pytest.fixture
def start(world: Applied) -> Iterator[Callable[..., Looping]]:
    """Return what starts loops; they are killed in the end."""
    begun: list[Looping] = []

    def starting(*more: str, root: Path | None = None, form: str = "json", delay: int = 1) -> Looping:
        program = str(Path(sys.executable).parent / "cmcompile")
        command = [program, "reconcile", "--loop", "--delay", str(delay), "--format", form, *more]
        where = root or world.root
        process = subprocess.Popen(
            command, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        begun.append(Looping(process))
        return begun[-1]

    yield starting
    for one in begun:
        one.process.kill()
        one.process.communicate()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


def again(world: Applied, name: str = "other") -> Path:
    """Return another clone of the same remote, for the same far side."""
    path = world.root.parent / name
    git(world.root.parent, "clone", "--quiet", git(world.root, "remote", "get-url", "origin"), str(path))
    git(path, "config", "cmcompile.simulated", str(world.socket))
    return path


def lease(world: Applied) -> str:
    return git(world.root, "ls-remote", "origin", LEASE)


def accepted(world: Applied) -> bool:
    records = world.state().groups.values()
    return len(records) == 5 and all(record.verdict is GroupState.ACCEPTED for record in records)


def test_a_loop_does_all_and_ends_cleanly(world: Applied, start: Callable[..., Looping]) -> None:
    loop = start()
    for number in (3, 5):
        until(lambda n=number: len(world.runs()) == n)  # type: ignore[misc]
        world.end()
    until(lambda: accepted(world))
    number = len(loop.passes())
    until(lambda: len(loop.passes()) > number + 1)
    assert lease(world)
    assert loop.ended() == 0
    assert not lease(world), "it is given back"
    for line in loop.lines:
        SCHEMA.validate(line)
    found = loop.passes()
    assert [one["number"] for one in found] == list(range(1, len(found) + 1))
    (row,) = found[0]["campaigns"]
    numbers = {"recorded": 0, "submitted": 3, "done": 0, "again": 0, "rows": 0}
    assert row == {"campaign": "c", "part": "passed", "exit": 0, "why": None, **numbers}
    assert sum(row["submitted"] for one in found for row in one["campaigns"]) == 5
    assert run("verify", "c").exit_code == 0


def test_text_is_one_line_for_a_pass_with_nothing_new(world: Applied, start: Callable[..., Looping]) -> None:
    assert apply("c").exit_code == 0
    assert run("reconcile", "c").exit_code == 0
    time.sleep(1.1)
    assert run("reconcile", "c").exit_code == 0
    loop = start("c", form="text")
    until(lambda: len(loop.text) >= 5)
    assert loop.ended(signal.SIGINT) == 0
    idle = [line for line in loop.text if "nothing new; next in 1 s" in line]
    assert len(idle) >= 3
    told = [line for line in loop.text if not line.startswith("pass ")]
    assert len(told) == len(set(told)), "what stays so is told once"


def test_the_spec_is_read_anew_in_each_pass(world: Applied, start: Callable[..., Looping]) -> None:
    edit(world.root, "campaign: c\n", "campaign: c\npause: [{from: 2026-01-01, because: not yet}]\n")
    pushed(world.root)
    loop = start()
    until(lambda: len(loop.passes()) >= 2)
    assert world.runs() == []
    edit(world.root, "pause: [{from: 2026-01-01, because: not yet}]\n", "")
    pushed(world.root)
    until(lambda: len(world.runs()) == 3)
    assert loop.ended() == 0


def test_two_loops_on_two_clones_share_the_work(world: Applied, start: Callable[..., Looping]) -> None:
    other = again(world)
    one = start()
    until(lambda: lease(world))
    two = start(root=other)
    until(lambda: len(world.runs()) == 3)
    world.end()
    until(lambda: len(world.runs()) == 5)
    world.end()
    until(lambda: accepted(world) and len(two.passes()) > 3)
    assert set(two.parts()) == {"elsewhere"}
    (row,) = two.passes()[0]["campaigns"]
    assert f"process {one.process.pid} (" in row["why"]
    one.process.kill()
    one.process.wait()
    until(lambda: two.parts()[-1] == "passed", 20)
    assert two.ended() == 0
    assert world.asked("submit") == 5


def test_a_loop_that_is_killed_at_any_moment_doubles_nothing(
    world: Applied, start: Callable[..., Looping]
) -> None:
    other = again(world)
    for number in range(6):
        loop = start(root=other if number % 2 else None)
        time.sleep(0.6 + 0.35 * number)
        loop.process.kill()
        loop.process.wait()
    last = start()

    def asked_about() -> list[str]:
        """Return what was killed between its gate and the word: a person says that nothing came of it."""
        found = world.workflows().values()
        return [w.group for w in found if w.review is not None and w.run_id is None]

    until(lambda: len(world.runs()) + len(asked_about()) == 3, 90)
    world.end()
    if asked_about():
        ended = 3 - len(asked_about())
        until(lambda: sum(r.verdict is GroupState.ACCEPTED for r in world.state().groups.values()) == ended)
    else:
        until(lambda: len(world.runs()) == 5)
        world.end()
        until(lambda: accepted(world))
    assert last.ended() == 0
    assert world.asked("submit") == len(world.runs()) == len(set(world.runs()))
    assert run("verify", "c").exit_code == 0


def test_a_broken_campaign_stops_no_other_and_goes_on_when_mended(
    world: Applied, start: Callable[..., Looping]
) -> None:
    write(world.root, D, SPEC.replace("campaign: c", "campaign: d").replace("HSC/runs/c", "HSC/runs/d"))
    pushed(world.root)
    assert run("ledger", "init", "d").exit_code == 0
    edit(world.root, "split: [{by: tract", "split: [{bye: tract", D)
    pushed(world.root)
    loop = start(delay=2)
    until(lambda: len(world.runs()) == 3)
    until(lambda: "later" in loop.parts("d"))
    world.end()
    until(lambda: len(world.runs()) == 5)
    (row,) = [r for r in loop.passes()[0]["campaigns"] if r["campaign"] == "d"]
    assert (row["part"], row["exit"]) == ("failed", 1)
    assert row["why"].endswith("see `cmcompile validate d`")
    edit(world.root, "split: [{bye: tract", "split: [{by: tract", D)
    pushed(world.root)
    until(lambda: len(world.runs()) == 8, 10)  # it is not waited for the next try
    assert loop.ended() == 0
    again_in = [r["again"] for p in loop.passes() for r in p["campaigns"] if r["part"] == "failed"]
    assert again_in[:2] == [0, 4]


def test_a_campaign_without_a_ledger_is_told(world: Applied, start: Callable[..., Looping]) -> None:
    write(world.root, D, SPEC.replace("campaign: c", "campaign: d"))
    pushed(world.root)
    loop = start(form="text")
    until(lambda: loop.text)
    until(lambda: any(line.startswith("pass 1") for line in loop.text))
    assert loop.ended() == 0
    assert "; d has no ledger" in next(line for line in loop.text if line.startswith("pass 1"))


def test_a_remote_that_is_away_for_a_while(world: Applied, start: Callable[..., Looping]) -> None:
    remote = world.root.parent / "remote.git"
    loop = start()
    until(lambda: len(world.runs()) == 3)
    until(lambda: loop.passes())
    shutil.move(remote, remote.with_name("away"))
    until(lambda: any(one["error"] for one in loop.passes()))
    shutil.move(remote.with_name("away"), remote)
    world.end()
    until(lambda: len(world.runs()) == 5)
    assert loop.ended() == 0
    told: Mapping[str, Any] = next(one for one in loop.passes() if one["error"])
    assert told["campaigns"] == []


def test_a_remote_that_takes_no_lease_is_no_reason_to_stop(
    world: Applied, start: Callable[..., Looping]
) -> None:
    hook = world.root.parent / "remote.git/hooks/update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/cmcompile/*) exit 1;; esac\n')
    hook.chmod(0o755)
    loop = start()
    until(lambda: len(world.runs()) == 3 and len(loop.passes()) >= 3)
    assert loop.ended() == 0
    assert loop.process.stderr is not None
    said = loop.process.stderr.read()
    assert said.count("which is safe: refs/cmcompile/leases/c can't be pushed to origin") == 1


def test_files_that_come_start_work(world: Applied, start: Callable[..., Looping]) -> None:
    data = world.root.parent / "data"
    lists = f"""lists:
  visits:
    file: lists/visits.txt
    columns: [visit]
    query: {{files: "{data}/visit-*", columns: "visit-(?P<visit>[0-9]+)$"}}
steps:
"""
    edit(world.root, "steps:\n", lists)
    edit(world.root, "values: 1..30, size: 10", "list: visits, size: 2")
    pushed(world.root)
    loop = start("--lists")
    until(lambda: len(loop.passes()) >= 2)  # there is no folder yet: told, and nothing ends
    data.mkdir()
    for visit in (1, 2, 3):
        (data / f"visit-{visit}").touch()
    until(lambda: len(world.runs()) == 1)
    loop.process.kill()
    for visit in (4, 5):
        (data / f"visit-{visit}").touch()
    loop = start("--lists")
    until(lambda: len(world.runs()) == 2)
    shutil.move(data, data.with_name("away"))
    number = len(loop.passes())
    until(lambda: len(loop.passes()) > number + 1)
    assert len(world.runs()) == 2
    shutil.move(data.with_name("away"), data)
    (data / "visit-6").touch()
    until(lambda: len(world.runs()) == 3)
    assert loop.ended() == 0
    assert len(list(data.iterdir())) == 6
    rows = sum(row["rows"] for one in loop.passes() for row in one["campaigns"])
    assert rows == 3
    git(world.root, "fetch", "--quiet")
    log = git(world.root, "log", "--format=%s", "-3", "@{upstream}")
    assert log.splitlines() == ["c: lists"] * 3
    assert loop.process.stderr is not None
    assert loop.process.stderr.read().count("is not there, or no folder") == 1


def test_a_second_interrupt_ends_it_at_once(world: Applied, start: Callable[..., Looping]) -> None:
    git(world.root, "config", "remote.origin.uploadpack", "sleep 20; git-upload-pack")
    loop = start("c")
    time.sleep(2)
    loop.process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert loop.process.poll() is None, "a first one lets the pass end"
    begun = time.monotonic()
    assert loop.ended(signal.SIGINT) == 130
    assert time.monotonic() - begun < 10


def looped(**more: bool) -> Looped:
    """Return the campaign as a loop in this process has it."""
    manner = {"refresh_only": False, "no_submit": False, "detailed": False} | more
    return Looped(find("c"), Manner(**manner, at_once=4, format="json", waits=True), 1)


def test_a_pass_that_ends_early_says_why(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    planned, asked = running._planned, []

    def failing(*args: Any) -> Any:
        asked.append(args)
        if len(asked) > 1:
            raise UnreachableError("origin is gone")
        return planned(*args)

    monkeypatch.setattr(running, "_planned", failing)
    with SignalInterrupts() as interrupts, closing(looped()) as one:
        found = one.pass_(interrupts)
    assert (found.part, found.code, found.submitted) == (Part.FAILED, 1, 3)
    assert found.why == "the pass ended early: origin is gone"


def test_a_fault_of_the_machine_has_the_same_code_each_time(
    world: Applied, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*args: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running, "_planned", full)
    with SignalInterrupts() as interrupts, closing(looped()) as one:
        found = [one.pass_(interrupts) for _ in range(2)]
    assert [(one.part, one.code) for one in found] == [(Part.FAILED, 1)] * 2
    assert capsys.readouterr().err.count("No space left") == 1


def test_a_pass_with_nothing_new_compiles_nothing(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    from cmcompile.cli import outside
    from cmcompile.cli.known import Known
    from cmcompile.cli.passing import Passing
    from cmcompile.compiler import compile as compiling
    from cmcompile.git import network

    asked = []
    limit_of = network.limit_of  # looked at once in each question to a remote

    def asking(root: Path) -> int | None:
        asked.append(root)
        return limit_of(root)

    monkeypatch.setattr(network, "limit_of", asking)
    opened, closed = [], []
    drivers = outside.drivers

    def opening(*args: Any) -> outside.Drivers:
        opened.append(args)
        outside._at_end(lambda: closed.append(args))
        return drivers(*args)

    monkeypatch.setattr(outside, "drivers", opening)
    compiled = []
    original = compiling.compile_again

    def counted(*args: Any) -> Any:
        compiled.append(args)
        return original(*args)

    monkeypatch.setattr(compiling, "compile_again", counted)
    assert apply("c").exit_code == 0
    place = find("c")
    known = Known(place)
    compiled.clear()
    opened.clear()
    closed.clear()
    with SignalInterrupts() as interrupts:

        def passed() -> int:
            Passing(place, Manner(False, False, False, 4, "json", False, True), interrupts, known).run()
            found = len(compiled)
            compiled.clear()
            return found

        assert passed() == 1
        assert passed() == 0
        asked.clear()
        assert [passed(), passed()] == [0, 0]
        assert len(asked) <= 16, "each question takes a second where the remote is far away"
        assert (len(opened), len(closed)) == (1, 0)
        edit(world.root, "campaign: c\n", "campaign: c\nlimits: {running: 9}\n")
        pushed(world.root)
        assert passed() == 1
        assert (len(opened), len(closed)) == (2, 1), "what asks is that of the new spec"
        world.end()
        assert passed() <= 1
        assert passed() == 0
    assert len(world.runs()) == 5
    known.close()
    assert len(opened) == len(closed)


def test_a_reader_that_goes_away_ends_it(world: Applied) -> None:
    program = shlex.quote(str(Path(sys.executable).parent / "cmcompile"))
    line = f"{program} reconcile --loop --delay 1; echo ended $? >&2"
    done = subprocess.run(
        ["sh", "-c", f"({line}) | head -1"],
        cwd=world.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "ended 141" in done.stderr
    assert not lease(world)


def test_what_will_not_pass_by_itself_is_told_at_once(world: Applied, start: Callable[..., Looping]) -> None:
    git(world.root, "checkout", "--quiet", "--detach")
    loop = start()
    assert loop.process.wait(timeout=60) == 1
    assert loop.process.stderr is not None
    assert "cmcompile.branch" in loop.process.stderr.read()


def test_failures_are_tried_less_often_up_to_a_limit() -> None:
    from cmcompile.cli.looped import backoff

    assert [backoff(60, n) for n in range(1, 7)] == [60, 120, 240, 480, 900, 900]
    assert backoff(3600, 9) == 3600
    assert backoff(1, 10**9) == 900


def test_what_can_not_be_combined() -> None:
    assert run("reconcile", "--loop", "--wait").exit_code == 64
    assert run("reconcile").exit_code == 64
    assert run("reconcile", "--wait").exit_code == 64
