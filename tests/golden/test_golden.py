"""Emitted bytes are frozen: they change only together with ``EMIT``."""

from __future__ import annotations

import golden_tools
import pytest
import yaml
from golden_tools import NAMES, compiled, recorded, written

from cmcompile.version import EMIT


@pytest.mark.parametrize("name", NAMES)
def test_bytes_change_only_with_emit(name: str) -> None:
    new, old = compiled(name), written(name)
    if recorded() != EMIT:
        pytest.fail("EMIT was raised: write the corpus anew with python tests/golden/golden_tools.py")
    assert sorted(new) == sorted(old), "python tests/golden/golden_tools.py"
    changed = [path for path in old if new[path] != old[path]]
    assert not changed, f"raise EMIT in cmcompile/version.py, or take the change back: {changed}"


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_yaml(name: str) -> None:
    for path, data in written(name).items():
        if not path.endswith(".yaml"):
            continue  # a table, a script or a payload file of a batch step
        assert isinstance(yaml.safe_load(data), dict | None), path


def test_the_corpus_is_not_written_over_while_emit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {path: data + b"\n" for path, data in compiled("values").items()}
    monkeypatch.setattr(golden_tools, "NAMES", ["values"])
    monkeypatch.setattr(golden_tools, "compiled", lambda _: changed)
    before = written("values")
    assert golden_tools.main() == 1
    assert written("values") == before
