"""Opening a Butler to ask it something: read-only, lsst imported then only, and never waiting for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler.worker import Worker

_T = TypeVar("_T")

#: A question that takes longer than so many seconds gets no answer.
PATIENCE = 300.0


def ask(config: str, area: Path, question: Callable[[Any], _T], seconds: float = PATIENCE) -> _T | NoAnswer:
    """Open a Butler read-only and ask it something; whatever goes wrong is no answer.

    Parameters
    ----------
    config
        As ``payload.butlerConfig`` of a submit file: a folder, a file, an address, or the label of a
        repository. Variables of the environment are filled in.
    area
        What a relative path begins at.
    question
        Is given the ``lsst.daf.butler.Butler``, in a thread of its own.
    seconds
        How long opening and asking may take together.
    """
    return bounded(lambda: question(opened(config, area)), seconds, f"the Butler {config}")


def opened(config: str, area: Path) -> Any:
    """Return a Butler for reading.

    Raises
    ------
    Exception
        Whatever the stack raises when it can't be opened; ``ModuleNotFoundError`` where it is not installed.
    """
    from lsst.daf.butler import Butler

    return Butler.from_config(located(config, area), writeable=False)


def located(config: str, area: Path) -> str:
    """Return where a repository is, as the stack understands it."""
    text = os.path.expandvars(config)
    beside = area / text
    return str(beside) if text and "://" not in text and beside.exists() else text


def bounded(call: Callable[[], _T], seconds: float, what: str) -> _T | NoAnswer:
    """Call something that may hang, in a thread that is left behind when it does.

    Parameters
    ----------
    what
        What is asked, to say that it did not answer.
    """

    def work() -> _T | NoAnswer:
        try:
            return call()
        except Exception as error:  # the stack and its drivers have no common base
            return NoAnswer(f"{what}: {said(error)}")

    return Worker(what).ask(work, seconds)


def said(error: BaseException) -> str:
    """Return what an error says, in one line."""
    if isinstance(error, ModuleNotFoundError):
        return f"the LSST stack is not there ({error}): activate it, or install the package"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
