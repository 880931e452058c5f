"""Reading policy files: strict, with positions, and no rule for what nobody knows."""

from __future__ import annotations

from fractions import Fraction
from textwrap import dedent

import pytest

from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.policy import Budgets, FailureClass, Remedy
from cmcompile.model.source import Span
from cmcompile.spec.policies import policy_paths, read_policy

HEAD = "cmcompile: 1\nrules:\n"
GOOD = "- {name: a, match: {message: database is locked}, class: transient, action: retry, because: x}\n"


class One:
    """A repository of one file."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()

    def read(self, path: str) -> bytes:
        if path != "p.yaml":
            raise SourceError(path, "absent", "does not exist")
        return self._data

    def exists(self, path: str) -> bool:
        return path == "p.yaml"


def told(text: str) -> list[str]:
    findings = Findings()
    found = read_policy(One(text), "p.yaml", findings)
    errors = [f for f in findings.sorted() if f.severity.value == "error"]
    assert (found is None) is bool(errors)
    return [f"{f.span} {f.code.name} {f.message}" for f in findings.sorted()]


def test_all_of_a_file_is_read() -> None:
    findings = Findings()
    text = dedent("""\
        cmcompile: 1
        about: x
        budgets:
          group: {retries: 3, rescues: 0}
          step: {retries: 7, failed: 12.5%}
          tasks: {isr: 1%, "cal*": 100%}
        rules:
        - name: a
          match: {source: [pilot, ddm], code: [137, -9], task: "is*", message: '\\bx\\b', site: "S*"}
          class: memory
          action: more_memory
          times: 1.5
          cap: 8000
          because: "y"
        - {name: b, match: {message: x y}, class: input, action: quarantine, ticket: DM-1, because: zz}
        - {name: c, match: {message: y z}, class: expected, action: accept, within: 0.5%, because: zz}
        """)
    found = read_policy(One(text), "p.yaml", findings)
    assert findings.sorted() == ()
    assert found is not None
    first, second, third = found.rules
    assert (first.sources, first.codes, first.task, first.site) == (("pilot", "ddm"), (137, -9), "is*", "S*")
    assert (first.kind, first.remedy, first.times, first.cap) == (
        FailureClass.MEMORY,
        Remedy.MORE_MEMORY,
        Fraction(3, 2),
        8000,
    )
    assert first.span == Span("p.yaml", 8, 3)
    assert (second.ticket, third.within) == ("DM-1", Fraction(1, 200))
    tasks = {"isr": Fraction(1, 100), "cal*": Fraction(1)}
    assert found.budgets == Budgets(3, 0, 7, Fraction(1, 8), tasks)


def test_budgets_have_defaults() -> None:
    found = read_policy(One(HEAD + GOOD), "p.yaml", Findings())
    assert found is not None
    assert found.budgets == Budgets(1, 2, None, None, {})


@pytest.mark.parametrize(
    "match",
    [
        "{message: .*}",
        "{message: .}",
        r"{message: '\w+'}",
        r"{message: '\S'}",
        "{message: '[a-zA-Z]'}",
        "{message: '(?s)^.+$'}",
        "{message: 'locked|'}",
        "{source: pilot}",
        "{task: isr}",
        "{site: SLAC}",
        "{task: '*'}",
        "{source: pilot, task: isr, site: SLAC}",
    ],
)
@pytest.mark.parametrize("action", ["retry", "rescue", "avoid_site", "quarantine"])
def test_a_rule_that_would_match_what_nobody_knows_is_an_error(match: str, action: str) -> None:
    found = told(HEAD + f"- {{name: a, match: {match}, class: site, action: {action}, because: x}}\n")
    [line] = found
    assert " CM160 " in line


@pytest.mark.parametrize(
    ("match", "action"),
    [
        ("{source: pilot}", "review"),
        ("{source: pilot}", "hold"),
        ("{task: 'plot*'}", "accept, within: 5%"),
        ("{site: SLAC}", "hold"),
        ("{code: 137}", "retry"),
        ("{message: 'a|b|locked'}", "retry"),
    ],
)
def test_narrow_rules_and_those_that_ask_are_fine(match: str, action: str) -> None:
    assert told(HEAD + f"- {{name: a, match: {match}, class: site, action: {action}, because: x}}\n") == []


@pytest.mark.parametrize("match", ["{task: '*'}", "{task: '**', site: '?*'}", "{message: .*}"])
@pytest.mark.parametrize("action", ["accept, within: 1%", "hold", "review"])
def test_no_action_makes_a_rule_for_everything_good(match: str, action: str) -> None:
    [line] = told(HEAD + f"- {{name: a, match: {match}, class: site, action: {action}, because: x}}\n")
    assert " CM160 " in line


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("match: {message: (x}, class: site, action: hold, because: x", "3:21 CM161 the mess"),
        ("match: {code: 1}, class: site, action: hold, cap: 3, because: x", "3:58 CM161 `cap` bel"),
        ("match: {code: 1}, class: memory, action: more_memory, because: x", "3:46 CM161 rule a n"),
        ("match: {code: 1}, class: expected, action: accept, because: x", "3:48 CM161 rule a n"),
        ("match: {code: 1}, class: site, action: retry, ticket: DM-1, because: x", "3:59 CM161 `ticket`"),
        ("match: {code: 1}, class: odd, action: retry, because: x", "3:"),
        ("match: {code: 1}, class: site, action: retry", "3:"),
        ("match: {}, class: site, action: retry, because: x", "3:"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_stands(rule: str, said: str) -> None:
    found = told(HEAD + f"- {{name: a, {rule}}}\n")
    assert len(found) == 1
    assert found[0].startswith(f"p.yaml:{said}")


def test_rules_of_one_name_and_rules_that_never_count_are_told() -> None:
    assert [line[:17] for line in told(HEAD + GOOD + GOOD)] == ["p.yaml:4:4 CM161 "]
    again = GOOD.replace("name: a", "name: b").replace("message", "code: 3, message")
    assert [line[:18] for line in told(HEAD + GOOD + again)] == ["p.yaml:4:13 CM162 "]
    assert told(HEAD + again + GOOD) == []


def test_a_policy_is_looked_for_beside_the_campaign_and_in_the_library() -> None:
    assert policy_paths("campaigns/dp02/campaign.yaml", "default") == (
        "campaigns/dp02/policies/default.yaml",
        "campaigns/library/policies/default.yaml",
    )


@pytest.mark.parametrize("action", ["rescue", "more_memory, cap: 9", "avoid_site"])
def test_rescues_may_be_written_without_a_person(action: str) -> None:
    rule = f"- {{name: a, match: {{message: x y}}, class: site, action: {action}, because: x"
    for text, directly in ((", directly: true}", True), (", directly: false}", False), ("}", False)):
        findings = Findings()
        found = read_policy(One(f"{HEAD}{rule}{text}\n"), "p.yaml", findings)
        assert found is not None
        assert found.rules[0].directly is directly


@pytest.mark.parametrize("action", ["retry", "quarantine", "accept, within: 1%", "hold", "review"])
@pytest.mark.parametrize("value", ["true", "false"])
def test_nothing_else_is_done_directly(action: str, value: str) -> None:
    rule = (
        f"{{name: a, match: {{message: x y}}, class: site, action: {action}, directly: {value}, because: x}}"
    )
    (said,) = told(f"{HEAD}- {rule}\n")
    assert "CM161 `directly` belongs to actions that make a rescue" in said


def test_directly_is_true_or_false() -> None:
    (said,) = told(HEAD + GOOD.replace("retry", "rescue, directly: 1"))
    assert "`true` or `false`" in said
