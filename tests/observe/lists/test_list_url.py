"""Rows that a real server on this machine gives: whole ones, cut ones, and others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cmcompile.model.list_query import Answer
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.lists.cells import AskError
from cmcompile.observe.lists.url import ask_url

SENT = "hunter2"


@dataclass
class Server:
    """Answers as it is told to; knows what it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = -1
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append({k.lower(): v for k, v in self.headers.items()})
            mark = told.headers.get("ETag")
            same = mark is not None and self.headers.get("If-None-Match") == mark
            self.send_response(304 if same else told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            if told.length is not None and not same:
                self.send_header("Content-Length", str(len(told.body) if told.length < 0 else told.length))
            self.end_headers()
            self.wfile.write(b"" if same else told.body)

        def log_message(self, *args: object) -> None:
            del args

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{httpd.server_port}/runs"
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield told
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.mark.parametrize(
    ("form", "body", "expected"),
    [
        ("csv", b'run,q\r\n1,good\r\n2,"so,so"\r\n', Answer(("run", "q"), ((1, "good"), (2, "so,so")))),
        ("csv", b"\xef\xbb\xbfrun\n007\n", Answer(("run",), (("007",),))),
        ("json", b'[{"r": 1, "n": []}, {"r": 2, "k": true}]', Answer(("r", "k"), ((1, "null"), (2, "true")))),
        ("json", b"[3, 1.5, null]", Answer((), ((3,), ("1.5",), ("null",)))),
        ("json", b"[]", Answer((), ())),
        ("text", b"# runs\n72500, 1\n\n72501 2", Answer((), ((72500, 1), (72501, 2)))),
        ("text", b"", Answer((), ())),
    ],
)  # fmt: skip
def test_forms(server: Server, form: str, body: bytes, expected: Answer) -> None:
    server.body = body
    assert ask_url(server.url, form) == expected


@pytest.mark.parametrize(
    ("form", "body", "said"),
    [
        ("csv", b"run,n\n1\n", "row 1 of what the server gave has 1 values, not 2"),
        ("csv", b"run,run\n1,2\n", "two columns of one name"),
        ("csv", b'run\n"1\n', "no csv"),
        ("json", b'[{"run": 1}', "no whole JSON"),
        ("json", b'{"run": 1}', "no list"),
        ("json", b"[[1]]", "no list of objects or of values"),
        ("json", b"[" * 100_000, "no whole JSON"),
        ("text", b"1 2\n3\n", "row 2"),
        ("text", b"\xff", "not UTF-8"),
    ],
    ids=range(9),
)
def test_what_can_not_be_read(server: Server, form: str, body: bytes, said: str) -> None:
    server.body = body
    with pytest.raises(AskError, match=said):
        ask_url(server.url, form)


@pytest.mark.parametrize("form", ["csv", "json", "text"])
def test_a_reply_that_is_cut_is_no_answer(server: Server, form: str) -> None:
    server.body = b"[72500,72501]" if form == "json" else b"72500\n72501\n"
    server.length = len(server.body) + 6
    assert isinstance(ask_url(server.url, form), NoAnswer)


@pytest.mark.parametrize("form", ["csv", "text"])
def test_a_reply_without_an_end_is_no_answer(server: Server, form: str) -> None:
    server.body, server.length = b"run\n72500\n", None
    found = ask_url(server.url, form)
    assert isinstance(found, NoAnswer)
    assert "where its reply ends" in found.why
    server.body = b"[1]"
    assert ask_url(server.url, "json") == Answer((), ((1,),))


def test_what_is_as_it_was_is_not_sent_again(server: Server) -> None:
    server.body, server.headers = b"72500\n", {"ETag": '"one"'}
    found = ask_url(server.url, "text")
    assert found == Answer((), ((72500,),), mark='"one"')
    assert ask_url(server.url, "text", mark='"one"') == Answer((), (), same=True, mark='"one"')
    server.headers = {"ETag": '"two"'}
    assert ask_url(server.url, "text", mark='"one"') == Answer((), ((72500,),), mark='"two"')
    server.status = 304
    with pytest.raises(AskError, match="304"):
        ask_url(server.url, "text")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, "silent"),
        (503, "silent"),
        (429, "silent"),
        (404, "404"),
        (401, "401"),
        (301, "leads on to https://x/y"),
    ],
)
def test_other_answers(server: Server, status: int, outcome: str) -> None:
    server.status, server.body = status, b"1\n"
    server.headers = {"Location": "https://x/y"} if status == 301 else {}
    if outcome == "silent":
        assert isinstance(ask_url(server.url, "text"), NoAnswer)
        return
    with pytest.raises(AskError, match=outcome):
        ask_url(server.url, "text")


def test_a_token_goes_to_safe_places_only(server: Server) -> None:
    server.body = b"1\n"
    assert ask_url(server.url, "text", token=SENT) == Answer((), ((1,),))
    assert server.asked[0]["authorization"] == "Bearer " + SENT
    with pytest.raises(AskError, match="https only") as told:
        ask_url("http://runs.example.org/x", "text", token=SENT)
    assert SENT not in str(told.value)


def test_bounds(server: Server) -> None:
    server.body = b"1\n2\n3\n"
    with pytest.raises(AskError, match="more than 2 rows"):
        ask_url(server.url, "text", most=2)


def test_nobody_answers(server: Server) -> None:
    found = ask_url("http://127.0.0.1:1/x?key=hunter2", "text")
    assert isinstance(found, NoAnswer)
    assert "hunter2" not in found.why
    assert isinstance(ask_url("https://no such host/", "text"), NoAnswer)
