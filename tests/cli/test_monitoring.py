"""The monitor of PanDA is named by git's configuration, or by a variable that goes before it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cmcompile.cli.monitoring import monitor_of
from cmcompile.model.errors import CmcompileError
from cmcompile.observe.panda.budget import BUDGET

_ADDRESS = "https://monitor.example.org:8443"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PANDAMON_URL", "CMCOMPILE_MONITOR_BUDGET"):
        monkeypatch.delenv(name, raising=False)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def config(clone: Path, name: str, value: str) -> None:
    subprocess.run(["git", "-C", str(clone), "config", name, value], check=True)


def test_without_an_address_there_is_none(clone: Path) -> None:
    assert monitor_of(clone) is None


def test_the_settings_of_git(clone: Path) -> None:
    config(clone, "cmcompile.monitor", _ADDRESS)
    found = monitor_of(clone)
    assert found is not None
    assert (found.address, found.most) == (_ADDRESS, BUDGET)
    config(clone, "cmcompile.monitorBudget", "250")
    found = monitor_of(clone)
    assert found is not None
    assert found.most == 250


def test_a_variable_goes_before(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config(clone, "cmcompile.monitor", "https://other.example.org")
    monkeypatch.setenv("PANDAMON_URL", f"{_ADDRESS}/")
    monkeypatch.setenv("CMCOMPILE_MONITOR_BUDGET", "0")
    found = monitor_of(clone)
    assert found is not None
    assert (found.address, found.most) == (_ADDRESS, 0)


@pytest.mark.parametrize(
    "address", ["monitor.example.org", "ftp://x", "https://", f"https://me{':'}x@host", "x:y"]
)
def test_what_is_no_address_is_refused(clone: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("PANDAMON_URL", address)
    with pytest.raises(CmcompileError, match=r"cmcompile\.monitor"):
        monitor_of(clone)


@pytest.mark.parametrize("number", ["many", "-1", "1.5", "٣"])
def test_what_is_no_budget_is_refused(clone: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setenv("PANDAMON_URL", _ADDRESS)
    monkeypatch.setenv("CMCOMPILE_MONITOR_BUDGET", number)
    with pytest.raises(CmcompileError, match=r"cmcompile\.monitorBudget"):
        monitor_of(clone)
