"""The event ``submitted``, as child and parent both write it."""

from __future__ import annotations

import re

from cmcompile.model.body import Submitted
from cmcompile.model.child import Taken, Word
from cmcompile.model.event import Draft, Subject

_USER = re.compile(r"(://)[^/?#\s]*@")


def submitted_draft(subject: Subject, claim: str, word: Word, taken: Taken) -> Draft:
    """Return the event that says that a run was taken.

    It depends on nothing but the arguments, so that child and parent write the very same bytes under the same
    id, and whoever comes second changes nothing. A user and a password in an address are left out here, since
    the child keeps these bytes where the next command finds them, and sends them.
    """
    url = _USER.sub(r"\1", taken.url)
    body = Submitted(run_id=taken.run_id, gate=word.gate, url=url)
    return Draft(subject, word.event, taken.at, word.by, body, claim=claim, ci=word.ci)
