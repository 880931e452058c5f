"""Starts children in the environments of a campaign."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from cmcompile.apply.child.interrupts import Waking
from cmcompile.apply.child.launch import SubprocessLauncher
from cmcompile.driver.command import command, server_command
from cmcompile.driver.files import ClaimFiles
from cmcompile.driver.left_out import CATALOG
from cmcompile.model.batch import is_batch
from cmcompile.model.child import Child, NotReady, Order


class BpsLauncher:
    """Starts a child for each order in the environment that the order names; implements ``Launcher``.

    All children of an environment are forked from one process, which has imported the stack; `close` ends it.

    Parameters
    ----------
    area
        The directory that BPS runs in.
    spool
        The ledger's spool.
    environ
        The variables of this process: those that every child gets, and the values of secrets, come from here.
    catalog
        Returns the address of the catalog that children of batch systems ask; empty: none.
    """

    def __init__(
        self,
        area: Path,
        spool: Path,
        interrupts: Waking,
        environ: Mapping[str, str],
        catalog: Callable[[], str] = lambda: "",
    ) -> None:
        self._area = area
        self._catalog = catalog
        self._environ = environ
        self._launcher = SubprocessLauncher(
            lambda order: command(order, area, spool),
            interrupts,
            environ,
            more=self._more,
            log=self._log,
            forks=lambda order: server_command(order, area, spool),
        )

    def start(self, order: Order) -> Child | NotReady:
        """Start a child; it is not ready where a secret lacks that its environment names."""
        lacking = [name for name in order.setting.secrets if not self._environ.get(name)]
        if lacking:
            return NotReady(
                f"the environment {order.environment} names the secret {lacking[0]}, which is not set here: "
                "set it where cmcompile runs"
            )
        return self._launcher.start(order)

    def first(self, children: Collection[Child]) -> Child | None:
        """Wait until one of some children has prepared, or has ended. None: a person interrupted."""
        return self._launcher.first(children)

    def close(self) -> None:
        """End what children are forked from, not the children; it may be repeated."""
        self._launcher.close()

    def _more(self, order: Order) -> dict[str, str]:
        secrets = {name: self._environ[name] for name in order.setting.secrets}
        catalog = {CATALOG: self._catalog()} if is_batch(order.wms.service) else {}
        return {**catalog, **order.setting.variables, **secrets}

    def _log(self, order: Order) -> Path:
        files = ClaimFiles(self._area.absolute(), order.claim)
        files.make()
        return files.log
