"""BPS itself reads what an imported campaign compiles to as it reads what was imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from test_round_trip import compiled, dp02, dp02_lists
from tree_maker import Maker

from cmcompile.imports.bps.importer import import_bps

pytestmark = [pytest.mark.service("lsst"), pytest.mark.filterwarnings("ignore")]
#: Every one of these has its own mixture of edits.
SEEDS = range(0, 300, 15)


def write(files: Mapping[str, bytes], out: Path) -> Path:
    for path, data in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)
    return out


def view(path: Path) -> Any:
    from lsst.ctrl.bps import BpsConfig
    from lsst.daf.butler import Config

    try:
        return Config.toDict(BpsConfig(str(path)))
    except (ValueError, TypeError, AttributeError) as error:
        return f"can't be read: {type(error).__name__}"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to write to; what is included from an installation is there."""
    site = tmp_path / "bps/config/bps_idf.yaml"
    site.parent.mkdir(parents=True)
    site.write_text("computeSite: LSST\npipetask:\n  deblend: {queue: other}\n")
    (tmp_path / "bps/x.yaml").write_text("computeSite: S0\nrequestMemory: 1\n")
    for name in ("CTRL_BPS_DIR", "CTRL_BPS_PANDA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "bps"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(files: Mapping[str, bytes], lists: list[Any], folder: Path) -> int:
    result = import_bps("again", files, lists)
    want, got = write(files, folder / "want"), write(compiled(result), folder / "got")
    for path in result.compared:
        assert view(got / path) == view(want / path), path
    return sum(isinstance(view(want / path), dict) for path in result.compared)


@pytest.mark.parametrize("with_lists", [True, False], ids=["lists", "no lists"])
def test_dp02(elsewhere: Path, with_lists: bool) -> None:
    assert check(dp02(), dp02_lists() if with_lists else [], elsewhere) == 94


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_trees(elsewhere: Path, seed: int) -> None:
    maker = Maker(seed)
    assert check(maker.make(), maker.lists, elsewhere) > 0
