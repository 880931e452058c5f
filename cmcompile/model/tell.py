"""Who is told how a campaign stands, as its spec says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: What a message may be about: something needs a person, or is late.
Topic: TypeAlias = Literal["person", "overdue"]
TOPICS: tuple[Topic, ...] = ("person", "overdue")
Form: TypeAlias = Literal["slack", "json"]
FORMS: tuple[Form, ...] = ("slack", "json")


@dataclass(frozen=True, slots=True)
class JiraTarget:
    """A Jira server.

    Attributes
    ----------
    url
        Where it is, without a slash at the end.
    project
        The key of the project in which issues are made.
    """

    url: str
    project: str
    issue_type: str = "Task"


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """An address that messages are sent to.

    Attributes
    ----------
    name
        What was told is remembered by it.
    url_from
        The variable of the environment that holds the address, which is a secret.
    """

    name: str
    url_from: str
    on: tuple[Topic, ...] = TOPICS
    form: Form = "slack"


@dataclass(frozen=True, slots=True)
class Tell:
    """All of them."""

    jira: JiraTarget | None = None
    webhooks: tuple[WebhookTarget, ...] = ()
