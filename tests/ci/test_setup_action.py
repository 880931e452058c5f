"""The step of the action that installs cmcompile, with a Python that only writes down what it is asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml
from actions_world import ROOT, SETUP

#: Makes an environment whose Python is this script again, and whose pip installs a cmcompile of one line.
PYTHON = """\
#!/bin/sh
echo "$@" >> "$LOG"
if [ "$2" = venv ]; then
  mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
elif [ "$2" = pip ]; then
  printf '#!/bin/sh\\necho "cmcompile of one line"\\n' > "$(dirname "$0")/cmcompile"
  chmod +x "$(dirname "$0")/cmcompile"
fi
"""


def run(tmp_path: Path, name: str = "temp of a runner") -> tuple[Path, list[str], str]:
    """Run the step; return the runner's folder, what Python was asked for, and what was put on PATH."""
    (step,) = yaml.safe_load(SETUP.read_text(encoding="utf-8"))["runs"]["steps"]
    temp, log, added = tmp_path / name, tmp_path / "log", tmp_path / "path"
    temp.mkdir(exist_ok=True)
    python = tmp_path / "python3"
    python.write_text(PYTHON)
    python.chmod(0o755)
    assert step["env"] == {"PYTHON": "${{ inputs.python }}"}
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "LOG": str(log),
            "PYTHON": str(python),
            "RUNNER_TEMP": str(temp),
            "GITHUB_ACTION_PATH": str(SETUP.parent),
            "GITHUB_PATH": str(added),
        },
        check=True,
    )
    return temp, log.read_text().splitlines(), added.read_text()


def test_what_is_pinned_is_installed_from_the_commit_of_the_action(tmp_path: Path) -> None:
    temp, asked, _ = run(tmp_path)
    assert asked == [
        f"-m venv {temp}/cmcompile",
        f"-m pip install --quiet -r {ROOT}/requirements/run.txt",
        f"-m pip install --quiet --no-deps {ROOT}",
    ]


def test_only_cmcompile_comes_onto_the_path(tmp_path: Path) -> None:
    temp, _, added = run(tmp_path)
    (folder,) = added.splitlines()
    assert [path.name for path in Path(folder).iterdir()] == ["cmcompile"]
    assert Path(folder).is_relative_to(temp)
    done = subprocess.run([f"{folder}/cmcompile"], capture_output=True, text=True, check=True)
    assert done.stdout == "cmcompile of one line\n"


def test_it_may_run_twice_in_a_job(tmp_path: Path) -> None:
    run(tmp_path)
    _, _, added = run(tmp_path)
    assert len(set(added.splitlines())) == 1
