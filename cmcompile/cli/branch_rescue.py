"""Rescues that a policy has written, put onto the spec branch by one commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmcompile.git.answer import Answer, Verdict
from cmcompile.git.errors import GitError
from cmcompile.model.errors import InputError
from cmcompile.model.ledger import UnreachableError

if TYPE_CHECKING:
    from cmcompile.cli.campaigns import Place
    from cmcompile.git.tracked import Tracked
    from cmcompile.model.ports import Sources
    from cmcompile.model.rescued import Rescued
    from cmcompile.plan.inputs import Inputs
    from cmcompile.reconcile.direct import Draft, Wanted

#: So often it is made anew for a branch that has moved on meanwhile.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands on the branch.

    Attributes
    ----------
    inputs
        What it declares, with what the ledger says now.
    sources
        Its files at that commit.
    """

    commit: str
    inputs: Inputs
    sources: Sources


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes rescues onto a branch.

    Attributes
    ----------
    tracked
        None: nobody said which branch it is.
    read
        Asks for the branch now, and compiles what stands there.
    """

    place: Place
    tracked: Tracked | None
    read: Callable[[], Stands]

    def write(self, wanted: Wanted) -> tuple[Rescued, ...]:
        """Write the rescues of groups; see ``SpecBranch``."""
        from cmcompile.git.onward import put

        place, tracked = self.place, self.tracked
        if tracked is None:
            return self._none(wanted, "nothing says which branch the spec is reviewed on")
        for _ in range(TRIES):
            try:
                stands = self.read()
            except UnreachableError as error:
                return self._none(wanted, str(error))
            except InputError:
                return self._none(wanted, "the spec on the branch has errors by now")
            draft = self._draft(stands, wanted)
            if not draft.written:
                return draft.left
            try:
                message = draft.message(place.name)
                done = put(place.root, tracked, stands.commit, place.path, draft.after, message)
            except GitError as error:
                return draft.refused(place.name, str(error))
            if done.answer.verdict is Verdict.DONE:
                return draft.results(done.commit)
            if done.answer.verdict is not Verdict.MOVED:
                return draft.refused(place.name, _words(done.answer, tracked))
        return self._none(wanted, f"{tracked} was moved by others {TRIES} times meanwhile")

    def _draft(self, stands: Stands, wanted: Wanted) -> Draft:
        from cmcompile.cli.situation import compiled_with
        from cmcompile.cli.templates import Overlay
        from cmcompile.plan.standing import standings
        from cmcompile.reconcile.direct import drafted
        from cmcompile.rescue.known import Known

        place, inputs, sources = self.place, stands.inputs, stands.sources
        groups = tuple(one.group for one in inputs.declared)
        return drafted(
            Known(inputs.spec, groups, inputs.state, standings(inputs)),
            place.path,
            sources.read(place.path),
            lambda text: compiled_with(place, Overlay({place.path: text}, sources), inputs.state),
            wanted,
        )

    def _none(self, wanted: Wanted, why: str) -> tuple[Rescued, ...]:
        from cmcompile.reconcile.direct import not_written

        return tuple(not_written(self.place.name, step, groups, why) for step, groups in wanted.items())


def _words(answer: Answer, tracked: Tracked) -> str:
    said = " ".join(answer.words.split())
    match answer.verdict:
        case Verdict.REFUSED:
            return f"{tracked} does not take it: {said}"
        case Verdict.UNREACHED:
            return f"{tracked} can't be reached: {said}"
        case _:
            return f"it is not known whether {tracked} took it: {said}; the next pass reads the branch again"
