"""`cmcompile status` in real repositories: all levels, all formats, and what can't be read or asked."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
from pathlib import Path

import jsonschema
import pytest
from ledger_builder import git, shallow
from ledger_world import (
    BROKEN,
    ENDED,
    PATH,
    RUNNING,
    SENT,
    TWIN,
    World,
    edit,
    failed,
    make_world,
    program,
    read_json,
    run,
)

from cmcompile.cli import status as command
from cmcompile.ledger.clock import SystemClock

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas/status-v1.schema.json").read_text(encoding="utf-8"))
LEFT_OUT = "cmcompile: warning: broken is left out: its spec or its decisions have errors\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two campaigns over the same data, one that is broken, and a ledger of the first; read only."""
    world = make_world(tmp_path_factory.mktemp("status"), d=TWIN, broken=BROKEN)
    world.happened("1", *ENDED["succeeded"]).happened("2", *ENDED["failed"])
    return world.happened("3", *RUNNING).happened("4", *SENT[:3], "unknown").published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a repository with one campaign, whose ledger is not yet there; a test may change it."""
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    return world


def lines(text: str, start: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.startswith(start)]


@pytest.mark.usefixtures("world")
def test_all_campaigns_and_the_broken_one_does_not_hide_the_others() -> None:
    result = run("status")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "1 of 3 campaigns needs a person\n"
        "  broken: its spec or its decisions have errors\n"
        "  cmcompile validate broken\n"
    )
    assert lines(result.stdout, "broken") == ["broken ! not read"]
    assert re.fullmatch(r"c \[=+\.+] 0% 6 3 .* ago", lines(result.stdout, "c ")[0])
    assert lines(result.stdout, "d ") == ["d [....................] 0% 6 0 none"]


@pytest.mark.usefixtures("world")
def test_a_campaign() -> None:
    text = run("status", "c").stdout
    assert text.startswith("c: nothing needs a person; 0 of 6 groups accepted\nledger ")
    assert lines(text, "step1") == ["step1 [===============.....] 0% 0 of 4 1 failed, 3 active"]
    assert lines(text, "  quanta") == ["quanta 400 of 800 missing"]
    assert text.endswith("1 group is ready to be sent\n  cmcompile apply c\n")


@pytest.mark.usefixtures("world")
def test_a_step() -> None:
    text = run("status", "c/step1").stdout
    assert text.startswith("c: nothing needs a person; 0 of these 4 groups accepted\n")
    assert "3 active" not in text
    (row,) = lines(text, "3 ")
    assert re.fullmatch(r"3 active \d+ \w+ 3@w00 is under way: running", row)
    (row,) = lines(text, "4 ")
    assert row.endswith("4@w00 nobody knows whether its run exists: no reply came")


@pytest.mark.usefixtures("world")
def test_a_group_and_a_workflow() -> None:
    group = run("status", "c/step1/2").stdout
    assert group.startswith("c/step1/2: failed since 2026-11-01T")
    assert "  a rescue for it is declared: step1/memory.2\n" in group
    assert "400 of 400 quanta missing" in group
    assert "and 390 more (--all, or --format json)" in group
    assert "more (--all" not in run("status", "c/step1/2", "--all").stdout
    workflow = run("status", "c/step1/2@w00").stdout
    assert "    process   1 on host, boot boot\n" in workflow
    assert "    process" not in group


@pytest.mark.usefixtures("world")
def test_a_group_or_workflow_that_is_not_there() -> None:
    assert failed("status", "c/step1/2@w07") == "c/step1/2 has no workflow w07; it has w00"
    assert failed("status", "c/step3/9615@w00") == "c/step3/9615 has no workflow w00; it has none yet"
    assert "the ids go from 1 to memory.3" in failed("status", "c/step1/9")
    assert "did you mean step1" in failed("status", "c/stpe1")
    assert "there are broken, c, d" in failed("status", "nothing/at/all")
    assert "leave out the other selectors" in failed("status", "c/step1/2@w00", "c/step1/3")


@pytest.mark.usefixtures("world")
def test_where_an_id_was_processed_across_campaigns() -> None:
    result = run("status", "visit:12")
    assert result.stdout.startswith("visit:12: 4 groups in 2 campaigns\n")
    assert re.search(r"^  2@w00  failed  HSC/runs/c/step1/2/w00-\w{6}$", result.stdout, re.MULTILINE)
    assert "d/step1/2: ready\n" in result.stdout
    assert result.stderr.startswith(LEFT_OUT.rstrip())
    twin = run("status", "exposure:12").stdout
    assert twin == result.stdout.replace("visit:12", "exposure:12")
    assert run("status", "visit:12", "state:failed").stdout.startswith(
        "visit:12 state:failed: 1 group in 1 campaign\n"
    )


@pytest.mark.usefixtures("world")
def test_an_id_that_nobody_holds() -> None:
    result = run("status", "visit:999")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("cmcompile: error: no campaign holds visit:999: no group holds visit 999\n")
    assert run("status", "visit:12..").exit_code == 1
    assert "'colour'" in run("status", "colour:red").stderr


@pytest.mark.usefixtures("world")
def test_groups_by_state() -> None:
    assert run("status", "c", "state:failed").stdout.startswith("c/step1/2: failed")
    assert run("status", "c/state:failed").stdout == run("status", "c", "state:failed").stdout
    two = run("status", "c/step1", "state:failed,active", "--format", "csv").stdout
    assert [row["group"] for row in csv.DictReader(io.StringIO(two))] == ["1", "2", "3", "4"]
    assert failed("status", "c", "state:held").startswith(
        "no group has state held; there are active, failed,"
    )
    assert "outcome_unknown" in failed("status", "c", "reason:over_limits")


@pytest.mark.usefixtures("world")
def test_groups_by_state_in_all_campaigns() -> None:
    result = run("status", "state:ready")
    assert re.findall(r"^([cd]): ", result.stdout, re.MULTILINE) == ["c", "d"]
    assert result.stderr == LEFT_OUT
    assert run("status", "state:failed").stdout.startswith("c/step1/2: failed")
    nothing = run("status", "state:accepted")
    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert nothing.stderr.endswith("cmcompile: error: no group of any campaign has state:accepted\n")


def test_in_the_folder_of_a_campaign_its_name_may_be_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.root / "campaigns/c")
    assert run("status", "step1").stdout.startswith("c: ")
    assert run("status", "state:ready").stdout.startswith("c/step1/memory.2: ready")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("names", [[], ["c"], ["c/step1"], ["c/step1/2"], ["c/step1/2@w00"], ["visit:12"]])
def test_json_is_as_its_schema_says(names: list[str]) -> None:
    result = run("status", *names, "--format", "json")
    assert result.exit_code == 0
    jsonschema.Draft202012Validator(SCHEMA).validate(read_json(result))


@pytest.mark.usefixtures("world")
def test_csv_can_be_read() -> None:
    rows = list(csv.DictReader(io.StringIO(run("status", "--format", "csv").stdout)))
    assert {row["campaign"] for row in rows} == {"c", "d"}
    assert len(rows) == 2 * 8
    (row,) = (r for r in rows if (r["campaign"], r["step"], r["group"]) == ("c", "step1", "2"))
    assert (row["state"], row["workflow"], row["run_id"], row["missing"]) == (
        "failed",
        "2@w00",
        "31415",
        "400",
    )
    where = list(csv.DictReader(io.StringIO(run("status", "visit:12", "--format", "csv").stdout)))
    assert [r["workflow"] for r in where] == ["2@w00", "", "", ""]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("names", [[], ["c"], ["c/step1"], ["c/step1/2"], ["visit:12"]])
def test_markdown_is_a_page(names: list[str]) -> None:
    assert re.match(r"#+ ", run("status", *names, "--format", "markdown").stdout)


@pytest.mark.usefixtures("world")
def test_a_moment_of_the_past() -> None:
    then = run("status", "c", "--at", "2026-11-01T09:30").stdout
    assert lines(then, "step1") == ["step1 [==========..........] 0% 0 of 4 2 active, 2 ready"]
    commit = re.findall(r"^ledger (\w+) of 2026-11-01T09:00:00Z", then, re.MULTILINE)[0]
    assert run("status", "c", "--at", commit).stdout == then
    assert "of 2026-11-01T09:00:00Z" in run("status", "c", "--at", "~12").stdout
    assert failed("status", "c", "--at", "2026-10-01").startswith("there is nothing so early")
    assert "write a date" in failed("status", "c", "--at", "yesterday")
    assert "no commit of the ledger is abcdef" in failed("status", "c", "--at", "abcdef")
    assert "no ledger yet" in failed("status", "d", "--at", "2026-11-01")


@pytest.mark.usefixtures("world")
def test_a_moment_before_some_ledgers_began() -> None:
    text = run("status", "--at", "2026-11-01T09:30").stdout
    assert text.startswith("1 of 3 campaigns needs a person\n  broken: its spec")
    assert run("status", "visit:12", "--at", "2026-10-01").stdout.count(": ready\n") == 2
    assert run("status", "--at", "yesterday").exit_code == 1


def test_no_ledger_yet(fresh: World) -> None:
    result = run("status", "c")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("c: nothing needs a person; 0 of 6 groups accepted\nno ledger yet\n")
    assert run("status").stdout.endswith("none\n# accepted  = active  ! needs a person  . not yet\n")
    (fresh.root / PATH).unlink()
    assert failed("status") == "there is no campaign under campaigns/: `cmcompile new NAME` starts one"
    assert failed("status", "visit:12").startswith("there is no campaign under campaigns/")


def test_errors_in_the_spec_of_the_only_campaign(fresh: World) -> None:
    edit(fresh.root, "needs: step1", "needs: stpe1")
    assert f"{PATH}:20:12: error CM020" in run("status", "c").stderr
    assert failed_last("status", "visit:12") == "no campaign holds visit:12: none of them can be read"


def failed_last(*args: str) -> str:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.splitlines()[-1].removeprefix("cmcompile: error: ")


def test_the_remote_is_down(fresh: World, tmp_path: Path) -> None:
    fresh.happened("1", *RUNNING).published()
    before = run("status", "c").stdout
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    result = run("status", "c")
    assert result.exit_code == 0
    (warning,) = result.stderr.splitlines()
    assert warning.startswith("cmcompile: warning: remote 'origin' can't be asked: ")
    assert warning.endswith("; what was last seen is shown")
    assert re.search(r"^ledger \w{12} as last seen, of 2026-", result.stdout, re.MULTILINE)
    assert result.stdout.replace(" as last seen,", "").splitlines()[3:] == before.splitlines()[3:]
    assert "3 campaigns" not in run("status").stdout
    assert run("status", "--format", "json").stdout.count('"as last seen"') == 1


def test_a_remote_that_does_not_answer_is_asked_once(
    made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(made.root), str(root))
    git(root, "remote", "set-url", "origin", str(tmp_path / "nowhere"))
    monkeypatch.chdir(root)
    for names in ([], ["visit:12"], ["state:ready"]):
        assert run("status", *names).stderr.count("can't be asked") == 1


def test_offline_asks_nobody(fresh: World, tmp_path: Path) -> None:
    fresh.happened("1", *RUNNING).published()
    assert "no ledger yet" in run("status", "c", "--offline").stdout
    assert "no ledger yet" not in run("status", "c").stdout
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    result = run("status", "c", "--offline")
    assert result.stderr == ""
    assert " as last seen, of " in result.stdout


def test_which_remote_holds_the_ledgers(fresh: World, tmp_path: Path) -> None:
    fresh.happened("1", *RUNNING).published()
    git(fresh.root, "config", "cmcompile.remote", "nowhere")
    assert failed("status", "c") == (
        "git's setting cmcompile.remote names 'nowhere', and the remotes are: origin"
    )
    git(fresh.root, "config", "cmcompile.remote", ".")
    assert "no ledger yet" in run("status", "c").stdout
    git(fresh.root, "config", "--unset", "cmcompile.remote")
    git(fresh.root, "remote", "add", "other", str(tmp_path / "other.git"))
    assert "no ledger yet" not in run("status", "c").stdout
    git(fresh.root, "remote", "rename", "origin", "mine")
    assert failed("status", "c").startswith("which of the remotes mine, other holds the ledgers? `git config")


def test_in_no_repository_of_git(tmp_path: Path, fresh: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.root.joinpath("campaigns").rename(tmp_path / "campaigns")
    monkeypatch.chdir(tmp_path)
    assert "is in no git repository" in failed("status", "c")


def test_a_shallow_clone(fresh: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.happened("1", *RUNNING).published()
    root = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", (tmp_path / "remote.git").as_uri(), str(root))
    monkeypatch.chdir(root)
    assert "1 active, 3 ready" in run("status", "c").stdout
    assert "fetch more of the branch (`git fetch --unshallow`)" in failed("status", "c", "--at", "~2")


def test_it_is_shown_again_and_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def sleep(_: SystemClock, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    result = run("status", "c", "--watch", "--every", "5", "--offline")
    assert result.exit_code == 130
    assert waits == [5.0, 5.0]
    assert result.stdout.count("c: nothing needs a person") == 2
    assert run("status", "--watch", "--format", "json").exit_code == 64
    assert run("status", "--watch", "--every", "0").exit_code == 64
    assert command.command.name == "status"
    del world


def test_a_watch_ends_with_the_signal_of_the_keyboard(world: World) -> None:
    watching = program(world.root, "status", "c", "--watch", "--every", "600", "--offline")
    assert watching.stdout is not None
    for line in watching.stdout:
        if "cmcompile apply c" in line:  # the last line of the first page
            break
    os.kill(watching.pid, signal.SIGINT)
    _, errors = watching.communicate(timeout=60)
    assert watching.returncode == 130
    assert errors.strip() == "cmcompile: interrupted"


def test_a_file_of_the_ledger_that_can_not_be_read(fresh: World) -> None:
    made = fresh.builder.make("1", git(fresh.root, "rev-parse", "HEAD"))
    fresh.builder.commits.append({made.path(1, "claimed"): b"{}"})
    fresh.published()
    text = run("status", "c").stdout
    assert "1 group needs a person" in text
    assert "a file of its ledger can't be read" in text


def test_a_ledger_that_was_rewound_is_told_and_hides_nothing(fresh: World) -> None:
    fresh.happened("1", *RUNNING).published()
    run("status", "c")
    git(fresh.root, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/cm/c")
    result = run("status")
    assert result.exit_code == 0
    assert result.stdout.startswith("1 of 1 campaign needs a person\n  c: ")
    assert "the ledger cm/c of origin was seen at" in result.stdout
    assert "the ledger cm/c of origin was seen at" in failed("status", "c")


def test_the_end_of_a_history_that_was_cut_off(
    fresh: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.happened("1", *RUNNING).published()
    root = shallow(tmp_path / "remote.git", tmp_path / "cut", "c", 2)
    git(root, "fetch", "--quiet", "--depth=1", (tmp_path / "remote.git").as_uri(), "main")
    git(root, "checkout", "--quiet", "FETCH_HEAD")
    monkeypatch.chdir(root)
    assert "1 active, 3 ready" in run("status", "c").stdout
