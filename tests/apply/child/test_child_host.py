"""Which processes live."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from cmcompile.apply.child.host import LocalHost

HOST = LocalHost()


def test_this_process_lives() -> None:
    here = HOST.here()
    assert here.pid == os.getpid()
    assert here.host
    assert here.boot_id
    assert HOST.alive(here) is True


def test_processes_of_other_machines_cannot_be_asked() -> None:
    assert HOST.alive(replace(HOST.here(), host="elsewhere.example.org")) is None


def test_a_reboot_ends_all() -> None:
    assert HOST.alive(replace(HOST.here(), boot_id="0b6e8b3e-0000-4000-8000-000000000000")) is False


def test_a_zombie_is_dead_and_so_is_what_was_waited_for() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = replace(HOST.here(), pid=child.pid, started="")
    assert HOST.alive(process) is True
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert HOST.alive(process) is False
    child.communicate()
    assert HOST.alive(process) is False


def test_a_thread_is_no_process() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        os.kill(int(thread.native_id or 0), 0)
        assert HOST.alive(replace(HOST.here(), pid=int(thread.native_id or 0), started="")) is False
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("pid", [0, -1, 10**30])
def test_what_is_no_process_id_is_dead(pid: int) -> None:
    assert HOST.alive(replace(HOST.here(), pid=pid, started="")) is False


def test_processes_of_other_users_live(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    assert HOST.alive(replace(HOST.here(), pid=1, started="")) is True
    monkeypatch.setattr(os, "kill", refuse)  # root may signal all
    assert HOST.alive(replace(HOST.here(), pid=1, started="")) is True


def test_containers_on_one_machine_are_told_apart(tmp_path: Path) -> None:
    first, second = LocalHost(container(tmp_path / "1", 11)), LocalHost(container(tmp_path / "2", 22))
    machine = LocalHost(container(tmp_path / "0", 4026531836))
    assert machine.here().boot_id == "3f2c"
    assert len({host.here().boot_id for host in (first, second, machine)}) == 3
    assert first.alive(second.here()) is None
    assert first.alive(machine.here()) is None
    assert first.alive(replace(second.here(), boot_id="4f2c/pid:[11]")) is False


def container(proc: Path, namespace: int) -> Path:
    (proc / "sys/kernel/random").mkdir(parents=True)
    (proc / "sys/kernel/random/boot_id").write_text("3f2c\n")
    (proc / "self/ns").mkdir(parents=True)
    (proc / "self/ns/pid").symlink_to(f"pid:[{namespace}]")
    return proc


def test_a_machine_without_proc(tmp_path: Path) -> None:
    host = LocalHost(tmp_path / "no")
    assert host.alive(host.here()) is True
    assert host.alive(replace(host.here(), pid=10**30, started="")) is False
    assert host.alive(HOST.here()) is None
    assert HOST.alive(host.here()) is None


def test_an_id_that_another_process_was_given_is_that_of_a_dead_one() -> None:
    here = HOST.here()
    assert here.started.isdigit()
    assert HOST.alive(replace(here, started=str(int(here.started) - 1))) is False
    assert HOST.alive(replace(here, started="")) is True, "older events do not say it"


@pytest.mark.parametrize("name", ["python", "a b) S 1 2", ")) R"])
def test_the_name_of_a_program_does_not_disturb(tmp_path: Path, name: str) -> None:
    proc = container(tmp_path / "proc", 4026531836)
    own = proc / str(os.getpid())
    own.mkdir()
    (own / "status").write_text(f"State:\tR\nTgid:\t{os.getpid()}\n")
    (own / "stat").write_text(f"{os.getpid()} ({name}) S {' '.join(map(str, range(4, 22)))} 4711 23 24\n")
    assert LocalHost(proc).here().started == "4711"
