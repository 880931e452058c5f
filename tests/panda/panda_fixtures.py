"""What tests of PanDA share: one observer, and one process that submits."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from panda_bench import Submitter
from panda_servers import Panda

from cmcompile.observe.wms.systems import Systems


@pytest.fixture(scope="session")
def wms(panda: Panda) -> Iterator[Systems]:
    """Return what cmcompile asks the servers with."""
    with Systems(environ={**os.environ, **panda.env}) as found:
        yield found


@pytest.fixture(scope="session")
def submitter(panda: Panda, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Submitter]:
    """Return what submits to them."""
    with Submitter(tmp_path_factory.mktemp("submitter"), panda.env) as made:
        yield made
