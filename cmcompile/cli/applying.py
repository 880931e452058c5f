"""One plan on its way: found or made, checked against the spec branch, and carried out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.apply.outside import Outside, Sources
from cmcompile.apply.run import apply_plan, left
from cmcompile.cli.address import Address, whole
from cmcompile.cli.branch import Compiled, GitBranch, Overrides, spec_branch
from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import open_ledger
from cmcompile.cli.needs import Needs
from cmcompile.cli.output import warn
from cmcompile.cli.outside import Drivers, desk, drivers
from cmcompile.cli.policy import PolicyError
from cmcompile.cli.reviewed import check_kept, only_reviewed
from cmcompile.cli.running import Telling
from cmcompile.ledger.desk import LedgerBook
from cmcompile.model.errors import CmcompileError
from cmcompile.model.plan import GATED, IDLE, Item, Plan, PlanSource
from cmcompile.plan.document import BadPlanError, from_document
from cmcompile.plan.hints import attention, refused
from cmcompile.plan.make import make_plan

if TYPE_CHECKING:
    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.ledger.book import Ledger
    from cmcompile.model.ledger import Tip
    from cmcompile.model.states import LedgerState


@dataclass(slots=True)
class Task:
    """A plan that is to be carried out.

    Attributes
    ----------
    declaration
        What the spec branch declared when the plan was made, or read.
    refused
        Whether something was left out of it, since it was not reviewed.
    """

    place: Place
    ledger: Ledger
    branch: GitBranch
    declaration: Compiled
    state: LedgerState
    plan: Plan
    telling: Telling
    refused: bool = False
    _drivers: Drivers | None = None

    @property
    def around(self) -> dict[str, bool]:
        """What of the plan bears on the exit code."""
        return {"refused": self.refused or refused(self.plan), "attention": attention(self.plan)}

    def check(self) -> None:
        """See that all can be asked that is needed, before a person is.

        Raises
        ------
        PolicyError
            When it can't be told which workload system a group goes to, or in which environment; or when
            something is missing that PanDA asks for.
        """
        needs = Needs(self.place, self.declaration)
        for item in self.plan.items():
            if item.action not in GATED or item.subject.group is None:
                continue
            key = (item.subject.step, item.subject.group)
            if why := self.declaration.unclear(*key):
                raise PolicyError(f"{'/'.join(key)} can't be submitted: {why}; nothing was done")
            if why := needs.lacking(*key):
                raise PolicyError(f"{'/'.join(key)} is not submitted, and nothing was done: {why}")
        self._drivers = drivers(self.place, self.branch.butlers, self.branch.systems)

    def run(self, interrupts: Waking, at_once: int) -> None:
        """Carry out the plan, and tell what comes of it; `check` was called before.

        Raises
        ------
        LedgerError
            When the ledger can't be used any more.
        """
        if self._drivers is None:
            raise ValueError("the plan was not checked")
        sources = Sources(
            desk(self.place, self.ledger, self.telling.told),
            self.branch,
            self._drivers.wms,
            self._drivers.butler,
        )
        outside = Outside(sources, self._drivers.launcher(interrupts), interrupts, at_once)
        self.telling.begin(self.plan)
        for result in apply_plan(self.plan, outside, self.declaration):
            self.telling.result(result)


def prepare(
    kept: Path | None,
    targets: tuple[str, ...],
    limit: int | None,
    allowed: Overrides,
    format_: str,
    digest: str = "",
) -> Task:
    """Read a plan that was kept, or make one for selectors; nothing is written.

    Parameters
    ----------
    digest
        Of what was reviewed: nothing else may be sent. Empty: that does not matter.

    Raises
    ------
    PolicyError
        When the plan, or the state of the repository, is refused.
    UnreachableError, LedgerError, InputError
        When the ledger or the spec can't be read.
    """
    read = None if kept is None else read_plan(kept)
    addresses = [] if read is not None else whole(targets)
    place = of_plan(read) if read is not None else _only_one(addresses)
    ledger = open_ledger(place)
    branch = spec_branch(place, ledger, allowed)
    sight = LedgerBook(ledger).look()
    declaration = branch.read(sight.state)
    less = False
    if kept is not None and read is not None:
        if digest:
            check_kept(kept, read, digest, read_plan)
        same_ledger(place, read, sight.tip)
        plan = _left(read, limit, sight.state)
    else:
        tip = "" if sight.tip is None else sight.tip.commit
        plan = _made(declaration, addresses, targets, limit, tip)
        if digest:
            plan, less = only_reviewed(plan, digest, sight.state.approvals)
    if declaration.ref.commit != branch.head:
        commit = declaration.ref.commit[:12]
        warn(f"{branch.tracked} is at {commit}, ahead of what is checked out: that is taken")
    telling = Telling(place.name, format_, ledger.clock)
    return Task(place, ledger, branch, declaration, sight.state, plan, telling, less)


def source_of(declaration: Compiled, tip: str, selectors: Sequence[str] = ()) -> PlanSource:
    """Return what a plan is made from that is made of a declaration."""
    from cmcompile.version import EMIT, VERSION

    ref, spec = declaration.ref, declaration.now.spec
    return PlanSource(
        spec.name,
        spec.path,
        "" if ref.dirty else ref.commit,
        declaration.files(),
        tip,
        VERSION,
        EMIT,
        tuple(selectors),
    )


def read_plan(path: Path) -> Plan:
    """Read a plan that was kept.

    Raises
    ------
    PolicyError
        When it was altered, or is none that this cmcompile can read.
    CmcompileError
        When it is no JSON.
    """
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise CmcompileError(f"{path} is no plan: {error}") from None
    try:
        return from_document(document)
    except BadPlanError as error:
        raise PolicyError(
            f"{path}: {error}; make it anew with `cmcompile plan -o`; nothing was done"
        ) from None


def of_plan(plan: Plan) -> Place:
    """Return the campaign of a plan in the repository where the shell stands.

    Raises
    ------
    PolicyError
        When it is not there.
    """
    from cmcompile.spec.files import find_root

    root = find_root(Path.cwd())
    if not (root / plan.source.spec).is_file():
        raise PolicyError(
            f"the plan is of {plan.source.spec}, which is not in the repository at {root}; nothing was done"
        )
    return Place(root, plan.source.spec)


def same_ledger(place: Place, plan: Plan, tip: Tip | None) -> None:
    """Stop where a plan was made from the ledger of another campaign that has the same name.

    Raises
    ------
    PolicyError
        So it is.
    """
    from cmcompile.git.refs import is_shallow, leads_to

    made_from, now = plan.source.ledger, "" if tip is None else tip.commit
    if made_from and not leads_to(place.root, made_from, now) and not is_shallow(place.root):
        raise PolicyError(
            f"the plan was made from another ledger: commit {made_from[:12]} is not in that of {place.name}; "
            "nothing was done"
        )


def _only_one(addresses: Sequence[Address]) -> Place:
    places = list(dict.fromkeys(address.place for address in addresses))
    if len(places) != 1:
        names = ", ".join(place.name for place in places)
        raise click.UsageError(f"a plan is for one campaign, and these are {len(places)}: {names}")
    return places[0]


def _made(
    declaration: Compiled, addresses: Sequence[Address], targets: tuple[str, ...], limit: int | None, tip: str
) -> Plan:
    now = declaration.now
    chosen = now.chosen(addresses)
    source = source_of(declaration, tip, targets if chosen else ())
    return make_plan(now.inputs, replace(source, limit=limit), chosen, already=now.judged)


def _left(plan: Plan, limit: int | None, state: LedgerState) -> Plan:
    """Return what is left of a plan, with at most so many submissions."""
    if not plan.acts:
        return plan
    found = left(plan, state)
    if not found:
        raise PolicyError(
            "nothing is left of this plan: all of it was carried out; `cmcompile plan` makes a new one"
        )
    submissions = [item.digest for item in found if item.action in GATED]
    allowed = frozenset(submissions if limit is None else submissions[:limit])

    def stays(item: Item) -> bool:
        return item.action in IDLE or item.action not in GATED or item.digest in allowed

    # Items that were carried out stay, and are told as such; only submissions beyond the limit go.
    before = frozenset(item.digest for item in plan.items()) - {item.digest for item in found}
    stages = (
        replace(stage, items=tuple(i for i in stage.items if stays(i) or i.digest in before))
        for stage in plan.stages
    )
    return replace(plan, stages=tuple(stages))
