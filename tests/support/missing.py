"""Programs that a machine may lack: a test that needs one is skipped, and fails in CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Ends a test that can't run here, with what it lacks."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)
