"""What all tests share: services that may be absent, hypothesis, and a neutral home without git settings."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import hypothesis
import pytest
from clusters import panda as panda
from clusters import postgres as postgres
from clusters import postgres_registry as postgres_registry
from clusters import slurm as slurm
from present import PANDA, REQUIRE, SERVICES, required

_GITCONFIG = """\
[user]
    name = Test Author
    email = author@test.invalid
[init]
    defaultBranch = main
[commit]
    gpgSign = false
[gc]
    auto = 0
[safe]
    directory = *
[protocol "file"]
    allow = always
"""


_HOME = pytest.StashKey[Path]()
_ENVIRONMENT = pytest.StashKey[dict[str, str]]()
#: Properties of reports: they come home from the workers of pytest-xdist.
_TOLD, _SERVICE = "told", "service"

#: Suites that several rooms run; their asserts are to show what they compared.
pytest.register_assert_rewrite("contract", "contracts", "process_bench", "test_store_contract")
#: By directory: a test of real processes that wait for each other fails after so many seconds, if one never
#: comes. Where jobs are run for real, a machine that has much else to do takes minutes.
_GUARDS = {
    "child": 120,
    "wms": 300,
    "butler": 300,
    "engine": 600,
    "quickstart": 600,
    "rescue": 600,
    "doctor": 300,
    "checkup": 120,
    "ci": 300,
    "gitops": 600,
    "services": 900,
    "site": 600,
    "htcondor": 900,
    "batch": 300,
    "panda": 900,
    "driver": 1500,
    "failures": 1500,
    "tutorial": 1500,
}

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000)


def pytest_configure(config: pytest.Config) -> None:
    """Leave nothing of the user's settings that could change a result; done before tests are imported."""
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
    if unknown := required() - set(SERVICES):
        raise pytest.UsageError(f"{REQUIRE} names no service: {', '.join(sorted(unknown))}")
    config.stash[_ENVIRONMENT] = dict(os.environ)
    home = config.stash[_HOME] = Path(tempfile.mkdtemp(prefix="cmcompile-test-home-"))
    (home / "gitconfig").write_text(_GITCONFIG, encoding="utf-8")
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_", "CMCOMPILE_")) and name not in (REQUIRE, PANDA):
            del os.environ[name]
    for name in ("NO_COLOR", "FORCE_COLOR", "_CMCOMPILE_COMPLETE"):
        os.environ.pop(name, None)
    os.environ.update(
        HOME=str(home),
        GIT_CONFIG_GLOBAL=str(home / "gitconfig"),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_TERMINAL_PROMPT="0",
        TZ="UTC",
        LC_ALL="C.UTF-8",
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the environment back."""
    if _HOME in config.stash:
        before: dict[str, str] = config.stash[_ENVIRONMENT]
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(config.stash[_HOME], ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose service is absent, or fail it where the service is required."""
    for mark in item.iter_markers("service"):
        name = str(mark.args[0])
        item.user_properties.append((_SERVICE, name))
        reason = SERVICES[name]()
        if reason is None:
            continue
        if name in required():
            pytest.fail(f"service {name} is required by {REQUIRE}: {reason}", pytrace=False)
        pytest.skip(f"service {name}: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test of real processes that waits for what does not come, or a fixture of it."""
    seconds = _GUARDS.get(item.path.parent.name)
    if seconds is None:
        return (yield)

    def late(_number: int, _frame: FrameType | None) -> None:
        pytest.fail(f"nothing came for {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, which their workers can't print themselves, and which services were used."""
    reports = [
        report
        for group in terminalreporter.stats.values()
        for report in group
        if isinstance(report, pytest.TestReport)
    ]
    if told := [value for report in reports if report.when == "call" for value in _values(report, _TOLD)]:
        terminalreporter.section("what was counted")
        for line in sorted(told):
            terminalreporter.write_line(line)
    if counted := _services(reports):
        terminalreporter.write_line(f"services: {counted}")


def _values(report: pytest.TestReport, name: str) -> list[str]:
    return [str(value) for key, value in report.user_properties if key == name]


def _services(reports: list[pytest.TestReport]) -> str:
    """Return how many tests of each service were carried out, whatever came of them, and how many skipped."""
    run, skipped = Counter[str](), Counter[str]()
    for report in reports:
        if report.skipped:
            skipped.update(_values(report, _SERVICE))
        elif report.when == "call":
            run.update(_values(report, _SERVICE))
    return ", ".join(
        f"{name} {run[name]} run" + (f" {skipped[name]} skipped" if skipped[name] else "")
        for name in sorted({*run, *skipped})
    )
