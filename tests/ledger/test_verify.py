"""Tampering planted in real repositories: each is found and its commit named; what is none is told apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from ledger_builder import (
    INCLUDE,
    Builder,
    PlainCompiler,
    changed,
    git,
    id_of,
    ledger_json,
    lines,
    make_specs,
    shallow,
    with_spec,
)

from cmcompile.cli.verify import Compiler
from cmcompile.compiler.claim import with_claim
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.setup import initialise
from cmcompile.ledger.verify import Made, NotMade, verify
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnostic import Code, Severity
from cmcompile.model.event import Abandoned, NotCalled, Observed, Prepared, SpecRef, Submitted
from cmcompile.model.ledger import Push
from cmcompile.model.states import LedgerState
from cmcompile.model.verification import Verification
from cmcompile.state.fold import LedgerFolding

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("specs") / "repository"


@pytest.fixture(scope="module")
def specs(root: Path) -> dict[str, str]:
    return make_specs(root)


@pytest.fixture
def builder(root: Path, specs: dict[str, str]) -> Builder:
    """Begin a ledger on a branch of its own, in one repository for all tests."""
    assert specs
    return Builder(root, f"c{next(_NUMBERS)}").begin()


@pytest.fixture
def healthy(builder: Builder, specs: dict[str, str]) -> Builder:
    """Two submissions that went well."""
    builder.submit("1", specs["first"])
    builder.submit("2", specs["first"])
    return builder


def checked(root: Path, campaign: str, of: Path | None = None) -> Verification:
    store = GitStore(root, campaign, None)
    tip = store.tip()
    assert tip is not None
    return verify(store, tip, PlainCompiler(of or root), campaign=campaign, folding=LedgerFolding())


def result(builder: Builder) -> tuple[Verification, list[str]]:
    """Plant a ledger and verify it; returns the ids of its commits too."""
    commits = builder.plant()
    return checked(builder.root, builder.campaign), commits


def assert_found(found: Verification, code: Code, path: str, commit: str | None) -> None:
    hits = [f for f in found.findings if f.code is code and path in f"{f.span} {f.message}"]
    assert hits, lines(found.findings)
    assert code.severity is not Severity.ERROR or found.tampered
    if commit is not None:
        assert any(commit[:12] in f.message for f in hits), lines(hits)


def assert_only(found: Verification, *allowed: Code) -> None:
    assert {f.code for f in found.findings} <= set(allowed), lines(found.findings)


def test_a_healthy_ledger(healthy: Builder, specs: dict[str, str]) -> None:
    healthy.submit("3", specs["comment"])
    found, commits = result(healthy)
    assert found.findings == ()
    assert found.healthy
    assert found.complete
    assert not found.tampered
    assert found.counts.commits == len(commits) == 16
    assert found.counts.events == 15
    assert (found.counts.submissions, found.counts.compiled, found.counts.specs) == (3, 3, 2)
    assert found.counts.compared == 6


def test_a_ledger_that_was_just_made(builder: Builder) -> None:
    found, _ = result(builder)
    assert found.healthy
    assert found.counts.files == 1


def test_a_ledger_that_cmcompile_made(root: Path, specs: dict[str, str]) -> None:
    """By the writers themselves, with several events in one commit."""
    builder = Builder(root, f"c{next(_NUMBERS)}")
    store = GitStore(root, builder.campaign, None)
    tip = initialise(store, builder.campaign).tip
    for group in ("1", "2"):
        builder.commits.clear()
        builder.submit(group, specs["first"])
        first, *others = builder.commits
        for files in (first, {path: data for other in others for path, data in other.items()}):
            made = store.commit(tip, {path: data or b"" for path, data in files.items()}, "m")
            assert store.push(made) is Push.DONE
            tip = made.tip
    found = checked(root, builder.campaign)
    assert found.healthy, lines(found.findings)
    assert (found.counts.commits, found.counts.compiled) == (5, 2)


def test_a_claim_that_was_given_up_and_pages_that_are_written_anew(
    builder: Builder, specs: dict[str, str]
) -> None:
    made = builder.make("1", specs["first"])
    builder.commits.append(builder.event(made, made.claim))
    builder.commits.append({"README.md": b"a\n", "status.json": b"{}\n"})
    builder.commits.append(builder.event(made, Abandoned(None, "slow")))
    builder.commits.append({"README.md": b"b\n", "status.json": b"[]\n"})
    builder.commits.append({"README.md": None})
    builder.record(builder.make("1", specs["first"], workflow="w01"))
    found, _ = result(builder)
    assert found.healthy, lines(found.findings)
    assert (found.counts.submissions, found.counts.waiting, found.counts.compiled) == (2, 1, 1)


def test_a_restart_and_an_adopted_run(builder: Builder, specs: dict[str, str]) -> None:
    first = builder.submit("1", specs["first"])
    again = replace(first, claim_id=builder.new_id(), claim=replace(first.claim, restart=True))
    builder.commits.append(builder.event(again, again.claim))
    builder.commits.append(builder.event(again, Prepared()))
    # It hands over no files: the run has them.
    gate = builder.event(again, builder.gate_of(replace(again, files={})))
    builder.commits.append(gate)
    builder.commits.append(builder.event(again, Submitted("78", id_of(gate))))
    other = builder.make("2", specs["first"])
    claim = replace(other.claim, adopted=True, run_name="by_hand", output_run="u/x/by/hand", prefix="by_")
    builder.commits.append({**builder.event(other, claim), **builder.event(other, Submitted("77"))})
    found, _ = result(builder)
    assert found.healthy, lines(found.findings)
    assert (found.counts.compiled, found.counts.adopted) == (1, 1)


def test_groups_that_were_sent_before_are_pinned_as_they_were_then(
    root: Path, builder: Builder, specs: dict[str, str]
) -> None:
    """Two specs in turns: what each makes depends on what the other had sent by then."""
    builder.pins = True
    builder.submit("1", specs["first"])
    builder.submit("2", specs["larger"])
    builder.submit("3", specs["first"])
    plain, _ = result(builder)
    assert {f.code for f in plain.findings} >= {codes.SUBMIT_DIFFERS}
    store = GitStore(root, builder.campaign, None)
    tip = store.tip()
    assert tip is not None
    found = verify(store, tip, Compiler(root), campaign=builder.campaign, folding=LedgerFolding())
    assert found.healthy, lines(found.findings)
    assert found.counts.specs == 2


def test_what_a_moment_knew_is_what_was_recorded_before_it(builder: Builder, specs: dict[str, str]) -> None:
    for group in "123":
        builder.submit(group, specs["first"])
    builder.submit("4", specs["comment"])
    builder.plant()
    store = GitStore(builder.root, builder.campaign, None)
    tip = store.tip()
    assert tip is not None
    seen: dict[str, list[str]] = {}
    plain = PlainCompiler(builder.root)

    def compiler(spec: SpecRef, state: LedgerState) -> Made | NotMade:
        seen[spec.commit] = [group for _, group in state.groups]
        return plain(spec, state)

    found = verify(store, tip, compiler, campaign=builder.campaign, folding=LedgerFolding())
    assert found.healthy
    assert seen == {specs["first"]: [], specs["comment"]: ["1", "2", "3"]}


# What is planted below is what `verify` is for.


def test_1_a_changed_event(healthy: Builder) -> None:
    path, data = next(iter(healthy.commits[3].items()))
    healthy.commits.append({path: changed(data, at="2026-01-01T00:00:00Z")})
    found, commits = result(healthy)
    assert_found(found, codes.LEDGER_FILE_CHANGED, path, commits[-1])
    assert_only(found, codes.LEDGER_FILE_CHANGED)


def test_2_a_removed_event(healthy: Builder) -> None:
    path = next(iter(healthy.commits[5]))
    healthy.commits.append({path: None})
    found, commits = result(healthy)
    assert_found(found, codes.LEDGER_FILE_REMOVED, path, commits[-1])
    assert_only(found, codes.LEDGER_FILE_REMOVED)


def test_2b_an_event_that_was_changed_and_put_back(healthy: Builder) -> None:
    path, data = next(iter(healthy.commits[3].items()))
    healthy.commits += [{path: changed(data, at="2026-01-01T00:00:00Z")}, {path: data}]
    found, commits = result(healthy)
    assert_found(found, codes.LEDGER_FILE_CHANGED, path, commits[-2])
    assert_found(found, codes.LEDGER_FILE_CHANGED, path, commits[-1])


def test_3_reordered_events(healthy: Builder) -> None:
    healthy.commits[4], healthy.commits[5] = healthy.commits[5], healthy.commits[4]
    path = next(iter(healthy.commits[5]))
    found, commits = result(healthy)
    assert_found(found, codes.EVENTS_REORDERED, path, commits[5])
    assert_only(found, codes.EVENTS_REORDERED)


def test_3b_an_event_left_out_when_history_was_written_anew(healthy: Builder) -> None:
    del healthy.commits[4]
    path = next(iter(healthy.commits[4]))
    found, commits = result(healthy)
    assert_found(found, codes.EVENT_NUMBERS, path, commits[4])
    assert "no number 4" in found.findings[0].message


def test_3c_two_events_with_one_number(healthy: Builder, specs: dict[str, str]) -> None:
    made = healthy.make("3", specs["first"])
    healthy.record(made)
    extra = healthy.event(made, Observed("running", "x"), number=4)
    healthy.commits.append(extra)
    found, commits = result(healthy)
    assert_found(found, codes.EVENT_NUMBERS, next(iter(extra)), commits[-1])
    assert_found(found, codes.EVENTS_REORDERED, next(iter(extra)), commits[-1])


@pytest.mark.parametrize(
    "path",
    ["notes.txt", "runs/step1/00/1/w00/0001-claimed.json", "groups/step1/readme", "runs/x", "plans/a.json"],
)
def test_4_a_foreign_file(healthy: Builder, path: str) -> None:
    healthy.commits[2] = {**healthy.commits[2], path: b"x\n"}
    found, commits = result(healthy)
    assert_found(found, codes.FOREIGN_FILE, path, commits[2])
    assert_only(found, codes.FOREIGN_FILE)


def test_4b_a_foreign_file_among_the_as_run_files(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.submit("1", specs["first"])
    builder.commits.append({made.file("include/more.yaml"): b"a: 1\n"})
    found, commits = result(builder)
    assert_found(found, codes.FOREIGN_FILE, made.file("include/more.yaml"), commits[-1])


def test_4c_as_run_files_of_a_workflow_that_was_never_claimed(
    healthy: Builder, specs: dict[str, str]
) -> None:
    made = healthy.make("3", specs["first"])
    healthy.commits.append({made.file(): made.files["submit.yaml"]})
    found, commits = result(healthy)
    assert_found(found, codes.FOREIGN_FILE, made.file(), commits[-1])


def test_4d_a_foreign_file_that_was_taken_away_again(healthy: Builder) -> None:
    healthy.commits += [{"notes.txt": b"x"}, {"notes.txt": None}]
    found, commits = result(healthy)
    assert_found(found, codes.FOREIGN_FILE, "notes.txt", commits[-2])


def test_5_as_run_bytes_that_were_changed_before_they_were_recorded(
    builder: Builder, specs: dict[str, str]
) -> None:
    made = builder.make("1", specs["first"])
    made.files["submit.yaml"] = made.files["submit.yaml"].replace(b"/repo/main", b"/repo/mine")
    builder.record(made)
    found, commits = result(builder)
    assert_found(found, codes.SUBMIT_DIFFERS, made.file(), commits[1])
    assert_only(found, codes.SUBMIT_DIFFERS)
    assert "`butlerConfig: /repo/mine`, not `butlerConfig: /repo/main`" in found.findings[0].message
    assert found.findings[0].span is not None
    assert found.findings[0].span.line > 1


def test_5b_as_run_bytes_that_were_changed_afterwards(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.submit("1", specs["first"])
    builder.commits.append({made.file(): b"a: 1\n"})
    found, commits = result(builder)
    assert_found(found, codes.LEDGER_FILE_CHANGED, made.file(), commits[-1])
    assert_found(found, codes.SUBMIT_DIFFERS, made.file(), None)


def test_6_a_spec_commit_that_compiles_to_something_else(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.record(with_spec(builder.make("1", specs["first"]), specs["other"]))
    found, commits = result(builder)
    assert_found(found, codes.SUBMIT_DIFFERS, made.file(), commits[1])
    assert_found(found, codes.DEFINITION_DIFFERS, made.path(1, "claimed"), commits[1])
    assert specs["other"][:12] in found.findings[0].message


@pytest.mark.parametrize("name", ["gone", "broken"])
def test_6b_a_spec_commit_that_makes_no_such_group(
    builder: Builder, specs: dict[str, str], name: str
) -> None:
    made = builder.record(with_spec(builder.make("1", specs["first"]), specs[name]))
    found, commits = result(builder)
    assert_found(found, codes.GROUP_NOT_MADE, made.path(1, "claimed"), commits[1])


def test_6c_a_spec_commit_that_is_the_name_of_a_branch(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.record(with_spec(builder.make("1", specs["first"]), "main"))
    found, commits = result(builder)
    assert_found(found, codes.GROUP_NOT_MADE, made.path(1, "claimed"), commits[1])


def test_7_an_include_that_was_changed(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.make("1", specs["first"])
    made.files["include/memory.yaml"] = b"requestMemory: 8192\n"
    builder.record(made)
    found, commits = result(builder)
    assert_found(found, codes.INCLUDE_DIFFERS, made.file("include/memory.yaml"), commits[1])
    assert_only(found, codes.INCLUDE_DIFFERS)


def test_7b_an_include_of_another_spec_commit(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.record(with_spec(builder.make("1", specs["first"]), specs["memory"]))
    found, commits = result(builder)
    assert_found(found, codes.INCLUDE_DIFFERS, made.file("include/memory.yaml"), commits[1])
    assert_found(found, codes.DEFINITION_DIFFERS, made.path(1, "claimed"), commits[1])
    assert INCLUDE.endswith("include/memory.yaml")


@pytest.mark.parametrize("name", ["include/memory.yaml", "submit.yaml"])
def test_8_an_as_run_file_that_is_missing(builder: Builder, specs: dict[str, str], name: str) -> None:
    made = builder.make("1", specs["first"])
    del made.files[name]
    builder.record(made)
    found, commits = result(builder)
    assert_found(found, codes.AS_RUN_ABSENT, made.file(name), commits[1])
    assert_only(found, codes.AS_RUN_ABSENT)


@pytest.mark.parametrize("key", ["run_name", "prefix", "output_run"])
def test_9_a_claim_with_other_names(builder: Builder, specs: dict[str, str], key: str) -> None:
    made = builder.make("1", specs["first"])
    object.__setattr__(made.claim, key, getattr(made.claim, key) + "x")
    builder.record(made)
    found, commits = result(builder)
    assert_found(found, codes.CLAIM_NAMES, made.path(1, "claimed"), commits[1])


def test_9b_another_claim_id(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.make("1", specs["first"])
    made.claim_id = "f" * 16
    builder.record(made)
    found, commits = result(builder)
    assert_found(found, codes.CLAIM_NAMES, made.path(1, "claimed"), commits[1])


def test_9c_a_whole_claim_for_another_output(builder: Builder, specs: dict[str, str]) -> None:
    """All names and files agree with each other, but not with the output that the spec gives."""
    made = builder.make("1", specs["first"])
    claim = made.claim
    run = claim.output_run.replace("HSC/runs/c", "u/me")
    made.claim = replace(
        claim,
        output_run=run,
        run_name=run.replace("/", "_"),
        prefix=claim.prefix.replace("HSC_runs_c", "u_me"),
    )
    result_ = builder.compiled(specs["first"]).group("step1", "1")
    assert result_ is not None
    made.files["submit.yaml"] = with_claim(result_.data, run, claim.submit_path)
    builder.record(made)
    found, commits = result(builder)
    assert_found(found, codes.CLAIM_NAMES, made.path(1, "claimed"), commits[1])
    assert_only(found, codes.CLAIM_NAMES)


def test_9d_a_gate_for_another_run(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.submit("1", specs["first"])
    path = made.path(3, "submitting")
    builder.commits[3] = {path: changed(builder.commits[3][path], run_name="another")}
    found, commits = result(builder)
    assert_found(found, codes.CLAIM_NAMES, path, commits[3])


def test_10_an_event_of_an_unknown_claim(healthy: Builder, specs: dict[str, str]) -> None:
    made = healthy.make("1", specs["first"])
    extra = healthy.event(made, Observed("failed", "x"))
    healthy.commits.append(extra)
    found, commits = result(healthy)
    assert_found(found, codes.UNKNOWN_CLAIM, next(iter(extra)), commits[-1])
    assert_only(found, codes.UNKNOWN_CLAIM)


def test_10b_an_event_of_a_gate_that_was_not_passed(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.submit("1", specs["first"])
    extra = builder.event(made, NotCalled("f" * 16))
    builder.commits.append(extra)
    found, commits = result(builder)
    assert_found(found, codes.UNKNOWN_CLAIM, next(iter(extra)), commits[-1])


def test_11_a_merge(healthy: Builder, specs: dict[str, str]) -> None:
    healthy.merges[len(healthy.commits) - 1] = specs["other"]
    found, commits = result(healthy)
    assert_found(found, codes.HISTORY_BROKEN, commits[-1][:12], commits[-1])
    assert_only(found, codes.HISTORY_BROKEN)


def test_11b_a_ledger_that_grew_on_the_spec(root: Path, builder: Builder, specs: dict[str, str]) -> None:
    builder.merges[0] = specs["first"]
    branch = f"cm/{builder.campaign}"
    git(root, "branch", branch, specs["first"])
    git(root, "worktree", "add", "-q", str(root.parent / builder.campaign), branch)
    work = root.parent / builder.campaign
    (work / "ledger.json").write_bytes(ledger_json(builder.campaign))
    git(work, "add", "ledger.json")
    git(work, "commit", "-q", "-m", "x")
    found = checked(root, builder.campaign)
    assert_found(found, codes.LEDGER_JSON, "ledger.json", specs["first"])
    assert_found(found, codes.FOREIGN_FILE, "campaign.yaml", specs["first"])


def test_12_a_changed_ledger_json(healthy: Builder) -> None:
    healthy.commits.append({"ledger.json": ledger_json("another")})
    found, commits = result(healthy)
    assert_found(found, codes.LEDGER_FILE_CHANGED, "ledger.json", commits[-1])
    assert_found(found, codes.LEDGER_JSON, "ledger.json", commits[0])


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b'{"format": 1}'])
def test_12b_a_ledger_json_that_is_none(builder: Builder, data: bytes) -> None:
    builder.commits[0]["ledger.json"] = data.decode("latin-1").encode()
    found, commits = result(builder)
    assert_found(found, codes.LEDGER_JSON, "ledger.json", commits[0])


def test_12c_no_ledger_json(builder: Builder, specs: dict[str, str]) -> None:
    builder.commits.clear()
    builder.submit("1", specs["first"])
    found, _ = result(builder)
    assert_found(found, codes.LEDGER_JSON, "ledger.json", None)


def test_13_another_definition_digest(builder: Builder, specs: dict[str, str]) -> None:
    made = builder.make("1", specs["first"])
    made.claim = replace(made.claim, definition="0" * 64)
    builder.record(made)
    found, commits = result(builder)
    assert_found(found, codes.DEFINITION_DIFFERS, made.path(1, "claimed"), commits[1])
    assert_only(found, codes.DEFINITION_DIFFERS)


def test_14_an_event_id_and_a_claim_id_twice(healthy: Builder, specs: dict[str, str]) -> None:
    made = healthy.make("3", specs["first"])
    healthy.record(made)
    path = made.path(5, "observed")
    healthy.commits[-1] = {path: changed(healthy.commits[-1][path], id=id_of(healthy.commits[-2]))}
    found, commits = result(healthy)
    assert_found(found, codes.ID_TWICE, path, commits[-1])
    assert_only(found, codes.ID_TWICE)


def test_14b_one_claim_in_two_workflows(builder: Builder, specs: dict[str, str]) -> None:
    first = builder.submit("1", specs["first"])
    second = builder.make("2", specs["first"])
    second.claim_id = first.claim_id
    builder.record(second)
    found, commits = result(builder)
    assert_found(found, codes.ID_TWICE, second.path(1, "claimed"), commits[6])


def test_15_an_event_that_cannot_be_read(healthy: Builder) -> None:
    path = next(iter(healthy.commits[5]))
    healthy.commits[5] = {path: b"{}\n"}
    found, commits = result(healthy)
    assert_found(found, codes.EVENT_UNREADABLE, path, commits[5])
    assert_only(found, codes.EVENT_UNREADABLE)


def test_16_a_second_claim_that_is_no_restart(builder: Builder, specs: dict[str, str]) -> None:
    first = builder.submit("1", specs["first"])
    again = replace(first, claim_id=builder.new_id())
    extra = builder.event(again, again.claim)
    builder.commits.append(extra)
    found, commits = result(builder)
    assert_found(found, codes.CLAIM_NAMES, next(iter(extra)), commits[-1])


@pytest.mark.parametrize("key", ["output_run", "submit_path", "definition"])
def test_16b_a_restart_of_something_else(builder: Builder, specs: dict[str, str], key: str) -> None:
    first = builder.submit("1", specs["first"])
    claim = replace(first.claim, restart=True)
    object.__setattr__(claim, key, "another")
    again = replace(first, claim_id=builder.new_id(), claim=claim)
    extra = builder.event(again, claim)
    builder.commits.append(extra)
    found, commits = result(builder)
    code = codes.DEFINITION_DIFFERS if key == "definition" else codes.CLAIM_NAMES
    assert_found(found, code, next(iter(extra)), commits[-1])


def test_16c_files_at_the_gate_of_a_restart(builder: Builder, specs: dict[str, str]) -> None:
    first = builder.submit("1", specs["first"])
    again = replace(first, claim_id=builder.new_id(), claim=replace(first.claim, restart=True))
    builder.commits.append(builder.event(again, again.claim))
    builder.commits.append(builder.event(again, Prepared()))
    gate = builder.event(again, builder.gate_of(again))
    builder.commits.append(gate)
    found, commits = result(builder)
    assert_found(found, codes.AS_RUN_DIGEST, next(iter(gate)), commits[-1])


# What is no tampering.


def test_files_of_another_emit_version_are_not_checked(healthy: Builder, specs: dict[str, str]) -> None:
    old = healthy.make("3", specs["first"], emit=0)
    old.files["submit.yaml"] = b"written: otherwise\n"
    healthy.record(old)
    found, _ = result(healthy)
    assert not found.tampered
    assert not found.healthy
    assert found.complete
    assert_only(found, codes.MADE_BY_OTHER)
    assert "made by cmcompile 0.0.1 (emit 0)" in found.findings[0].message
    assert found.counts.compiled == 2
    assert [lack.count for lack in found.not_checked] == [1]


def test_tampering_with_the_history_of_another_emit_version_is_found(
    builder: Builder, specs: dict[str, str]
) -> None:
    old = builder.submit("1", specs["first"], emit=0)
    builder.commits.append({old.file(): b"a: 1\n"})
    found, commits = result(builder)
    assert found.tampered
    assert_found(found, codes.LEDGER_FILE_CHANGED, old.file(), commits[-1])


def test_a_shallow_clone_is_incomplete(healthy: Builder, tmp_path: Path) -> None:
    healthy.plant()
    clone = shallow(healthy.root, tmp_path / "clone", healthy.campaign, 4)
    found = checked(clone, healthy.campaign)
    assert not found.tampered, lines(found.findings)
    assert not found.complete
    assert not found.healthy
    assert_only(found, codes.HISTORY_SHORT, codes.SPEC_NOT_THERE)
    assert_found(found, codes.SPEC_NOT_THERE, "runs/step1", None)
    assert found.counts.commits == 4


def test_a_shallow_clone_with_its_specs_compares_all_files(healthy: Builder, tmp_path: Path) -> None:
    healthy.plant()
    clone = shallow(healthy.root, tmp_path / "clone", healthy.campaign, 4)
    found = checked(clone, healthy.campaign, healthy.root)
    assert_only(found, codes.HISTORY_SHORT)
    assert_found(found, codes.HISTORY_SHORT, "the last 4 commits", None)
    assert found.counts.compiled == 2


def test_tampering_in_a_shallow_clone_is_found(healthy: Builder, tmp_path: Path) -> None:
    path = next(iter(healthy.commits[3]))
    healthy.commits += [{path: None}, {"README.md": b"x"}]
    commits = healthy.plant()
    clone = shallow(healthy.root, tmp_path / "clone", healthy.campaign, 3)
    found = checked(clone, healthy.campaign, healthy.root)
    assert found.tampered
    assert not found.complete
    assert_found(found, codes.LEDGER_FILE_REMOVED, path, commits[-2])


def test_a_spec_commit_that_is_gone(builder: Builder, specs: dict[str, str]) -> None:
    builder.record(with_spec(builder.make("1", specs["first"]), "0" * 40))
    found, _ = result(builder)
    assert not found.tampered
    assert not found.healthy
    assert_only(found, codes.SPEC_NOT_THERE)


def test_files_that_were_not_committed(builder: Builder, specs: dict[str, str]) -> None:
    builder.record(with_spec(builder.make("1", specs["first"]), ""))
    found, _ = result(builder)
    assert not found.tampered
    assert not found.healthy
    assert_only(found, codes.SPEC_UNCOMMITTED)
    assert_found(found, codes.SPEC_UNCOMMITTED, "runs/step1", None)


def test_each_spec_commit_is_compiled_once(builder: Builder, specs: dict[str, str]) -> None:
    for group in "1234":
        builder.submit(group, specs["first" if group in "13" else "comment"])
    builder.plant()
    store = GitStore(builder.root, builder.campaign, None)
    tip = store.tip()
    assert tip is not None
    compiler = PlainCompiler(builder.root)
    seen: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int) -> None:
        seen.append((stage, done, total))

    found = verify(
        store, tip, compiler, campaign=builder.campaign, folding=LedgerFolding(), progress=progress
    )
    assert found.healthy
    assert compiler.times == 2
    assert ("comparing submissions", 3, 4) in seen
