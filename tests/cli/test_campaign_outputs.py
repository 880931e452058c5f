"""What became of a run is asked of whom its outputs belong to: the Butler, or the files of a batch step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cmcompile.cli.campaign_outputs import CampaignOutputs
from cmcompile.model.outcome import Outcome
from cmcompile.model.tagged import TagContent
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.outputs import BatchOutputs
from cmcompile.observe.batch.runs import BatchRuns

NOTHING = NoAnswer("nobody is asked")


@dataclass(slots=True)
class Asked:
    """A Butler that keeps what it is asked."""

    calls: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        self.calls.append(("outcome", tuple(runs), tuple(earlier)))
        return Outcome()

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        self.calls.append(("usage", tuple(runs), ()))
        return Usage()

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        self.calls.append(("missing", tuple(runs), ()))
        return frozenset(runs)

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        self.calls.append(("chain", tuple(runs), ()))
        return None

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        self.calls.append(("tag", tuple(sources), ()))
        return NOTHING

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        self.calls.append(("retire", tuple(runs), ()))
        return None


@pytest.fixture
def outputs(tmp_path: Path) -> tuple[CampaignOutputs, Asked]:
    """Return an area with the run ``jobs/1/w00`` of a batch step."""
    place = tmp_path / "submit/jobs/1/w00"
    place.mkdir(parents=True)
    (place / "given.json").write_text("{}")
    butler = Asked()
    batch = BatchOutputs(tmp_path, BatchRuns(tmp_path, lambda where, command: NOTHING))
    return CampaignOutputs(batch, butler), butler


def test_runs_of_pipelines_are_asked_of_the_butler(outputs: tuple[CampaignOutputs, Asked]) -> None:
    found, butler = outputs
    found.outcome(["u/1/w01"], ["u/1/w00", "jobs/1/w00"])
    found.usage(["u/1/w00"])
    assert found.missing(["u/1/w00", "jobs/1/w00"]) == frozenset({"u/1/w00"})
    assert found.chain("u", ["u/1/w00"]) is None
    assert found.retire(["u/1/w00"]) is None
    assert butler.calls == [
        ("outcome", ("u/1/w01",), ("u/1/w00",)),
        ("usage", ("u/1/w00",), ()),
        ("missing", ("u/1/w00",), ()),
        ("chain", ("u/1/w00",), ()),
        ("retire", ("u/1/w00",), ()),
    ]


def test_runs_of_batch_steps_never_are(outputs: tuple[CampaignOutputs, Asked]) -> None:
    found, butler = outputs
    # What stands there can't be read, so nothing is known.
    assert isinstance(found.outcome(["jobs/1/w00"]), NoAnswer)
    assert found.usage(["jobs/1/w00"]) == Usage()
    assert found.missing(["jobs/1/w00"]) == frozenset()
    for answer in (found.chain("jobs", ["jobs/1/w00"]), found.retire(["jobs/1/w00"])):
        assert isinstance(answer, NoAnswer)
        assert "files" in answer.why
    assert butler.calls == []
