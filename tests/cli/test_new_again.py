"""`cmcompile new NAME --from CAMPAIGN@REV`: an old campaign again, proved to compile to the bytes of then."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ledger_builder import git

from cmcompile.cli import again as module
from cmcompile.cli.main import cli

SPEC = """\
# A campaign of last year.
cmcompile: 1
extends: [../library/site.yaml]
campaign: old      # the name
policy: careful
lists:
  visits: {file: lists/visits.txt}
  tracts: {file: ../library/lists/tracts.txt}
vars:
  release: "w_1"   # the stack
where: instrument='HSC' and skymap='s'
inputs: [HSC/raw]
collect: HSC/runs/${{ campaign.name }}
bps:
  pipelineYaml: /p/x.yaml
  payload: {butlerConfig: /repo/main, sw_image: "lsst:${{ release }}"}
  includeConfigs+: [include/a.yaml]
steps:
  step1:
    # by visit
    split:
    - {by: visit, list: visits, size: 2}
    collect: ${{ campaign.collect }}/${{ step.name }}
    rescues:
      memory:
        groups: [2]
        because: jobs that ended for want of memory

        bps: {requestMemory: 8192}
    # what comes after
    priority: 5
  step2:
    needs: {step1/memory: all}
    split: [{by: tract, list: tracts, size: 1}]
    collect: ${{ campaign.collect }}/${{ step.name }}
"""
SITE = """\
extends: [base.yaml]
bps:
  includeConfigs+: [include/site.yaml]
"""
POLICY = """\
cmcompile: 1
about: nothing is sent again
rules: [{name: any, match: {message: x}, class: code, action: review, because: known}]
"""
FILES = {
    "campaigns/old/campaign.yaml": SPEC,
    "campaigns/old/lists/visits.txt": "1\n2\n3\n",
    "campaigns/old/include/a.yaml": "requestMemory: 1\n",
    "campaigns/old/decisions.yaml": "[]\n",
    "campaigns/library/site.yaml": SITE,
    "campaigns/library/base.yaml": "bps: {computeSite: SLAC}\n",
    "campaigns/library/include/site.yaml": "requestCpus: 1\n",
    "campaigns/library/lists/tracts.txt": "9615\n9697\n",
    "campaigns/library/policies/careful.yaml": POLICY,
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    git(tmp_path, "init", "--quiet")
    for path, text in FILES.items():
        write(tmp_path, path, text)
    keep(tmp_path, "v1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def keep(root: Path, tag: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "--allow-empty", "-m", tag)
    git(root, "tag", tag)


def run(*args: str) -> Result:
    result = CliRunner().invoke(cli, list(args))
    assert "Traceback" not in result.output
    return result


def files(root: Path, name: str) -> list[str]:
    folder = root / "campaigns" / name
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def compiled(root: Path, name: str) -> dict[str, str]:
    """Return the compiled files but for their first line, with the name taken out."""
    assert run("compile", name).exit_code == 0
    out = root / "build" / name
    return {
        p.relative_to(out).as_posix(): p.read_text().split("\n", 1)[1].replace(name, "NAME")
        for p in out.rglob("*.yaml")
        if p.parent.name.startswith("step")
    }


def test_it_compiles_to_the_same_but_for_the_name(root: Path) -> None:
    result = run("new", "next", "--from", "old@v1", "--with-rescues")
    assert result.exit_code == 0, result.output
    assert "5 groups compile to the bytes of then" in result.stdout
    assert "left out: decisions" in result.stdout
    assert "since then" not in result.stdout
    # Nothing of the library has changed: it is used from where it is.
    assert files(root, "next") == ["campaign.yaml", "include/a.yaml", "lists/visits.txt"]
    assert compiled(root, "next") == compiled(root, "old")


def test_rescues_are_left_out_and_who_needs_them_needs_the_step(root: Path) -> None:
    result = run("new", "next", "--from", "old@v1")
    assert result.exit_code == 0, result.output
    assert "from old@v1" in result.stdout
    assert "4 groups compile to the bytes of then" in result.stdout
    assert "left out: 1 rescue with 1 group (--with-rescues brings them), decisions" in result.stdout
    text = (root / "campaigns/next/campaign.yaml").read_text()
    assert "rescues" not in text
    assert "memory" not in text
    assert "    # what comes after\n    priority: 5\n" in text
    assert "step1: all" in text
    assert 'release: "w_1"   # the stack' in text
    assert set(compiled(root, "old")) - set(compiled(root, "next")) == {"step1/memory.2.yaml"}


def test_what_has_changed_since_is_pinned_and_told(root: Path) -> None:
    write(root, "campaigns/library/include/site.yaml", "requestCpus: 4\n")
    write(root, "campaigns/library/base.yaml", "bps: {computeSite: IN2P3}\n")
    write(root, "campaigns/library/policies/careful.yaml", POLICY.replace("nothing", "all"))
    write(root, "campaigns/old/lists/visits.txt", "1\n2\n4\n5\n")
    write(root, "campaigns/old/campaign.yaml", SPEC.replace('"w_1"', '"w_2"'))
    keep(root, "v2")
    result = run("new", "next", "--from", "old@v1")
    assert result.exit_code == 0, result.output
    told = result.stdout
    assert "campaigns/library/base.yaml is another file now: as of then in the new folder" in told
    assert "computeSite: SLAC → IN2P3" in told
    assert "list visits has other ids: 2 new (4, 5), 1 gone (3): not taken; --lists now takes them" in told
    assert "release of old: w_1 → w_2 (in the working tree, step1, step2)" in told
    assert files(root, "next") == [
        "campaign.yaml",
        "include/a.yaml",
        "lists/visits.txt",
        "pinned/library/base.yaml",
        "pinned/library/include/site.yaml",
        "pinned/library/lists/tracts.txt",
        "pinned/library/site.yaml",
        "policies/careful.yaml",
    ]
    text = (root / "campaigns/next/campaign.yaml").read_text()
    assert "extends: [pinned/library/site.yaml]" in text
    assert "tracts: {file: pinned/library/lists/tracts.txt}" in text
    now = compiled(root, "next")
    git(root, "checkout", "--quiet", "v1")
    then = compiled(root, "old")
    assert now == {path: text for path, text in then.items() if "memory" not in path}


def test_what_is_asked_for_anew_is_taken_and_told(root: Path) -> None:
    write(root, "campaigns/library/base.yaml", "bps: {computeSite: IN2P3}\n")
    write(root, "campaigns/old/lists/visits.txt", "1\n2\n3\n4\n5\n")
    keep(root, "v2")
    result = run(
        *("new", "next", "--from", "old@v1", "--set", "release=w_9"),
        *("--libraries", "now", "--lists", "now", "--with-rescues"),
    )
    assert result.exit_code == 0, result.output
    told = result.stdout
    assert "as asked, it differs from then in:" in told
    assert "vars.release: w_1 → w_9" in told
    assert "computeSite: SLAC → IN2P3" in told
    assert "campaigns/library/base.yaml is another file now, and that of now is taken" in told
    assert "campaigns/old/lists/visits.txt is another file now, and that of now is taken" in told
    assert "2 new (4, 5): taken" in told
    made = compiled(root, "next")
    assert "step1/3.yaml" in made
    assert "lsst:w_9" in made["step1/1.yaml"]
    assert "pinned/library/base.yaml" not in files(root, "next")


def test_a_list_that_is_empty_now_is_not_taken_as_of_then(root: Path) -> None:
    write(root, "campaigns/old/lists/visits.txt", "")
    result = run("new", "next", "--from", "old@v1", "--lists", "now")
    assert result.exit_code == 1, result.output
    assert "list visits is empty" in result.output
    assert not (root / "campaigns/next").exists()


def test_a_campaign_that_is_gone_comes_again(root: Path) -> None:
    for path in (
        "campaigns/old/campaign.yaml",
        "campaigns/old/include/a.yaml",
        "campaigns/library/base.yaml",
    ):
        (root / path).unlink()
    write(root, "campaigns/library/site.yaml", "bps: {}\n")
    keep(root, "v2")
    result = run("new", "next", "--from", "old@v1")
    assert result.exit_code == 0, result.output
    assert "campaigns/library/base.yaml is gone: as of then in the new folder" in result.stdout
    assert "old is not in the working tree any more" in result.stdout
    assert run("validate", "next").exit_code == 0
    refused = run("new", "other", "--from", "old@v1", "--libraries", "now")
    assert refused.exit_code == 0  # today's site.yaml does not name base.yaml any more
    assert "computeSite: SLAC" in refused.stdout


def test_what_would_not_be_the_same_is_refused_and_nothing_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "edited", lambda text, edits: text.replace("w_1", "w_2"))
    result = run("new", "next", "--from", "old@v1")
    assert result.exit_code == 1
    assert "step1/1 and" in result.stderr
    assert "would not have the bytes of then" in result.stderr
    assert not (root / "campaigns/next").exists()


def test_rescues_of_a_library_are_left_out_of_a_copy_of_it(root: Path) -> None:
    more = "steps: {step2: {rescues: {again: {groups: [1], because: known}}}}\n"
    write(root, "campaigns/library/base.yaml", FILES["campaigns/library/base.yaml"] + more)
    keep(root, "v2")
    result = run("new", "next", "--from", "old@v2")
    assert result.exit_code == 0, result.output
    assert "4 groups compile to the bytes of then" in result.stdout
    assert "rescues" not in (root / "campaigns/next/pinned/library/base.yaml").read_text()
    assert "rescues" in (root / "campaigns/library/base.yaml").read_text()
    assert run("new", "other", "--from", "old@v2", "--with-rescues").exit_code == 0
    assert "pinned/library/base.yaml" not in files(root, "other")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--from", "old@v9"), 1, "unknown revision 'v9'"),
        (("--from", "nothing@v1"), 1, "v1 has no campaign nothing; it has old"),
        (("--from", "library/site@v1"), 64, "a library file is taken as it is now"),
        (("--from", "old@v1", "--set", "relase=1"), 64, "did you mean release?"),
        (("--from", "old", "--with-rescues"), 64, "need --from NAME@REV"),
        (("--lists", "now"), 64, "need --from NAME@REV"),
        (("--from", "old@"), 1, "'' is not a revision"),
    ],
)
def test_what_can_not_be_asked_for(root: Path, args: tuple[str, ...], code: int, said: str) -> None:
    result = run("new", "next", *args)
    assert (result.exit_code, said in result.stderr) == (code, True), result.output
    assert not (root / "campaigns/next").exists()


def test_an_old_campaign_with_errors_is_not_made_again(root: Path) -> None:
    write(root, "campaigns/old/campaign.yaml", SPEC.replace("list: visits", "list: visit"))
    keep(root, "bad")
    result = run("new", "next", "--from", "old@bad")
    assert result.exit_code == 1
    assert "campaigns/old/campaign.yaml:" in result.stderr
    assert not (root / "campaigns/next").exists()


def test_the_campaigns_of_this_repository_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(__file__).parents[2] / "campaigns"
    subprocess.run(["cp", "-r", str(source), str(tmp_path / "campaigns")], check=True)
    git(tmp_path, "init", "--quiet")
    keep(tmp_path, "v1")
    library = tmp_path / "campaigns/library/sites.yaml"
    library.write_text(library.read_text() + "# changed\n")
    monkeypatch.chdir(tmp_path)
    for name in ("dp02", "first-light", "nv-20250423"):
        result = run("new", f"{name}-again", "--from", f"{name}@v1", "--with-rescues")
        assert result.exit_code == 0, result.output
        assert "to the bytes of then" in result.stdout


GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*/given/campaigns/*/campaign.yaml"))


@pytest.mark.parametrize("spec", GOLDEN, ids=lambda spec: spec.parent.name)
def test_whatever_the_language_has_comes_again(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = spec.parent.name
    shutil.copytree(spec.parents[2], tmp_path, dirs_exist_ok=True)
    git(tmp_path, "init", "--quiet")
    keep(tmp_path, "v1")
    monkeypatch.chdir(tmp_path)
    same = run("compare", f"{name}@v1", name)
    assert same.stdout.splitlines()[0] == f"{name}@v1 → {name}: no difference", same.output
    outside = [p for p in tmp_path.glob("campaigns/*/**/*") if p.is_file() and name not in p.parts]
    for path in outside:
        path.write_bytes(path.read_bytes() + b"# changed\n")
    for number, more in enumerate(((), ("--with-rescues",))):
        result = run("new", f"again{number}", "--from", f"{name}@v1", *more)
        assert result.exit_code == 0, result.output
        assert "to the bytes of then" in result.stdout
