"""Subscriptions with a number in their endpoint, stored by this process or by another one."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from server.alerts.store import Store
from server.alerts.subscriptions import Subscription
from server.alerts.tables import subscriptions
from tests.support.running import ROOT


def subscription(number: int) -> Subscription:
    return Subscription(f"https://fcm.googleapis.com/{number}", "p" * 87, "a" * 22, "k" * 16, ("here",), "en")


def stored_numbers(store: Store) -> set[int]:
    with store.transaction() as connection:
        endpoints = connection.execute(select(subscriptions.c.endpoint)).scalars().all()
    return {int(endpoint.rpartition("/")[2]) for endpoint in endpoints}


def is_sound(file: Path) -> bool:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def start_writer(url: str, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.alerts.writer_process", url]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)
