"""`cmcompile plan` in real repositories: what it says, what it writes, and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from ledger_builder import git
from ledger_world import (
    BROKEN,
    ENDED,
    PATH,
    RUNNING,
    SPEC,
    TWIN,
    World,
    commit,
    edit,
    failed,
    make_world,
    read_json,
    run,
    write,
)

from cmcompile.model.plan import Plan
from cmcompile.plan.document import from_document

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas/plan-v1.schema.json").read_text(encoding="utf-8"))
DECISIONS = "campaigns/c/decisions.yaml"
HOLD = "- {hold: step3, by: Ann, at: 2026-11-20T08:00:00Z, because: a full disk}\n"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a repository whose ledger says that group 1 ended well, 2 failed, 3 runs."""
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    world.happened("1", *ENDED["succeeded"]).happened("2", *ENDED["failed"])
    return world.happened("3", *RUNNING).published()


def plan(*args: str) -> Plan:
    result = run("plan", *args, "--format", "json")
    document = read_json(result)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return from_document(document)


def told(found: Plan) -> list[str]:
    return [f"{item.action.value} {item.subject} {item.reason.value}" for item in found.items()]


@pytest.mark.usefixtures("world")
def test_what_would_be_done() -> None:
    result = run("plan", "c")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("c: 1 to submit, 1 to rescue, 1 to accept; 3 wait\nplan ")
    assert re.search(
        r"^  \+ submit  step1/4 +was never sent +campaigns/c/campaign.yaml:11$", result.stdout, re.M
    )
    assert result.stdout.endswith("next: cmcompile apply c\n")
    assert told(plan("c")) == [
        "accept step1/1 no_failures",
        "submit step1/4 never_sent",
        "rescue step1/memory.2 never_sent",
        "wait step1/memory.3 covered",
        "wait step3/9615 needs",
        "wait step3/9697 needs",
    ]


def test_the_same_inputs_give_the_same_bytes_also_elsewhere(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("plan", "c", "--format", "json")
    assert run("plan", "c", "--format", "json").stdout == first.stdout
    git(tmp_path, "clone", "--quiet", str(tmp_path / "remote.git"), "another")
    monkeypatch.chdir(tmp_path / "another")
    assert run("plan", "c", "--format", "json").stdout == first.stdout
    monkeypatch.chdir(tmp_path / "another/campaigns/c")
    assert run("plan", "--format", "json").stdout == first.stdout
    assert plan("c").source.commit == git(world.root, "rev-parse", "HEAD")


def test_a_plan_that_is_kept_is_the_one_that_is_shown(world: World, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    shown = run("plan", "c", "-o", str(kept))
    assert shown.exit_code == 0
    assert shown.stdout.endswith(f"kept in {kept}\n")
    assert kept.read_text(encoding="utf-8") == run("plan", "c", "--format", "json").stdout
    assert run("plan", "c", "-o", str(kept), "--format", "json").stdout == kept.read_text(encoding="utf-8")
    assert "No such file or directory" in failed("plan", "c", "-o", str(tmp_path / "no/plan.json"))
    edit(world.root, "size: 10", "size: 5")
    assert run("plan", "c", "-o", str(kept)).exit_code == 0
    assert kept.read_text(encoding="utf-8") == run("plan", "c", "--format", "json").stdout


@pytest.mark.usefixtures("world")
def test_selectors() -> None:
    chosen = plan("c/step1/4")
    assert chosen.source.selectors == ("c/step1/4",)
    assert told(chosen) == [
        "submit step1/4 never_sent",
        "wait step1/1 not_selected",
        "wait step1/memory.2 not_selected",
    ]
    assert told(plan("c", "state:ready"))[:2] == [
        "submit step1/4 never_sent",
        "rescue step1/memory.2 never_sent",
    ]
    assert told(plan("c", "visit:35", "state:ready"))[0] == "submit step1/4 never_sent"
    assert plan("c").source.selectors == ()
    assert "next: cmcompile apply 'c/step1/*'" in run("plan", "c/step1/*").stdout
    assert "the ids go from 1 to memory.3" in failed("plan", "c/step1/7")
    assert "there are active, failed, ready, waiting" in failed("plan", "c", "state:accepted")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("limit", "sent"),
    [
        (0, []),
        (1, ["submit step1/4 never_sent"]),
        (9, ["submit step1/4 never_sent", "rescue step1/memory.2 never_sent"]),
    ],
)
def test_at_most_so_many(limit: int, sent: list[str]) -> None:
    found = plan("c", "--limit", str(limit))
    assert found.source.limit == limit
    assert [line for line in told(found) if line.startswith(("submit", "rescue"))] == sent
    assert sum("over_count" in line for line in told(found)) == 2 - len(sent)
    if limit == 0:
        text = run("plan", "c", "--limit", "0").stdout
        assert "is beyond the number asked for: --limit 0 (2 groups wait)" in text
    assert run("plan", "c", "--limit", "-1").exit_code == 64


@pytest.mark.usefixtures("world")
def test_every_item_in_full() -> None:
    text = run("plan", "c", "--explain").stdout
    found = plan("c")
    for item in found.items():
        assert f"      digest         {item.digest}\n" in text
        for name, value in item.preconditions.items():
            assert f"      must hold      {name} = {value}\n" in text
    assert f"  plan           {found.digest}\n" in text
    assert f"  input          {found.source.inputs[PATH]} {PATH}\n" in text
    assert "next:" not in text


@pytest.mark.usefixtures("world")
def test_markdown() -> None:
    assert run("plan", "c", "--format", "markdown").stdout.startswith(
        f"<!-- cmcompile plan {plan('c').digest} -->"
    )


def test_exit_codes(world: World) -> None:
    assert run("plan", "c", "--detailed-exitcode").exit_code == 2
    assert run("plan", "c/step3", "--detailed-exitcode").exit_code == 0
    edit(world.root, "groups: [2, 3]", "groups: [3]")
    assert run("plan", "c", "--detailed-exitcode").exit_code == 3
    assert run("plan", "c").exit_code == 0
    assert run("plan", "c").stdout.endswith("next: cmcompile retry c/step1/2@w00 --because '…'\n")


def test_an_edit_of_what_was_sent_is_refused(world: World) -> None:
    edit(world.root, "/p/x.yaml", "/p/y.yaml")
    result = run("plan", "c")
    assert result.exit_code == 4
    assert "3 refused" in result.stdout.splitlines()[0]
    assert f"{PATH}:" in result.stderr
    assert "error CM060: groups 1, 2, 3 of step1 were sent" in result.stderr
    assert "CM060" not in result.stdout
    assert result.stdout.endswith("next: cmcompile diff c\n")
    assert {line for line in told(plan("c")) if line.startswith("refuse")} == {
        f"refuse step1/{n} sent_changed" for n in (1, 2, 3)
    }
    assert run("plan", "c", "--detailed-exitcode").exit_code == 4


def test_ids_that_were_sent_stay_where_they_are(world: World) -> None:
    edit(world.root, "values: 1..40, size: 10", "values: 1..50, size: 5")
    found = told(plan("c"))
    assert [line for line in found if line.startswith("submit")] == [
        f"submit step1/{n} never_sent" for n in (4, 5, 6, 7)
    ]
    assert run("plan", "c").exit_code == 0


def test_a_sent_group_that_the_spec_makes_no_more(world: World) -> None:
    world.happened("memory.2", *ENDED["partial"], covers="2").published()
    edit(world.root, "groups: [2, 3]", "groups: [3]")
    result = run("plan", "c")
    assert result.exit_code in (0, 4)
    assert any(line.startswith("refuse step1/memory.2 sent_gone") for line in told(plan("c"))), result.output


def test_errors_in_the_spec(world: World) -> None:
    edit(world.root, "needs: step1", "needs: stpe1")
    result = run("plan", "c")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{PATH}:20:12: error CM020: no step is named stpe1" in result.stderr
    machine = run("plan", "c", "--format", "json")
    assert machine.exit_code == 1
    assert "CM020" in {f["code"] for f in json.loads(machine.stdout)["findings"]}


def test_errors_in_the_decisions(world: World) -> None:
    write(world.root, DECISIONS, "- {hold: step9, by: Ann, because: x}\n")
    result = run("plan", "c")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{DECISIONS}:1:" in result.stderr


def test_decisions_are_part_of_what_a_plan_was_made_from(world: World) -> None:
    before = plan("c")
    assert DECISIONS not in before.source.inputs
    write(world.root, DECISIONS, HOLD)
    edited = plan("c")
    assert edited.source.inputs.keys() == {DECISIONS, PATH}
    assert edited.source.commit == ""
    assert "(working tree)" in run("plan", "c").stdout
    made = commit(world.root)
    assert plan("c").source.commit == made
    assert plan("c").source.inputs == edited.source.inputs


def test_files_that_have_nothing_to_do_with_it_do_not_matter(world: World) -> None:
    write(world.root, "campaigns/c/notes.txt", "x")
    assert plan("c").source.commit
    edit(world.root, "campaign: c", "campaign: c  # the first one")
    assert plan("c").source.commit == ""
    git(world.root, "add", PATH)
    assert plan("c").source.commit == ""


def test_which_campaign(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = run("plan").stdout
    assert alone == run("plan", "c").stdout
    write(world.root, "campaigns/d/campaign.yaml", TWIN)
    write(world.root, "campaigns/broken/campaign.yaml", BROKEN)
    assert failed("plan") == "which campaign? name it; there are broken, c, d"
    assert failed("plan", "state:ready") == "which campaign? name it; there are broken, c, d"
    two = run("plan", "c", "d/step1")
    assert two.exit_code == 64
    assert "a plan is for one campaign, and these are 2: c, d" in two.stderr
    assert "there are broken, c, d" in failed("plan", "nothing")
    assert run("plan", "d").stdout.startswith("d: 4 to submit; 4 wait\n")
    monkeypatch.chdir(world.root / "campaigns/d")
    assert run("plan").stdout.startswith("d: ")
    assert run("plan", "step1").stdout.startswith("d: ")


def test_no_campaign_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    monkeypatch.chdir(tmp_path)
    assert failed("plan") == "which campaign? there is none under campaigns/: name its folder"
    assert failed("plan", "c") == "no campaign is at 'c', and there is none under campaigns/"


def test_the_remote_is_down(world: World, tmp_path: Path) -> None:
    before = run("plan", "c").stdout
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    assert failed("plan", "c").endswith("; --offline takes the ledger as it was last seen")
    assert run("plan", "c", "--offline").stdout == before
    del world


def test_no_ledger_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_world(tmp_path).root)
    text = run("plan", "c").stdout
    assert text.startswith("c: 4 to submit; 4 wait\n")
    assert ", no ledger yet\n" in text
    assert plan("c").source.ledger == ""


def test_a_worktree_of_a_bare_clone(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = run("plan", "c", "--format", "json").stdout
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "remote.git"), "bare.git")
    git(tmp_path / "bare.git", "worktree", "add", "--quiet", str(tmp_path / "tree"), "main")
    monkeypatch.chdir(tmp_path / "tree")
    assert run("plan", "c", "--format", "json").stdout == here
    del world


def test_a_campaign_in_a_directory_of_the_repository(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "large"
    write(root, "production/campaigns/c/campaign.yaml", SPEC)
    git(root, "init", "--quiet")
    made = commit(root)
    monkeypatch.chdir(root / "production")
    found = plan("campaigns/c")
    assert (found.source.spec, found.source.commit) == (f"production/{PATH}", made)
    assert {item.because.file for item in found.items() if item.because} == {f"production/{PATH}"}
    assert run("ledger", "init", "campaigns/c").exit_code == 0
    monkeypatch.chdir(root / "production/campaigns/c")
    assert plan().source.spec == f"production/{PATH}"
    assert plan().source.ledger == git(root, "rev-parse", "cm/c")
    assert run("status").stdout.startswith("nothing needs a person in 1 campaign\n")
    assert run("status", "visit:12").stdout.startswith("visit:12: 2 groups in 1 campaign\n")
    write(root, f"production/{DECISIONS}", HOLD)
    assert plan().source.commit == ""
    assert {line for line in told(plan()) if "step3" in line} == {
        "wait step3/9615 on_hold",
        "wait step3/9697 on_hold",
    }
    del world


GROWING = SPEC.replace(
    "cmcompile: 1\n", "cmcompile: 1\nlists: {visits: {file: visits.txt, columns: [visit]}}\n"
).replace("values: 1..40", "list: visits")
VISITS = [*range(1, 40, 2), *range(2, 41, 2)]


def _shallow_after(tmp_path: Path, visits: list[int]) -> Path:
    """Return a shallow clone of a campaign whose list was changed after groups were sent."""
    world = make_world(tmp_path, c=GROWING.replace("[2, 3]", "[2]"))
    write(world.root, "campaigns/c/visits.txt", "".join(f"{n}\n" for n in VISITS))
    commit(world.root, "A list")
    world.happened("1", *RUNNING).published()
    write(world.root, "campaigns/c/visits.txt", "".join(f"{n}\n" for n in visits))
    git(world.root, "commit", "--quiet", "--allow-empty", "-a", "-m", "Another list")
    git(world.root, "push", "--quiet", "origin", "HEAD")
    root = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", (tmp_path / "remote.git").as_uri(), str(root))
    return root


def test_a_shallow_clone_while_the_list_is_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_shallow_after(tmp_path, VISITS))
    result = run("plan", "c")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("c: 3 to submit; ")


def test_a_shallow_clone_does_not_know_what_a_list_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = _shallow_after(tmp_path, VISITS[:3] + VISITS[4:])
    monkeypatch.chdir(root)
    result = run("plan", "c")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error CM200" in result.stderr
    git(root, "fetch", "--quiet", "--unshallow")
    assert "CM200" not in run("plan", "c").output
