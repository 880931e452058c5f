"""What a CI system says of the run that this is; the one module that knows its variables.

All values are checked for what they are: a commit is a commit, a name holds no control. What is not said, or
is something else, is empty, and options of the commands say it instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cmcompile.model.errors import CmcompileError

#: What GitHub writes of an event is far smaller; see its documentation of webhooks.
_LONGEST = 1 << 26
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Former:
    """The run that another one follows, as the forge itself says it.

    Attributes
    ----------
    head, branch
        What it ran for.
    foreign
        Whether that is in another repository.
    of_pull_request
        Whether it was started for a pull request.
    """

    head: str
    branch: str
    foreign: bool
    of_pull_request: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the run.

    Attributes
    ----------
    commands
        Whether the system takes lines such as ``::error::`` of the log for commands: GitHub does.
    base, head
        The commits of a pull request, or of a group that waits to be merged.
    into
        The branch that a pull request is to go into.
    pull
        The number of the pull request.
    branch
        The branch that the run is for; empty where it is for something else.
    usual
        The default branch of the repository.
    protected
        Whether the forge says that rules protect the branch; None: it says nothing.
    summary, output
        Files that the system reads: a page in Markdown, and ``name=value`` lines.
    former
        What the run follows.
    """

    commands: bool = False
    base: str = ""
    head: str = ""
    into: str = ""
    pull: int | None = None
    branch: str = ""
    usual: str = ""
    protected: bool | None = None
    summary: Path | None = None
    output: Path | None = None
    former: Former | None = None


@dataclass(frozen=True, slots=True)
class _Values:
    """A JSON object of which no part is taken for granted."""

    values: Mapping[str, object] = field(default_factory=dict)

    def at(self, *names: str) -> _Values:
        found: object = self.values
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        return _Values(found) if isinstance(found, Mapping) else _Values()

    def commit(self, name: str) -> str:
        found = self.values.get(name)
        return found if isinstance(found, str) and _COMMIT.fullmatch(found) else ""

    def text(self, name: str) -> str:
        found = self.values.get(name)
        return found if isinstance(found, str) and found.isprintable() else ""

    def number(self, name: str) -> int | None:
        found = self.values.get(name)
        return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def surroundings(environ: Mapping[str, str]) -> Surroundings:
    """Return what the environment says of this run.

    Raises
    ------
    CmcompileError
        When the file of the event can't be read.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return Surroundings()
    event = _event(environ.get("GITHUB_EVENT_PATH", ""))
    pull = event.at("pull_request")
    merging = event.at("merge_group")
    reference = environ.get("GITHUB_REF", "")
    heads = "refs/heads/"
    return Surroundings(
        commands=True,
        base=pull.at("base").commit("sha") or merging.commit("base_sha"),
        head=pull.at("head").commit("sha") or merging.commit("head_sha"),
        into=pull.at("base").text("ref"),
        pull=pull.number("number"),
        branch=reference.removeprefix(heads) if reference.startswith(heads) else "",
        usual=event.at("repository").text("default_branch"),
        protected=environ.get("GITHUB_REF_PROTECTED") == "true",
        summary=_path(environ.get("GITHUB_STEP_SUMMARY", "")),
        output=_path(environ.get("GITHUB_OUTPUT", "")),
        former=_former(event),
    )


def _event(path: str) -> _Values:
    if not path:
        return _Values()
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(_LONGEST + 1)
        found = json.loads(data) if len(data) <= _LONGEST else None
    except (OSError, ValueError, RecursionError) as error:
        raise CmcompileError(f"the event of this run can't be read from {path}: {error}") from None
    return _Values(found) if isinstance(found, dict) else _Values()


def _former(event: _Values) -> Former | None:
    run = event.at("workflow_run")
    if not run.values:
        return None
    own = event.at("repository").text("full_name")
    return Former(
        run.commit("head_sha"),
        run.text("head_branch"),
        run.at("head_repository").text("full_name") != own or not own,
        run.text("event") == "pull_request",
    )


def _path(text: str) -> Path | None:
    return Path(text) if text else None
