"""What the stack, the batch systems and PanDA say, and what the default policy makes of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.cause import Cause
from cmcompile.model.diagnostic import Findings
from cmcompile.model.failures import Sample
from cmcompile.model.policy import FailureClass, Policy
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.policies import read_policy
from cmcompile.spec.samples import said_in, sample_of, samples_in
from cmcompile.state.policy.trying import tried

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def default() -> Policy:
    findings = Findings()
    found = read_policy(WorkingTree(ROOT), "campaigns/library/policies/default.yaml", findings)
    assert findings.sorted() == ()
    assert found is not None
    return found


POLICY = default()
SAMPLES = samples_in("samples.yaml", (HERE / "samples.yaml").read_bytes(), None, "")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name.replace(" ", "-"))
def test_a_sample_is_judged_as_expected(sample: Sample) -> None:
    assert sample.expect
    [found] = tried(POLICY, [sample])
    assert found.wrong == ""
    assert bool(found.matched) is (found.rule is not None)


def test_every_rule_has_a_sample_and_no_sample_goes_astray() -> None:
    by_rule = Counter(found.rule.name for found in tried(POLICY, SAMPLES) if found.rule is not None)
    assert set(by_rule) == {rule.name for rule in POLICY.rules}
    kinds = {found.rule.kind for found in tried(POLICY, SAMPLES) if found.rule is not None}
    assert kinds == set(FailureClass) - {FailureClass.UNKNOWN}


def test_what_is_not_as_expected_is_told() -> None:
    sample = Sample("x", SAMPLES[0].failure, (("class", "site"), ("rule", ""), ("action", "more_memory")))
    [found] = tried(POLICY, [sample])
    assert found.wrong == "class site is expected, and it is memory; rule none is expected, and it is killed"


@pytest.mark.parametrize(
    ("log", "said", "rule"),
    [
        ("mended-on-the-way", "TypeError: bad argument", "python-bug"),
        ("chained", "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked",
         "sqlite-locked"),
        ("no-traceback", None, None),
    ],
)  # fmt: skip
def test_of_a_log_the_last_exception_counts(log: str, said: str | None, rule: str | None) -> None:
    text = (HERE / f"logs/{log}.log").read_text()
    if said is not None:
        assert said_in(text) == said
    [found] = tried(POLICY, samples_in(f"{log}.log", text.encode(), None, ""))
    assert (found.rule.name if found.rule else None) == rule


@given(
    st.text(max_size=40),
    st.none() | st.builds(Cause, st.sampled_from(["pilot", "transform", "ddm"]), st.integers(1, 19)),
)
def test_what_nobody_knows_matches_nothing(message: str, cause: Cause | None) -> None:
    [found] = tried(POLICY, [sample_of("x", message, cause, "isr")])
    assert found.rule is None
