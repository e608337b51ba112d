"""`tellsomeone alerts`, as whoever sends a notice meets it: from the first key to the last summary."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from server.alerts.outbox import put, waiting
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

Say = Callable[..., Result]


@pytest.fixture
def url(sqlite_url: str) -> str:
    """What is one way on both databases is tested with both elsewhere; reading the content takes its time."""
    return sqlite_url


@pytest.fixture
def say(content: Path, url: str, tmp_path: Path, service: PushService) -> Say:
    """The command with a push service of the test's own: only its caller can give it one, and no variable."""
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
    say: Say, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    assert "make" in say("keys").output
    assert "no key" in say("send", "a-preview").output
    assert say("keys", "make").exit_code == 0
    assert say("keys", "make").exit_code == 1, "the first key is made once"
    key = ring.current()
    assert key
    assert key.file.stat().st_mode & 0o777 == 0o600
    crowd(store, service, key, 20)
    assert "20 subscribers" in say("keys").output
    service.answers[3] = [(410, {})]
    service.answers[4] = [(413, {})]
    dry = say("send", "a-preview", "--dry-run")
    assert dry.output.split() == ["20", "127.0.0.1", "Nothing", "was", "sent."]
    assert service.received == []
    ran = say("send", "a-preview", "--area", "herefordshire")
    assert ran.exit_code == 0
    assert "'a-preview' to 20 subscribers of herefordshire" in ran.output
    assert "18 taken by the push services, 1 gone and removed, 1 refused, 0 too late, 0 waiting" in ran.output
    assert not service.faults
    twice = say("send", "a-preview")
    assert (twice.exit_code, "was sent on 2026-11-25" in twice.output) == (1, True)
    assert "19 taken" in say("send", "a-preview", "--again", "--urgent").output
    assert service.received[-1][2]["urgency"] == "high"
    assert say("list").output == "a-preview: 2026-11-25 to 2999-01-01, herefordshire; sent 2026-11-25, 2026-11-25\n"
    status = say("status").output
    assert "19 subscribers" in status
    assert "  herefordshire: 19" in status
    assert "2026-11-25 a-preview (herefordshire): 18 of 20 taken, 1 removed, 1 refused, 0 too late, 0 waiting" in status
    assert say("resume").output == "Nothing is waiting to be sent.\n"


def test_what_was_stopped_is_resumed(say: Say, ring: Keyring, store: Store, service: PushService) -> None:
    crowd(store, service, ring.make(), 5)
    put(store, "a-preview", (), "normal", TODAY, NOON, NOON + 3600)
    assert "5 taken" in say("resume").output
    assert waiting(store) == 0


def test_a_service_that_refuses_our_signature_is_an_alarm(
    say: Say, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    crowd(store, service, ring.make(), 2)
    service.answers[0] = service.answers[1] = [(403, {}), (403, {})]
    ran = say("send", "a-preview")
    assert ran.exit_code == 1
    assert "refused our signature for 2 of 2 subscribers. Nobody was removed." in ran.output
    assert "Look at this machine's clock" in ran.output
    assert "2 still to send" in ran.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["send", "nothing-such"], "no notice 'nothing-such'"),
        (["send", "is-over"], "not today"),
        (["send", "a-preview", "--area", "shropshire"], "is not for 'shropshire', only for herefordshire"),
        (["keys", "rotate"], "no key yet"),
        (["keys", "drop", "feed", "--yes"], "no key 'feed'"),
        (["backup", "/proc/nowhere/file"], "can't be used"),
    ],
)
def test_what_can_not_be_done_is_said(say: Say, content: Path, words: list[str], told: str) -> None:
    notice(content)
    notice(content, "is-over", until="2026-11-24", **{"from": "2026-11-01"})
    ran = say(*words)
    assert ran.exit_code == 1
    assert told in ran.output


def test_an_origin_that_apple_would_refuse_is_said_before_anything_is_sent(
    say: Say, ring: Keyring, content: Path, store: Store
) -> None:
    notice(content)
    ring.make()
    ran = say("send", "a-preview", TELLSOMEONE_ORIGIN="http://127.0.0.1:8000")
    assert (ran.exit_code, "set TELLSOMEONE_ORIGIN" in ran.output) == (1, True)
    assert waiting(store) == 0


def test_keys_are_rotated_and_dropped(say: Say, ring: Keyring, store: Store, service: PushService) -> None:
    old = ring.make()
    crowd(store, service, old, 3)
    assert say("keys", "rotate").exit_code == 0
    newer = ring.current()
    assert newer and newer.id != old.id
    listed = say("keys").output.splitlines()
    assert [line.split()[0] for line in listed] == [old.id, newer.id]
    assert listed[1].endswith("current")
    asked = say("keys", "drop", old.id)
    assert (asked.exit_code, subscribed(store), len(ring.all())) == (1, 3, 2), "nobody said yes"
    assert "3 of 3 subscribers use key" in asked.output
    assert "3 subscriptions with it" in say("keys", "drop", old.id, "--yes").output
    assert [key.id for key in ring.all()] == [newer.id]
    assert "It is the only key" in say("keys", "drop", newer.id).output
    assert "no key 'nonsense'" in say("keys", "drop", "nonsense", "--yes").output


def test_a_lost_key_is_said_and_ends_no_subscription_unasked(
    say: Say, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    lost = ring.make()
    crowd(store, service, lost, 3)
    ring.make()
    lost.file.unlink()
    assert f"{lost.id}  3 subscribers  file missing" in say("keys").output
    ran = say("send", "a-preview")
    assert f"the file of key {lost.id} is missing" in ran.output
    assert "3 still to send" in ran.output
    assert subscribed(store) == 3
    assert "3 subscriptions with it" in say("keys", "drop", lost.id, "--yes").output
    assert subscribed(store) == 0


def test_a_clock_that_may_be_wrong_forgets_nobody_and_sends_all_the_same(
    say: Say, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    crowd(store, service, ring.make(), 20)
    with store.transaction() as connection:
        connection.execute(update(subscriptions).values(seen=TODAY - datetime.timedelta(days=75)))
    assert say("send", "a-preview", "--dry-run").output.split()[0] == "20"
    ran = say("send", "a-preview")
    assert "20 of 20 subscribers have not been seen for 60 days" in ran.output
    assert "20 taken" in ran.output
    asked = say("forget")
    assert (asked.exit_code, subscribed(store)) == (1, 20), "nobody said yes"
    assert "the newest visit was on 2026-09-11" in asked.output
    assert "20 subscriptions were removed" in say("forget", "--yes").output
    assert subscribed(store) == 0


def test_a_few_that_are_refused_are_no_reason_to_touch_a_key(
    say: Say, ring: Keyring, content: Path, store: Store, service: PushService
) -> None:
    notice(content)
    crowd(store, service, ring.make(), 30)
    service.answers |= {0: [(403, {})], 1: [(403, {})]}
    ran = say("send", "a-preview")
    assert ran.exit_code == 0
    assert "refused our signature for 2 of 30 subscribers. Your keys and clock are right" in ran.output
    assert "Look at" not in ran.output


def test_a_damaged_key_is_said_and_never_made_anew(say: Say, ring: Keyring) -> None:
    key = ring.make()
    key.file.write_text("-----BEGIN PRIVATE KEY-----\n")
    ran = say("keys")
    assert (ran.exit_code, "can't be read as a key" in ran.output) == (1, True)
    assert key.file.read_text() == "-----BEGIN PRIVATE KEY-----\n"


def test_only_those_that_were_never_sent_to_are_purged(
    say: Say, ring: Keyring, store: Store, service: PushService, tmp_path: Path
) -> None:
    key = ring.make()
    crowd(store, service, key, 3)
    put(store, "a-preview", (), "normal", TODAY, NOON, NOON + 3600)
    assert "3 taken" in say("resume").output
    assert "never sent to" not in say("status").output
    crowd(store, service, key, 2, first=3)
    assert f"never sent to: 2 made on {TODAY}" in say("status").output
    assert "2 subscriptions were removed" in say("purge", str(TODAY), "--yes").output
    assert "0 subscriptions were made" in say("purge", str(TODAY), "--yes").output
    assert "3 subscribers" in say("status").output


def test_a_backup_is_one_file_that_goes_back(
    say: Say, ring: Keyring, store: Store, service: PushService, tmp_path: Path
) -> None:
    crowd(store, service, ring.make(), 7)
    file = tmp_path / "backup.sqlite"
    assert "7 subscriptions" in say("backup", str(file)).output
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.glob("backup.sqlite*")] == [file.name]
    assert "already exists" in say("backup", str(file)).output
    assert "already has rows" in say("restore", str(file)).output
    other = f"sqlite:///{tmp_path}/other/tellsomeone.sqlite"
    assert "7 subscriptions" in say("restore", str(file), TELLSOMEONE_DATABASE_URL=other).output


@pytest.fixture
def explained() -> Iterator[str]:
    yield subprocess.run([COMMAND, "alerts", "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["send", "resume", "list", "status", "keys", "forget", "backup", "restore"])
def test_each_part_explains_itself(explained: str, name: str) -> None:
    assert f"  {name} " in explained


def test_check_does_not_load_what_only_sending_needs() -> None:
    loads = "import sys, server.cli.main; print(sorted(set(sys.modules) & {'sqlalchemy', 'aiohttp', 'pywebpush'}))"
    assert subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True).stdout == "[]\n"
