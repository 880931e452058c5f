"""DP0.2: from what became of step1 come the rescues from which come the 17 files that were run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.group import Group, SentGroup, SentGroups
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.policy import Remedy
from cmcompile.model.source import plain
from cmcompile.rescue.case import Proposal
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.make import make
from cmcompile.rescue.quanta import Cure
from cmcompile.rescue.recovery import recoveries
from cmcompile.spec.edit.insert import add_item, add_key
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[2]
PATH = "campaigns/dp02/campaign.yaml"
DATA = Path(__file__).with_name("dp02_step1.yaml")


class Edited:
    """The repository, with another spec of DP0.2."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._tree = WorkingTree(ROOT)

    def read(self, path: str) -> bytes:
        return self._text if path == PATH else self._tree.read(path)

    def exists(self, path: str) -> bool:
        return self._tree.exists(path)


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DATA.read_text())
    return found


@pytest.fixture(scope="module")
def unrescued(data: dict[str, Any]) -> bytes:
    """Return the spec of DP0.2 without its rescues, and with the recovery of step1."""
    lines = (ROOT / PATH).read_text().splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith("    rescues:"))
    end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith("      "))
    text = "".join([*lines[:start], *lines[end:]]).encode()
    lists = [text[: text.index(b"    accept: {failed: 1%")], text[text.index(b"    accept: {failed: 1%") :]]
    ways = yaml.safe_dump({"recovery": data["recovery"]}, width=200)
    return lists[0] + "".join(f"    {line}\n" for line in ways.splitlines()).encode() + lists[1]


def compiled(text: bytes) -> Compilation:
    spec, findings = load(Edited(text), PATH)
    assert spec is not None, [f.message for f in findings]
    plain_result = compile_spec(spec)
    sent = {
        ("step1", g.id): SentGroup("step1", g.id, {p.axis: (p.key, p.ids) for p in g.parts}, {}, "")
        for g in plain_result.steps["step1"].first
    }
    result = compile_spec(spec, SentGroups(sent))
    assert not result.failed, [f.message for f in result.findings if f.allowed is None]
    return result


def told(data: dict[str, Any], group: Group) -> Told:
    """Return what became of a group of step1."""
    detector, exposure = group.parts
    counts = data["failed"][int(exposure.key)][int(detector.key)]
    ill, order = data["quarantined"], data["tasks"]
    failures: dict[Quantum, Failure] = {}
    cures: dict[Quantum, Cure] = {}
    pairs = [
        (detector.ids[n % len(detector.ids)], exposure.ids[(n * 11) % len(exposure.ids)])
        for n in range(sum(counts.values()) + 9)
    ]
    places = iter(dict.fromkeys(p for p in pairs if p[1] != ill["exposure"]))

    def fail(task: str, det: int | str, exp: int | str, fault: Fault) -> Quantum:
        dim = data["by"].get(task, "visit")
        ids = {"detector": det, dim: exp, "instrument": "LSSTCam-imSim"}
        quantum = Quantum(task, ", ".join(f"{n}={ids[n]}" for n in sorted(ids)))
        failures[quantum] = Failure(quantum, fault)
        return quantum

    def chain(task: str, det: int | str, exp: int | str) -> Quantum:
        for later in order[order.index(task) + 1 :]:
            fail(later, det, exp, Fault.BLOCKED)
        return fail(task, det, exp, Fault.FAILED)

    for task, count in counts.items():
        for _ in range(count):
            chain(task, *next(places))
    if group.id in ill["groups"]:
        for det in detector.ids:
            quantum = chain("isr", det, ill["exposure"])
            cures[quantum] = Cure(Remedy.QUARANTINE, ticket=ill["ticket"])
    tasks = tuple(TaskOutcome(task, 10**6, 0) for task in order)
    return Told(Outcome(tasks, tuple(failures.values())), cures)


def rescued(data: dict[str, Any], text: bytes) -> tuple[Proposal, bytes]:
    result = compiled(text)
    outcomes = {group.id: told(data, group) for group in result.steps["step1"].first}
    step = Step(result, "step1", outcomes)
    found = make(step.ground(), step.cases(outcomes), recoveries(step.step))
    for one in found.excludes:
        text = add_item(PATH, text, "exclude", one)
    for entry in found.entries:
        text = add_key(PATH, text, ("steps", "step1", "rescues"), entry.name, entry.body)
    return found, text


@pytest.fixture(scope="module")
def first(data: dict[str, Any], unrescued: bytes) -> tuple[Proposal, bytes]:
    return rescued(data, unrescued)


def test_the_outcomes_are_described_in_few_lines() -> None:
    assert len(DATA.read_text().splitlines()) <= 60


def test_the_page_shows_the_recovery(data: dict[str, Any]) -> None:
    page = (ROOT / "docs/rescues.md").read_text()
    shown = [yaml.safe_load(block.partition("```")[0]) for block in page.split("```yaml\n")[1:]]
    assert shown[-1]["recovery"] == data["recovery"]


def test_the_files_that_were_run_come_from_the_outcomes(
    first: tuple[Proposal, bytes], tmp_path: Path
) -> None:
    found, text = first
    assert [(e.name, e.workflows, e.beside) for e in found.entries] == [("rescue", 11, 0), ("halves", 6, 0)]
    result = compiled(text)
    files = {g.path: g.data for g in result.groups} | {p: f.data for p, f in result.includes.items()}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    known = ROOT / "campaigns/dp02/as-run.json"
    done = subprocess.run(
        [sys.executable, ROOT / "demo/as_run.py", tmp_path, known],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "step1_rescue" in done.stdout
    assert done.stdout.count("equal to what was run") == 5


def test_the_entries_say_what_was_written_by_hand(first: tuple[Proposal, bytes]) -> None:
    found, _ = first
    assert found.excludes == ()
    assert {e.name: (e.body["groups"], e.body["split"]) for e in found.entries} == {
        "rescue": ({"exposure": ["1..10", 14]}, ["exposure"]),
        "halves": ({"exposure": "11..13"}, [{"by": "detector", "count": 2}, "exposure"]),
    }
    repeated = {"groups": {"exposure": 11}, "where": "exposure!=1145348", "because": "corrupt raw"}
    assert found.entries[1].body["overrides"] == [repeated]


def test_a_second_time_nothing_is_added_and_comments_stay(
    data: dict[str, Any], unrescued: bytes, first: tuple[Proposal, bytes]
) -> None:
    text = first[1]
    again, same = rescued(data, text)
    assert (again.entries, again.excludes) == ((), ())
    assert same == text
    kept = [line for line in unrescued.splitlines() if b"#" in line]
    assert [line for line in text.splitlines() if b"#" in line] == kept


def test_without_the_recovery_each_group_has_its_own(data: dict[str, Any], unrescued: bytes) -> None:
    lines = unrescued.decode().split("    recovery:\n")
    rest = lines[1][lines[1].index("    accept: {failed: 1%") :]
    found, text = rescued(data, (lines[0] + rest).encode())
    assert [(e.name, e.workflows) for e in found.entries] == [("rescue", 42)]
    spec, _ = load(Edited(text), PATH)
    assert spec is not None
    step = spec.step("step1")
    assert step is not None
    lone = next(g for g in compiled(text).groups if g.group.id == "rescue.1-11")
    assert lone.where.count("exposure!=1145348") == 1
    other = next(g for g in compiled(text).groups if g.group.id == "rescue.2-11")
    assert other.where.endswith(" and exposure!=1145348")
    assert plain(step.rescues[0].layer.body)["file"] == "step1/${{ group.id }}.yaml"  # type: ignore[index]
