"""GitHub as far as it is used, with its REST shapes."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from loopback import Asked, Clock, Said, World

from cmcompile.tell.github.forge import GitHub

TOKEN = "ghx-very-secret-token"  # noqa: S105 - of no server
REPOSITORY = "lsst-dm/campaigns"
HEAD, OLD = "a" * 40, "b" * 40
_REPO = {"full_name": REPOSITORY}


class GitHubWorld(World):
    """One repository with pull request 7."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.login, self.kind = "campaign-bot", "User"
        self.app = False
        self.page = 2
        self.scanning = True
        self.comments: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.sarif: list[dict[str, Any]] = []
        self.pulls = {7: self.pull(7, "edit", HEAD)}
        self.reviews: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self._ids = 100

    def pull(self, number: int, branch: str, head: str) -> dict[str, Any]:
        return {
            "number": number,
            "html_url": f"https://forge.test/pull/{number}",
            "title": "An edit",
            "body": None,
            "state": "open",
            "draft": False,
            "merged_at": None,
            "merge_commit_sha": "c" * 40,
            "user": {"login": "ada", "type": "User"},
            "head": {"sha": head, "ref": branch, "repo": _REPO},
            "base": {"sha": OLD, "ref": "main", "repo": _REPO},
        }

    def comment(self, body: str, login: str = "", kind: str = "") -> dict[str, Any]:
        self._ids += 1
        made = {
            "id": self._ids,
            "body": body,
            "user": {"login": login or self.login, "type": kind or self.kind},
            "html_url": f"https://forge.test/pull/7#c{self._ids}",
        }
        self.comments.append(made)
        return made

    def ours(self, marker: str) -> list[dict[str, Any]]:
        return [c for c in self.comments if marker in c["body"] and c["user"]["login"] == self.login]

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Said(401, {"message": f"Bad credentials {asked.headers.get('authorization')}"})
        if asked.path == "/user":
            refused = Said(403, {"message": "Resource not accessible by integration"})
            return refused if self.app else Said(200, {"login": self.login, "type": self.kind})
        if asked.path == "/graphql":
            return Said(200, {"data": {"viewer": {"login": self.login}}})
        start = f"/repos/{REPOSITORY}"
        if not asked.path.startswith(start + "/"):
            return Said(404, {"message": "Not Found"})
        parts = asked.path.removeprefix(start + "/").split("/")
        return self._of_repository(asked, parts)

    def _of_repository(self, asked: Asked, parts: list[str]) -> Said:
        match asked.method, *parts:
            case "GET", "issues", number, "comments" if int(number) in self.pulls:
                return self._listed(asked, self.comments)
            case "POST", "issues", number, "comments" if int(number) in self.pulls:
                return Said(201, self.comment(asked.json["body"]))
            case "PATCH", "issues", "comments", id_:
                return self._patched(int(id_), asked.json["body"])
            case "GET", "commits", sha, "statuses":
                return self._listed(asked, [s for s in reversed(self.statuses) if s["sha"] == sha])
            case "POST", "statuses", sha:
                self.statuses.append({"target_url": None, **asked.json, "sha": sha})
                return Said(201, self.statuses[-1])
            case "GET", "commits", sha, "pulls":
                found = [p for p in self.pulls.values() if sha in (p["head"]["sha"], p["merge_commit_sha"])]
                return self._listed(asked, found)
            case "POST", "code-scanning", "sarifs":
                return self._scanned(asked)
            case "GET", "pulls", number, "reviews":
                return self._listed(asked, self.reviews)
            case "GET", "pulls", number, "files":
                return self._listed(asked, self.files)
            case "GET", "pulls", number:
                one = self.pulls.get(int(number))
                return Said(200, one) if one else Said(404, {"message": "Not Found"})
            case "PATCH", "pulls", number:
                self.pulls[int(number)].update(asked.json)
                return Said(200, self.pulls[int(number)])
            case _, "pulls":
                return self._pulls(asked)
        return Said(404, {"message": "Not Found"})

    def _pulls(self, asked: Asked) -> Said:
        if asked.method == "GET":
            branch = asked.query["head"].partition(":")[2]
            states = ("open", "closed") if asked.query.get("state") == "all" else ("open",)
            found = [p for p in self.pulls.values() if p["head"]["ref"] == branch and p["state"] in states]
            return self._listed(asked, found)
        wanted = asked.json
        if any(p["head"]["ref"] == wanted["head"] and p["state"] == "open" for p in self.pulls.values()):
            return Said(422, {"message": "Validation Failed", "errors": [{"message": "already exists"}]})
        number = max(self.pulls) + 1
        made = self.pull(number, wanted["head"], "d" * 40) | {
            "title": wanted["title"],
            "body": wanted["body"],
        }
        self.pulls[number] = made
        return Said(201, made)

    def _patched(self, id_: int, body: str) -> Said:
        for comment in self.comments:
            if comment["id"] == id_:
                comment["body"] = body
                return Said(200, comment)
        return Said(404, {"message": "Not Found"})

    def _scanned(self, asked: Asked) -> Said:
        if not self.scanning:
            return Said(403, {"message": "Code scanning is not enabled for this repository."})
        document = json.loads(gzip.decompress(base64.b64decode(asked.json["sarif"])))
        self.sarif.append({**asked.json, "sarif": document})
        return Said(202, {"id": "1"})

    def _listed(self, asked: Asked, found: list[dict[str, Any]]) -> Said:
        """Return a page; its length is the server's, whatever is asked for."""
        page = int(asked.query.get("page", "1"))
        rest = found[(page - 1) * self.page :]
        headers = {}
        if len(rest) > self.page:
            query = "&".join(f"{k}={v}" for k, v in {**asked.query, "page": str(page + 1)}.items())
            last = f'<{self.address}{asked.path}?page=1>; rel="first"'
            headers["Link"] = f'{last}, <{self.address}{asked.path}?{query}>; rel="next"'
        return Said(200, rest[: self.page], headers)


def github(world: GitHubWorld, **more: Any) -> GitHub:
    from loopback import exchange

    return GitHub(world.address, REPOSITORY, TOKEN, world.clock, exchange=exchange(), **more)
