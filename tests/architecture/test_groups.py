"""Tests that share a world that takes long to make run on one worker."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("kept-together")
def test_marked_tests_are_kept_together(request: pytest.FixtureRequest) -> None:
    # pytest-xdist tells its workers by the id of a test; with a pytest that it does not fit, it does nothing.
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@kept-together")
