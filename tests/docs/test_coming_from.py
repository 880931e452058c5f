"""What the pages for people from other systems name is there: commands are run, fields are compiled.

Each row of what another system has is on its page. Fields stand in the campaigns of the folder ``fields``.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import click
import pytest
import yaml
from ledger_world import ENDED, SENT, World, make_world, run

from cmcompile.cli.main import cli
from cmcompile.cli.output import Reporting
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import plain
from cmcompile.report.coming_from import Answer, Page, page_of, render
from cmcompile.spec.yaml import read as read_yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/coming-from"
FIELDS = Path(__file__).parent / "fields"


def read(path: Path) -> Page:
    return page_of(yaml.safe_load(path.read_text(encoding="utf-8")))


PAGES = {path.stem: read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def answers(kind: str) -> list[Answer]:
    """Return what the pages name of one kind, each once."""
    every = [answer for page in PAGES.values() for row in page.rows for answer in row.here]
    return list({(a.what, a.of): a for a in every if a.kind == kind}.values())


def numbered(letter: str, *ranges: tuple[int, int]) -> set[str]:
    return {f"{letter}{n}" for first, last in ranges for n in range(first, last + 1)}


#: What each page must have a row for: all that these systems have, by the numbers that the rows carry.
WANTED = {
    "slurp": numbered("S", (1, 27), (30, 37)) | numbered("N", (1, 12)) | numbered("A", (1, 10)),
    "poms": numbered("P", (1, 18), (20, 30)),
    "pegasus": numbered("E", (1, 6)),
}
PRODSTATUS = {
    *(
        "make-prod-groups",
        "update-issue",
        "update-stat",
        "add-job-to-summary",
        "get-butler-stat",
        "get-panda-stat",
    ),
    *("prep-timing-data", "plot-data", "report-to-jira", "create-campaign-yaml", "update-campaign"),
    *("create-step-yaml", "update-step", "map-drp-steps"),
    *("nQuanta", "startTime", "cpu sec/job", "cpu-hours", "MaxRSS GB", "status", "ntasks", "nfiles"),
    *("remaining files", "processed files", "task_finished", "task_failed", "task_subfinished", "created"),
    *("starttime", "wallclock", "est. parallel jobs", "Date", "PREOPS", "STATS", "PANDA", "DESCRIP"),
    *("BPS_yaml", "Issue", "timestamp", "Step", "Start", "End", "Core-hr", "Status"),
}


def test_there_is_a_page_for_each_system() -> None:
    assert set(PAGES) == {"prodstatus", "cm-service", "slurp", "poms", "pegasus"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_it_is_generated(name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == render(PAGES[name]), "make docs"


@pytest.mark.parametrize("name", PAGES)
def test_rows_are_told_apart(name: str) -> None:
    keys = [row.key for row in PAGES[name].rows]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("name", WANTED)
def test_every_row_is_there(name: str) -> None:
    assert {row.key for row in PAGES[name].rows} == WANTED[name]


def test_every_command_and_column_of_prodstatus_is_there() -> None:
    said = " ".join(row.there for row in PAGES["prodstatus"].rows)
    assert {word for word in PRODSTATUS if word not in said} == set()


#: Manifests and transitions of version 2; scripts, YAML and actions of version 1; what cm_tools had.
CM_SERVICE = {
    *("campaign", "step", "lsst", "bps", "butler", "wms", "site", "artifact", "schedule"),
    *(
        "prepare",
        "start",
        "finish",
        "fail",
        "block",
        "unblock",
        "pause",
        "resume",
        "stop",
        "retry",
        "restart",
    ),
    *("reset", "force", "reject", "unprepare", "revive", "rescue", "daemon", "breakpoint", "collect_groups"),
    *("chain_create", "chain_prepend", "chain_collect", "tag_inputs", "tag_create", "tag_associate"),
    *("prepare_step", "bps_submit", "bps_report", "manifest_report", "run_jobs", "run_groups", "run_steps"),
    *("validate", "resource_usage", "hips_maps", "split_method", "split_dataset", "split_vals"),
    *("lsst_version", "prod_area", "butler_repo", "data_query", "bps_variables", "bps_literals"),
    *("task_set", "product_set", "pipetask_error", "wms_task_report", "Imports", "MUST_OVERRIDE", "Slack"),
    *("accept", "rescue_job", "mark_rescued", "overdue", "cm-client", "canvas", "REST", "Gafaelfawr"),
    *("fragments", "rollback", "supersede", "fake_run", "no_run", "tagged", "chained", "insert-rescue"),
    *("max_intensity", "report-error-trend", "print-table", "summarize-output", "split_args", "daemon.stop"),
}


def test_everything_of_cm_service_is_there() -> None:
    said = " ".join(f"{row.there} {answer.say}" for row in PAGES["cm-service"].rows for answer in row.here)
    assert {word for word in CM_SERVICE if re.search(rf"\b{re.escape(word)}\b", said) is None} == set()


# ---- commands


def parsed(line: str) -> str:
    """Parse a command line down to its last option; return the words of its command, as ``import bps``."""
    args = shlex.split(line)
    words: list[str] = []
    command: click.Command = cli
    context: click.Context | None = None
    name: str | None = "cmcompile"
    while isinstance(command, click.Group):
        context = command.make_context(name, args, parent=context, obj=Reporting())
        rest = [*context._protected_args, *context.args]
        if not rest and context.params.get("adopt"):
            return " ".join([*words, "--adopt"])
        if not rest:
            raise click.UsageError(f"{line}: a command is missing")
        name, found, args = command.resolve_command(context, rest)
        assert found is not None
        words.append(name or "")
        command = found
    if args != ["--help"]:
        command.make_context(name, args, parent=context)
    return " ".join(words)


def for_tests(line: str) -> str:
    """Return a command with the names of the campaign that the tests have."""
    return line.replace("dp02", "c")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a repository with a campaign of which groups ended, run, and wait; and files to import."""
    world = make_world(tmp_path_factory.mktemp("coming"))
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["partial"], "measured")
    world.happened("3", *ENDED["cancelled"]).happened("4", *SENT).published()
    shutil.copytree(ROOT / "campaigns/library", world.root / "campaigns/library")
    (world.root / "build/area").mkdir(parents=True)
    for name in (
        "template.yaml",
        "visits.txt",
        "campaign.yaml",
        "campaign.ini",
        "rules.yaml",
        "c.plan",
        "failed.txt",
    ):
        (world.root / name).write_text("c/step1/3\n" if name == "failed.txt" else "")
    return world


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("line", sorted(a.what for a in answers("command")))
def test_a_command_is_there_with_its_options(line: str) -> None:
    assert parsed(for_tests(line))


@pytest.mark.usefixtures("world")
def test_a_command_that_is_not_there_is_seen() -> None:
    for line in ("stauts c", "status c --veiw held", "stats c --by tasks", "import", "apply --limit x"):
        with pytest.raises(click.ClickException):
            parsed(line)


#: Commands that ask nobody but git, and so are run.
READING = {
    *("list", "status", "production", "stats", "failures", "explain", "plan", "diff", "compare", "validate"),
    *("log", "schema", "sql", "policy test", "compile", "changes", "advise", "site", "archive export"),
    "forecast",
}
#: Commands that write what a person decides: they are run with --dry-run.
DECIDING = {
    *("accept", "reject", "retry", "restart", "abandon", "adopt", "cancel", "retire", "hold", "release"),
    *("supersede", "rescue"),
}
#: Where there is nothing to decide as the page says it, the decision is refused in words.
REFUSED = re.compile(r"error: .*(can't|cannot|is not|no |nothing)", re.DOTALL)


def to_run(words: set[str]) -> list[str]:
    lines = [a.what for a in answers("command")]
    found = [line for line in lines if any(line == w or line.startswith(f"{w} ") for w in words)]
    return sorted(line for line in found if "--watch" not in line)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("line", to_run(READING))
def test_a_command_that_reads_is_run(line: str) -> None:
    result = run(*shlex.split(for_tests(line)))
    assert result.exit_code in (0, 2, 3), result.output


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("line", to_run(DECIDING))
def test_a_command_that_decides_is_run_without_writing(line: str) -> None:
    result = run(*shlex.split(for_tests(line)), "--dry-run")
    assert result.exit_code in (0, 3) or REFUSED.search(result.stderr), result.output


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("answer", answers("column"), ids=lambda a: f"{a.what} of {a.of}")
def test_a_column_is_in_its_table(answer: Answer) -> None:
    assert parsed(for_tests(answer.of))
    result = run(*shlex.split(for_tests(answer.of)), "--format", "csv")
    assert result.exit_code == 0, result.output
    assert answer.what in next(csv.reader(StringIO(result.stdout)))


@pytest.mark.parametrize("line", sorted(a.what for a in answers("command") if a.what.startswith("signal ")))
def test_a_signal_is_sent(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/DST.root").write_bytes(b"x" * 10)
    monkeypatch.chdir(tmp_path)
    for name, value in {"SIGNALS": str(tmp_path / "spool"), "JOB": "1", "RUN": "u_run_w00"}.items():
        monkeypatch.setenv(f"CMCOMPILE_{name}", value)
    result = run(*shlex.split(line), "--strict")
    assert result.exit_code == 0, result.output
    (sent,) = (tmp_path / "spool").glob("1-*.json")
    assert json.loads(sent.read_text())["kind"] == line.split()[1]


# ---- fields


def paths(node: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the keys that lead to each value; items of lists have none."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*above, str(key).removesuffix("+"))
            yield from paths(value, (*above, str(key).removesuffix("+")))
    elif isinstance(node, list):
        for item in node:
            yield from paths(item, above)


def known(folder: Path) -> dict[str, set[tuple[str, ...]]]:
    """Return the keys of all campaigns and libraries, and those of all policies."""
    found: dict[str, set[tuple[str, ...]]] = {"": set(), "policy": set()}
    for file in folder.rglob("*.yaml"):
        kind = "policy" if file.parent.name == "policies" else ""
        node = read_yaml(file.name, file.read_bytes(), Findings())
        assert node is not None
        found[kind].update(paths(plain(node)))
    return found


KNOWN = known(FIELDS / "campaigns")


def is_used(field: str) -> bool:
    """Tell whether a field stands in a campaign of the tests, at whichever depth."""
    kind, _, name = field.rpartition(": ")
    keys = name.split(".")
    for path in KNOWN[kind]:
        tail = path[-len(keys) :]
        if len(tail) == len(keys) and all(k in (t, "NAME") for k, t in zip(keys, tail, strict=True)):
            return True
    return False


@pytest.mark.parametrize("field", sorted(a.what for a in answers("field")))
def test_a_field_stands_in_a_campaign_that_compiles(field: str) -> None:
    assert is_used(field)


def test_a_field_that_is_not_there_is_seen() -> None:
    assert not is_used("split.sise")
    assert not is_used("limits.size")
    assert not is_used("policy: rules.running")


@pytest.mark.parametrize("name", ["bps", "batch"])
def test_the_campaigns_with_the_fields_compile(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FIELDS, tmp_path / "fields")
    monkeypatch.chdir(tmp_path / "fields")
    result = run("validate", name)
    assert result.exit_code == 0, result.output
    assert "error" not in result.output
    assert run("compile", name).exit_code == 0


def test_a_page_that_says_nothing_is_refused() -> None:
    row = {"key": "x", "there": "y", "here": [{"command": "list"}]}
    page = {"system": "s", "about": "a", "parts": [{"title": "t", "rows": [row]}]}
    assert page_of(page).rows[0].here[0].what == "list"
    for wrong in (
        {**row, "here": []},
        {**row, "here": [{"command": "list", "not": "never"}]},
        {**row, "here": [{"say": "well"}]},
        {**row, "their": "z"},
        {"key": "x", "here": [{"command": "list"}]},
    ):
        with pytest.raises(ValueError, match=r"x|must be there|missing"):
            page_of({**page, "parts": [{"title": "t", "rows": [wrong]}]})
