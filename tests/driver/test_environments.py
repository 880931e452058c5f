"""The environment that a child is started in: set-up commands, variables, secrets, and a clear pipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cmcompile.apply.child.interrupts import SignalInterrupts
from cmcompile.driver.launcher import BpsLauncher
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NotReady, Order, Preparation, Ready, Setting
from cmcompile.model.event import Subject

ORDER = Order(
    campaign="c",
    subject=Subject("step1", "1", "w00"),
    claim="0123456789abcdef",
    wms=WmsRef("some.Service"),
    run_name="r",
    output_run="u/r",
    submit_path="submit/u/r",
    files={},
    environment="weekly",
)
#: Stands for the Python of a stack: says what it was given, and answers as a child does. It can't be forked
#: from, so that each child is started by itself.
PYTHON = """\
#!/bin/sh
case "$*" in *--forks) exit 1;; esac
env > "$SEEN"
printf '%s\\n' "$@" > "$SEEN.arguments"
read -r line
echo '{"kind": "ready", "version": 1, "files": {}, "quanta": 7}'
read -r line
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return a directory with a program ``python``."""
    found = tmp_path / "stack"
    found.mkdir()
    (found / "python").write_text(PYTHON)
    (found / "python").chmod(0o755)
    return found


def prepared(tmp_path: Path, order: Order, environ: dict[str, str] | None = None) -> Preparation:
    with SignalInterrupts() as interrupts:
        usual = {"PATH": os.environ["PATH"], "SEEN": "never handed on", "OTHER_TOKEN": "hidden-word"}
        launcher = BpsLauncher(tmp_path / "area", tmp_path / "spool", interrupts, environ or usual)
        child = launcher.start(order)
        if isinstance(child, NotReady):
            return child
        try:
            return child.prepared()
        finally:
            child.stop()
            launcher.close()


def seen(tmp_path: Path) -> dict[str, str]:
    lines = (tmp_path / "seen").read_text().splitlines()
    return dict(line.partition("=")[::2] for line in lines)


def order(tmp_path: Path, python: Path, *setup: str, **variables: str) -> Order:
    usual = {"SEEN": str(tmp_path / "seen"), **variables}
    return replace(ORDER, setting=Setting((*setup, f'PATH="{python}:$PATH"'), usual))


def test_what_a_child_gets(tmp_path: Path, python: Path) -> None:
    setup = ('echo noise; echo "{}"', "RELEASE=old; export ADDED=$RELEASE-x; read -r nothing || true")
    wanted = order(tmp_path, python, *setup, RELEASE="w_2026_47 it's")
    found = prepared(tmp_path, wanted)
    assert found == Ready({}, 7)
    given = seen(tmp_path)
    assert given["RELEASE"] == "w_2026_47 it's"
    assert given["ADDED"] == "old-x"
    assert "OTHER_TOKEN" not in given
    log = tmp_path / "area" / "submit" / ".cmcompile" / ORDER.claim / "driver.log"
    assert log.read_text() == "noise\n{}\n"
    arguments = (tmp_path / "seen.arguments").read_text().splitlines()
    assert arguments[-4:] == ["--spool", str(tmp_path / "spool"), "--area", str(tmp_path / "area")]


def test_the_set_up_sees_the_variables(tmp_path: Path, python: Path) -> None:
    found = prepared(tmp_path, order(tmp_path, python, "export COPY=$RELEASE", RELEASE="w_2026_47"))
    assert found == Ready({}, 7)
    assert seen(tmp_path)["COPY"] == "w_2026_47"


@pytest.mark.parametrize(
    ("command", "code"), [("no_such_program", 127), ("false", 1), ("echo it is broken >&2; (exit 3)", 3)]
)
def test_a_set_up_that_fails(tmp_path: Path, python: Path, command: str, code: int) -> None:
    assert subprocess.run(["bash", "-c", command], capture_output=True).returncode == code
    found = prepared(tmp_path, order(tmp_path, python, command))
    where = f"submit/.cmcompile/{ORDER.claim}/driver.log"
    assert found == NotReady(
        f"the environment weekly can't be set up: `{command}` failed; all output: {where}"
    )
    assert not (tmp_path / "seen").exists()


@pytest.mark.parametrize(
    "command",
    [
        "set -- something else",
        'test $# = 0 || { echo "a script that is sourced takes $1 for its own"; exit 1; }',
        "exec 3>/dev/null 4>/dev/null 5>/dev/null; exec 3>&- 4>&- 5>&-",
        "trap 'echo at each command' DEBUG; trap 'echo at the end' EXIT",
        'test "$PWD" -ef ../area || exit 1; cd /; cat; ! read -r x; head -c 4000000 /dev/zero',
        "set -euo pipefail; shopt -s nullglob; IFS=:; CDPATH=/",
        "alias python=false; printf() { echo not this; }",
        "export -n SEEN; set -a",
    ],
)
def test_what_a_set_up_may_do(tmp_path: Path, python: Path, command: str) -> None:
    assert prepared(tmp_path, order(tmp_path, python, command)) == Ready({}, 7)
    arguments = (tmp_path / "seen.arguments").read_text().splitlines()
    assert arguments[-4:] == ["--spool", str(tmp_path / "spool"), "--area", str(tmp_path / "area")]
    assert seen(tmp_path)["SEEN"] == str(tmp_path / "seen")


@pytest.mark.parametrize("command", ["exit 0", "exit 3", "exec true", "kill -9 $BASHPID", "exec cat"])
def test_a_set_up_that_ends_the_shell(tmp_path: Path, python: Path, command: str) -> None:
    found = prepared(tmp_path, order(tmp_path, python, command))
    assert isinstance(found, NotReady)
    assert not (tmp_path / "seen").exists()


def test_what_a_set_up_leaves_behind_has_no_end_of_the_pipe(tmp_path: Path, python: Path) -> None:
    command = f"sleep 300 & echo $! > {tmp_path}/left"
    found = prepared(tmp_path, order(tmp_path, python, command))
    left = int((tmp_path / "left").read_text())
    try:
        assert found == Ready({}, 7)
        until = time.monotonic() + 30
        while Path(f"/proc/{left}/comm").read_text() != "sleep\n" and time.monotonic() < until:
            time.sleep(0.01)  # it is not yet what it is to be
        ends = {place.name: str(place.readlink()) for place in Path(f"/proc/{left}/fd").iterdir()}
        assert {name for name, end in ends.items() if end.startswith("pipe:")} == set()
    finally:
        os.kill(left, signal.SIGKILL)


def test_a_value_may_be_any_text(tmp_path: Path, python: Path) -> None:
    value = "two\nlines $HOME `false` \\ 'x' \"y\" * \u00e9"
    found = prepared(tmp_path, order(tmp_path, python, ODD=value))
    assert found == Ready({}, 7)
    assert f"ODD={value}\n" in (tmp_path / "seen").read_text()


def test_no_secret_is_in_a_command_line(tmp_path: Path, python: Path) -> None:
    """Anybody on the machine can read those."""
    lines = "for p in /proc/$$/cmdline /proc/$PPID/cmdline; do tr '\\0' ' ' < $p; done"
    wanted = order(tmp_path, python, lines)
    wanted = replace(wanted, setting=replace(wanted.setting, secrets=("API_TOKEN",)))
    hidden = "hidden-word"
    found = prepared(tmp_path, wanted, {"PATH": os.environ["PATH"], "API_TOKEN": hidden})
    assert found == Ready({}, 7)
    log = tmp_path / "area" / "submit" / ".cmcompile" / ORDER.claim / "driver.log"
    assert "--noprofile" in log.read_text()
    assert hidden not in log.read_text() + (tmp_path / "seen.arguments").read_text()


def test_without_bash_nothing_is_ready(tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(python))
    found = prepared(tmp_path, order(tmp_path, python), {"PATH": str(python)})
    assert isinstance(found, NotReady)
    assert "bash" in found.message


def test_a_set_up_without_python(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    found = prepared(tmp_path, replace(ORDER, setting=Setting((f"PATH={empty}",))))
    assert isinstance(found, NotReady)
    assert "its set-up gives no python" in found.message


def test_a_secret_is_handed_on_by_its_name(tmp_path: Path, python: Path) -> None:
    wanted = order(tmp_path, python)
    wanted = replace(wanted, setting=replace(wanted.setting, secrets=("API_TOKEN",)))
    lacking = prepared(tmp_path, wanted)
    assert isinstance(lacking, NotReady)
    assert "the secret API_TOKEN, which is not set here" in lacking.message
    hidden = "hidden-word"
    found = prepared(tmp_path, wanted, {"PATH": os.environ["PATH"], "API_TOKEN": hidden})
    assert found == Ready({}, 7)
    assert seen(tmp_path)["API_TOKEN"] == hidden
    # Nothing that this program writes has it: the file of the test is all there is.
    below = [path for path in (tmp_path / "area").rglob("*") if path.is_file()]
    assert below
    assert not any(hidden.encode() in path.read_bytes() for path in below)


def test_without_an_environment_it_is_this_python(tmp_path: Path) -> None:
    from cmcompile.driver.command import command

    line = command(replace(ORDER, environment=""), tmp_path, tmp_path / "spool")
    done = subprocess.run(
        [*line[:-4], "--help"], capture_output=True, text=True, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr
    assert "--area" in done.stdout
    assert json.dumps(line)
