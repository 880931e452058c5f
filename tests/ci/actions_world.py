"""GitHub Actions as far as the workflows use it: the steps of a file are run as a runner runs them.

Steps that run a command are run by bash with the variables that Actions sets. Of the actions that others have
written there is what the workflows want of them: a clone, and a folder that one run hands to another.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from github_world import REPOSITORY, TOKEN, GitHubWorld

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
SETUP = ROOT / ".github" / "actions" / "setup-cmcompile" / "action.yml"
#: A token that may read only.
READER = "ghx-read-only-token"
FORK = "ada/campaigns"
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_GITCONFIG = '[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n[gc]\n\tauto = 0\n'
#: Pushes are taken from whoever has the token that may write.
_HOOK = f'#!/bin/sh\n[ "$GITHUB_TOKEN" = "{TOKEN}" ] || {{ echo "this token may not write" >&2; exit 1; }}\n'


@dataclass
class Ran:
    """A run of a job.

    Attributes
    ----------
    code
        The exit code of its command.
    log, page
        What it printed, and the page that it wrote.
    """

    code: int
    log: str
    page: str
    outputs: dict[str, str]


@dataclass
class Actions:
    """A repository of campaigns at a forge, and the runs of its workflows.

    Attributes
    ----------
    variables
        The secret of that name.
    """

    path: Path
    remote: Path
    forge: GitHubWorld
    variables: str = ""
    artifacts: dict[int, Path] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        hook = self.remote / "hooks/pre-receive"
        hook.write_text(_HOOK)
        hook.chmod(0o755)
        (self.path / "gitconfig").write_text(_GITCONFIG)
        program = self.path / "bin/cmcompile"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cmcompile.cli.main "$@"\n')
        program.chmod(0o755)

    def pull_request(self, number: int, base: str, head: str, **more: Any) -> Ran:
        """Review a pull request, as the job that may not write anything."""
        event = {
            "pull_request": {"number": number, "base": {"sha": base, "ref": "main"}, "head": {"sha": head}},
            **self.repository(),
        }
        ref = f"refs/pull/{number}/merge"
        return self.run("campaign-review", "pull_request", event, ref=ref, sha=head, **more)

    def workflow_run(self, run: int, head: str, branch: str, foreign: bool = False, **more: Any) -> Ran:
        """Tell what a run has written, as the job that may comment."""
        about = {
            "id": run,
            "event": "pull_request",
            "head_sha": head,
            "head_branch": branch,
            "head_repository": {"full_name": FORK if foreign else REPOSITORY},
        }
        event = {"workflow_run": about | more, **self.repository()}
        return self.run("campaign-comment", "workflow_run", event)

    def repository(self) -> dict[str, Any]:
        return {"repository": {"full_name": REPOSITORY, "default_branch": "main"}}

    def run(
        self,
        workflow: str,
        event: str = "schedule",
        payload: Mapping[str, Any] | None = None,
        *,
        ref: str = "refs/heads/main",
        sha: str = "",
        inputs: Mapping[str, str] | None = None,
        protected: bool = True,
        variables: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run the one job of a workflow."""
        self.runs += 1
        document = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text(encoding="utf-8"))
        (job,) = document["jobs"].values()
        work = self.path / f"run{self.runs}-{secrets.token_hex(2)}"
        for name in ("workspace", "temp"):
            (work / name).mkdir(parents=True)
        (work / "event.json").write_text(json.dumps(payload or self.repository()))
        declared = document[True]["workflow_call"]["inputs"]
        given = {name: str(about.get("default", "")) for name, about in declared.items()}
        writes = "write" in job["permissions"].values()
        context: dict[str, Any] = {
            "inputs": given | dict(inputs or {}),
            "runner": {"temp": str(work / "temp")},
            "secrets": {"variables": self.variables},
            "github": {
                "event": payload or self.repository(),
                "token": TOKEN if writes else READER,
                "ref": ref,
                "sha": sha or git(self.remote, "rev-parse", "main"),
                "repository": REPOSITORY,
            },
        }
        about = {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_REF": ref,
            "GITHUB_REF_PROTECTED": str(protected).lower(),
            "GITHUB_SHA": context["github"]["sha"],
            "GITHUB_RUN_ID": str(self.runs),
        }
        return Job(self, work, context, {**about, **(variables or {})}, self.runs).run(job["steps"])


@dataclass
class Job:
    """A job on its machine."""

    world: Actions
    work: Path
    context: Mapping[str, Any]
    about: Mapping[str, str]
    number: int

    def run(self, steps: list[dict[str, Any]]) -> Ran:
        code, log = 0, ""
        for step in steps:
            condition = step.get("if", "")
            assert condition in ("", "${{ !cancelled() }}")
            if code and not condition:
                continue
            if "run" in step:
                done = self._command(step["run"], step.get("env", {}))
                code, log = code or done.returncode, log + done.stdout
            else:
                self._action(step["uses"].partition("@")[0], self._filled(step.get("with", {})))
        outputs = [line.partition("=") for line in self._file("output").splitlines()]
        return Ran(code, log, self._file("summary"), {name: value for name, _, value in outputs})

    def _command(self, text: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        assert "${{" not in text, "an expression in a command: text of others would be run"
        script = self.work / "step.sh"
        script.write_text(text)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.work / "workspace",
            env={**self._environment(), **self._filled(env)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        own = {name: os.environ[name] for name in ("HOME", "LC_ALL", "TZ")}
        return {
            **own,
            "PATH": f"{self.world.path / 'bin'}:{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": str(self.world.path / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://forge.test",
            "GITHUB_API_URL": self.world.forge.address,
            "GITHUB_EVENT_PATH": str(self.work / "event.json"),
            "GITHUB_STEP_SUMMARY": str(self.work / "summary"),
            "GITHUB_OUTPUT": str(self.work / "output"),
            "GITHUB_WORKSPACE": str(self.work / "workspace"),
            "RUNNER_TEMP": str(self.work / "temp"),
            **self.about,
        }

    def _action(self, name: str, given: Mapping[str, str]) -> None:
        if name == "actions/checkout":
            assert given["persist-credentials"] == "False"
            if "path" not in given:
                self._checkout(given["ref"])
        elif name == "actions/upload-artifact":
            kept = self.world.path / f"artifact{self.number}"
            if Path(given["path"]).is_dir():
                shutil.copytree(given["path"], kept)
                self.world.artifacts[self.number] = kept
        elif name == "actions/download-artifact":
            kept = self.world.artifacts.get(int(given["run-id"]), Path("none"))
            if kept.is_dir():
                shutil.copytree(kept, given["path"], symlinks=True)
        else:
            assert name == "./.cmcompile/.github/actions/setup-cmcompile"

    def _checkout(self, ref: str) -> None:
        root = self.work / "workspace"
        git(root, "clone", "--quiet", "--no-checkout", self.world.remote.as_uri(), ".")
        if ref.startswith("refs/heads/"):
            name = ref.removeprefix("refs/heads/")
            git(root, "checkout", "--quiet", "--force", "-B", name, f"refs/remotes/origin/{name}")
        else:
            git(root, "fetch", "--quiet", "origin", "+refs/pull/*:refs/remotes/pull/*")
            git(root, "checkout", "--quiet", "--detach", ref)

    def _filled(self, values: Mapping[str, object]) -> dict[str, str]:
        return {
            key: _EXPRESSION.sub(lambda found: self._value(found[1]), str(value))
            for key, value in values.items()
        }

    def _value(self, expression: str) -> str:
        for path in expression.split("||"):
            found: Any = self.context
            for name in path.strip().split("."):
                found = found.get(name) if isinstance(found, Mapping) else None
            if found:
                return str(found)
        return ""

    def _file(self, name: str) -> str:
        path = self.work / name
        return path.read_text(encoding="utf-8") if path.exists() else ""


def git(root: Path, *args: str) -> str:
    """Run git as somebody who may write; return what it says."""
    done = subprocess.run(
        ["git", *args],
        cwd=root,
        env={**os.environ, "GITHUB_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
