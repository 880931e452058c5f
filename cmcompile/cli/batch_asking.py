"""How batch systems are asked: by their own commands, in the environment that groups are sent from."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.cli.observers import Observers
    from cmcompile.model.body import WmsRef
    from cmcompile.observe.batch.commands import Said


def batch_ask(observers: Observers) -> Callable[[WmsRef, Sequence[str]], Said | NoAnswer]:
    """Return what runs a command that asks a batch system."""

    def ask(where: WmsRef, command: Sequence[str]) -> Said | NoAnswer:
        from cmcompile.batch.which import settings_of
        from cmcompile.model.batch import BATCH
        from cmcompile.observe.batch.commands import run

        how = observers.running(where, command)
        if isinstance(how, NoAnswer):
            return how
        environ = dict(os.environ) if how.environ is None else dict(how.environ)
        return run(how.command, {**environ, **settings_of(where.service.removeprefix(BATCH), where.where)})

    return ask
