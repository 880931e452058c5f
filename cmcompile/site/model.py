"""What a site is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cmcompile.model.campaign import Need
from cmcompile.model.event import Event, Subject
from cmcompile.model.group import Group
from cmcompile.model.holding import Holding
from cmcompile.model.stats import StatsRow
from cmcompile.model.status import CampaignStatus

#: A step and a group of it.
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another system.

    Attributes
    ----------
    url
        Filled in; whatever is not ``http`` or ``https`` is shown as text.
    """

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ForgePages:
    """Where the repository is shown, as its pages are addressed.

    Attributes
    ----------
    edit, new, commit
        Where a file is edited, or made, and a commit is shown; ``{path}``, ``{commit}`` stand for them.
    """

    edit: str
    new: str
    commit: str


@dataclass(frozen=True, slots=True)
class SiteStep:
    """A step as it is declared."""

    name: str
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one task took in one workflow, on the axis of time.

    Attributes
    ----------
    wall
        Of all its quanta, in milliseconds.
    median, p95, longest
        Of a quantum, in milliseconds.
    deciles, running
        As of `cmcompile.model.usage.TaskUsage`.
    """

    step: str
    group: str
    workflow: str
    task: str
    started: str
    ended: str
    quanta: int
    wall: int
    median: int
    p95: int
    longest: int
    deciles: tuple[int, ...] = ()
    running: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteCampaign:
    """A campaign, with all that its pages say.

    Attributes
    ----------
    status
        With its rows.
    path
        The spec file, relative to the root of the repository.
    decisions
        The file of decisions; ``is_decided`` says whether it is there.
    groups
        Those of which the data ids are known.
    sites
        The site of each group that has one.
    events
        All that can be read, by what they are about, in their order.
    as_run
        By workflow: the as-run files, by name and the id of their bytes in git.
    tasks
        Figures by step and task, as `cmcompile stats` gives them.
    links
        Of the campaign as a whole under None, of a step under its name and an empty group, then of groups.
    run_links
        Of workflows.
    outputs
        What the Butler held when it was asked; empty: it was not.
    upstream
        By group: the groups that it needs, where these are not all of a step.
    """

    status: CampaignStatus
    path: str
    ticket: str = ""
    decisions: str = ""
    is_decided: bool = False
    steps: tuple[SiteStep, ...] = ()
    groups: Mapping[Key, Group] = field(default_factory=dict)
    sites: Mapping[Key, str] = field(default_factory=dict)
    events: Mapping[Subject, Sequence[Event]] = field(default_factory=dict)
    as_run: Mapping[Subject, Mapping[str, str]] = field(default_factory=dict)
    tasks: tuple[StatsRow, ...] = ()
    links: Mapping[Key | None, tuple[Link, ...]] = field(default_factory=dict)
    run_links: Mapping[Subject, tuple[Link, ...]] = field(default_factory=dict)
    outputs: tuple[Holding, ...] = ()
    upstream: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """A site.

    Attributes
    ----------
    version
        Of cmcompile.
    forge
        None: the repository is on none that is known.
    files
        Whether as-run files are there.
    """

    campaigns: tuple[SiteCampaign, ...]
    version: str
    forge: ForgePages | None = None
    files: bool = True
