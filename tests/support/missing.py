"""Programs that a machine may lack: a test that needs one is skipped, and fails in CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skips a test that can't run here because something is missing, or fails it in CI."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)
