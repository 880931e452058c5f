"""Paths of the ledger branch: where events stand, and what a path is; see ``docs/ledger.md``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from cmcompile.model.event import CAMPAIGN, Subject

#: As the language has them; a group of a rescue begins with the rescue's name and a dot.
_STEP = r"[A-Za-z][A-Za-z0-9_-]*"
_GROUP = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?"
_WORKFLOW = r"w[0-9]{2,9}"
#: Four digits, or more where there are more events than that; never a padded longer one.
_EVENT = r"([0-9]{4}|[1-9][0-9]{4,8})-([a-z][a-z_]*)\.json"

_IS_STEP = re.compile(_STEP).fullmatch
_IS_GROUP = re.compile(_GROUP).fullmatch
_IS_WORKFLOW = re.compile(_WORKFLOW).fullmatch
_OF_WORKFLOW = re.compile(
    rf"runs/({_STEP})/([0-9a-f]{{2}})/({_GROUP})/({_WORKFLOW})/(?:{_EVENT}|(.+))", re.DOTALL
).fullmatch
_OF_GROUP = re.compile(rf"groups/({_STEP})/([0-9a-f]{{2}})/({_GROUP})/{_EVENT}").fullmatch
_OF_STEP = re.compile(rf"steps/({_STEP}|{CAMPAIGN})/{_EVENT}").fullmatch
_OTHER = re.compile(
    r"ledger\.json|README\.md|status\.json|history\.csv|told\.json|(?:plans|approvals)/[0-9a-f]{64}\.json"
).fullmatch
#: git refuses such parts of a path; a tree that holds one was not made by git.
_BAD_PARTS = frozenset({"", ".", "..", ".git"})


@dataclass(frozen=True, slots=True)
class Located:
    """What a path of the ledger branch is.

    Attributes
    ----------
    subject
        What an event, or an as-run file, belongs to; None for the files of the campaign as a whole.
    number, kind
        Of an event; the kind is as the file name has it, known or not. Zero and empty for other files.
    file
        Of another file: its path, relative to the workflow's directory where it belongs to a workflow.
    """

    subject: Subject | None
    number: int = 0
    kind: str = ""
    file: str = ""


def shard(group: str) -> str:
    """Return the two hex digits that keep the trees of many groups small: the first of the sha256."""
    return sha256(group.encode()).hexdigest()[:2]


def directory(subject: Subject) -> str:
    """Return the directory of the events of a subject, without a slash at the end.

    Raises
    ------
    ValueError
        When a name of the subject is none that the language allows.
    """
    step, group, workflow = subject.step, subject.group, subject.workflow
    if group is None and workflow is None and (step == CAMPAIGN or _IS_STEP(step)):
        return f"steps/{step}"
    if group is not None and _IS_STEP(step) and _IS_GROUP(group):
        if workflow is None:
            return f"groups/{step}/{shard(group)}/{group}"
        if _IS_WORKFLOW(workflow):
            return f"runs/{step}/{shard(group)}/{group}/{workflow}"
    raise ValueError(f"{subject} is no name of a step, a group or a workflow")


def event_path(subject: Subject, number: int, kind: str) -> str:
    """Return the path of an event; see `directory` for errors."""
    return f"{directory(subject)}/{number:04d}-{kind}.json"


def locate(path: str) -> Located | None:
    """Tell what a path of the branch is; None: it is foreign, nothing of cmcompile's stands there.

    A directory whose shard is not that of its group is foreign: else one group could have two.
    """
    if found := _OF_WORKFLOW(path):
        step, two, group, workflow, number, kind, file = found.groups()
        if shard(group) != two:
            return None
        subject = Subject(step, group, workflow)
        if number is not None:
            return Located(subject, int(number), kind)
        return None if not _BAD_PARTS.isdisjoint(file.split("/")) else Located(subject, 0, "", file)
    if found := _OF_GROUP(path):
        step, two, group, number, kind = found.groups()
        return Located(Subject(step, group), int(number), kind) if shard(group) == two else None
    if found := _OF_STEP(path):
        step, number, kind = found.groups()
        return Located(Subject(step), int(number), kind)
    return Located(None, 0, "", path) if _OTHER(path) else None
