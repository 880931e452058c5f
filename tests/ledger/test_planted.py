"""Tampering of every kind, planted in real repositories and looked for with ``cmcompile verify``.

Each is found, ends with 1, and the commit that did it is named. What is no tampering is told apart: it ends
with 3, or with 0 where nothing can be known of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result
from ledger_builder import (
    INCLUDE,
    MEMORY,
    SPEC,
    TEXT,
    Builder,
    Planted,
    changed,
    git,
    id_of,
    ledger_json,
    make_specs,
    with_spec,
)

from cmcompile.cli.main import cli
from cmcompile.ledger.approvals import encode, named, named_withdrawal, path_of
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.named import document_digest
from cmcompile.ledger.verify import Made
from cmcompile.ledger.verify import verify as proven
from cmcompile.model.approval import BY_HAND, Approval, Covered, Withdrawal
from cmcompile.model.as_run import as_run_digest
from cmcompile.model.event import Observed, Prepared, Submitted
from cmcompile.state.fold import LedgerFolding

SEEN = "refs/cmcompile/local/cm/c"
#: A rescue of two groups, and an id that is left out.
RESCUED = TEXT.replace(
    "size: 10}]", "size: 10}]\n    rescues: {again: {groups: [1, 2], because: out of memory}}"
).replace("inputs:", "exclude: [{visit: [3], because: corrupt}]\ninputs:")
#: Two people must approve, and not its author.
REVIEWED = TEXT.replace("steps:", "review: {approvals: 2, not_author: true}\nsteps:")
PLAN = {"format": 1, "kind": "plan", "campaign": "c", "stages": []}


@dataclass(slots=True)
class World:
    """A repository that is its own remote, its spec commits by name, and a ledger that is being written."""

    root: Path
    specs: dict[str, str]
    ledger: Builder
    one: Planted
    two: Planted

    def last(self, files: dict[str, bytes | None]) -> int:
        """Add a commit; return its place."""
        self.ledger.commits.append(files)
        return len(self.ledger.commits) - 1

    def submit(self, made: Planted) -> int:
        """Record a third submission; return the place of the commit with its claim and files."""
        at = len(self.ledger.commits)
        self.ledger.record(made)
        return at

    def third(self, spec: str = "first", group: str = "3") -> Planted:
        return self.ledger.make(group, self.specs[spec])

    def publish(self) -> list[str]:
        """Write the branch as if no other had ever been seen here; return its commits."""
        git(self.root, "update-ref", "-d", SEEN)
        return self.ledger.plant()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    root = tmp_path_factory.mktemp("planted") / "repository"
    specs = make_specs(root)
    (root / SPEC).write_text(RESCUED, encoding="utf-8")
    (root / INCLUDE).write_text(MEMORY, encoding="utf-8")
    git(root, "commit", "-q", "-a", "-m", "rescued")
    specs |= {"rescued": git(root, "rev-parse", "HEAD")}
    (root / SPEC).write_text(REVIEWED, encoding="utf-8")
    git(root, "commit", "-q", "-a", "-m", "reviewed")
    return root, specs | {"reviewed": git(root, "rev-parse", "HEAD")}


@pytest.fixture
def world(repository: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> World:
    """Begin a ledger with two submissions that went well: commits 1 to 5, and 6 to 10."""
    root, specs = repository
    monkeypatch.chdir(root)
    ledger = Builder(root, "c").begin()
    return World(root, specs, ledger, ledger.submit("1", specs["first"]), ledger.submit("2", specs["first"]))


def verify(*args: str) -> Result:
    return CliRunner().invoke(cli, ["verify", "c", *args])


Plant: TypeAlias = Callable[[World], int]


def _changed_event(w: World) -> int:
    path, data = next(iter(w.ledger.commits[3].items()))
    return w.last({path: changed(data, child=3)})


def _changed_and_put_back(w: World) -> int:
    path, data = next(iter(w.ledger.commits[4].items()))
    at = w.last({path: changed(data, run_id="9")})
    w.last({path: data})
    return at


def _removed_event(w: World) -> int:
    return w.last({w.one.path(5, "observed"): None})


def _removed_workflow(w: World) -> int:
    return w.last({path: None for files in w.ledger.commits[6:11] for path in files})


def _reordered(w: World) -> int:
    commits = w.ledger.commits
    commits[2], commits[3] = commits[3], commits[2]
    return 3


def _left_out(w: World) -> int:
    del w.ledger.commits[4]
    return 4


def _foreign_file(w: World) -> int:
    return w.last({"notes.txt": b"x\n"})


def _foreign_beside_files(w: World) -> int:
    return w.last({w.one.file("include/more.yaml"): b"a: 1\n"})


def _foreign_event(w: World) -> int:
    extra = w.ledger.event(w.one, Observed("failed", "x"), claim_id="f" * 16)
    return w.last(extra)


def _foreign_gate(w: World) -> int:
    return w.last(w.ledger.event(w.one, Submitted("9", "f" * 16)))


def _corrupted_event(w: World) -> int:
    path, data = w.ledger.commits[8].popitem()
    w.ledger.commits[8] = {path: (data or b"")[:-20]}
    return 8


def _event_twice(w: World) -> int:
    data = w.ledger.commits[5][w.one.path(5, "observed")]
    return w.last({w.one.path(6, "observed"): data})


def _as_run_changed(w: World) -> int:
    return w.last({w.one.file(): b"a: 1\n"})


def _as_run_from_the_start(w: World) -> int:
    made = w.third()
    made.files["submit.yaml"] = made.files["submit.yaml"].replace(b"/repo/main", b"/repo/mine")
    return w.submit(made)


def _as_run_is_not_of_the_gate(w: World) -> int:
    made = w.third()
    gate = replace(w.ledger.gate_of(made), as_run=as_run_digest({"submit.yaml": b"other"}))
    w.submit(made)
    path = made.path(3, "submitting")
    at = next(n for n, files in enumerate(w.ledger.commits) if path in files)
    w.ledger.commits[at] = {path: changed(w.ledger.commits[at][path], as_run=gate.as_run)}
    return at


def _as_run_missing(w: World) -> int:
    made = w.third()
    del made.files["include/memory.yaml"]
    return w.submit(made)


def _other_emit_and_other_files(w: World) -> int:
    """Files that this version can't compile; that they are not those of the gate it can tell."""
    made = w.ledger.make("3", w.specs["first"], emit=0)
    at = w.submit(made)
    w.ledger.commits[at][made.file()] = b"a: 1\n"
    return at + 2


def _include_changed(w: World) -> int:
    made = w.third()
    made.files["include/memory.yaml"] = b"requestMemory: 1\n"
    return w.submit(made)


def _spec_of_another_commit(w: World) -> int:
    return w.submit(with_spec(w.third(), w.specs["other"]))


def _include_of_another_commit(w: World) -> int:
    return w.submit(with_spec(w.third(), w.specs["memory"]))


def _spec_without_the_group(w: World) -> int:
    return w.submit(with_spec(w.third(), w.specs["gone"]))


def _claim_with(key: str, value: object) -> Plant:
    def plant(w: World) -> int:
        made = w.third()
        made.claim = replace(made.claim, **{key: value})  # type: ignore[arg-type]
        return w.submit(made)

    return plant


def _member(**fields: object) -> Plant:
    def plant(w: World) -> int:
        made = w.third()
        member = replace(made.claim.members["visit"], **fields)  # type: ignore[arg-type]
        made.claim = replace(made.claim, members={"visit": member})
        return w.submit(made)

    return plant


def _excludes(w: World) -> int:
    made = w.third("rescued", "1")
    assert made.claim.excluded == {"visit": (3,)}
    made = w.third("rescued", "4")
    made.claim = replace(made.claim, excluded={"visit": (31,)})
    return w.submit(made)


def _covers(w: World) -> int:
    made = w.third("rescued", "again.2")
    assert made.claim.covers == ("2",)
    made.claim = replace(made.claim, covers=())
    return w.submit(made)


def _restart_of_nothing(w: World) -> int:
    return _claim_with("restart", True)(w)


def _gate_of_another_run(w: World) -> int:
    made = w.third()
    gate = replace(w.ledger.gate_of(made), run_name="other")
    w.ledger.commits.append(
        {**w.ledger.event(made, made.claim), **{made.file(name): data for name, data in made.files.items()}}
    )
    w.ledger.commits.append(w.ledger.event(made, Prepared({}, 1)))
    return w.last(w.ledger.event(made, gate))


def _merge(w: World) -> int:
    w.ledger.merges[4] = w.specs["first"]
    return 4


def _ledger_json(w: World) -> int:
    return w.last({"ledger.json": ledger_json("other")})


def _another_campaign(w: World) -> int:
    w.ledger.commits[0] = {"ledger.json": ledger_json("other")}
    return 0


def _document(room: str, change: Callable[[dict[str, object]], object]) -> Plant:
    def plant(w: World) -> int:
        name = document_digest(json.dumps(PLAN).encode())
        document = {**PLAN, "digest": name}
        change(document)
        return w.last({f"{room}/{name}.json": json.dumps(document).encode()})

    return plant


#: name: how it is planted (gives the place of the commit that did it), and the code that must name it.
def _approved(made: Planted, by: str, **changes: object) -> Approval:
    subject = made.subject
    covered = Covered(subject.step, subject.group or "", made.claim.definition)
    one = Approval("", "c", by, BY_HAND, "2026-11-20T08:00:00Z", "0" * 40, "p", "Eve", covers=(covered,))
    return named(replace(one, **changes))  # type: ignore[arg-type]


def _document_of(one: Approval | Withdrawal) -> dict[str, bytes | None]:
    return {path_of(one.digest): encode(one)}


def _withdrawn(one: Approval) -> Withdrawal:
    return named_withdrawal(Withdrawal("", "c", "Bob", "2026-11-20T09:00:00Z", (one.digest,)))


def _approved_by_too_few(*others: Callable[[Planted], Approval]) -> Plant:
    """One approved, and somebody else whose approval does not count, or too late."""

    def plant(w: World) -> int:
        made = w.third("reviewed")
        w.last(_document_of(_approved(made, "Ann")))
        for other in others:
            w.last(_document_of(other(made)))
        at = w.submit(made)
        w.last(_document_of(_approved(made, "Cid")))
        return at

    return plant


def _approval_taken_back_before(w: World) -> int:
    made = w.third("reviewed")
    one, other = _approved(made, "Ann"), _approved(made, "Bob")
    for document in (one, other, _withdrawn(other)):
        w.last(_document_of(document))
    return w.submit(made)


PLANTED: dict[str, tuple[Plant, str]] = {
    "an event is changed": (_changed_event, "CM206"),
    "an event is changed and put back": (_changed_and_put_back, "CM206"),
    "an event is removed": (_removed_event, "CM207"),
    "a whole workflow is removed": (_removed_workflow, "CM207"),
    "events are reordered": (_reordered, "CM208"),
    "an event is left out of a history written anew": (_left_out, "CM209"),
    "a foreign file": (_foreign_file, "CM210"),
    "a foreign file among as-run files": (_foreign_beside_files, "CM210"),
    "an event is there twice": (_event_twice, "CM211"),
    "a corrupted event": (_corrupted_event, "CM212"),
    "an event of a foreign claim": (_foreign_event, "CM213"),
    "a run through a gate that was never passed": (_foreign_gate, "CM213"),
    "as-run bytes are changed": (_as_run_changed, "CM206"),
    "as-run bytes are other from the start": (_as_run_from_the_start, "CM216"),
    "as-run bytes are not those of the gate": (_as_run_is_not_of_the_gate, "CM226"),
    "as-run bytes of another emit are not those of the gate": (_other_emit_and_other_files, "CM226"),
    "an include is missing": (_as_run_missing, "CM218"),
    "an include is changed": (_include_changed, "CM217"),
    "the spec commit is another": (_spec_of_another_commit, "CM216"),
    "the spec commit has another include": (_include_of_another_commit, "CM217"),
    "the spec commit makes no such group": (_spec_without_the_group, "CM219"),
    "the claim has another definition": (_claim_with("definition", "0" * 64), "CM215"),
    "the claim has another run": (_claim_with("run_name", "u_other"), "CM214"),
    "the claim has another prefix": (_claim_with("prefix", "u_"), "CM214"),
    "the claim restarts nothing": (_restart_of_nothing, "CM214"),
    "the claim is said to be adopted": (_claim_with("adopted", True), "CM210"),
    "the gate is for another run": (_gate_of_another_run, "CM214"),
    "the claim is for other ids": (_member(values=(1, 2), count=2), "CM227"),
    "the claim has other ids than its digest": (_member(values=tuple(range(1, 11))), "CM227"),
    "the claim has another key": (_member(key="4"), "CM227"),
    "the claim has no ids": (_claim_with("members", {}), "CM227"),
    "the claim excludes other ids": (_excludes, "CM227"),
    "the claim of a rescue covers nothing": (_covers, "CM227"),
    "a merge": (_merge, "CM205"),
    "ledger.json is changed": (_ledger_json, "CM206"),
    "ledger.json is of another campaign": (_another_campaign, "CM220"),
    "a plan says something else": (_document("plans", lambda d: d.update(campaign="d")), "CM225"),
    "a plan names another digest": (_document("plans", lambda d: d.update(digest="0" * 64)), "CM225"),
    "a submission that one approved": (_approved_by_too_few(), "CM228"),
    "one person approved twice": (
        _approved_by_too_few(lambda m: _approved(m, "ANN", at="2026-11-20T08:00:01Z")),
        "CM228",
    ),
    "the author approved": (_approved_by_too_few(lambda m: _approved(m, "eve")), "CM228"),
    "another definition was approved": (
        _approved_by_too_few(lambda m: _approved(m, "Bob", covers=(Covered("step1", "3", "0" * 64),))),
        "CM228",
    ),
    "another campaign was approved": (
        _approved_by_too_few(lambda m: _approved(m, "Bob", campaign="d")),
        "CM228",
    ),
    "an approval was taken back before": (_approval_taken_back_before, "CM228"),
    "an approval says something else": (_document("approvals", lambda d: d.update(by="Eve")), "CM225"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_found_and_its_commit_named(world: World, name: str) -> None:
    plant, code = PLANTED[name]
    at = plant(world)
    commits = world.publish()
    result = verify("--format", "json")
    assert result.exit_code == 1, result.output
    document = json.loads(result.stdout)
    assert document["verify"]["result"] == "tampered"
    hits = [f["message"] for f in document["findings"] if f["code"] == code]
    assert hits, result.stdout
    assert any(f"commit {commits[at][:12]} (Ann <ann@test.invalid>, 2026-11-" in hit for hit in hits), hits
    text = verify().output
    assert f"error {code}: " in text
    assert commits[at][:12] in text
    assert "TAMPERED" in text


def test_without_any_of_it_the_ledger_is_healthy(world: World) -> None:
    """With rescues, excluded ids, restarts, plans and approvals, so that no check cries wolf."""
    world.submit(world.third())
    for group in ("4", "again.1", "again.2"):
        world.submit(world.third("rescued", group))
    for room in ("plans", "approvals"):
        text = json.dumps({**PLAN, "room": room})
        name = document_digest(text.encode())
        world.last({f"{room}/{name}.json": json.dumps({**json.loads(text), "digest": name}).encode()})
        world.last({f"{room}/{document_digest(b'{}')}.json": b"{}\n"})
    restart = replace(world.one.claim, restart=True)
    world.last(world.ledger.event(world.one, restart, claim_id="e" * 16))
    gate = world.ledger.event(
        world.one, world.ledger.gate_of(replace(world.one, files={})), claim_id="e" * 16
    )
    world.last(gate)
    world.last(world.ledger.event(world.one, Submitted("77", id_of(gate)), claim_id="e" * 16))
    world.publish()
    result = verify()
    assert result.exit_code == 0, result.output
    assert "6 compared" in result.output


def test_what_was_approved_when_it_was_claimed_is_healthy(world: World) -> None:
    reviewed = world.third("reviewed")
    one, other = _approved(reviewed, "Ann"), _approved(reviewed, "Bob")
    for document in (one, other):
        world.last(_document_of(document))
    world.submit(reviewed)
    world.last(_document_of(_withdrawn(other)))
    world.publish()
    result = verify()
    assert result.exit_code == 0, result.output


def test_a_saved_plan_of_cmcompile_has_the_digest_of_its_name() -> None:
    from cmcompile.model.plan import Plan, PlanSource
    from cmcompile.plan.document import plan_digest, to_document

    source = PlanSource("c", "campaigns/ä.yaml", "0" * 40, {}, "", "0.1.0", 1)
    plan = Plan(source, (), "")
    plan = replace(plan, digest=plan_digest(plan))
    text = json.dumps(to_document(plan), indent=1, ensure_ascii=False, sort_keys=True)
    assert document_digest(text.encode()) == plan.digest


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 5000, b'{"a": "\\ud800"}']
)
def test_what_is_no_document(data: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        document_digest(data)


def _emit(w: World) -> None:
    w.ledger.submit("3", w.specs["first"], emit=0)


def _spec_not_there(w: World) -> None:
    w.submit(with_spec(w.third(), "f" * 40))


def _uncommitted(w: World) -> None:
    w.submit(with_spec(w.third(), ""))


def _dirty(w: World) -> None:
    """Other bytes than the commit gives, and the claim says so."""
    made = w.third()
    made.files = {**made.files, "submit.yaml": made.files["submit.yaml"] + b"# edited\n"}
    made.claim = replace(made.claim, spec=replace(made.claim.spec, override="dirty,unpushed"))
    w.submit(made)


def _dirty_on_no_commit(w: World) -> None:
    made = with_spec(w.third(), "f" * 40)
    made.claim = replace(made.claim, spec=replace(made.claim.spec, override="dirty"))
    w.submit(made)


NO_TAMPERING: dict[str, tuple[Callable[[World], None], str]] = {
    "another emit": (_emit, "CM221"),
    "a spec commit that is not there": (_spec_not_there, "CM223"),
    "files that were not committed": (_uncommitted, "CM224"),
    "files that were not committed, on a commit": (_dirty, "CM224"),
    "files that were not committed, on one that is not there": (
        _dirty_on_no_commit,
        "CM224",
    ),
}


@pytest.mark.parametrize("name", NO_TAMPERING)
def test_what_is_no_tampering_is_told_apart(world: World, name: str) -> None:
    plant, code = NO_TAMPERING[name]
    plant(world)
    world.publish()
    result = verify("--format", "json")
    assert result.exit_code == 3, result.output
    document = json.loads(result.stdout)
    assert document["verify"]["result"] == "incomplete"
    assert {f["code"] for f in document["findings"]} == {code}


def _clone(world: World, tmp_path: Path, *options: str) -> Path:
    path = tmp_path / "clone"
    git(tmp_path, "clone", "-q", *options, world.root.as_uri(), str(path))
    return path


def test_a_shallow_clone_is_told_apart(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish()
    monkeypatch.chdir(_clone(world, tmp_path, "--depth=1", "--no-single-branch"))
    result = verify()
    assert result.exit_code == 3, result.output
    assert "CM222" in result.output
    assert "error" not in result.output


@pytest.mark.parametrize("kind", ["rewound", "written anew", "gone"])
def test_who_knew_the_old_tip_is_told_that_history_was_written_anew(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    old = world.publish()
    clone = _clone(world, tmp_path)
    monkeypatch.chdir(clone)
    assert verify().exit_code == 0
    if kind == "gone":
        git(world.root, "update-ref", "-d", "refs/heads/cm/c")
    else:
        del world.ledger.commits[6 if kind == "rewound" else -1 :]
        if kind == "written anew":
            world.last(world.ledger.event(world.two, Observed("failed", "x"), number=5))
        world.publish()
    there = git(world.root, "for-each-ref", "refs/heads/cm")
    for command in ("verify", "status", "plan"):
        result = CliRunner().invoke(cli, [command, "c"])
        assert result.exit_code == 1, (command, result.output)
        assert old[-1] in result.output, "the tip that was known"
        assert "bring it back with" in result.output
    assert git(world.root, "for-each-ref", "refs/heads/cm") == there
    assert verify("--offline").exit_code == 0, "what was seen is still here"


def test_a_fresh_clone_can_not_know_that_the_newest_commits_were_dropped(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor that all was written anew, and well; who wrote down the id of a tip can ask for it."""
    old = world.publish()
    del world.ledger.commits[6:]
    new = world.publish()
    monkeypatch.chdir(_clone(world, tmp_path))
    assert verify().exit_code == 0
    assert verify("--at", new[3][:12]).exit_code == 0
    result = verify("--at", old[-1])
    assert result.exit_code == 1
    assert f"no commit of the ledger is {old[-1]}" in result.output


def test_replaced_objects_and_grafts_hide_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = world.publish()
    _as_run_changed(world)
    tampered = world.publish()
    clone = _clone(world, tmp_path)
    git(clone, "fetch", "-q", "origin", healthy[-1])
    git(clone, "replace", tampered[-1], healthy[-1])
    (clone / ".git/info/grafts").write_text(f"{tampered[-1]} {healthy[-2]}\n", encoding="ascii")
    monkeypatch.chdir(clone)
    result = verify()
    assert result.exit_code == 1, result.output
    assert "CM206" in result.output


def test_grafts_make_nothing_up(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tip = world.publish()[-1]
    clone = _clone(world, tmp_path)
    (clone / ".git/info/grafts").write_text(f"{tip}\n", encoding="ascii")
    monkeypatch.chdir(clone)
    result = verify()
    assert result.exit_code == 0, result.output
    assert " 11 commits" in result.output


def test_a_replaced_spec_commit_is_compiled_as_it_is(world: World) -> None:
    world.publish()
    git(world.root, "replace", world.specs["first"], world.specs["other"])
    try:
        assert verify().exit_code == 0
    finally:
        git(world.root, "replace", "-d", world.specs["first"])


@pytest.fixture
def growing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Submit two groups of a list that was changed between them, within the range of the first."""
    root = tmp_path / "repository"
    (root / "campaigns/c/include").mkdir(parents=True)
    git(root, "init", "-q")
    text = TEXT.replace("values: 1..40, size: 10", "list: visits, size: 10")
    text = text.replace("inputs:", "lists: {visits: {file: visits.txt}}\ninputs:")
    (root / SPEC).write_text(text, encoding="utf-8")
    (root / INCLUDE).write_text(MEMORY, encoding="utf-8")
    specs = {}
    for name, without in (("first", 0), ("less", 5)):
        lines = "".join(f"{visit}\n" for visit in range(1, 41) if visit != without)
        (root / "campaigns/c/visits.txt").write_text(lines, encoding="ascii")
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", name)
        specs[name] = git(root, "rev-parse", "HEAD")
    monkeypatch.chdir(root)
    ledger = Builder(root, "c", pins=True).begin()
    one = ledger.submit("1", specs["first"])
    assert one.claim.members["visit"].ranges == ((1, 10),)
    two = ledger.submit("2", specs["less"])
    assert two.claim.members["visit"].ranges == ((11, 20),), "as it was cut around the first"
    return World(root, specs, ledger, one, two)


def test_a_list_that_was_changed_since_pins_the_ids_of_then(growing: World) -> None:
    growing.publish()
    result = verify()
    assert result.exit_code == 0, result.output
    assert "2 compared" in result.output


def test_ids_that_can_not_be_had_are_no_fault_of_later_groups(growing: World) -> None:
    data = growing.ledger.commits[1][growing.one.path(1, "claimed")]
    spec = {**json.loads(data or b"")["spec"], "commit": "f" * 40}
    growing.ledger.commits[1][growing.one.path(1, "claimed")] = changed(data, spec=spec)
    growing.publish()
    result = verify("--format", "json")
    assert result.exit_code == 3, result.output
    found = json.loads(result.stdout)["findings"]
    assert [f["code"] for f in found] == ["CM223"]
    assert "1 compared" in verify().output, "what fits all the same is right"


def test_what_differs_where_ids_are_not_sure_says_nothing(world: World) -> None:
    world.publish()
    store = GitStore(world.root, "c", None)
    tip = store.tip()
    assert tip is not None
    made = Made({}, {"step1": "the ids are lost"})
    found = proven(store, tip, lambda *_: made, campaign="c", folding=LedgerFolding())
    assert [(f.code.name, "the ids are lost" in f.message) for f in found.findings] == [("CM223", True)]
    assert (found.tampered, found.healthy) == (False, False)
    elsewhere = replace(made, doubts={"step2": "the ids are lost"})
    found = proven(store, tip, lambda *_: elsewhere, campaign="c", folding=LedgerFolding())
    assert {f.code.name for f in found.findings} == {"CM219"}


def test_ranges_that_do_not_give_the_ids_of_the_digest(growing: World) -> None:
    data = growing.ledger.commits[1][growing.one.path(1, "claimed")]
    members = json.loads(data or b"")["members"]
    members["visit"]["ranges"] = [[1, 9]]
    growing.ledger.commits[1][growing.one.path(1, "claimed")] = changed(data, members=members)
    commits = growing.publish()
    result = verify("--format", "json")
    assert result.exit_code == 1, result.output
    found = {f["code"]: f["message"] for f in json.loads(result.stdout)["findings"]}
    assert found.keys() == {"CM201", "CM223", "CM227"}
    assert commits[1][:12] in found["CM227"], "the commit that did it, and no other"
    assert "list visits gives other ids than those that were sent" in found["CM201"]
