"""What of a campaign bears on whether it can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmcompile.model.body import WmsRef
from cmcompile.model.source import Span


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that groups are sent from.

    Attributes
    ----------
    key
        Tells it from others, also where one of a name is filled in differently for another step.
    name
        As the spec names it; empty: none is declared, and it is the Python of cmcompile.
    lacking
        Names of secrets that are not set where cmcompile runs.
    span
        Where it is declared.
    commands
        Its set-up commands as they are run, and where they are written.
    """

    key: str
    name: str
    secrets: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    span: Span | None = None
    commands: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """What groups are sent with: one stands for all of a step that have the same.

    Attributes
    ----------
    address
        One of these groups, as the command line names it.
    environment
        The key of an `Environment`.
    wms
        None: it can't be told, and `unclear` says why.
    pipeline
        ``pipelineYaml`` as BPS fills it in; empty where a graph is given.
    includes
        Include files that only BPS can find, with the places where they are named.
    spans
        Where the spec sets ``butlerConfig``, ``inputs``, ``pipelineYaml``, ``wmsServiceClass``, ``output``.
    """

    step: str
    address: str
    environment: str
    butler: str
    inputs: tuple[str, ...]
    pipeline: str
    wms: WmsRef | None
    unclear: str = ""
    includes: tuple[str, ...] = ()
    spans: Mapping[str, Span | None] = field(default_factory=dict)

    def span(self, key: str) -> Span | None:
        """Return where the spec sets a key; None: it does not."""
        return self.spans.get(key)


@dataclass(frozen=True, slots=True)
class Next:
    """A group that would be sent next.

    Attributes
    ----------
    where, where_span
        Its data query, and where the spec has it from.
    output
        Its output collection.
    prefix
        What the names of its runs begin with, in the Butler.
    known
        Those of its runs that the ledger knows.
    """

    address: str
    use: Use
    where: str
    output: str
    prefix: str
    known: frozenset[str] = frozenset()
    where_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A collection that the campaign makes for a step, or for itself.

    Attributes
    ----------
    runs
        What the ledger says it holds, in order; None: it was never made.
    """

    name: str
    runs: tuple[str, ...] | None
    use: Use
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A campaign that is looked at.

    Attributes
    ----------
    uses
        Of the steps that are looked at.
    next
        The groups that would be sent next; of many some, and `more` tells how many others.
    own
        Collections that the campaign itself makes: they need not be there yet.
    area, spool
        Directories: of BPS, and of facts that are kept.
    remote
        The git remote that holds the ledger; empty: it is this repository.
    room
        So many bytes are to be free wherever a campaign writes.
    hours
        So long credentials are to last.
    now
        Seconds since 1970.
    allow
        By code: why the campaign allows what is found.
    silent
        Why the remote did not answer when the ledger was read: it is not asked again. Empty: it did.
    """

    campaign: str
    environments: Mapping[str, Environment]
    uses: tuple[Use, ...]
    next: tuple[Next, ...]
    more: int
    own: frozenset[str]
    chains: tuple[Chain, ...]
    area: str
    spool: str
    remote: str
    room: int
    hours: float
    now: float
    allow: Mapping[str, str] = field(default_factory=dict)
    silent: str = ""
