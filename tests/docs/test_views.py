"""What the pages on the catalog and on views show is run on a real ledger, in the order of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from batch_world import BatchWorld, make_batch_world
from ledger_world import run

from cmcompile.catalog.tables import OUTPUTS, tables
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.view import VIEWS, UnitState

ROOT = Path(__file__).parents[2]


def text(page: str) -> str:
    return (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")


def commands(page: str) -> list[str]:
    """Return the commands of a page, for the campaign that the tests have."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)
    return [line.replace("auau23", "c") for block in blocks for line in block.splitlines()]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BatchWorld:
    world = make_batch_world(tmp_path)
    failure = Failure(Quantum("event", "run=22000, segment=2"), Fault.FAILED, "no space")
    outcome = Outcome((TaskOutcome("event", 2, 1, 1),), (failure,))
    world.sent("event", "22000", "partial", outcome=outcome).ran(1).ran(2, exit_=3).wrote(1)
    published = world.published()
    monkeypatch.chdir(world.root)
    monkeypatch.delenv("CMCOMPILE_CATALOG", raising=False)
    return published


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("page", ["catalog", "views"])
def test_the_commands_of_a_page_work(page: str) -> None:
    found = commands(page)
    assert len(found) >= 5
    for line in found:
        command, _, target = line.partition(" > ")
        result = run(*shlex.split(command)[1:])
        assert result.exit_code == 0, (line, result.output)
        if target:
            assert result.stdout
            Path(target).write_text(result.stdout)


def test_the_pages_name_all_there_is() -> None:
    words = re.findall(r"`(\w+)`", text("views"))
    assert {*VIEWS, *(state.value for state in UnitState)} <= set(words)
    columns = {column.name for column in tables().tables[OUTPUTS].columns} - {"id"}
    assert columns <= set(re.findall(r"`(\w+)`", text("catalog")))
