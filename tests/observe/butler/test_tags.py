"""What a real Butler makes of tagged inputs beyond the contract."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sky_bench import SkyBench
from sky_fixtures import made_sky as made_sky
from sky_fixtures import repo as repo

from cmcompile.model.tagged import TagContent
from cmcompile.model.wms import NoAnswer

pytestmark = pytest.mark.service("lsst")

RAWS, CAM = "SimCam/raw", "instrument='SimCam'"
ONE = f"{CAM} and detector = 1"


@pytest.fixture
def bench(repo: Path, tmp_path: Path) -> SkyBench:
    return SkyBench(repo, tmp_path)


def tag(bench: SkyBench, where: str = CAM, *, sources: tuple[str, ...] = (RAWS,), kind: str = "raw") -> Any:
    return bench.butler.tag("u/tag", sources, [kind], where)


def registry(bench: SkyBench) -> str:
    return sha256((bench.repo / "gen3.sqlite3").read_bytes()).hexdigest()


def test_what_is_right_already_is_not_written(bench: SkyBench) -> None:
    first = tag(bench)
    before = registry(bench)
    assert tag(bench) == first == TagContent(8, first.digest)
    assert registry(bench) == before
    assert tag(bench, ONE).count == 2
    assert registry(bench) != before


def test_what_is_refused_is_not_even_registered(bench: SkyBench) -> None:
    before = registry(bench)
    for answer in (
        tag(bench, f"{CAM} and detector = 77"),
        tag(bench, "detector = 1"),
        tag(bench, kind="nothing"),
        tag(bench, sources=("SimCam/*",)),
        bench.butler.tag(RAWS, [RAWS], ["raw"], CAM),
    ):
        assert isinstance(answer, NoAnswer)
    assert registry(bench) == before


def test_one_that_was_only_registered_is_filled_and_what_others_put_in_taken_out(bench: SkyBench) -> None:
    from lsst.daf.butler import Butler, CollectionType

    with Butler.from_config(str(bench.repo), writeable=True) as butler:
        butler.collections.register("u/tag", CollectionType.TAGGED)
    assert tag(bench, ONE).count == 2
    with Butler.from_config(str(bench.repo), writeable=True) as butler:
        found = butler.query_datasets("raw", collections=RAWS, where=f"{CAM} and detector = 0")
        butler.registry.associate("u/tag", found)
    assert tag(bench, ONE).count == 2
    wanted = {(RAWS, f"detector=1, exposure={n}, instrument=SimCam") for n in (1, 2)}
    assert bench.tagged("u/tag") == frozenset(wanted)


def test_all_of_it_is_changed_or_nothing(bench: SkyBench, monkeypatch: pytest.MonkeyPatch) -> None:
    from lsst.daf.butler import Butler

    tag(bench, ONE)
    held = bench.tagged("u/tag")
    with Butler.from_config(str(bench.repo)) as butler:
        kind = type(butler.registry)

    def fails(*_: object) -> None:
        raise RuntimeError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(kind, "associate", fails)
        assert tag(bench, f"{CAM} and detector = 0") == NoAnswer("the database is gone")
    assert bench.tagged("u/tag") == held
    assert tag(bench, f"{CAM} and detector = 0").count == 2


def test_it_is_not_chosen_from_what_holds_it(bench: SkyBench) -> None:
    tag(bench)
    assert bench.butler.chain("u/out", ["u/tag"]) is None
    assert tag(bench, sources=("u/out",)) == NoAnswer("u/tag can't be chosen from itself")


def test_certified_calibrations_are_not_tagged(bench: SkyBench) -> None:
    from lsst.daf.butler import Butler, CollectionType, DatasetType, Timespan

    with Butler.from_config(str(bench.repo), writeable=True) as butler:
        kind = DatasetType(
            "bias",
            ("instrument", "detector"),
            "StructuredDataDict",
            universe=butler.dimensions,
            isCalibration=True,
        )
        butler.registry.registerDatasetType(kind)
        butler.collections.register("c/run")
        ref = butler.put({"a": 1}, kind, instrument="SimCam", detector=0, run="c/run")
        butler.collections.register("c/calib", CollectionType.CALIBRATION)
        butler.registry.certify("c/calib", [ref], Timespan(None, None))
    answer = tag(bench, sources=(RAWS, "c/calib"), kind="bias")
    assert isinstance(answer, NoAnswer)
    assert "bias is certified in c/calib" in answer.why
    assert tag(bench, ONE, sources=("c/calib", RAWS)).count == 2
    assert tag(bench, sources=("c/run",), kind="bias").count == 1
