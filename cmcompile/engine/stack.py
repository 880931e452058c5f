"""The LSST stack, imported once for all jobs of a run; jobs are forked from the process that has it."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import random
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from cmcompile.engine.command import program
from cmcompile.engine.process import threads

#: The programs that jobs call, and the module and function that each stands for.
ENTRIES: Mapping[str, tuple[str, str]] = {
    "pipetask": ("lsst.ctrl.mpexec.cli.pipetask", "cli"),
    "butler": ("lsst.daf.butler.cli.butler", "cli"),
}
#: What these import only when they are called; one that is absent does no harm.
_LATE = (
    "lsst.ctrl.mpexec.cli.cmd.commands",
    "lsst.ctrl.mpexec.cli.script.run_qbb",
    "lsst.ctrl.mpexec.cli.script.pre_exec_init_qbb",
    "lsst.daf.butler.cli.cmd",
    "lsst.daf.butler.cli.cliLog",
    "lsst.daf.butler.formatters.json",
    "lsst.daf.butler.formatters.logs",
    "lsst.daf.butler.formatters.packages",
    "lsst.pipe.base.formatters.pexConfig",
    "lsst.daf.butler.datastores.fileDatastore",
    "lsst.daf.butler.datastores.chainedDatastore",
    "lsst.pipe.base.cli.cmd",
    "lsst.pipe.base.quantum_graph.aggregator",
)
#: A variable of a job that acts when a process starts can't be set later.
_EARLY = ("PYTHON", "LD_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "LSST_DISABLE")


class Stack:
    """The stack of this process: loaded when a job needs it, or not to be used.

    Parameters
    ----------
    graph
        The quantum graph of the run, or empty: its tasks are imported too.
    say
        Takes a line for the runner's log.
    """

    def __init__(self, graph: str, say: Callable[[str], object]) -> None:
        self._graph = graph
        self._say = say
        self._entries: dict[str, Callable[..., Any]] | None = None

    def entry(
        self, argv: Sequence[str], environment: Mapping[str, str], own: Mapping[str, str]
    ) -> Callable[..., Any] | None:
        """Return what to call for a command; None: it needs a process of its own.

        Parameters
        ----------
        own
            The variables that only this job has.
        """
        name = Path(argv[0]).name
        if name not in ENTRIES or any(variable.startswith(_EARLY) for variable in own):
            return None
        if self._entries is None:
            self._entries = self._loaded()
        found = self._entries.get(name)
        place = program(argv, environment)
        return found if found and place and _belongs(place, ENTRIES[name][0]) else None

    def _loaded(self) -> dict[str, Callable[..., Any]]:
        found = {}
        try:
            for name, (module, function) in ENTRIES.items():
                found[name] = getattr(importlib.import_module(module), function)
        except BaseException as error:
            self._say(f"jobs get processes of their own, for the stack can't be imported: {error!r}")
            return {}
        for module in _LATE:
            self._tried(lambda module=module: importlib.import_module(module))  # type: ignore[misc]
        self._tried(_warm)
        if self._graph:
            self._tried(lambda: _tasks(self._graph))
        gc.collect()
        # What was imported is never looked through again, so that jobs share its memory.
        gc.freeze()
        if threads() > 1 and _python_threads() > 1:
            self._say("jobs get processes of their own, for the stack has started threads")
            return {}
        return found

    def _tried(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            self._say(f"not prepared: {error!r}")


def called(entry: Callable[..., Any], argv: Sequence[str]) -> NoReturn:
    """Do in this process what the program does, and end as it would; for a process that was just forked."""
    sys.argv = list(argv)
    random.seed()
    code = 0
    try:
        entry()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code & 0xFF)


def _belongs(place: Path, module: str) -> bool:
    """Tell whether a program is installed together with a module that was imported here."""
    root = place.parent.parent
    there = Path(sys.modules[module].__file__ or "")
    return there.is_relative_to(root) or there.resolve().is_relative_to(root.resolve())


def _python_threads() -> int:
    import threading

    return threading.active_count()


def _warm() -> None:
    from lsst.daf.butler import DimensionUniverse, StorageClassFactory

    DimensionUniverse()
    StorageClassFactory()


def _tasks(graph: str) -> None:
    from lsst.pipe.base.quantum_graph import PredictedQuantumGraph

    with PredictedQuantumGraph.open(graph) as reader:
        reader.components.pipeline_graph  # noqa: B018 - reading it imports the tasks
