"""From ``tell`` of a spec to who is told."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.campaign import Layer
from cmcompile.model.source import Mapping
from cmcompile.model.tell import FORMS, TOPICS, JiraTarget, Tell, WebhookTarget
from cmcompile.spec.values import items, mapping, text


def build_tell(layers: Sequence[Layer]) -> Tell:
    """Return who is told: the Jira of the highest file that names one, and all webhooks by their names."""
    jira: JiraTarget | None = None
    webhooks: dict[str, WebhookTarget] = {}
    for layer in layers:
        node = mapping(layer.get("tell"))
        if node is None:
            continue
        found = mapping(node.get("jira"))
        jira = jira if found is None else _jira(found)
        for item in items(node.get("webhook")):
            if isinstance(item, Mapping):
                made = _webhook(item)
                webhooks[made.name] = made
    return Tell(jira, tuple(webhooks.values()))


def _jira(node: Mapping) -> JiraTarget:
    url, project, kind = (text(node.get(key)) or "" for key in ("url", "project", "issue_type"))
    return JiraTarget(url.rstrip("/"), project, kind or "Task")


def _webhook(node: Mapping) -> WebhookTarget:
    on = {text(item) for item in items(node.get("on"))}
    form = text(node.get("form"))
    return WebhookTarget(
        text(node.get("name")) or "",
        text(node.get("url_from")) or "",
        tuple(topic for topic in TOPICS if not on or topic in on),
        next((f for f in FORMS if f == form), "slack"),
    )
