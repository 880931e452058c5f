"""Each kind of mistake in the shape of a spec gives its code, at its place, in our own words."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from cmcompile.model.codes import all_codes
from cmcompile.model.diagnostic import Diagnostic, Findings
from cmcompile.model.source import Mapping
from cmcompile.spec.schema import check
from cmcompile.spec.yaml import read

HEAD = "cmcompile: 1\ncampaign: a\n"
STEP = HEAD + "steps:\n  s:\n"
PAGES = Path(__file__).parents[2] / "docs/diagnostics"
SHAPE = sorted(name for name in all_codes() if "CM030" <= name <= "CM037")


def findings_of(text: str, kind: Literal["campaign", "library"] = "campaign") -> tuple[Diagnostic, ...]:
    findings = Findings()
    node = read("c.yaml", text.encode(), findings)
    assert isinstance(node, Mapping), findings.sorted()
    assert not len(findings), findings.sorted()
    good = check(node, kind, findings)
    assert good is (len(findings) == 0)
    return findings.sorted()


def lines(text: str, kind: Literal["campaign", "library"] = "campaign") -> list[str]:
    return [f"{d.span} {d.code.name} {d.message} | {d.hint}" for d in findings_of(text, kind)]


def only(text: str) -> str:
    found = lines(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "    split: detector\n",
            "c.yaml:5:5 CM030 `steps.s.split` must be a list of axes, not text"
            " | for example `split: [{by: visit, list: visits, size: 400}]`",
        ),
        (
            "    split: [visit]\n",
            "c.yaml:5:13 CM030 `steps.s.split[1]` must be a mapping with the keys of an axis, not text"
            " | for example `split: [{by: visit, list: visits, size: 400}]`",
        ),
        (
            "    bps:\n",
            "c.yaml:5:5 CM030 `steps.s.bps` is empty: it must be a mapping of BPS keys; a key may"
            " end with `+` to"
            " append | write `{}` where there is nothing to say, or take the key out",
        ),
        (
            "    priority: true\n",
            "c.yaml:5:5 CM030 `steps.s.priority` must be a whole number, not `true` or `false`"
            " | for example `priority: 10`",
        ),
        (
            "    split: [{by: visit, size: 1.0}]\n",
            "c.yaml:5:25 CM030 `steps.s.split[1].size` must be a whole number, 1 or more, not a number with a"
            " fraction | for example `size: 400`",
        ),
        (
            "    accept: {failed: 1}\n",
            "c.yaml:5:14 CM030 `steps.s.accept.failed` must be a percentage such as `1%` or `0.5%`,"
            " not a whole"
            " number | for example `failed: 1%`",
        ),
        (
            "    where: {good: 1}\n",
            "c.yaml:5:13 CM030 `steps.s.where.good` must be text, or `null` to delete the clause, not a whole"
            ' number | text that looks like something else needs quotes: `"1"`',
        ),
        (
            "    rescues: {r: {split: [5]}}\n",
            "c.yaml:5:27 CM030 `steps.s.rescues.r.split[1]` must be the name of an axis of the step, or a new"
            " axis, not a whole number | for example `split: [exposure]`",
        ),
        (
            "    splitt: []\n",
            "c.yaml:5:5 CM031 `splitt` is not a key of a step in `steps.s` | did you mean `split`?",
        ),
        (
            "    groups: 3\n",
            "c.yaml:5:5 CM031 `groups` is not a key of a step in `steps.s`"
            " | `groups` is a key of an override and a rescue",
        ),
        (
            "    requestMemory: 3\n",
            "c.yaml:5:5 CM031 `requestMemory` is not a key of a step in `steps.s`"
            " | `requestMemory` is a key of BPS: write it under `bps`",
        ),
        (
            "    inputs+: [a]\n",
            "c.yaml:5:5 CM031 `inputs+` is not a key of a step in `steps.s`"
            " | `+` appends only inside `bps`, `vars` and the lists of `jobs`: write `inputs`",
        ),
        (
            "    limits: {xyz: 3}\n",
            "c.yaml:5:14 CM031 `xyz` is not a key of `limits` in `steps.s.limits`"
            " | the keys of `limits` are: running, submitting, jobs",
        ),
        (
            "    split: [{by: visit, close: {aftr: 2d}}]\n",
            "c.yaml:5:33 CM031 `aftr` is not a key of `close` in `steps.s.split[1].close`"
            " | did you mean `after`?",
        ),
        (
            "    overrides: [{where: x}]\n",
            "c.yaml:5:17 CM032 `groups` is missing in `steps.s.overrides[1]` | for example `groups: 11`",
        ),
        (
            "    extra: {1: {tract: 3}}\n",
            "c.yaml:5:13 CM032 `because` is missing in `steps.s.extra.1`"
            " | for example `because: missing from the list`",
        ),
        (
            "    extra: {1: {because: x}}\n",
            "c.yaml:5:13 CM032 a dimension with ids is missing in `steps.s.extra.1` | ",
        ),
        (
            "    split: [{by: visit, order: descend}]\n",
            "c.yaml:5:25 CM033 `steps.s.split[1].order` must be `ascending` or `descending`, not `descend`"
            " | did you mean `descending`?",
        ),
        (
            "    needs: {step1: alll}\n",
            "c.yaml:5:13 CM033 `steps.s.needs.step1` must be `all`, `same` or `overlap`, not `alll`"
            " | did you mean `all`?",
        ),
        (
            '    needs: "step1\\n"\n',
            'c.yaml:5:5 CM034 `steps.s.needs` must be a step\'s name, or `<step>/<rescue>`, not `"step1\\n"`'
            " | take out the line break at its end: `|` and `>` keep one, `|-` and `>-` do not",
        ),
        (
            "    allow: {CM041: ''}\n",
            "c.yaml:5:13 CM034 `steps.s.allow.CM041` must be a reason in words, not empty text | ",
        ),
        (
            "    rescues: {A.b: {}}\n",
            "c.yaml:5:15 CM034 `A.b` can't be a key in `steps.s.rescues`: it must be a rescue's"
            " name (at most 60 of"
            " `a-z`, `0-9`, `_` and `-`) | ",
        ),
        (
            "    split: [{by: visit, size: 0}]\n",
            "c.yaml:5:25 CM035 `steps.s.split[1].size` must be 1 or more, not 0 | for example `size: 400`",
        ),
        (
            "    overrides: [{groups: []}]\n",
            "c.yaml:5:18 CM035 `steps.s.overrides[1].groups` must not be empty | for example `groups: 11`",
        ),
        (
            "    split: [{by: visit, ranges: [[1, 2, 3]]}]\n",
            "c.yaml:5:34 CM035 `steps.s.split[1].ranges[1]` must have 2 items at most, not 3"
            " | for example `ranges: [[0, 62], [63, 125]]`",
        ),
        (
            "    split: [{by: visit, where: {a: x, b: w}}]\n",
            "c.yaml:5:25 CM035 `steps.s.split[1].where` must have 1 key at most, not 2"
            " | for example `where: exposure>=${{ lo }} and exposure<=${{ hi }}`",
        ),
        (
            "    needs: ${{ before }}\n",
            "c.yaml:5:5 CM026 `${{ }}` can't stand in `steps.s.needs`, which must be a step's name, or"
            " `<step>/<rescue>` | write the value itself: what groups there are is fixed before anything is"
            " worked out",
        ),
    ],
)
def test_a_mistake_in_a_step(body: str, expected: str) -> None:
    assert only(STEP + body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "cmcompile: 2\ncampaign: a\nsteps: {}\n",
            "c.yaml:1:1 CM036 the file is written in version 2 of the language, and this cmcompile"
            " reads version"
            " 1 | install a cmcompile that reads it, or write `cmcompile: 1`",
        ),
        (
            "cmcompile: 1\ncampaign: 20250423\nsteps: {}\n",
            "c.yaml:2:1 CM030 `campaign` must be a campaign's name (letters, digits, `_`, `-`, and"
            " `.` between"
            ' them), not a whole number | text that looks like something else needs quotes: `"20250423"`',
        ),
        (
            "cmcompile: 1\nsteps: {}\n",
            "c.yaml:1:1 CM032 `campaign` is missing at the top of the file | for example `campaign: dp02`",
        ),
        (
            HEAD,
            "c.yaml:1:1 CM032 `steps` or `extends` is missing at the top of the file | for example `steps:"
            " {step1: {split: [{by: visit, list: visits, size: 400}]}, step2: {needs: {step1: same}}}`",
        ),
        (
            HEAD + "steps:\n  2nd: {}\n",
            "c.yaml:4:3 CM034 `2nd` can't be a key in `steps`: it must be a step's name (a letter,"
            " then letters,"
            " digits, `_` or `-`) | ",
        ),
        (
            HEAD + "steps:\n  s:\n",
            "c.yaml:4:3 CM030 `steps.s` is empty: it must be a mapping with the keys of a step"
            " | write `{}` where there is nothing to say, or take the key out",
        ),
        (
            HEAD + "extends: a.yaml\ndue: 2026-13-01\n",
            "c.yaml:4:1 CM034 `due` must be a date such as 2026-12-31, not `2026-13-01`"
            " | for example `due: 2026-12-31`",
        ),
        (
            HEAD + "extends: [a.yaml, b.yaml, a.yaml]\n",
            "c.yaml:3:27 CM037 `extends` has `a.yaml` twice | take one of them out",
        ),
        (
            HEAD + "steps: {}\nexclude:\n- {visit: 3, becuase: x}\n",
            "c.yaml:5:3 CM032 `because` is missing in `exclude[1]`"
            " | did you mean `because` where `becuase` stands?",
        ),
        (
            HEAD + "steps: {}\nexclude:\n- {file: a.txt, because: x}\n",
            "c.yaml:5:3 CM032 `by`, which `file` needs, is missing in `exclude[1]` | for example `by: visit`",
        ),
        (
            HEAD + "steps: {}\nexclude:\n- {because: x, until: 2026-12-31}\n",
            "c.yaml:5:3 CM032 a dimension with ids (or `file` and `by`) is missing in `exclude[1]` | ",
        ),
        (
            HEAD + "steps: {}\nlists: {l: {fil: a.txt}}\n",
            "c.yaml:4:13 CM031 `fil` is not a key of a list in `lists.l` | did you mean `file`?",
        ),
        (
            HEAD + "steps: {}\noverrides: []\n",
            "c.yaml:4:1 CM031 `overrides` is not a key of a campaign | `overrides` is a key of a"
            " rescue and a step",
        ),
    ],
)
def test_a_mistake_at_the_top(text: str, expected: str) -> None:
    assert only(text) == expected


def test_several_mistakes_are_all_found() -> None:
    found = findings_of(STEP + "    splitt: []\n    groups: 3\n    priority: high\n")
    assert [(d.code.name, d.span.line if d.span else 0) for d in found] == [
        ("CM031", 5),
        ("CM031", 6),
        ("CM030", 7),
    ]


def test_a_library_file_has_no_name_of_a_campaign_and_needs_no_key() -> None:
    assert lines("{}\n", "library") == []
    assert lines("campaign: a\n", "library") == [
        "c.yaml:1:1 CM031 `campaign` is not a key of a library file | `campaign` is a key of a campaign"
    ]


def test_a_mistake_in_a_library_file_is_found_through_the_shared_definitions() -> None:
    assert lines("sites: {usdf: {limits: {running: many}}}\n", "library") == [
        "c.yaml:1:25 CM030 `sites.usdf.limits.running` must be a whole number, 1 or more, not text"
        " | for example `running: 40`"
    ]


@pytest.mark.parametrize("value", ["TOKEN=hunter2", "hunter2-", "5hunter2"])
def test_what_stands_where_the_name_of_a_secret_should_is_not_shown(value: str) -> None:
    found = only(HEAD + f"steps: {{}}\nenvironments: {{w: {{secrets: [{value}]}}}}\n")
    assert found.startswith(
        "c.yaml:4:30 CM034 `environments.w.secrets[1]` must be the name of an environment"
    )
    assert "hunter2" not in found


def test_a_value_of_the_environment_is_not_shown() -> None:
    found = only(HEAD + "steps: {}\nenvironments: {w: {env: {PASSWORD: 12345.5}}}\n")
    assert "CM030" in found
    assert "12345" not in found


def test_a_long_or_odd_value_stays_on_one_line() -> None:
    found = only(HEAD + f'steps: {{}}\nproduction: "a\\n{"b" * 200}"\n')
    assert "\n" not in found
    assert len(found) < 250


@pytest.mark.parametrize(
    "body",
    [
        'vars: {"a\\n": 1}',
        'site: "usdf\\n"',
        'environment: "w\\n"',
        'ticket: "DM-1\\n"',
        'production: "x\\n"',
        'due: "2026-12-31\\n"',
        'collect: "a/b\\n"',
        'inputs: ["a\\n"]',
        'extends: "a.yaml\\n"',
        'bps: {"a\\n": 1}',
        'links: {"a\\n": x}',
        'lists: {l: {file: "a.txt\\n"}}',
        'lists: {l: {file: a.txt, columns: ["a\\n"]}}',
        'exclude: [{visit: "1..3\\n", because: x}]',
        'pause: [{from: "2026-01-05\\n"}]',
        'accept: {failed: "1%\\n"}',
        'allow: {"CM041\\n": x}',
        'steps: {"s\\n": {}}',
        'steps: {s: {needs: ["a\\n"]}}',
        'steps: {s: {needs: {"a\\n": all}}}',
        'steps: {s: {file: "a.yaml\\n"}}',
        'steps: {s: {split: [{by: "visit\\n"}]}}',
        'steps: {s: {split: [{name: "pixel\\n"}]}}',
        'steps: {s: {split: [{by: visit, values: "1..3\\n"}]}}',
        'steps: {s: {split: [{by: visit, window: "7d\\n"}]}}',
        'steps: {s: {extra: {"1\\n": {tract: 1, because: x}}}}',
        'steps: {s: {rescues: {"r\\n": {}}}}',
        'steps: {s: {overrides: [{groups: "1..3\\n"}]}}',
        'environments: {w: {secrets: ["A\\n"]}}',
        'environments: {w: {env: {"A\\n": x}}}',
    ],
)
def test_a_line_break_at_the_end_of_a_name_is_refused(body: str) -> None:
    found = findings_of(body + "\n", "library")
    assert [d.code.name for d in found] == ["CM034"], found
    assert "line break" in found[0].hint


def test_every_shape_code_has_a_test_page() -> None:
    assert [f"CM03{n}" for n in range(8)] == SHAPE


def example(code: str, section: str) -> str:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    text = page.partition(f"## {section}\n")[2].partition("```yaml\n")[2].partition("```")[0]
    needed = {"cmcompile": "cmcompile: 1\n", "campaign": "campaign: a\n", "steps": "steps: {}\n"}
    return text + "".join(line for key, line in needed.items() if f"{key}:" not in text)


@pytest.mark.parametrize("code", SHAPE)
def test_the_examples_of_a_page_are_bad_and_good(code: str) -> None:
    assert code in {d.code.name for d in findings_of(example(code, "Bad"))}
    assert findings_of(example(code, "Good")) == ()
