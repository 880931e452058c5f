"""What stands in an issue of a tracker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IssueReport:
    """One issue, and what it is to say.

    Attributes
    ----------
    step
        The step that it is about; empty: the campaign.
    label
        By which the issue is found again; one word.
    summary, description
        Of an issue that is made. They are left alone afterwards: they are people's.
    token
        Stands in the comment that is kept up to date, and in no other.
    body
        That comment, without its token. It is markup of the tracker.
    files
        What is attached, by file name.
    """

    step: str
    label: str
    summary: str
    description: str
    token: str
    body: str
    files: Mapping[str, bytes] = field(default_factory=dict)
