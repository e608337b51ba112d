"""`tellsomeone alerts`: sending, keys, clean-up and backups on the command line."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from server.alerts.outbox import count_waiting, enqueue
from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.tables import subscriptions
from server.alerts.vapid import Keyring
from server.cli.alerts import Dependencies, alerts
from tests.alerts.conftest import TODAY, crowd, subscribed
from tests.support.editing import notice
from tests.support.pushing import PushService
from tests.support.running import COMMAND

NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC).timestamp()

Command = Callable[..., Result]


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Only SQLite: other tests cover both databases, and reading the content is slow."""
    return sqlite_url


@pytest.fixture
def command(content: Path, url: str, tmp_path: Path, service: PushService) -> Command:
    """`tellsomeone alerts` with the test's push service, which no environment variable can allow."""
    dependencies = Dependencies(PushServices(frozenset({service.origin})), service.tls(), lambda: NOON)
    environment = {
        "TELLSOMEONE_CONTENT": str(content),
        "TELLSOMEONE_DATA": str(tmp_path / "data"),
        "TELLSOMEONE_DATABASE_URL": url,
        "TELLSOMEONE_ORIGIN": "https://tell.example.org",
    }

    def run(*words: str, **changed: str) -> Result:
        result = CliRunner().invoke(alerts, words, obj=dependencies, env={**environment, **changed})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "data" / "keys")


def test_a_notice_from_the_first_key_to_the_summary(
    command: Command, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    assert "make" in command("keys").output
    assert "no key" in command("send", "a-preview").output
    assert command("keys", "make").exit_code == 0
    assert command("keys", "make").exit_code == 1, "the first key is made once"
    key = ring.current()
    assert key
    assert key.file.stat().st_mode & 0o777 == 0o600
    crowd(store, service, key, 20)
    assert "20 subscribers" in command("keys").output
    service.answers[3] = [(410, {})]
    service.answers[4] = [(413, {})]
    dry = command("send", "a-preview", "--dry-run")
    assert dry.output.split() == ["20", "127.0.0.1", "Nothing", "was", "sent."]
    assert service.received == []
    ran = command("send", "a-preview", "--area", "herefordshire")
    assert ran.exit_code == 0
    assert "'a-preview' to 20 subscribers of herefordshire" in ran.output
    assert "18 taken by the push services, 1 gone and removed, 1 refused, 0 too late, 0 waiting" in ran.output
    assert not service.faults
    twice = command("send", "a-preview")
    assert (twice.exit_code, "was sent on 2026-11-25" in twice.output) == (1, True)
    assert "19 taken" in command("send", "a-preview", "--again", "--urgent").output
    assert service.received[-1][2]["urgency"] == "high"
    assert command("list").output == "a-preview: 2026-11-25 to 2999-01-01, herefordshire; sent 2026-11-25, 2026-11-25\n"
    status = command("status").output
    assert "19 subscribers" in status
    assert "  herefordshire: 19" in status
    assert "2026-11-25 a-preview (herefordshire): 18 of 20 taken, 1 removed, 1 refused, 0 too late, 0 waiting" in status
    assert command("resume").output == "Nothing is waiting to be sent.\n"


def test_resume_sends_what_is_left(command: Command, ring: Keyring, store: Store, service: PushService) -> None:
    crowd(store, service, ring.make(), 5)
    enqueue(store, "a-preview", (), "normal", TODAY, NOON, NOON + 3600)
    assert "5 taken" in command("resume").output
    assert count_waiting(store) == 0


def test_a_service_that_refuses_our_signature_is_an_alarm(
    command: Command, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    crowd(store, service, ring.make(), 2)
    service.answers[0] = service.answers[1] = [(403, {}), (403, {})]
    ran = command("send", "a-preview")
    assert ran.exit_code == 1
    assert "refused our signature for 2 of 2 subscribers. Nobody was removed." in ran.output
    assert "Look at this machine's clock" in ran.output
    assert "2 still to send" in ran.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["send", "nothing-such"], "no notice 'nothing-such'"),
        (["send", "is-over"], "not today"),
        (["send", "a-preview", "--area", "shropshire"], "is not for 'shropshire', only for herefordshire"),
        (["keys", "rotate"], "no key yet"),
        (["keys", "drop", "feed", "--yes"], "no key 'feed'"),
        (["backup", "/proc/nowhere/file"], "can't be used"),
    ],
)
def test_errors_end_with_a_message(command: Command, content: Path, words: list[str], message: str) -> None:
    notice(content)
    notice(content, "is-over", until="2026-11-24", **{"from": "2026-11-01"})
    ran = command(*words)
    assert ran.exit_code == 1
    assert message in ran.output


def test_an_origin_that_apple_would_refuse_is_an_error_before_anything_is_sent(
    command: Command, ring: Keyring, content: Path, store: Store
) -> None:
    notice(content)
    ring.make()
    ran = command("send", "a-preview", TELLSOMEONE_ORIGIN="http://127.0.0.1:8000")
    assert (ran.exit_code, "set TELLSOMEONE_ORIGIN" in ran.output) == (1, True)
    assert count_waiting(store) == 0


def test_keys_are_rotated_and_dropped(command: Command, ring: Keyring, store: Store, service: PushService) -> None:
    old = ring.make()
    crowd(store, service, old, 3)
    assert command("keys", "rotate").exit_code == 0
    newer = ring.current()
    assert newer and newer.id != old.id
    listed = command("keys").output.splitlines()
    assert [line.split()[0] for line in listed] == [old.id, newer.id]
    assert listed[1].endswith("current")
    unconfirmed = command("keys", "drop", old.id)
    assert (unconfirmed.exit_code, subscribed(store), len(ring.all())) == (1, 3, 2), "not confirmed"
    assert "3 of 3 subscribers use key" in unconfirmed.output
    assert "3 subscriptions with it" in command("keys", "drop", old.id, "--yes").output
    assert [key.id for key in ring.all()] == [newer.id]
    assert "It is the only key" in command("keys", "drop", newer.id).output
    assert "no key 'nonsense'" in command("keys", "drop", "nonsense", "--yes").output


def test_a_lost_key_is_reported_and_its_subscriptions_stay(
    command: Command, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    lost = ring.make()
    crowd(store, service, lost, 3)
    ring.make()
    lost.file.unlink()
    assert f"{lost.id}  3 subscribers  file missing" in command("keys").output
    ran = command("send", "a-preview")
    assert f"the file of key {lost.id} is missing" in ran.output
    assert "3 still to send" in ran.output
    assert subscribed(store) == 3
    assert "3 subscriptions with it" in command("keys", "drop", lost.id, "--yes").output
    assert subscribed(store) == 0


def test_a_clock_that_may_be_wrong_removes_nobody_and_sends(
    command: Command, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    crowd(store, service, ring.make(), 20)
    with store.transaction() as connection:
        connection.execute(update(subscriptions).values(seen=TODAY - datetime.timedelta(days=75)))
    assert command("send", "a-preview", "--dry-run").output.split()[0] == "20"
    ran = command("send", "a-preview")
    assert "20 of 20 subscribers have not been seen for 60 days" in ran.output
    assert "20 taken" in ran.output
    unconfirmed = command("forget")
    assert (unconfirmed.exit_code, subscribed(store)) == (1, 20), "not confirmed"
    assert "the newest visit was on 2026-09-11" in unconfirmed.output
    assert "20 subscriptions were removed" in command("forget", "--yes").output
    assert subscribed(store) == 0


def test_a_few_refusals_are_no_alarm(
    command: Command, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    crowd(store, service, ring.make(), 30)
    service.answers |= {0: [(403, {})], 1: [(403, {})]}
    ran = command("send", "a-preview")
    assert ran.exit_code == 0
    assert "refused our signature for 2 of 30 subscribers. Your keys and clock are right" in ran.output
    assert "Look at" not in ran.output


def test_a_damaged_key_is_reported_and_never_replaced(command: Command, ring: Keyring) -> None:
    key = ring.make()
    key.file.write_text("-----BEGIN PRIVATE KEY-----\n")
    ran = command("keys")
    assert (ran.exit_code, "can't be read as a key" in ran.output) == (1, True)
    assert key.file.read_text() == "-----BEGIN PRIVATE KEY-----\n"


def test_purge_removes_only_subscriptions_never_sent_to(
    command: Command, ring: Keyring, store: Store, service: PushService, tmp_path: Path
) -> None:
    key = ring.make()
    crowd(store, service, key, 3)
    enqueue(store, "a-preview", (), "normal", TODAY, NOON, NOON + 3600)
    assert "3 taken" in command("resume").output
    assert "never sent to" not in command("status").output
    crowd(store, service, key, 2, first=3)
    assert f"never sent to: 2 made on {TODAY}" in command("status").output
    assert "2 subscriptions were removed" in command("purge", str(TODAY), "--yes").output
    assert "0 subscriptions were made" in command("purge", str(TODAY), "--yes").output
    assert "3 subscribers" in command("status").output


def test_a_backup_is_one_file_that_can_be_restored(
    command: Command, ring: Keyring, store: Store, service: PushService, tmp_path: Path
) -> None:
    crowd(store, service, ring.make(), 7)
    file = tmp_path / "backup.sqlite"
    assert "7 subscriptions" in command("backup", str(file)).output
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.glob("backup.sqlite*")] == [file.name]
    assert "already exists" in command("backup", str(file)).output
    assert "already has rows" in command("restore", str(file)).output
    other = f"sqlite:///{tmp_path}/other/tellsomeone.sqlite"
    assert "7 subscriptions" in command("restore", str(file), TELLSOMEONE_DATABASE_URL=other).output


@pytest.fixture
def explained() -> Iterator[str]:
    yield subprocess.run([COMMAND, "alerts", "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["send", "resume", "list", "status", "keys", "forget", "backup", "restore"])
def test_help_lists_every_command(explained: str, name: str) -> None:
    assert f"  {name} " in explained


def test_check_does_not_import_the_alerts() -> None:
    loads = "import sys, server.cli.main; print(sorted(set(sys.modules) & {'sqlalchemy', 'aiohttp', 'pywebpush'}))"
    assert subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True).stdout == "[]\n"
