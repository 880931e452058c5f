"""What is planted in a quickstart, and what `doctor` is to say of it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from certificates import make_certificate
from planted_world import World

Plant: TypeAlias = Callable[[World], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, and what is to be said of it.

    Attributes
    ----------
    plant
        Brings it about for a while.
    only
        The checks that are asked.
    said, command
        Are in the message, and in the command that helps.
    line
        Is in the line of the spec that is named; empty: none is.
    """

    plant: Plant
    only: str
    code: str
    said: str
    command: str = ""
    line: str = ""


def spec(old: str, new: str) -> Plant:
    return lambda world: world.edited(world.spec, old, new)


def library(old: str, new: str) -> Plant:
    return lambda world: world.edited(world.library, old, new)


def pipeline(old: str, new: str) -> Plant:
    return lambda world: world.edited(world.clone / "pipeline/quick.yaml", old, new)


def includes(path: str) -> Plant:
    memory = "  requestMemory: 512\n"
    return lambda world: world.edited(world.spec, memory, f"{memory}  includeConfigs: ['{path}']\n")


def chain(name: str, kind: str, *children: str) -> Plant:
    return lambda world: world.collection(name, kind, children)


def lost_database(world: World) -> AbstractContextManager[Any]:
    found, gone = world.butler / "butler.yaml", "postgresql+psycopg2://me:word-of-nobody-4711@127.0.0.1:1/x"
    return world.edited(found, "sqlite:///<butlerRoot>/gen3.sqlite3", gone)


def bare_python(world: World) -> AbstractContextManager[Any]:
    """Set up a Python without its site-packages: it has no stack."""
    stack = ExitStack()
    base = sys._base_executable  # type: ignore[attr-defined]
    program = world.home / "bare/python"
    stack.enter_context(world.written(program, f'#!/bin/sh\nexec {base} -I "$@"\n'))
    program.chmod(0o755)
    bin_ = str(Path(sys.executable).parent)
    stack.enter_context(world.edited(world.library, f'"{bin_}:$PATH"', '"HOME/bare:$PATH"'))
    return stack


def other_inputs(world: World) -> AbstractContextManager[Any]:
    stack = ExitStack()
    stack.enter_context(world.collection("u/other", "RUN"))
    stack.enter_context(world.collection("QuickCam/runs/quickstart/step1/1", "CHAINED", ("u/other",)))
    return stack


def empty_inputs(world: World) -> AbstractContextManager[Any]:
    stack = ExitStack()
    stack.enter_context(world.collection("u/empty", "RUN"))
    stack.enter_context(world.edited(world.spec, "[QuickCam/raw/all]", "[u/empty]"))
    return stack


def directory(world: World) -> AbstractContextManager[Any]:
    place = world.clone / "submit/QuickCam/runs/quickstart/step1/1/w00-abcdef"
    return world.written(place / "submit.yaml", "")


def others_records(world: World) -> AbstractContextManager[Any]:
    return world.written(world.home / "runs/host", "elsewhere\n")


def no_ledger(world: World) -> AbstractContextManager[Any]:
    stack = ExitStack()
    commit = world.git("rev-parse", "cm/quickstart", at="remote.git")
    stack.callback(world.git, "update-ref", "refs/heads/cm/quickstart", commit, at="remote.git")
    world.git("update-ref", "-d", "refs/heads/cm/quickstart", at="remote.git")
    return stack


def setting(name: str, value: str, at: str) -> Plant:
    def plant(world: World) -> AbstractContextManager[Any]:
        stack = ExitStack()
        config = world.home / at
        stack.enter_context(world.written(config, config.read_text()))
        world.git("config", name, value.replace("HOME", str(world.home)), at=at.split("/")[0])
        return stack

    return plant


def spool(name: str, text: str) -> Plant:
    return lambda world: world.written(world.clone / ".git/cmcompile/quickstart/spool" / name, text)


def panda(environ: str, *files: tuple[str, str]) -> Plant:
    """Send groups to PanDA from an environment with some variables."""

    def plant(world: World) -> AbstractContextManager[Any]:
        stack = ExitStack()
        text = world.library.read_text().replace(SERVICE, "lsst.ctrl.bps.panda.PanDAService")
        # A proxy is shown to servers with TLS alone.
        urls = URLS.replace("http:", "https:") if "x509" in environ else URLS
        env = f"{urls}{environ}".replace("HOME", str(world.home))
        text = text.replace("    setup:\n", f"    env: {{{env}}}\n    setup:\n")
        stack.enter_context(world.written(world.library, text))
        for name, content in files:
            stack.enter_context(world.written(world.home / name, content))
        return stack

    return plant


def token(hours: float) -> str:
    """Return a token that lasts so long; nothing of it may ever be shown."""
    claims = json.dumps({"exp": int(time.time() + hours * 3600), "name": "word-of-nobody-4711"})
    middle = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    return f"e30.{middle}.word-of-nobody-4711"


def proxy(world: World) -> AbstractContextManager[Any]:
    """Make a certificate that lasts a day."""
    stack = ExitStack()
    key, pem = world.home / "key.pem", world.home / "proxy.pem"
    make_certificate(pem, key, 1)
    stack.callback(key.unlink)
    stack.callback(pem.unlink)
    stack.enter_context(panda("PANDA_AUTH: x509_no_grid, X509_USER_PROXY: HOME/proxy.pem")(world))
    return stack


def by_ssh(refused: str = "") -> Plant:
    """Reach the remote by a program in the place of ssh, so that nobody can look into it; it may refuse."""

    def plant(world: World) -> AbstractContextManager[Any]:
        stack = ExitStack()
        program = world.home / "ssh"
        no = f'case "$*" in *{refused}*) echo "you may not" >&2; exit 1;; esac\n' if refused else ""
        stack.enter_context(world.written(program, f'#!/bin/bash\n{no}eval "${{@: -1}}"\n'))
        program.chmod(0o755)
        config = world.clone / ".git/config"
        stack.enter_context(world.written(config, config.read_text()))
        world.git("config", "remote.origin.url", f"ssh://there{world.home}/remote.git")
        world.git("config", "core.sshCommand", str(program))
        world.git("config", "ssh.variant", "simple")
        return stack

    return plant


def late_commit(world: World) -> AbstractContextManager[Any]:
    """Let somebody write to the ledger whose clock is an hour ahead."""
    stack = ExitStack()
    remote, name = "remote.git", "refs/heads/cm/quickstart"
    before = world.git("rev-parse", name, at=remote)
    late = f"@{int(time.time()) + 3600} +0000"
    words = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.invalid",
        "commit-tree",
        f"{before}^{{tree}}",
        "-p",
        before,
    ]
    made = subprocess.run(
        ["git", *words, "-m", "later"],
        cwd=world.home / remote,
        env={**os.environ, "GIT_COMMITTER_DATE": late, "GIT_AUTHOR_DATE": late},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    world.git("update-ref", name, made, at=remote)
    stack.callback(_forget, world, before)
    return stack


def _forget(world: World, commit: str) -> None:
    world.git("update-ref", "refs/heads/cm/quickstart", commit, at="remote.git")
    for ref in ("refs/cmcompile/remotes/origin/cm/quickstart", "refs/remotes/origin/cm/quickstart"):
        world.git("update-ref", ref, commit)


URLS = "PANDA_URL: http://127.0.0.1:1/panda, PANDA_URL_SSL: http://127.0.0.1:1/panda, PANDA_AUTH_VO: Rubin, "
CLONE, REMOTE = "clone/.git/config", "remote.git/config"
SERVICE = "cmcompile.engine.service.EngineService"
CASES = {
    "no repository": Case(
        spec('butlerConfig: "${{ here }}/butler"', 'butlerConfig: "${{ here }}/nothing"'),
        "butler",
        "CM230",
        "there is no Butler repository at HOME/nothing",
        "butler query-collections HOME/nothing",
        "butlerConfig",
    ),
    "no database": Case(
        lost_database, "butler", "CM230", "HOME/butler can't be opened: ", "butler query-c", "butlerConfig"
    ),
    "no input": Case(
        spec("[QuickCam/raw/all]", "[QuickCam/raw/none]"),
        "inputs",
        "CM231",
        "there is no collection QuickCam/raw/none in HOME/butler",
        "butler query-collections HOME/butler",
        "inputs: [QuickCam/raw/none]",
    ),
    "empty input": Case(
        empty_inputs, "inputs", "CM231", "the collection u/empty in HOME/butler is empty", "butler", "u/empty"
    ),
    "no data": Case(
        spec(
            "split: [{by: visit, list: visits, size: 2}]\n    bps: {cluster: {visits",
            "split: [{by: visit, values: [9999]}]\n    bps: {cluster: {visits",
        ),
        "data",
        "CM232",
        "nothing in QuickCam/raw/all fits the query of quickstart/step1/",
        "cmcompile explain quickstart/step1/",
        "values: [9999]",
    ),
    "a run": Case(
        chain("QuickCam/runs/quickstart/step1/1/w00-abcdef", "RUN"),
        "run",
        "CM233",
        "the run QuickCam/runs/quickstart/step1/1/w00-abcdef of quickstart/step1/1 is in the Butler",
        "butler remove-runs HOME/butler QuickCam/runs/quickstart/step1/1/w00-abcdef",
    ),
    "a submit directory": Case(
        directory, "run", "CM233", "the submit directory HOME/clone/submit/", "rm -r HOME/clone/submit/Quick"
    ),
    "output is a run": Case(
        chain("QuickCam/runs/quickstart/step1/1", "RUN"), "chain", "CM234", "is a RUN collection"
    ),
    "output with other inputs": Case(
        other_inputs, "chain", "CM234", "was made with other inputs: it does not end with", "butler query-c"
    ),
    "collection of a step": Case(
        chain("QuickCam/runs/quickstart/step1", "CHAINED", "QuickCam/raw/all"),
        "chain",
        "CM234",
        "the ledger did not make it",
        "butler remove-collections HOME/butler QuickCam/runs/quickstart/step1",
        "collect",
    ),
    "no pipeline": Case(
        spec("/quick.yaml#", "/quack.yaml#"),
        "pipeline",
        "CM235",
        "there is no pipeline HOME/clone/pipeline/quack.yaml",
        "ls HOME/clone/pipeline/quack.yaml",
        "pipelineYaml",
    ),
    "no subset": Case(
        spec("/quick.yaml#${{ step.name }}", "/quick.yaml#of_${{ step.name }}"),
        "pipeline",
        "CM235",
        "has no subset or task of_step2; its subsets are step1, step2, step3, step4",
        "pipetask build -p HOME/clone/pipeline/quick.yaml --show subsets",
        "pipelineYaml",
    ),
    "no import": Case(
        pipeline("tasks:", "imports: [{location: nothing.yaml}]\ntasks:"),
        "pipeline",
        "CM235",
        "imports what is not there: ",
        "pipetask build",
        "pipelineYaml",
    ),
    "no task": Case(
        pipeline("quick_tasks.IsrTask", "quick_tasks.NoTask"),
        "pipeline",
        "CM235",
        "can't be made: ",
        "pipetask build",
        "pipelineYaml",
    ),
    "no include": Case(
        includes("${LC_ALL}/nothing.yaml"),
        "includes",
        "CM236",
        "there is no include file C.UTF-8/nothing.yaml (written ${LC_ALL}/nothing.yaml)",
        "ls ${LC_ALL}/nothing.yaml",
        "includeConfigs",
    ),
    "no package of an include": Case(
        includes("${NO_SUCH_DIR}/nothing.yaml"),
        "includes",
        "CM236",
        "${NO_SUCH_DIR}/nothing.yaml: NO_SUCH_DIR is not set in the environment",
        "ls ${NO_SUCH_DIR}/nothing.yaml",
        "includeConfigs",
    ),
    "set-up fails": Case(
        library("    setup:\n", "    setup:\n    - source HOME/nothing.sh\n"),
        "setup",
        "CM237",
        "the environment here can't be set up: `source HOME/nothing.sh` failed",
        "",
        "- source",
    ),
    "no stack": Case(
        bare_python,
        "stack",
        "CM238",
        "has no usable ctrl_bps, ctrl_mpexec, daf_butler, pipe_base",
        "",
        "about: the Python",
    ),
    "no plugin": Case(
        library(SERVICE, "lsst.ctrl.bps.nothing.NoService"),
        "plugin",
        "CM239",
        "lsst.ctrl.bps.nothing.NoService can't be used in the environment here: ",
        "",
        "wmsServiceClass",
    ),
    "no workload system": Case(
        library(SERVICE, "lsst.ctrl.bps.htcondor.HTCondorService"),
        "wms",
        "CM240",
        "HTCondorService answers a ping with: Could not locate",
        "bps ping --wms-service-class lsst.ctrl.bps.htcondor.HTCondorService",
        "wmsServiceClass",
    ),
    "a token that has ended": Case(
        panda("PANDA_AUTH: oidc, OIDC_AUTH_TOKEN_FILE: HOME/token", ("token", token(-1))),
        "credentials",
        "CM242",
        "the token in HOME/token ended at 2",
        "panda_auth",
        "wmsServiceClass",
    ),
    "a token that is no token": Case(
        panda("PANDA_AUTH: oidc, OIDC_AUTH_TOKEN_FILE: HOME/token", ("token", "word-of-nobody-4711")),
        "credentials",
        "CM242",
        "the token in HOME/token can't be used: it is no token that says when it ends",
        "panda_auth",
        "wmsServiceClass",
    ),
    "no login": Case(
        panda("PANDA_AUTH: oidc, PANDA_CONFIG_ROOT: HOME/login"),
        "credentials",
        "CM242",
        "the token in HOME/login/.token can't be used: No such file or directory",
        "panda_auth",
        "wmsServiceClass",
    ),
    "a proxy that ends soon": Case(
        proxy,
        "credentials",
        "CM242",
        "the proxy in HOME/proxy.pem ends at 2",
        "voms-proxy-init",
        "wmsService",
    ),
    "records of another": Case(
        others_records, "records", "CM241", "are of the machine elsewhere", "", "runsHome"
    ),
    "the ledger is gone": Case(no_ledger, "ledger", "CM243", "and now it is gone", "git push origin "),
    "no remote": Case(
        setting("remote.origin.url", "HOME/nothing.git", CLONE),
        "ledger",
        "CM243",
        "the remote origin can't be asked: ",
        "git ls-remote origin",
    ),
    "nobody may write": Case(
        by_ssh("git-receive-pack"),
        "ledger",
        "CM243",
        "lets you read the ledger, and not write to it: you may not",
        "git push --dry-run origin refs/heads/cm/quickstart",
    ),
    "ledger may be deleted": Case(
        setting("receive.denyDeletes", "false", REMOTE),
        "protection",
        "CM244",
        "lets a ledger be deleted (by its configuration)",
        "git -C HOME/remote.git config receive.denyDeletes true",
    ),
    "ledger may be rewritten": Case(
        setting("receive.denyNonFastForwards", "false", REMOTE),
        "protection",
        "CM244",
        "lets a ledger be rewritten",
        "git -C HOME/remote.git config receive.denyNonFastForwards true",
    ),
    "a fact waits": Case(
        spool("000000001-abc.json", "{}"),
        "spool",
        "CM245",
        "1 fact waits in ",
        "cmcompile ledger flush quick",
    ),
    "a fact is unreadable": Case(
        spool("000000001-abc.json.unreadable", "{}"),
        "spool",
        "CM245",
        "can't be read, and was put aside",
        "cat ",
    ),
    "no area": Case(
        setting("cmcompile.area", "HOME/area", CLONE),
        "area",
        "CM246",
        "the area HOME/area is not there",
        "mkdir -p HOME/area",
    ),
    "area is a file": Case(
        setting("cmcompile.area", "HOME/butler/butler.yaml", CLONE),
        "area",
        "CM246",
        "can't be written to: HOME/butler/butler.yaml is no directory",
        "git config cmcompile.area DIRECTORY",
    ),
    "no room": Case(
        setting("cmcompile.room", "900P", CLONE), "room", "CM247", "left, and 900 PB are wanted", "df -h "
    ),
    "a clock that is wrong": Case(
        late_commit, "clock", "CM249", "the newest commit of the ledger was made 3,", "timedatectl status"
    ),
    "no secret": Case(
        library("    setup:\n", "    secrets: [SOME_TOKEN]\n    setup:\n"),
        "secrets",
        "CM248",
        "the environment here names the secret SOME_TOKEN, which is not set here",
        "export SOME_TOKEN=…",
        "about: the Python",
    ),
}
