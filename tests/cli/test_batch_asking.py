"""Batch systems are asked by their own commands, in the environment that groups are sent from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cmcompile.cli.batch_asking import batch_ask
from cmcompile.cli.observers import Observers
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Setting
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said

SLURM = WmsRef("batch.slurm")


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """Return an environment that alone leads to the program ``squeue``."""
    folder = tmp_path / "module" / "bin"
    folder.mkdir(parents=True)
    program = folder / "squeue"
    program.write_text('#!/bin/sh\necho "$WEEKLY ${SLURM_CONF:-} ${OTHER_TOKEN:-} $*"\n')
    program.chmod(0o755)
    (folder / "python").symlink_to(sys.executable)
    return Setting((f"export PATH={folder}:$PATH", "echo it prints something"), {"WEEKLY": "w_1"})


def asked(setting: Setting, tmp_path: Path, *command: str, where: WmsRef = SLURM) -> Said | NoAnswer:
    observers = Observers(lambda: [(SLURM, "weekly", setting)], {**os.environ, "OTHER_TOKEN": "x"}, tmp_path)
    return batch_ask(observers)(where, command)


def test_it_is_asked_in_the_environment(setting: Setting, tmp_path: Path) -> None:
    answer = asked(setting, tmp_path, "squeue", "--states=all", "two words")
    assert isinstance(answer, Said), answer
    assert (answer.code, answer.out) == (0, "w_1   --states=all two words\n")


def test_another_place_of_settings_is_told(setting: Setting, tmp_path: Path) -> None:
    answer = asked(setting, tmp_path, "squeue", where=WmsRef("batch.slurm", "/etc/east.conf"))
    assert isinstance(answer, Said), answer
    assert answer.out.split() == ["w_1", "/etc/east.conf"]


def test_an_environment_that_can_not_be_set_up_fails(setting: Setting, tmp_path: Path) -> None:
    broken = Setting(("module load nothing-of-it",), setting.variables)
    answer = asked(broken, tmp_path, "squeue")
    assert isinstance(answer, Said)
    assert answer.code != 0
    assert "the environment weekly can't be set up: `module load nothing-of-it` failed" in answer.out


def test_a_secret_that_is_not_set_is_no_answer(setting: Setting, tmp_path: Path) -> None:
    lacking = Setting(setting.setup, setting.variables, ("NEVER_SET",))
    assert isinstance(asked(lacking, tmp_path, "squeue"), NoAnswer)


def test_without_an_environment_it_is_asked_here(tmp_path: Path) -> None:
    observers = Observers(lambda: [(SLURM, "", Setting())], dict(os.environ), tmp_path)
    assert batch_ask(observers)(SLURM, ["echo", "here"]) == Said(0, "here\n", "")
    assert isinstance(batch_ask(observers)(SLURM, ["no-such-program"]), NoAnswer)
