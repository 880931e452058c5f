"""Selectors of groups on the command line, and their completion."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from cmcompile.cli.address import Condition, NoGroupError, address_of, parse
from cmcompile.cli.campaigns import NoCampaignError, usable
from cmcompile.cli.choose import select
from cmcompile.cli.main import cli
from cmcompile.model.errors import CmcompileError

ONE = """\
cmcompile: 1
campaign: one
inputs: [raw]
collect: u/one
vars: {release: w_1}
where: instrument='A' and skymap='S'
exclude:
- {exposure: 4, because: no flat}
bps: {payload: {butlerConfig: /repo/main}, pipelineYaml: p.yaml}
steps:
  step1:
    collect: u/one/step1
    split:
    - {by: detector, values: 0..9, count: 2}
    - {by: exposure, values: 1..6, size: 3}
    rescues:
      again: {because: failed, groups: {exposure: 2}}
  step2:
    collect: u/one/step2
    split: [{by: tract, values: 11..22, size: 1, first: 1}]
    extra: {special: {tract: [99], because: by hand}}
  night: {collect: u/one/night}
"""
TWO = ONE.replace("campaign: one", "campaign: other").replace("u/one", "u/other")


def write(root: Path, **campaigns: str) -> None:
    (root / ".git").mkdir(exist_ok=True)
    for name, text in campaigns.items():
        folder = root / "campaigns" / name
        folder.mkdir(parents=True)
        (folder / "campaign.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository with one campaign."""
    write(tmp_path, one=ONE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def both(alone: Path) -> Path:
    """Make a repository with two campaigns."""
    write(alone, other=TWO)
    return alone


def chosen(*selectors: str) -> list[str]:
    addresses = parse(selectors)
    (place,) = {address.place for address in addresses}
    compilation = usable(place)
    return [address_of(compilation.spec.name, made.group) for made in select(addresses, compilation)]


def ids(*selectors: str) -> list[str]:
    return [text.split("/", 1)[1] for text in chosen(*selectors)]


STEP1 = ["step1/1-1", "step1/1-2", "step1/2-1", "step1/2-2", "step1/again.1-2", "step1/again.2-2"]


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["one/step1"], STEP1),
        (["one/step1/"], STEP1),
        (["campaigns/one/step1"], STEP1),
        (["campaigns/one/campaign.yaml/step1"], STEP1),
        (["one/step1/1-2"], ["step1/1-2"]),
        (["one/step1/1-*"], ["step1/1-1", "step1/1-2"]),
        (["one/step1/*-2"], [i for i in STEP1 if i.endswith("-2")]),
        (["one/step1/again.1-2"], ["step1/again.1-2"]),
        (["one/step1/again"], ["step1/again.1-2", "step1/again.2-2"]),
        (["one/step1/2-1,1-1"], ["step1/1-1", "step1/2-1"]),
        (["one/step2/2..4,9"], ["step2/2", "step2/3", "step2/4", "step2/9"]),
        (["one/*/1-1"], ["step1/1-1"]),
        (["one/step2/special", "one/night"], ["step2/special", "night/all"]),
        (["one", "tract:99"], ["step2/special"]),
        (["tract:12..13,22"], ["step2/2", "step2/3", "step2/12"]),
        (["one/exposure:1"], ["step1/1-1", "step1/2-1"]),
        (["one/step1/exposure:6", "one/night"], [*(i for i in STEP1 if "-2" in i), "night/all"]),
        (["exposure:1", "detector:0"], ["step1/1-1"]),
        (["exposure:1", "exposure:6", "detector:0"], ["step1/1-1", "step1/1-2", "step1/again.1-2"]),
        (["one/step1/again", "detector:9"], ["step1/again.2-2"]),
    ],
    ids=str,
)
def test_what_a_selector_means(alone: Path, selectors: list[str], expected: list[str]) -> None:
    del alone
    assert ids(*selectors) == expected


def test_the_only_campaign_needs_no_name(alone: Path) -> None:
    del alone
    assert chosen("step1/1-1") == chosen("one/step1/1-1") == ["one/step1/1-1"]


def test_the_folder_of_a_campaign_needs_no_name(both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = both / "campaigns" / "other" / "lists"
    below.mkdir()
    with pytest.raises(NoCampaignError, match="no campaign is named 'step1'; there are one, other"):
        parse(["step1/1-1"])
    for folder in (below.parent, below):
        monkeypatch.chdir(folder)
        assert chosen("step1/1-1") == ["other/step1/1-1"]
        assert chosen("one/step1/1-1") == ["one/step1/1-1"]
        assert chosen("campaigns/one/night") == ["one/night/all"]


def test_a_path_from_elsewhere(both: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        assert chosen(f"{both}/campaigns/one/night/all") == ["one/night/all"]
        with pytest.raises(NoCampaignError, match="there is none under campaigns/"):
            parse(["one/night"])


def test_a_condition_alone_is_for_the_campaigns_named(both: Path) -> None:
    del both
    assert chosen("exposure:1", "other") == ["other/step1/1-1", "other/step1/2-1"]
    places = {address.place.name for address in parse(["one", "tract:1", "other"])}
    assert places == {"one", "other"}
    with pytest.raises(NoCampaignError, match="which campaign"):
        parse(["tract:1"])


def test_the_value_that_is_parsed(alone: Path) -> None:
    del alone
    (address,) = parse(["one/step1/exposure:1..3,5"])
    assert (address.place.name, address.step, address.group) == ("one", "step1", None)
    assert address.condition == Condition("exposure", ("1..3", "5"))
    assert [parse([text])[0].implied for text in ("one/step1", "step1")] == [False, True]


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("one/setp1", r"one has no step 'setp1'; did you mean step1"),
        ("setp1", r"one has no step 'setp1', and no campaign has this name; did you mean step1"),
        ("oen", r"one has no step 'oen', and no campaign has this name; did you mean one\?"),
        ("one/step1/1-9", r"one/step1 has no group '1-9'; did you mean 1-"),
        ("one/step2/77", r"one/step2 has no group '77'; the ids go from 1 to special"),
        ("one/night/1", r"one/night has no group '1'; its only group is all"),
        ("one/step1/agian", r"did you mean again\?"),
        ("one/step1/1-1/x", r"is no selector: write CAMPAIGN/STEP/GROUP"),
        ("one//1-1", r"is no selector: write CAMPAIGN/STEP/GROUP"),
        ("/", r"is no selector"),
        ("", r"is no selector"),
        ("onee/step1/1-1", r"no campaign is named 'onee'; did you mean one\?"),
        ("state:failed", r"only the ledger knows"),
        ("one/state:failed", r"only the ledger knows"),
        ("patch:1", r"no group is cut by 'patch'; there are detector, exposure, tract"),
        ("exposur:1", r"did you mean exposure\?"),
        ("tract:", r"names no id"),
        ("tract:5..1", r"a range that is empty or too long"),
        ("tract:1234", r"no group holds tract 1234"),
        ("exposure:4", r"`exclude` takes it out of step1/1-2, step1/2-2"),
        ("one/night/tract:11", r"no group is cut by 'tract'; there are none"),
    ],
)
def test_a_wrong_selector_says_what_is_wrong(alone: Path, selector: str, message: str) -> None:
    del alone
    with pytest.raises(CmcompileError, match=message):
        chosen(selector)


def test_several_parts_of_a_pattern_must_each_match(alone: Path) -> None:
    del alone
    with pytest.raises(NoGroupError, match="no group '3-\\*'"):
        chosen("one/step1/1-1,3-*")


def complete(command: Iterable[str], incomplete: str) -> list[str]:
    shell = ShellComplete(cli, {}, "cmcompile", "_CMCOMPILE_COMPLETE")
    return [item.value for item in shell.get_completions(list(command), incomplete)]


@pytest.mark.parametrize(
    ("incomplete", "expected"),
    [
        ("", ["one", "other"]),
        ("o", ["one", "other"]),
        ("ot", ["other", "other/step1", "other/step2", "other/night"]),
        ("one/", ["one/step1", "one/step2", "one/night"]),
        ("one/n", ["one/night", "one/night/all"]),
        ("one/step1/", [f"one/{i}" for i in STEP1]),
        ("one/step1/2", ["one/step1/2-1", "one/step1/2-2"]),
        ("one/step1/again.1", ["one/step1/again.1-2"]),
        (
            "campaigns/on",
            ["campaigns/one", "campaigns/one/step1", "campaigns/one/step2", "campaigns/one/night"],
        ),
        ("campaigns/one/step2/s", ["campaigns/one/step2/special"]),
        ("one/nothing/", []),
        ("x", []),
    ],
)
@pytest.mark.parametrize("command", ["list", "explain"])
def test_completion(both: Path, command: str, incomplete: str, expected: list[str]) -> None:
    del both
    assert complete([command], incomplete) == expected


def test_completion_without_the_name_of_the_campaign(alone: Path) -> None:
    del alone
    assert complete(["explain"], "") == ["one", "step1", "step2", "night"]
    assert complete(["explain"], "step1/1") == ["step1/1-1", "step1/1-2"]


def test_completion_of_further_selectors(both: Path) -> None:
    del both
    assert complete(["list", "one/step1"], "other/n") == ["other/night", "other/night/all"]


def test_completion_of_keys(both: Path) -> None:
    del both
    assert complete(["explain", "one/step1/1-1"], "payload") == ["payload", "payload.butlerConfig"]
    assert complete(["explain", "one/step1/1-1"], "vars.") == ["vars.release"]
    assert complete(["explain", "one/step1/1-1"], "wh") == ["where"]


def test_completion_is_silent_on_errors(alone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (alone / "campaigns" / "one" / "campaign.yaml").write_text("steps: [}\n", encoding="utf-8")
    assert complete(["explain"], "one/") == []
    assert complete(["explain", "one/step1/1-1"], "payload") == []
    assert complete(["explain", "nowhere/step1/1-1"], "vars") == []
    (alone / "campaigns" / "one" / "campaign.yaml").write_text("\0", encoding="utf-8")
    assert complete(["list"], "step1/") == []
    assert capfd.readouterr() == ("", "")
