"""Reviews as pages: their size, their counts, and texts that want to be more than text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pages import controls
from reviews import BASE, EDITS, HEAD, hostile, large

from cmcompile.model.review import MARKER, Review
from cmcompile.report.review import (
    review_annotations,
    review_json,
    review_markdown,
    review_summary,
    review_text,
    statuses,
)
from cmcompile.report.review.as_json import plan_path
from cmcompile.report.screen import Screen

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/review-v1.schema.json").read_text())
WORDS = [
    *(
        "@everyone",
        "#123",
        "GH-1",
        "owner/repo#4",
        "http://evil.test",
        "<img src=x onerror=a()>",
        "</details>",
    ),
    *(
        "<!-- x",
        "-->",
        "--!>",
        "`",
        "```",
        "``",
        "|",
        "\\|",
        "\n",
        "\r",
        "\n::error::x",
        "::set-output name=a::b",
    ),
    *(
        "\x1b[31m",
        "\u202e",
        "\u2028",
        "[a](javascript:x)",
        "![x](http://evil.test)",
        "**b**",
        "$(id)",
        "'",
        '"',
    ),
    *("%0A", "&lt;", "~~~", "# h", "- [ ] x", "a b", "é", "\ud800", "step1", "\x9b", "\x00", "&#64;x", "\\`"),
    *("##[error]", "##"),
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map("".join) | st.text(max_size=40)
#: Tags that the report itself writes.
OURS = {"details", "summary", "code"}


@pytest.mark.parametrize(("actions", "campaigns"), [(50_000, 1), (1_000, 50), (200, 600)])
def test_a_comment_stays_below_its_limit_and_its_counts_are_right(actions: int, campaigns: int) -> None:
    review = large(actions, campaigns)
    began = perf_counter()
    comment = review_markdown(review)
    took = perf_counter() - began
    total = actions * campaigns
    assert len(comment.encode()) < 60_000
    assert f"**{total // 2:,} groups would be altered that were sent already**" in comment
    assert f"{total // 2:,} of {total:,} groups changed, 0 new, 0 gone" in comment
    assert (
        f"{total // 2:,} submissions at the next pass, {total // 2:,} made or changed by this edit" in comment
    )
    assert comment.count("<details>") == comment.count("</details>")
    assert f"### What changes: {EDITS * campaigns:,} edits" in comment
    shown = len(re.findall(r"^\| `campaigns/c\d+/campaign.yaml:\d+` \| `vars", comment, re.M))
    more = re.search(r"_([\d,]+) more; see the artifact_", comment.partition("### What changes")[2])
    assert more is not None
    assert shown + int(more[1].replace(",", "")) == EDITS * campaigns
    assert took < 20
    assert len(review_summary(review).encode()) < 2**20


def test_the_hidden_head_names_commits_and_plans() -> None:
    review = large(4, 60)
    lines = review_markdown(review).splitlines()
    assert lines[0] == f"<!-- {MARKER} head={HEAD} base={BASE} digest={review.digest}"
    assert lines[1].startswith("plan c000 ")
    assert lines[51:53] == ["plans 60", "-->"]


@given(TEXTS)
@example("".join(WORDS))
@example("-->")
@example("")
def test_foreign_text_is_never_markup(text: str) -> None:
    review = hostile(text)
    for page in (review_markdown(review), review_summary(review)):
        assert controls(page) == set()
        assert stray(page) == ""
        assert uneven(page) == []
        bare = [without_code(line) for line in page.splitlines()]
        assert sum(x.startswith("<details>") for x in bare) == bare.count("</details>") == 2
        assert len(page.encode("utf-8", "surrogatepass")) < 60_000


@given(TEXTS)
@example("".join(WORDS))
@example("::error::x")
def test_foreign_text_is_no_command_and_moves_no_cursor(text: str) -> None:
    review = hostile(text)
    lines = review_annotations(review).splitlines()
    assert all(re.match(r"::(error|warning|notice) [^:]*::", line) for line in lines)
    assert len(lines) <= 10
    assert controls(review_annotations(review)) == set()
    shown = review_text(review, Screen(100))
    assert controls(shown) == set()
    for page in (shown, review_json(review, 4)):
        assert not any(line.lstrip().startswith("::") or "##[" in line for line in page.splitlines())


@given(TEXTS)
@example("".join(WORDS))
def test_the_document_is_one_whatever_the_texts(text: str) -> None:
    review = hostile(text)
    document = json.loads(review_json(review, 4))
    Draft202012Validator(SCHEMA).validate(document)
    assert document["digest"] == review.digest
    assert all(len(status.description) <= 140 for status in statuses(review))
    assert re.fullmatch(r"plans/[A-Za-z0-9][A-Za-z0-9._-]*\.json", plan_path(text))


def test_a_fault_is_told_in_all_formats() -> None:
    review = Review("", "", ("@x", "HEAD"), fault="no `main` <b>")
    assert "`` no `main` <b> ``" in review_markdown(review) or "``no `main` <b>``" in review_markdown(review)
    assert "no `main` <b>" in review_text(review, Screen(100))
    assert {status.state for status in statuses(review)} == {"error"}


def stray(page: str) -> str:
    """Return what of a page could be markup, a mention or a link that the report does not write itself."""
    head, end, body = page.partition("\n-->\n")
    if not end or "-->" in head or "--!>" in head:
        return f"the hidden head: {head[-200:]}"
    left = []
    for line in body.splitlines():
        rest, folded = without_code(line), Tags()
        folded.feed(rest)
        folded.close()
        if "<!" in rest or "<?" in rest or folded.tags - OURS:
            return f"tags {folded.tags} in {line}"
        left.append(folded.text)
    text = "\n".join(left)
    for sign in ("@", "http", "](", "::"):
        if sign in text:
            return f"{sign} in {text}"
    return next((line for line in left if re.search(r"#\w|GH-", line)), "")


def uneven(page: str) -> list[str]:
    """Return the rows of tables with another number of cells than the head of their table."""
    found, wanted = [], 0
    for line in page.splitlines():
        bars = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        wanted = bars if not wanted or not bars else wanted
        found += [line] if bars != wanted else []
    return found


class Tags(HTMLParser):
    """Tags of a line, and its text outside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.text += "" if self._code else data


def without_code(line: str) -> str:
    """Return a line without its code spans: as CommonMark has it, a run of backticks to the next such run."""
    out, at = "", 0
    while (found := re.compile("`+").search(line, at)) is not None:
        out += line[at : found.start()]
        fence = found[0]
        end = re.compile(rf"(?<!`){fence}(?!`)").search(line, found.end())
        if end is None:
            out, at = out + fence, found.end()
            continue
        at = end.end()
    return out + line[at:]
