"""``cmcompile rescue --from-outcome``: the smallest rescues, from the ledger into campaign.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest
from decide_repository import FAILED, RUNNING, SPEC, ended, git, happened, make, run

from cmcompile.model.event import Body, Observed
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome

FILE = "campaigns/c/campaign.yaml"
POLICY = """\
cmcompile: 1
rules:
- {name: memory, class: memory, match: {message: Killed}, action: more_memory,
   times: 1.5, cap: 6000, because: big}
- {name: corrupt, class: input, match: {message: corrupt}, action: quarantine, ticket: DM-7, because: bad}
- {name: node, class: transient, match: {message: node}, action: rescue, because: it comes and goes}
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make(tmp_path))
    return tmp_path


def rescue(*args: str, code: int = 0) -> str:
    result = run("rescue", "c/step1", "--from-outcome", *args)
    assert result.exit_code == code, result.output
    return result.stdout


def added(repository: Path, spec: str = SPEC) -> str:
    """Return the lines that are new, after checking that all others are as they were."""
    old, new = spec.splitlines(), (repository / FILE).read_text().splitlines()
    rest = iter(old)
    wanted = next(rest, None)
    more = []
    for line in new:
        if line == wanted:
            wanted = next(rest, None)
        else:
            more.append(line)
    assert wanted is None
    return "\n".join(more)


def test_failed_quanta_come_into_one_entry(repository: Path) -> None:
    happened(
        repository, g2=ended("isr tract=2: x", "cal tract=2: waits"), g4=ended("isr tract=4: x"), g5=ended()
    )
    out = rescue()
    assert added(repository) == (
        "    rescues:\n      rescue:\n"
        '        because: "3 quanta without outputs: 2 of isr"\n'
        "        groups: [2, 4]\n        skip_existing_in: prior"
    )
    assert "step1/rescue: 3 quanta to run; 3 quanta without outputs: 2 of isr\n" in out
    assert "  step1/rescue.4 covers 4\n" in out
    assert "git commit -m 'c: rescues of step1: rescue'" in out
    assert run("validate", "--strict").exit_code == 0


def test_a_second_time_nothing_is_written(repository: Path) -> None:
    happened(repository, g2=ended("isr tract=2: x"))
    rescue()
    before = (repository / FILE).read_bytes()
    out = rescue()
    assert "step1/2: rescue.2 covers it and has not ended\n" in out
    assert "nothing is written: step1 needs no rescue that is not there" in out
    assert (repository / FILE).read_bytes() == before


def test_nothing_is_written_in_a_dry_run(repository: Path) -> None:
    happened(repository, g2=ended("isr tract=2: x"))
    out = rescue("--dry-run")
    assert "steps:\n  step1:\n    rescues:\n      rescue:\n" in out
    assert (repository / FILE).read_text() == SPEC


def test_what_runs_is_left_alone(repository: Path) -> None:
    happened(repository, g1=RUNNING, g2=FAILED, g3=ended("isr tract=3: x"))
    out = rescue()
    assert "step1/1: its run has not ended" in out
    assert "step1/2: what became of its quanta is not known" in out
    assert "groups: [3]" in added(repository)


def test_some_groups_with_settings_and_a_reason(repository: Path) -> None:
    happened(repository, g2=ended("isr tract=2: x"), g4=ended("isr tract=4: x"))
    rescue("--groups", "4", "--set", "bps.requestMemory=9000", "-m", "out of memory", "--commit")
    assert added(repository) == (
        "    rescues:\n      rescue:\n        because: out of memory\n        groups: [4]\n"
        "        bps: {requestMemory: 9000}\n        skip_existing_in: prior"
    )
    assert (
        git(repository, "show", "--format=%s|%b", "--no-patch", "HEAD")
        == "c: rescues of step1: rescue|out of memory"
    )


def with_policy(repository: Path, spec: str = SPEC) -> str:
    (repository / "campaigns/library/policies").mkdir(parents=True)
    (repository / "campaigns/library/policies/p.yaml").write_text(POLICY)
    text = spec.replace("campaign: c\n", "campaign: c\npolicy: p\n").replace(
        "  pipelineYaml", "  pipetask: {isr: {requestMemory: 3000}}\n  pipelineYaml", 1
    )
    (repository / FILE).write_text(text)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "policy")
    return text


def test_a_policy_says_what_is_done(repository: Path) -> None:
    spec = with_policy(repository)
    happened(
        repository,
        g1=ended("isr tract=1: Killed", "cal tract=1: waits"),
        g2=ended("isr tract=2, patch=1: node lost", "isr tract=2, patch=2: nobody knows"),
        g3=ended("isr tract=3: corrupt raw", "cal tract=3: waits"),
        g4=ended("isr tract=4: nobody knows"),
    )
    out = rescue(code=3)
    page = (Path(__file__).parents[2] / "docs/rescues.md").read_text()
    assert f"$ cmcompile rescue c/step1 --from-outcome\n{out.strip()}\n```" in page
    text = added(repository, spec)
    assert 'because: "2 quanta without outputs: 1 of isr, with more memory"' in text
    assert "        groups: [1]\n        bps: {pipetask: {isr: {requestMemory: 4500}}}\n" in text
    assert "        groups: [2]\n        where: patch = 1\n" in text
    assert "ticket: DM-7" in text
    assert "exclude: [{tract: 3, steps: [step1], because:" in text
    assert "excluded: tract 3 (DM-7)\n" in out
    assert "step1/3: 2 quanta: in quarantine\n" in out
    assert "step1/4: 1 quantum: needs a person\n" in out
    assert run("validate").exit_code == 0
    before = (repository / FILE).read_bytes()
    rescue(code=3)
    assert (repository / FILE).read_bytes() == before


def test_memory_that_is_used_up_is_for_a_person(repository: Path) -> None:
    with_policy(
        repository,
        SPEC.replace(
            "split: [{by: tract, values: 1..6}]",
            "split: [{by: tract, values: 1..6}]\n    bps: {pipetask: {isr: {requestMemory: 6000}}}",
        ),
    )
    happened(repository, g1=ended("isr tract=1: Killed"))
    out = rescue(code=3)
    assert "step1/1: isr has all the memory that its policy allows" in out
    assert "nothing is written" in out


def test_what_a_policy_sends_again_is_left_to_it(repository: Path) -> None:
    spec = with_policy(repository)
    path = repository / "campaigns/library/policies/p.yaml"
    path.write_text(path.read_text().replace("action: rescue", "action: retry"))
    happened(repository, g2=ended("isr tract=2: node lost"), g3=ended("isr tract=3: Killed"))
    out = rescue("--dry-run")
    assert "step1/2: a policy sends it again\n" in out
    assert "groups: [3]" in out
    assert (repository / FILE).read_text() == spec


def test_what_is_accepted_is_left_alone_unless_it_is_named(repository: Path) -> None:
    spec = SPEC.replace("campaign: c\n", "campaign: c\naccept: {failed: 2%}\n")
    (repository / FILE).write_text(spec)
    happened(repository, g2=ended("isr tract=2: x"))
    assert "step1/2: it has no more failures than are accepted" in rescue()
    assert (repository / FILE).read_text() == spec
    rescue("--groups", "2")
    assert "groups: [2]" in added(repository, spec)


def test_counts_alone_are_rescued_whole_and_never_by_a_policy(repository: Path) -> None:
    happened(repository, g2=ended("isr tract=2: x", complete=False, missing=4))
    rescue()
    assert "9 quanta without outputs: 1 of isr" in added(repository)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("c/step1", "x", "--from-outcome"), 64, "--from-outcome names its rescues"),
        (("c/step1", "--groups", "1"), 64, "name the rescue"),
        (("c/step9", "--from-outcome"), 1, "has no step 'step9'"),
        (("c/step1", "--from-outcome", "--set", "odd=1"), 1, "CM031"),
        (("c/step1", "--from-outcome", "--set", "bps.computeSite=${{ nothing }}"), 1, "CM021"),
    ],
)
def test_what_does_not_validate_is_not_written(
    repository: Path, args: tuple[str, ...], code: int, said: str
) -> None:
    happened(repository, g2=ended("isr tract=2: x"))
    result = run("rescue", *args)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert (repository / FILE).read_bytes() == SPEC.encode()


def test_recoveries_go_in_order(repository: Path) -> None:
    recovery = (
        "    recovery:\n    - {of: failed, name: again}\n"
        "    - {of: missing_outputs, name: lost, bps: {numberOfRetries: 5}}\n"
    )
    split = "    split: [{by: tract, values: 1..6}]\n"
    spec = SPEC.replace(split, split + recovery, 1)
    (repository / FILE).write_text(spec)
    happened(repository, g2=ended("isr tract=2: x", "cal tract=2: waits"), g3=lost("isr tract=3"))
    rescue()
    text = added(repository, spec)
    assert '      again:\n        because: "2 quanta without outputs: 1 of isr"' in text
    assert "      lost:\n" in text
    assert "bps: {numberOfRetries: 5}" in text


def lost(*quanta: str) -> tuple[Body, ...]:
    failures = tuple(Failure(Quantum(*text.split(" ", 1)), Fault.OTHER) for text in quanta)
    return (
        *RUNNING,
        Observed("partial", "FAILED", "17.0", Outcome((TaskOutcome("isr", 9, 8, 0, 0, 1),), failures)),
    )


def test_the_stack_of_the_groups_is_kept(repository: Path) -> None:
    """An override with another release holds for both groups, and a rescue that drops it is told."""
    split = "    split: [{by: tract, values: 1..6}]\n"
    spec = SPEC.replace(
        split,
        split
        + "    vars: {release: new}\n    rescue_defaults: {carry: false}\n"
        + "    overrides: [{groups: [2], vars: {release: old}, because: sent before}]\n",
        1,
    )
    (repository / FILE).write_text(spec)
    happened(repository, g2=ended("isr tract=2: x"), g3=ended("isr tract=3: x"))
    rescue()
    text = added(repository, spec)
    assert "        groups: [2]\n        vars: {release: old}\n" in text
    assert "        groups: [3]\n        skip_existing_in" in text
