"""Asks an API that speaks JSON.

What may be repeated is tried again; what may not is never sent twice without looking.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from cmcompile.model.ports import Clock
from cmcompile.tell.errors import (
    GoneError,
    LaterError,
    NotAllowedError,
    RefusedError,
    SilentError,
    TellError,
    UnknownError,
)
from cmcompile.tell.limits import wait_of
from cmcompile.web.exchange import Exchange, NoReply, Reply, Request, is_safe

#: Methods that have the same effect when they are repeated, as they are used here.
_REPEATABLE = frozenset({"GET", "PUT", "PATCH", "DELETE"})
#: The server, or what stands before it, is at fault.
_FAULTS = frozenset({500, 502, 503, 504})
_MOVED = frozenset({301, 302, 307, 308})
_HOPS = 3
#: A list has at most so many pages; a longer one is an error, never a short list.
_PAGES = 100
_SAID = 200
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<>]*\brel="?next"?')


@dataclass(frozen=True, slots=True)
class Patience:
    """How often is tried, and how long is waited.

    Attributes
    ----------
    tries
        How often a request is sent at most.
    pause
        Seconds before the second try; each further one is twice as long.
    longest
        Seconds that are waited at most where the server asks for it, over all requests.
    """

    tries: int = 4
    pause: float = 1.0
    longest: float = 120.0


class Api:
    """One server.

    Parameters
    ----------
    base
        The address that paths are appended to.
    name
        Stands for the server in messages: its address may be a secret.
    secrets
        Texts that no message may hold.
    """

    def __init__(
        self,
        base: str,
        name: str,
        headers: Mapping[str, str],
        secrets: tuple[str, ...],
        clock: Clock,
        patience: Patience | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        if not is_safe(base):
            raise NotAllowedError(
                f"no token is sent to {name} without TLS: the address must begin with https://"
            )
        self._base, self._name, self._headers, self._clock = base.rstrip("/"), name, dict(headers), clock
        self._secrets = sorted((s for s in secrets if s), key=len, reverse=True)
        self._patience = patience or Patience()
        self._exchange = exchange or Exchange()
        self._left = self._patience.longest

    def get(self, path: str, **query: object) -> Any:
        """Return what a path gives, decoded."""
        return self._json(self._sent("GET", self._url(path, query), None, {}))

    def pages(self, path: str, **query: object) -> Iterator[Any]:
        """Yield the pages of a list, to its end."""
        url = self._url(path, {"per_page": 100, **query})
        for _ in range(_PAGES):
            reply = self._sent("GET", url, None, {})
            yield self._json(reply)
            found = _NEXT.search(reply.headers.get("link", ""))
            if found is None:
                return
            url = self._same_host(url, found[1])
        raise SilentError(f"{self._name}: a list has more than {_PAGES} pages")

    def put(self, path: str, body: object) -> Any:
        """Have something be so."""
        return self._change("PUT", path, body)

    def patch(self, path: str, body: object) -> Any:
        """Have parts of something be so."""
        return self._change("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Remove something; it is fine that it is gone."""
        try:
            self._sent("DELETE", self._url(path, {}), None, {})
        except GoneError:
            return

    def post(self, path: str, body: object) -> Any:
        """Have something made, or a question answered.

        Raises
        ------
        UnknownError
            When nobody knows whether it was made. It is for the caller to look.
        """
        return self._change("POST", path, body)

    def repeat(self, path: str, body: object) -> Any:
        """Post what has the same effect when it is posted twice: it is tried again like a question."""
        return self._change("POST", path, body, again=True)

    def post_bytes(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send bytes as they are; raises as `post`."""
        return self._sent("POST", self._url(path, {}), body, headers)

    def clean(self, text: str) -> str:
        """Return foreign text in one line, cut, and without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())[:_SAID]

    def _change(self, method: str, path: str, body: object, *, again: bool = False) -> Any:
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        said = {"Content-Type": "application/json"}
        reply = self._sent(method, self._url(path, {}), data, said, again=again)
        return self._json(reply, again=again or method != "POST") if reply.data.strip() else None

    def _url(self, path: str, query: Mapping[str, object]) -> str:
        text = urlencode({k: str(v) for k, v in query.items()})
        return f"{self._base}{path}{'?' if text else ''}{text}"

    def _json(self, reply: Reply, *, again: bool = True) -> Any:
        try:
            return json.loads(reply.data)
        except (ValueError, RecursionError):
            said = f"{self._name} answers {reply.status} with what is no JSON"
            raise (SilentError(said) if again else UnknownError(said)) from None

    def _sent(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, again: bool = False
    ) -> Reply:
        """Send until there is an answer that can be used; follow redirects of the same host."""
        again = again or method in _REPEATABLE
        for _ in range(_HOPS + 1):
            reply = self._tried(Request(method, url, {**self._headers, **headers}, body), again)
            if reply.status not in _MOVED:
                return reply
            if method != "GET" and reply.status not in (307, 308):
                raise RefusedError(
                    f"{self._name} answers {reply.status}: this address does not take {method}"
                )
            url = self._same_host(url, reply.headers.get("location", ""))
        raise SilentError(f"{self._name} leads from address to address")

    def _same_host(self, url: str, to: str) -> str:
        """Return where the server leads to; another host never gets the token."""
        there = urljoin(url, to)
        here, far = urlsplit(url), urlsplit(there)
        if not to or (here.scheme, here.netloc) != (far.scheme, far.netloc):
            raise RefusedError(f"{self._name} leads to another host: it is not followed with a token")
        return there

    def _tried(self, request: Request, again: bool) -> Reply:
        patience, pause = self._patience, self._patience.pause
        for left in range(patience.tries - 1, -1, -1):
            outcome = self._once(request, again)
            if isinstance(outcome, Reply):
                return outcome
            if not left or not isinstance(outcome, _Again):
                raise outcome if not isinstance(outcome, _Again) else outcome.error
            self._clock.sleep(pause if outcome.wait is None else outcome.wait)
            pause *= 2
        raise SilentError(f"{self._name} was not asked")

    def _once(self, request: Request, again: bool) -> Reply | TellError | _Again:
        """Send a request once: a reply, an error, or what may be tried again."""
        got = self._exchange.send(request)
        if isinstance(got, NoReply):
            why = self.clean(got.why)
            if again or not got.sent:
                return _Again(SilentError(f"{self._name} gives no answer: {why}"))
            return UnknownError(f"{self._name} gave no answer to what was sent: {why}")
        wait = wait_of(got, self._clock.now())
        if wait is not None:
            return self._waiting(wait)
        if got.status in _FAULTS:
            said = f"{self._name} answers {got.status}"
            return _Again(SilentError(said)) if again else UnknownError(f"{said} to what was sent")
        if got.status >= 400:
            return self._refusal(request.method, got)
        return got

    def _waiting(self, wait: float) -> TellError | _Again:
        said = LaterError(f"{self._name} wants to be asked again in {wait:,.0f} s: too many requests")
        if wait > self._left:
            return said
        self._left -= wait
        return _Again(said, max(wait, self._patience.pause))

    def _refusal(self, method: str, reply: Reply) -> TellError:
        said = self.clean(_message(reply))
        text = f"{self._name} answers {reply.status} to {method}" + (f": {said}" if said else "")
        if reply.status in (401, 403, 407):
            return NotAllowedError(text)
        return GoneError(text) if reply.status in (404, 410) else RefusedError(text)


@dataclass(frozen=True, slots=True)
class _Again:
    """It may be tried again, after some seconds; the error is for when it is not."""

    error: TellError
    wait: float | None = None


def _message(reply: Reply) -> str:
    """Return what the server says of a refusal: GitHub's and Jira's forms."""
    try:
        found = json.loads(reply.data)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    parts: list[object] = [found.get("message"), *_items(found.get("errorMessages"))]
    more = found.get("errors")
    if isinstance(more, dict):
        parts += [f"{k}: {v}" for k, v in more.items()]
    for item in _items(more):
        parts.append(item.get("message") or item.get("code") if isinstance(item, dict) else item)
    return "; ".join(str(p) for p in parts if p)


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
