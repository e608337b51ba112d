"""The environment: each variable documented, each wrong value refused with a sentence."""

from __future__ import annotations

import subprocess

import pytest

from server.settings import VARIABLES, SettingsError, read_settings
from tests.support.running import COMMAND, ROOT


def test_every_variable_stands_in_the_readme_and_in_the_commands_help() -> None:
    readme = (ROOT / "README.md").read_text()
    help_text = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    for variable in VARIABLES:
        assert f"`{variable.name}`" in readme
        assert variable.name in help_text


@pytest.mark.parametrize("name", ["serve", "check", "build"])
def test_each_command_explains_itself(name: str) -> None:
    ran = subprocess.run([COMMAND, name, "--help"], capture_output=True, text=True, check=True)
    assert len(ran.stdout.splitlines()) > 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("TELLSOMEONE_ORIGIN", "tell.example.org"),
        ("TELLSOMEONE_ORIGIN", "https://tell.example.org/path"),
        ("TELLSOMEONE_ORIGIN", "javascript:alert(1)"),
        ("TELLSOMEONE_EXIT_URL", "javascript:alert(1)"),
        ("TELLSOMEONE_EXIT_URL", 'https://a.example/"; script-src *'),
        ("TELLSOMEONE_EXIT_URL", "bbc.co.uk"),
        ("TELLSOMEONE_KILL_SWITCH", "yes"),
        ("TELLSOMEONE_DATABASE_URL", "mysql://user@host/name"),
        ("TELLSOMEONE_DATABASE_URL", "data/tellsomeone.sqlite"),
        ("TELLSOMEONE_DATABASE_URL", "sqlite://"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


def test_a_refused_database_url_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({"TELLSOMEONE_DATABASE_URL": "mysql://user:secret@host/name"})
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("origin", "public"),
    [
        ("http://127.0.0.1:8000", False),
        ("https://localhost", False),
        ("https://192.168.1.4", False),
        ("https://tell.example.org", True),
        ("https://9.9.9.9", True),
    ],
)
def test_only_an_https_origin_that_others_reach_is_public(origin: str, public: bool) -> None:
    assert read_settings({"TELLSOMEONE_ORIGIN": origin}).public is public


def test_an_https_origin_brings_hsts_and_a_secure_cookie(library) -> None:
    from server.site.build import build_site

    site = build_site(library, read_settings({"TELLSOMEONE_ORIGIN": "https://tell.example.org"}))
    assert dict(site.resources["/"].headers)["Strict-Transport-Security"].startswith("max-age=")
    assert site.leaving.cookie.endswith("; Secure")


def test_the_same_input_gives_the_same_bytes(library) -> None:
    from server.site.build import build_site

    one, other = (build_site(library, read_settings({})) for _ in range(2))
    assert {p: r.digest for p, r in one.resources.items()} == {p: r.digest for p, r in other.resources.items()}
