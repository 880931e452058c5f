"""Another Python finds this package, and nothing that is installed beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cmcompile
from cmcompile.engine.own import FIND, home


def test_only_this_package_is_found(tmp_path: Path) -> None:
    assert Path(home(), "cmcompile", "__init__.py").samefile(cmcompile.__file__)
    (tmp_path / "cmcompile").symlink_to(Path(cmcompile.__file__).parent)
    (tmp_path / "beside.py").write_text("")
    (tmp_path / "lsst").mkdir()
    code = (
        f"{FIND}import cmcompile.model.child, cmcompile.engine.record; from importlib.util import find_spec; "
        "print(cmcompile.__file__, find_spec('beside'), find_spec('lsst'), sys.argv)"
    )
    # Without what is installed for this one.
    program = [sys._base_executable, "-I", "-S", "-c", code, str(tmp_path), "more"]  # type: ignore[attr-defined]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [
        str(tmp_path / "cmcompile/__init__.py"),
        "None",
        "None",
        "['-c',",
        "'more']",
    ], done.stderr
