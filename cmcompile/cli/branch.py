"""The branch that a spec stands on: what it declares now, compiled from its commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from cmcompile.apply.declaration import Sendable
from cmcompile.cli.branch_rules import rules_on
from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import Look
from cmcompile.cli.observers import Used, used_by
from cmcompile.cli.policy import PolicyError
from cmcompile.cli.situation import Situation, situation
from cmcompile.cli.workload import butler_of, wms_of
from cmcompile.compiler.environment import setting_of
from cmcompile.compiler.prior import PRIOR, graph_options, skipped_in
from cmcompile.git.errors import GitError
from cmcompile.git.refs import leads_to
from cmcompile.git.revision import Revision, resolve
from cmcompile.git.tracked import SETTING, Tracked, latest, tracked
from cmcompile.ledger.sent import members_of
from cmcompile.ledger.view import View
from cmcompile.model.errors import InputError
from cmcompile.model.event import Member, SpecRef
from cmcompile.model.ledger import UnreachableError
from cmcompile.model.states import LedgerState
from cmcompile.model.stopping import stops
from cmcompile.plan.inputs import Inputs
from cmcompile.version import EMIT, VERSION

if TYPE_CHECKING:
    from cmcompile.ledger.book import Ledger
    from cmcompile.model.approval import Rule
    from cmcompile.model.decision import Decision
    from cmcompile.model.group import CompiledGroup
    from cmcompile.model.ports import Sources
    from cmcompile.model.rescued import Rescued

_NO_BRANCH = (
    "which branch the spec is reviewed on is not said, so a hold could not be seen: `git push -u` the "
    f"branch, or `git config {SETTING} origin/main` where none is checked out"
)

_Key: TypeAlias = tuple[str, frozenset[tuple[str, ...]], tuple[str, ...], tuple[object, ...]]


class Compiled:
    """A campaign as one commit declares it; implements ``Declaration``.

    Attributes
    ----------
    now
        The campaign at that commit, with what the ledger said when it was compiled.
    sources
        Its files at that commit.
    """

    def __init__(self, now: Situation, ref: SpecRef, sources: Sources) -> None:
        self.now = now
        self.sources = sources
        self._ref = ref
        made = () if now.made is None else now.made.groups
        self._groups = {(m.group.step, m.group.id): m for m in made}
        self._outputs = Counter(declared.output for declared in now.inputs.declared)

    @property
    def ref(self) -> SpecRef:
        """Which state of the spec it is."""
        return self._ref

    def files(self) -> dict[str, str]:
        """Return the digests of all files that it was made from, the decisions among them, by path."""
        from hashlib import sha256

        from cmcompile.spec.decisions import decisions_path

        found, path = dict(self.now.spec.inputs), decisions_path(self.now.place.path)
        if self.sources.exists(path):
            found[path] = sha256(self.sources.read(path)).hexdigest()
        return dict(sorted(found.items()))

    def inputs(self, state: LedgerState, now: datetime) -> Inputs:
        """Return what plans are made from, with what a ledger says."""
        return replace(self.now.inputs, state=state, facts=replace(self.now.inputs.facts, now=now))

    def sendable(self, step: str, group: str) -> Sendable | None:
        """Return a group with its bytes; None: there is none, or `unclear` says why it can't go."""
        made, compilation = self._groups.get((step, group)), self.now.made
        if made is None or compilation is None:
            return None
        wms, setting = wms_of(made, compilation.includes), setting_of(compilation, made)
        if isinstance(wms, str) or isinstance(setting, str):
            return None
        shared = self._outputs[made.output] > 1
        return Sendable(
            made,
            compilation.includes,
            wms,
            shared,
            self._members(made),
            environment=made.environment or "",
            setting=setting,
            takes_over=skipped_in(compilation, made) == PRIOR,
            graph_options=partial(graph_options, compilation, made),
        )

    def unclear(self, step: str, group: str) -> str:
        """Return why the workload system or environment of a group can't be told; else an empty text."""
        made, compilation = self._groups.get((step, group)), self.now.made
        if made is None or compilation is None:
            return ""
        wms, setting = wms_of(made, compilation.includes), setting_of(compilation, made)
        return wms if isinstance(wms, str) else setting if isinstance(setting, str) else ""

    def butlers(self) -> tuple[str, ...]:
        """Return the Butler repositories of the groups as BPS resolves them, sorted."""
        compilation = self.now.made
        if compilation is None:
            return ()
        found = {butler_of(made, compilation.includes) for made in compilation.groups}
        return tuple(sorted(found - {""}))

    def systems(self) -> tuple[Used, ...]:
        """Return the workload systems of the groups, with the environment that each is used from."""
        return () if self.now.made is None else tuple(used_by(self.now.made))

    def _members(self, made: CompiledGroup) -> dict[str, Member]:
        from cmcompile.compiler.sent import rescue_axes

        spec, group = self.now.spec, made.group
        step = next(s for s in spec.steps if s.name == group.step)
        rescue = next((r for r in step.rescues if r.name == group.rescue), None)
        axes = step.split if rescue is None else rescue_axes(step, rescue)
        return members_of(group, axes, spec.lists)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person allows on purpose; it is recorded with each claim."""

    dirty: bool = False
    unpushed: bool = False


@dataclass(slots=True)
class GitBranch:
    """The branch that HEAD's branch tracks, asked anew each time; implements ``SpecBranch``.

    The spec is compiled from the commit that stands there, never from the working tree: other line ends, or
    a file that git ignores, would make bytes that nobody could make again. With an override it is that of
    HEAD, or of the working tree; the decisions that stand on the branch count all the same.

    Attributes
    ----------
    tracked
        None: nobody said which branch it is.
    override
        As in `SpecRef`.
    stood
        The commit that the branch had when it was asked last; empty before.
    """

    place: Place
    ledger: Ledger
    tracked: Tracked | None
    head: str
    override: str = ""
    stood: str = ""
    _known: dict[_Key, Compiled] = field(default_factory=dict)

    def read(self, state: LedgerState) -> Compiled:
        """Ask for the branch now, and return what it declares; see ``SpecBranch``."""
        stands = self._stands()
        commit = self.head if self.override else stands
        more = self._decisions(stands) if self.override and stands else ()
        asked = rules_on(self.place, stands) if self.override and stands else ()
        key = (commit, _sent_elsewhere(state, commit), tuple(d.id for d in more), asked)
        if key not in self._known:
            self._known = {key: self._compiled(commit, state, more, asked)}
        return self._known[key]

    def rescue(self, state: LedgerState, groups: Mapping[str, Collection[str]]) -> tuple[Rescued, ...]:
        """Write the rescues of groups onto the branch; see ``SpecBranch``."""
        from cmcompile.cli.branch_rescue import Stands, Writing

        def read() -> Stands:
            found = self.read(state)
            # What was compiled may be older than the ledger.
            inputs = found.inputs(state, self.ledger.clock.now())
            return Stands(found.ref.commit, inputs, found.sources)

        # With an override other files count than those that stand on the branch.
        return Writing(self.place, None if self.override else self.tracked, read).write(groups)

    @property
    def newest(self) -> Compiled | None:
        """What the branch declared when it was read last."""
        return next(iter(self._known.values()), None)

    def butlers(self) -> tuple[str, ...]:
        """Return the Butler repositories that the groups name, as the branch was read last; none before."""
        return tuple(dict.fromkeys(name for one in self._known.values() for name in one.butlers()))

    def systems(self) -> tuple[Used, ...]:
        """Return the workload systems that the groups go to, as the branch was read last; none before."""
        return tuple(used for one in self._known.values() for used in one.systems())

    def _stands(self) -> str:
        """Return the commit that the branch has now."""
        if self.tracked is None:
            return ""
        try:
            commit = latest(self.place.root, self.tracked)
        except GitError as error:
            raise UnreachableError(str(error)) from None
        if not commit and not self.override:
            raise UnreachableError(f"{self.tracked} is not there any more")
        self.stood = commit
        return commit

    def _compiled(
        self, commit: str, state: LedgerState, more: tuple[Decision, ...], asked: tuple[tuple[str, Rule], ...]
    ) -> Compiled:
        look = Look(self.ledger, View(None, state), True)
        sources = self._sources(commit)
        now = situation(self.place, look, files=True, sources=sources)
        if stops(now.findings):
            raise InputError(now.findings)
        if more or asked:
            from cmcompile.plan.standing import judged, standings_of

            inputs = replace(now.inputs, decisions=_united(now.inputs.decisions, more), asked=asked)
            found = judged(inputs)
            now = replace(now, inputs=inputs, judged=found, standings=standings_of(found))
        return Compiled(now, SpecRef(self.place.path, commit, VERSION, EMIT, self.override), sources)

    def _sources(self, commit: str) -> Sources:
        from cmcompile.spec.files import WorkingTree

        dirty = "dirty" in self.override.split(",")
        return WorkingTree(self.place.root) if dirty else Revision(self.place.root, commit)

    def _decisions(self, commit: str) -> tuple[Decision, ...]:
        """Return the decisions that stand on the branch; a campaign that is new there has none."""
        from cmcompile.model.diagnostic import errors_in
        from cmcompile.spec.decisions import load_decisions

        found, about = load_decisions(Revision(self.place.root, commit), self.place.path)
        if any(errors_in(about)):
            raise InputError(about)
        return found


def spec_branch(place: Place, ledger: Ledger, allowed: Overrides) -> GitBranch:
    """Return the branch of a campaign, where submitting from it is allowed.

    Raises
    ------
    PolicyError
        When files differ from HEAD, or HEAD is not on the branch, and nobody allowed that.
    UnreachableError
        When the branch can't be asked.
    GitError
        When nothing is committed yet.
    """
    try:
        head = resolve(place.root, "HEAD")
    except GitError as error:
        raise PolicyError(f"nothing is committed yet, and a submission names its commit: {error}") from None
    overrides = []
    changed = _changed(place)
    if changed:
        if not allowed.dirty:
            names = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
            raise PolicyError(
                f"{names} differs from the last commit, so nobody could say later what was submitted: commit "
                "and push, or take it on purpose with --allow-dirty, which is recorded; nothing was done"
            )
        overrides.append("dirty")
    branch = tracked(place.root)
    why = _unpushed(place, head, branch)
    if why:
        if not allowed.unpushed:
            raise PolicyError(
                f"{why}; or take it on purpose with --allow-unpushed, which is recorded; nothing was done"
            )
        overrides.append("unpushed")
    return GitBranch(place, ledger, branch, head, ",".join(overrides))


def reviewed_branch(place: Place, ledger: Ledger) -> GitBranch:
    """Return the branch of a campaign for those who take what stands there, whatever is checked out.

    Raises
    ------
    PolicyError
        When nothing says which branch it is.
    """
    branch = tracked(place.root)
    if branch is None:
        raise PolicyError(f"{_NO_BRANCH}; nothing was done")
    return GitBranch(place, ledger, branch, "")


def _unpushed(place: Place, head: str, branch: Tracked | None) -> str:
    """Return why others can't see the commit, with what to do; empty where they can."""
    if branch is None:
        return _NO_BRANCH
    try:
        stands = latest(place.root, branch)
    except GitError as error:
        raise UnreachableError(str(error)) from None
    if stands and leads_to(place.root, head, stands):
        return ""
    return f"commit {head[:12]} is not on {branch}, where a hold or a pause would stand: push it"


def _changed(place: Place) -> list[str]:
    """Return the files of the spec that are not as in HEAD."""
    from cmcompile.cli.campaigns import read
    from cmcompile.git.run import run
    from cmcompile.spec.decisions import decisions_path

    spec, _ = read(place)
    paths = {place.path, decisions_path(place.path), *(() if spec is None else spec.inputs)}
    result = run(
        place.root,
        "status",
        "--porcelain",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--",
        *sorted(paths),
    )
    if result.code != 0:
        raise GitError(result.error or "git status failed")
    lines = result.out.decode("utf-8", "surrogateescape").split("\0")
    return [line[3:] for line in lines if line]


def _sent_elsewhere(state: LedgerState, commit: str) -> frozenset[tuple[str, ...]]:
    """Return what was sent from other states of the spec: it may pin groups otherwise than this one does."""
    return frozenset(
        (w.step, w.group, w.claim.definition)
        for record in state.groups.values()
        for w in record.workflows
        if w.claim is not None and (w.claim.spec.commit != commit or w.claim.spec.override)
    )


def _united(own: tuple[Decision, ...], more: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Return the decisions of the branch, then those that only stand here."""
    there = {decision.id for decision in more}
    return (*more, *(decision for decision in own if decision.id not in there))
