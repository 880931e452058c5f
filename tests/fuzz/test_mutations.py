"""Ten thousand mutated specs: each gives findings with places, or files; no exception, and soon."""

from __future__ import annotations

import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import pytest
import yaml
from mutations import Base, Memory, bases, is_yaml, mutate

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.report.diagnostics import FORMATS, render
from cmcompile.spec.load import load

BLOCKS, PER_BLOCK = 10, 1_000
#: Seconds of processor time that one spec may take.
MOST = 5.0
#: The first seed; fixed, so that a failure stays one.
FIRST = 20_260_000


class TooLongError(Exception):
    """A spec takes longer than it may."""


@dataclass(slots=True)
class Tally:
    """What came of some mutations."""

    codes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    parsed: int = 0
    used: int = 0
    good: int = 0
    slowest: float = 0.0


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``TooLongError`` once the body has used so much processor time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def checked(base: Base) -> tuple[tuple[Diagnostic, ...], Compilation | None]:
    """Read and compile a campaign; what it gives must be sound."""
    sources = Memory(base.files)
    spec, findings = load(sources, base.path)
    result = None
    if spec is None:
        assert any(f.severity is Severity.ERROR for f in findings), "no campaign, and nothing says why"
    else:
        result = compile_spec(spec)
        findings = (*findings, *result.findings)
    for finding in findings:
        assert finding.span is not None, f"no place: {finding.message}"
        assert finding.message, f"no words: {finding.code.name}"
        within(sources, finding)
    if result is not None and not result.failed:
        for made in {g.path: g for g in (*result.groups[:1], *result.groups[-1:])}.values():
            assert isinstance(yaml.load(made.data, Loader=yaml.CSafeLoader), dict)
    return findings, result


def within(sources: Memory, finding: Diagnostic) -> None:
    """Assert that the place of a finding is in its file."""
    span = finding.span
    assert span is not None
    lines = sources.read(span.file).decode("utf-8-sig", errors="replace").split("\n")
    assert 1 <= span.line <= len(lines) + 1, finding
    line = lines[span.line - 1] if span.line <= len(lines) else ""
    assert 1 <= span.column <= len(line) + 1, finding


def attempt(seed: int, known: dict[str, Base], tally: Tally) -> None:
    """Mutate and check once; what fails is kept, with the seed."""
    base, path = mutate(seed, known)
    tally.parsed += is_yaml(base.files[path])
    start = time.process_time()
    try:
        with limited(MOST):
            findings, result = checked(base)
            if seed % 10 == 0:
                for form in FORMATS:
                    render(findings, form, docs_url=lambda code: code.name)
    except Exception:
        tally.failures.append(f"seed {seed}, {path}:\n{traceback.format_exc(limit=-4)}")
        return
    tally.codes.update({f.code.name for f in findings})
    tally.used += result is not None
    tally.good += result is not None and not result.failed
    tally.slowest = max(tally.slowest, time.process_time() - start)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_mutated_spec_gives_findings_or_files(
    block: int, record_property: Callable[[str, object], None]
) -> None:
    known, tally = bases(), Tally()
    for seed in range(FIRST + block * PER_BLOCK, FIRST + (block + 1) * PER_BLOCK):
        attempt(seed, known, tally)
    record_property(
        "told",
        f"block {block}: of {PER_BLOCK} mutated specs {tally.parsed} are YAML, {tally.used} could be "
        f"compiled, {tally.good} without error; slowest {tally.slowest:.2f} s; {len(tally.codes)} codes: "
        + " ".join(f"{code}:{count}" for code, count in sorted(tally.codes.items())),
    )
    assert not tally.failures, f"{len(tally.failures)} failures\n" + "\n".join(tally.failures[:5])
    assert tally.parsed >= 0.3 * PER_BLOCK
    assert tally.used >= 0.1 * PER_BLOCK
    assert len(tally.codes) >= 25


def test_the_specs_are_good_before_they_are_mutated() -> None:
    known = bases()
    assert {"dp02", "everything"} <= set(known)
    for base in known.values():
        findings, result = checked(base)
        assert result is not None
        assert [f for f in findings if f.severity is not Severity.NOTE and f.allowed is None] == []


def test_a_seed_always_gives_the_same() -> None:
    known = bases()
    for seed in range(50):
        assert mutate(seed, known) == mutate(seed, bases())


def test_a_failure_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("test_mutations.load", broken)
    tally = Tally()
    attempt(FIRST, bases(), tally)
    assert len(tally.failures) == 1
    assert "KeyError" in tally.failures[0]


def test_what_takes_too_long_would_be_seen() -> None:
    def endless() -> None:
        with limited(0.01):
            while True:
                pass

    with pytest.raises(TooLongError):
        endless()
