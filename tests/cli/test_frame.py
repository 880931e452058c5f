"""The frame of the command line: help, exit codes, errors, colour; with commands made up for the tests."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner, Result

from cmcompile.cli.completion import command as completion
from cmcompile.cli.exit import Exit, run
from cmcompile.cli.lazy import Lazy
from cmcompile.cli.main import COMMANDS, Frame, cli
from cmcompile.cli.output import (
    Reporting,
    current,
    echo_findings,
    format_option,
    show_allowed_option,
    source_lines,
    use_sources,
)
from cmcompile.model.diagnostic import Code, Diagnostic, Severity
from cmcompile.model.errors import CmcompileError, InputError, SourceError
from cmcompile.model.source import Span
from cmcompile.version import EMIT, VERSION

CODE = Code("CM901", Severity.ERROR, "wrong value")
FINDINGS = (
    Diagnostic(CODE, "`b` is wrong", "write `c`", Span("x.yaml", 2, 4)),
    Diagnostic(CODE, "allowed", allowed="because"),
)
ROOT = Path(__file__).parents[2]


class Files:
    """The files of a mapping."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise SourceError(path, "absent", "no such file")
        return self.files[path]

    def exists(self, path: str) -> bool:
        return path in self.files


FILES = Files({"x.yaml": b"a: 1\nab: b\n"})


def frame_of(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> Frame:
    """Return a frame with the one command ``do``, which runs ``action``."""

    @click.command("do")
    @format_option("text", "json", "csv")
    @show_allowed_option
    def do(format_: str) -> object:
        assert format_ == current().format
        return action()

    module = ModuleType("made_up_for_tests")
    monkeypatch.setattr(module, "command", do, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    lazy = {"do": Lazy(module.__name__, "command", "Do it.")}
    return Frame(
        "cmcompile", params=cli.params, callback=cli.callback, lazy=lazy, invoke_without_command=True
    )


def ended(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object], *args: str) -> Result:
    return CliRunner().invoke(frame_of(monkeypatch, action), [*args] or ["do"])


def raising(error: BaseException) -> Callable[[], object]:
    def action() -> object:
        raise error

    return action


def process(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cmcompile.cli.main", *args],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("args", [[], ["-h"], ["--help"]])
def test_help_lists_the_commands_in_order_and_the_exit_codes(args: list[str]) -> None:
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 0
    listed = result.output.partition("Write a campaign:\n")[2].partition("Exit codes:")[0]
    rows = re.findall(r"^  ([\w-]+) +(.*)$", listed, re.MULTILINE)
    assert rows == [(name, entry.about) for name, entry in COMMANDS.items()]
    assert cli.list_commands(click.Context(cli)) == [name for name, _ in rows]
    sections = re.findall(r"^(\w.*):$", result.output, re.MULTILINE)
    assert sections[1:] == [
        "Write a campaign",
        "Run it",
        "See how it stands",
        "Tell from a job",
        "Decide",
        "Keep the record",
        "Set up",
    ]
    for code in Exit:
        assert re.search(rf"^ +{code.value} +{re.escape(code.about)}$", result.output, re.MULTILINE)


def test_version_names_the_emitted_format_too() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output == f"cmcompile {VERSION} (emit {EMIT})\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["valdate"], "there is no command 'valdate'; did you mean 'validate'?"),
        (["zzz"], "there is no command 'zzz'\n"),
        (["--colour"], "--color"),
        (["completion"], "{bash|zsh|fish}"),
        (["completion", "csh"], "'csh'"),
    ],
)
def test_a_wrong_command_line_ends_with_64(args: list[str], said: str) -> None:
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 64
    assert said in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("given", "code"), [(None, 0), (Exit.OK, 0), (Exit.CHANGES, 2), (Exit.UNKNOWN, 6), ("text", 1), ([], 0)]
)
def test_what_a_command_returns_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, given: object, code: int
) -> None:
    assert ended(monkeypatch, lambda: given).exit_code == code


def test_ctx_exit_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(monkeypatch, lambda: click.get_current_context().exit(3)).exit_code == 3


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CmcompileError("a\nb \x1b[2J"), 1, "cmcompile: error: a b \\x1b[2J\n"),
        (SourceError("x.yaml", "absent", "no such file"), 1, "cmcompile: error: x.yaml: no such file\n"),
        (OSError(28, "No space left on device", "o/1.yaml"), 1, "cmcompile: error: o/1.yaml: No space left"),
        (click.UsageError("not so"), 64, "Error: not so\n"),
        (click.FileError("f", "gone"), 1, "gone"),
        (KeyboardInterrupt(), 130, "cmcompile: interrupted\n"),
        (EOFError(), 1, "a question got no answer"),
        (BrokenPipeError(32, "Broken pipe"), 141, ""),
    ],
)
def test_an_exception_ends_with_its_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    result = ended(monkeypatch, raising(error))
    assert result.exit_code == code
    assert said in result.stderr
    assert not result.stdout
    assert "Traceback" not in result.output


def test_a_fault_is_told_with_a_log_and_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("CMCOMPILE_TRACEBACK", raising=False)
    result = ended(monkeypatch, raising(KeyError("x")))
    assert result.exit_code == 70
    assert "Traceback" not in result.output
    assert "internal error: KeyError: 'x'" in result.stderr
    (log,) = tmp_path.iterdir()
    assert str(log) in result.stderr
    assert log.stat().st_mode & 0o077 == 0
    text = log.read_text()
    assert text.startswith(f"cmcompile {VERSION}, Python ")
    assert "Traceback (most recent call last)" in text
    assert "in action" in text


def test_a_fault_without_a_place_for_the_log_is_told_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    result = ended(monkeypatch, raising(KeyError("x")))
    assert result.exit_code == 70
    assert "CMCOMPILE_TRACEBACK=1" in result.stderr


def test_a_fault_shows_its_traceback_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMCOMPILE_TRACEBACK", "1")
    result = ended(monkeypatch, raising(KeyError("x")))
    assert result.exit_code == 70
    assert "Traceback (most recent call last)" in result.stderr


def unusable() -> object:
    use_sources(FILES)
    raise InputError(FINDINGS)


def test_an_unusable_input_shows_its_findings_with_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    result = ended(monkeypatch, unusable)
    assert result.exit_code == 1
    assert not result.stdout
    assert result.stderr == (
        "x.yaml:2:4: error CM901: `b` is wrong\n 2 | ab: b\n   |    ^\n  hint: write `c`\n"
        "1 error; 1 allowed (shown by --show-allowed)\n"
    )


def test_an_unusable_input_is_told_in_the_chosen_format(monkeypatch: pytest.MonkeyPatch) -> None:
    as_json = ended(monkeypatch, unusable, "do", "--format", "json")
    assert as_json.exit_code == 1
    assert '"code": "CM901"' in as_json.stdout
    assert not as_json.stderr
    as_csv = ended(monkeypatch, unusable, "do", "--format", "csv")
    assert "x.yaml:2:4: error CM901" in as_csv.stderr
    assert not as_csv.stdout


def test_show_allowed_lists_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    result = ended(monkeypatch, lambda: echo_findings(FINDINGS), "do", "--show-allowed")
    assert result.exit_code == 0
    assert "error CM901 (allowed): allowed\n  allowed: because\n" in result.stdout


def test_outside_of_a_command_findings_are_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    echo_findings(FINDINGS)
    assert capsys.readouterr().out.startswith("x.yaml:2:4: error CM901: `b` is wrong\n  hint")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("mode", "terminal", "environment", "colour"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {}, False),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch, mode: str, terminal: bool, environment: dict[str, str], colour: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Terminal() if terminal else io.StringIO())
    assert Reporting(color=mode).colour() is colour


@pytest.mark.parametrize(("mode", "coloured"), [("always", True), ("never", False), ("auto", False)])
def test_the_option_color_reaches_the_findings(
    monkeypatch: pytest.MonkeyPatch, mode: str, coloured: bool
) -> None:
    result = ended(monkeypatch, lambda: echo_findings(FINDINGS), "--color", mode, "do")
    assert ("\x1b[1;31merror CM901" in result.output) is coloured


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("a\nb\r\nc\rd", 4, "d"),
        ("a\u2028b", 2, "b"),
        ("\ufeffa", 1, "a"),
        ("a", 2, None),
        ("a", 0, None),
        ("", 1, None),
    ],
)
def test_source_lines_are_those_of_yaml(text: str, line: int, expected: str | None) -> None:
    lines = source_lines(Files({"f": text.encode()}))
    assert lines(Span("f", line, 1)) == expected
    assert lines(Span("absent", line, 1)) is None


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_and_how_to_install_it(shell: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert "_CMCOMPILE_COMPLETE" in result.stdout
    assert f"# To install: cmcompile completion {shell} > " in result.stdout
    assert not re.search(r"^.*To install.*\n.", result.stdout, re.MULTILINE)


def test_the_names_of_commands_are_completed_without_importing_them() -> None:
    environment = {"_CMCOMPILE_COMPLETE": "bash_complete", "COMP_WORDS": "cmcompile ", "COMP_CWORD": "1"}
    done = process(**environment)
    assert done.returncode == 0
    assert done.stdout.split() == [f"plain,{name}" for name in COMMANDS]


def test_the_hint_of_completion_is_known_for_each_shell() -> None:
    (argument,) = [p for p in completion.params if isinstance(p, click.Argument)]
    assert isinstance(argument.type, click.Choice)
    assert list(argument.type.choices) == ["bash", "zsh", "fish"]


def test_a_reader_that_goes_away_is_no_fault() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "cmcompile.cli.main", "--help"],
            cwd=ROOT,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == ""
    assert done.returncode == Exit.READER_GONE


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cmcompile.cli.main", "--help"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == "cmcompile: error: No space left on device\n"
    assert done.returncode == 1


def test_the_process_ends_with_the_code() -> None:
    done = process("valdate")
    assert done.returncode == 64
    assert "did you mean" in done.stderr


def test_run_takes_any_action() -> None:
    assert run(lambda: Exit.PARTIAL, Reporting()) == 5


def test_the_page_of_exit_codes_says_what_the_code_says() -> None:
    text = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d+) \| (.+?) \|", text, re.MULTILINE))
    assert rows == {str(code.value): code.about for code in Exit}
