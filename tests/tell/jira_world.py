"""Jira as far as it is used, Cloud or Data Center, with its REST shapes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from loopback import Asked, Clock, Said, World, exchange

from cmcompile.tell.jira.client import Jira

TOKEN = "jx-very-secret-token"  # noqa: S105 - of no server
#: Seconds after which an issue is seen by the search of Cloud.
LAG = 30
ME = {"accountId": "a-1", "displayName": "Campaign bot"}
OTHER = {"accountId": "b-2", "displayName": "Mallory"}
_FILE = re.compile(rb'filename="([^"]+)"\r\n.*?\r\n\r\n(.*)\r\n--', re.DOTALL)


class JiraWorld(World):
    """One server with project DM."""

    def __init__(self, clock: Clock, *, cloud: bool = True) -> None:
        super().__init__(clock)
        self.cloud = cloud
        self.page = 2
        self.issues: dict[str, dict[str, Any]] = {}
        self.links: list[tuple[str, str]] = []
        self._ids = 100

    def issue(self, **fields: Any) -> str:
        key = f"DM-{len(self.issues) + 1}"
        made = {"labels": [], "summary": "", **fields}
        self.issues[key] = {"at": self.clock.now(), "fields": made, "comments": [], "files": []}
        return key

    def comment(self, key: str, body: str, author: dict[str, Any] | None = None) -> dict[str, Any]:
        self._ids += 1
        made = {"id": str(self._ids), "author": author or ME, "body": body}
        self.issues[key]["comments"].append(made)
        return made

    def attached(self, key: str) -> dict[str, bytes]:
        return {one["filename"]: one["data"] for one in self.issues[key]["files"]}

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Said(401, {"errorMessages": ["You are not logged in."]})
        parts = asked.path.removeprefix("/rest/api/2/").split("/")
        match asked.method, *parts:
            case "GET", "serverInfo":
                return Said(200, {"deploymentType": "Cloud" if self.cloud else "Server"})
            case "GET", "myself":
                return Said(200, ME)
            case "GET", "search", *rest:
                return self._search(asked, rest)
            case "POST", "issue":
                wanted = asked.json["fields"]
                if wanted["issuetype"]["name"] == "Nothing":
                    return Said(400, {"errorMessages": [], "errors": {"issuetype": "is required"}})
                return Said(201, {"id": "1", "key": self.issue(**wanted)})
            case "POST", "issueLink":
                self.links.append((asked.json["inwardIssue"]["key"], asked.json["outwardIssue"]["key"]))
                return Said(201)
            case "DELETE", "attachment", id_:
                return self._detached(id_)
            case _, "issue", key, *rest if key in self.issues:
                return self._of_issue(asked, key, rest)
        return Said(404, {"errorMessages": ["Issue does not exist"]})

    def _search(self, asked: Asked, rest: list[str]) -> Said:
        if rest != (["jql"] if self.cloud else []):
            return Said(410, {"errorMessages": ["The requested API has been removed."]})
        label = re.search(r'labels = "([^"]+)"', asked.query["jql"])
        assert label
        lag = timedelta(seconds=LAG if self.cloud else 0)
        found = [
            {"key": key, "fields": {"labels": one["fields"]["labels"]}}
            for key, one in self.issues.items()
            if label[1] in one["fields"]["labels"] and one["at"] + lag <= self.clock.now()
        ]
        return Said(200, {"issues": found})

    def _of_issue(self, asked: Asked, key: str, rest: list[str]) -> Said:
        issue = self.issues[key]
        match asked.method, *rest:
            case ("GET",):
                links = [
                    {"inwardIssue": {"key": a}} if b == key else {"outwardIssue": {"key": b}}
                    for a, b in self.links
                    if key in (a, b)
                ]
                files = [{k: v for k, v in one.items() if k != "data"} for one in issue["files"]]
                return Said(200, {"key": key, "fields": {"attachment": files, "issuelinks": links}})
            case "GET", "comment":
                at = int(asked.query["startAt"])
                page = issue["comments"][at : at + self.page]
                return Said(200, {"startAt": at, "total": len(issue["comments"]), "comments": page})
            case "POST", "comment":
                return Said(201, self.comment(key, asked.json["body"]))
            case "PUT", "comment", id_:
                for one in issue["comments"]:
                    if one["id"] == id_:
                        one["body"] = asked.json["body"]
                        return Said(200, one)
            case "POST", "attachments":
                if asked.headers.get("x-atlassian-token") != "no-check":
                    return Said(403, {"errorMessages": ["XSRF check failed"]})
                found = _FILE.search(asked.body)
                assert found
                self._ids += 1
                made = {"id": str(self._ids), "filename": found[1].decode(), "author": ME, "data": found[2]}
                issue["files"].append(made)
                return Said(200, [{"id": made["id"]}])
        return Said(404, {"errorMessages": ["Not Found"]})

    def _detached(self, id_: str) -> Said:
        for issue in self.issues.values():
            left = [one for one in issue["files"] if one["id"] != id_]
            if len(left) < len(issue["files"]):
                issue["files"] = left
                return Said(204)
        return Said(404, {"errorMessages": ["Not Found"]})


def jira(world: JiraWorld) -> Jira:
    return Jira(world.address, "", TOKEN, world.clock, exchange=exchange())
