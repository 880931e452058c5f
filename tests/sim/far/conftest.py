"""The suite of all stores is run here too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "ledger"))
pytest.register_assert_rewrite("test_store_contract")
