"""The event ``submitted``, as child and parent both write it."""

from __future__ import annotations

from cmcompile.model.body import Submitted
from cmcompile.model.child import Taken, Word
from cmcompile.model.event import Draft, Subject


def submitted_draft(subject: Subject, claim: str, word: Word, taken: Taken) -> Draft:
    """Return the event that says that a run was taken.

    It depends on nothing but the arguments, so that child and parent write the very same bytes under the same
    id, and whoever comes second changes nothing.
    """
    body = Submitted(run_id=taken.run_id, gate=word.gate, url=taken.url)
    return Draft(subject, word.event, taken.at, word.by, body, claim=claim, ci=word.ci)
