"""The commands of the guide that need a simulated workload system do what the guide says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_guide_tells_how_to_try_a_campaign(tmp_path: Path) -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```sh\n(export CMCOMPILE_SIMULATED.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "campaigns/first-light", clone / "campaigns/first-light")
    (clone / ".gitignore").write_text("build/\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, words in (("python", ""), ("cmcompile", "-m cmcompile.cli.main ")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        (programs / name).chmod(0o755)
    setting_up = f"""
        git init -q --bare -b main {tmp_path}/remote.git
        git init -q -b main . && git add . && git commit -q -m one
        git remote add origin {tmp_path}/remote.git && git push -q -u origin main
        trap 'kill $!' EXIT
    """
    done = subprocess.run(
        ["bash", "-c", setting_up + block],
        cwd=clone,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "1001  partial" in done.stdout
    assert "1 needs a person" in done.stdout
    assert "error" not in done.stdout
    assert re.search(r"^step1 .* 3 of 4 ", done.stdout, re.MULTILINE), done.stdout
