"""What the spec branch asks to be approved, where another state of the spec is submitted on purpose."""

from __future__ import annotations

from cmcompile.cli.campaigns import Place
from cmcompile.git.revision import Revision
from cmcompile.model.approval import Rule
from cmcompile.model.diagnostic import errors_in
from cmcompile.model.errors import InputError


def rules_on(place: Place, commit: str) -> tuple[tuple[str, Rule], ...]:
    """Return ``review`` of a campaign and of its steps at a commit; a campaign that is new there has none.

    Raises
    ------
    InputError
        When the campaign can't be read there: nobody knows then what must be approved.
    """
    from cmcompile.spec.load import load

    sources = Revision(place.root, commit)
    if not sources.exists(place.path):
        return ()
    spec, findings = load(sources, place.path)
    if spec is None:
        raise InputError(tuple(errors_in(findings)))
    every = (("", spec.pace.review), *((step.name, step.pace.review) for step in spec.steps))
    return tuple((name, rule) for name, rule in every if rule is not None)
