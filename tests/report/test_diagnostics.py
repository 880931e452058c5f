"""Findings in every format; the snapshots hold one rendering per file, to be read by eye."""

from __future__ import annotations

import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from cmcompile.model.codes import all_codes
from cmcompile.model.diagnostic import Code, Diagnostic, Related, Severity
from cmcompile.model.source import Span
from cmcompile.report.diagnostics import FORMATS, Format, render
from cmcompile.version import VERSION

UNKNOWN_KEY = Code("CM901", Severity.ERROR, "key that nothing knows")
LEAK = Code("CM902", Severity.ERROR, "id that no group should take")
HIDDEN = Code("CM903", Severity.WARNING, "clause that is hidden")
REMARK = Code("CM904", Severity.NOTE, "reason that is not given")
CODES = {c.name: c for c in (UNKNOWN_KEY, LEAK, HIDDEN, REMARK)}

SPEC = "campaigns/dp1, naïve/campaign.yaml"
LINES = {
    (SPEC, 3): "cmcompile: 1",
    (SPEC, 12): "    requestMemroy: 4096",
    (SPEC, 14): "\tπ: 日本語 x",
    (SPEC, 20): "  where: " + "visit > 0 and " * 12 + "tract = 4849" + " and visit > 0" * 6,
}

FINDINGS = (
    Diagnostic(
        UNKNOWN_KEY,
        "no key is called `requestMemroy`",
        "write `requestMemory`",
        Span(SPEC, 12, 5),
        (
            Related(Span("campaigns/library/nightly.yaml", 4, 3), "the other keys are set here"),
            Related(Span(SPEC, 3, 1), "this major version of the language"),
        ),
        scope="step1",
    ),
    Diagnostic(
        LEAK, "100% of 3 ids are taken twice:\n  1, 2\n  3", "cut: once, or\nnot at all", Span(SPEC, 14, 8)
    ),
    Diagnostic(HIDDEN, "a clause is hidden", "", Span(SPEC, 20, 178), allowed="the list is made by hand"),
    Diagnostic(HIDDEN, "a clause is hidden by \x1b[31m\u202e`payload.dataQuery`", "", Span(SPEC, 20, 178)),
    Diagnostic(REMARK, "no campaign has a reason", "say why"),
    Diagnostic(REMARK, "the line is not known", "", Span("lists/visits.txt", 400, 1), allowed="old"),
)


class _TextFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def source_line(span: Span) -> str | None:
    return LINES.get((span.file, span.line))


def docs_url(code: Code) -> str:
    return f"https://docs.invalid/{code.name}"


def rendered(format: Format, *findings: Diagnostic, **options: Any) -> str:  # noqa: A002
    options = {"docs_url": docs_url, "source_line": source_line, "codes": CODES, **options}
    return render(findings or FINDINGS, format, **options)


def sarif_run(*findings: Diagnostic, **options: Any) -> dict[str, Any]:
    log = json.loads(rendered("sarif", *findings, **options))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@pytest.fixture
def text_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(_TextFile)


@pytest.mark.parametrize("format_", FORMATS)
def test_each_format_looks_as_reviewed(format_: Format, text_file: SnapshotAssertion) -> None:
    assert rendered(format_).replace(VERSION, "0.0.0") == text_file


def test_text_with_allowed_and_colour_looks_as_reviewed(text_file: SnapshotAssertion) -> None:
    text = rendered("text", colour=True, show_allowed=True)
    assert text.replace("\x1b", "<ESC>") == text_file


@pytest.mark.parametrize("format_", FORMATS)
def test_the_order_of_findings_does_not_matter(format_: Format) -> None:
    assert rendered(format_, *reversed(FINDINGS)) == rendered(format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_found_is_a_document_too(format_: Format) -> None:
    text = render((), format_, docs_url=docs_url)
    assert text.endswith("\n")
    if format_ in ("text", "github"):
        assert text == "no findings\n"


def test_the_caret_stands_under_the_column() -> None:
    head, line, caret, summary = rendered("text", Diagnostic(LEAK, "m", span=Span(SPEC, 14, 8))).splitlines()
    assert head == f"{SPEC}:14:8: error CM902: m"
    assert line == " 14 |     π: 日本語 x"
    # A tab is four cells wide and each of three wide characters two: the eighth character is the blank.
    assert caret == "    |" + " " * 14 + "^"
    assert summary == "1 error"


def test_a_column_past_the_end_of_the_line_points_after_it() -> None:
    caret = rendered("text", Diagnostic(LEAK, "m", span=Span(SPEC, 3, 99))).splitlines()[2]
    assert caret == "   | " + " " * len("cmcompile: 1") + "^"


def test_a_long_line_is_cut_around_the_column() -> None:
    _, line, caret, _ = rendered("text", Diagnostic(LEAK, "m", span=Span(SPEC, 20, 178))).splitlines()
    assert len(line) < 130
    assert line[caret.index("^") :].startswith("tract = 4849")


def test_a_column_past_the_end_of_a_long_line_shows_its_end() -> None:
    _, line, caret, _ = rendered("text", Diagnostic(LEAK, "m", span=Span(SPEC, 20, 999))).splitlines()
    assert line.endswith("and visit > 0")
    assert caret.index("^") == len(line)


def test_text_from_a_file_cannot_drive_the_terminal() -> None:
    text = render(FINDINGS, "text", docs_url=docs_url, source_line=lambda _: "a\x1b[2Jb\u202e\x85")
    assert not {"\x1b", "\u202e", "\x85"} & set(text)
    assert not {"\x1b", "\u202e"} & set(rendered("github"))
    assert "a\\x1b[2Jb\\u202e\\x85" in text


def test_github_escapes_what_ends_a_command_or_a_property() -> None:
    span = Span("a:b,c%d\r\n.yaml", 1, 2)
    line = rendered("github", Diagnostic(LEAK, "50%: a, b\r\nc", "say: so", span)).splitlines()[0]
    assert line == (
        "::error file=a%3Ab%2Cc%25d%0D%0A.yaml,line=1,col=2,title=CM902::50%25: a, b%0Ac%0Asay: so"
    )


def test_github_says_how_many_annotations_it_would_drop() -> None:
    many = tuple(Diagnostic(LEAK, f"finding {n}", span=Span(SPEC, n, 1)) for n in range(1, 13))
    lines = rendered("github", *many).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == 10
    assert commands[-1] == "::error title=cmcompile::3 more of this kind are in the log of this step"
    assert lines[-2] == f"{SPEC}:12:1: error CM902: finding 12"
    assert lines[-1] == "12 errors"


def test_sarif_lists_every_code_as_a_rule() -> None:
    rules = sarif_run(codes=None)["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {*all_codes(), *CODES}
    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["helpUri"] == f"https://docs.invalid/{rule['id']}"
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")


def test_sarif_has_no_relative_help_uri() -> None:
    rules = sarif_run(docs_url=lambda code: f"docs/{code.name}.md")["tool"]["driver"]["rules"]
    assert not any("helpUri" in rule for rule in rules)
    assert "docs/CM901.md" in rules[0]["help"]["text"]


def test_sarif_has_what_its_schema_requires() -> None:
    run = sarif_run()
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"]["driver"]["name"] == "cmcompile"
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(FINDINGS)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        for place in (*result.get("locations", ()), *result.get("relatedLocations", ())):
            physical = place["physicalLocation"]
            assert physical["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
            assert " " not in physical["artifactLocation"]["uri"]
            assert physical["region"]["startLine"] >= 1
            assert physical["region"]["startColumn"] >= 1


def test_sarif_suppresses_allowed_findings_and_only_those() -> None:
    results = sarif_run()["results"]
    found = {result["message"]["text"]: result["suppressions"] for result in results}
    assert found["the line is not known"] == [
        {"kind": "external", "status": "accepted", "justification": "old"}
    ]
    assert sum(bool(s) for s in found.values()) == 2


def test_json_keeps_every_field() -> None:
    document = json.loads(rendered("json"))
    assert document["format"] == 1
    assert document["summary"] == {"error": 2, "warning": 1, "note": 1, "allowed": 2}
    by_message = {f["message"]: f for f in document["findings"]}
    assert by_message["no key is called `requestMemroy`"] == {
        "code": "CM901",
        "severity": "error",
        "message": "no key is called `requestMemroy`",
        "hint": "write `requestMemory`",
        "file": SPEC,
        "line": 12,
        "column": 5,
        "related": [
            {
                "file": "campaigns/library/nightly.yaml",
                "line": 4,
                "column": 3,
                "message": "the other keys are set here",
            },
            {"file": SPEC, "line": 3, "column": 1, "message": "this major version of the language"},
        ],
        "scope": "step1",
        "allowed": None,
        "docs": "https://docs.invalid/CM901",
    }
    assert by_message["no campaign has a reason"]["file"] is None
    assert by_message["the line is not known"]["allowed"] == "old"


@pytest.mark.parametrize(
    ("count", "summary"), [(1, "1 warning; 1 allowed (shown by --show-allowed)"), (0, "1 warning")]
)
def test_the_summary_counts_allowed_findings_apart(count: int, summary: str) -> None:
    allowed = [Diagnostic(LEAK, str(n), allowed="why") for n in range(count)]
    text = rendered("text", Diagnostic(HIDDEN, "m"), *allowed)
    assert text.splitlines()[-1] == summary


def test_only_allowed_findings_are_no_findings() -> None:
    text = rendered("text", Diagnostic(LEAK, "m", allowed="why"))
    assert text == "no findings; 1 allowed (shown by --show-allowed)\n"
