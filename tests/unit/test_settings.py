"""Settings from the environment: every variable is documented, and every invalid value is refused with a message."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from server.cli.main import main
from server.content.model import Library
from server.settings import VARIABLES, SettingsError, Variable, read_settings
from server.site.build import build_site
from tests.support.running import COMMAND, ROOT

REFERENCE = ROOT / "docs" / "reference.md"


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_every_variable_is_in_the_reference_and_in_the_help(variable: Variable) -> None:
    assert f"`{variable.name}`" in REFERENCE.read_text()
    help_text = CliRunner().invoke(main, ["--help"]).output
    assert f"  {variable.name}: " in help_text


def test_no_other_variable_is_read() -> None:
    sources = "".join(file.read_text() for file in (ROOT / "server").rglob("*.py"))
    names = set(re.findall(r"""["'](TELLSOMEONE_[A-Z_]+)["']""", sources))
    assert names == {variable.name for variable in VARIABLES if variable.name.startswith("TELLSOMEONE_")}


@pytest.mark.parametrize("name", ["serve", "check", "build"])
def test_each_command_explains_itself(name: str) -> None:
    ran = subprocess.run([COMMAND, name, "--help"], capture_output=True, text=True, check=True)
    assert len(ran.stdout.splitlines()) > 4


ORIGINS = {
    "https://tell.example.org": "https://tell.example.org",
    "https://tell.example.org/": "https://tell.example.org",
    "HTTPS://Tell.Example.ORG": "https://tell.example.org",
    "https://tell.example.org:443": "https://tell.example.org",
    "http://tell.example.org:80": "http://tell.example.org",
    "https://tell.example.org:0443": "https://tell.example.org",
    "https://tell.example.org:8443": "https://tell.example.org:8443",
    "https://tell.example.org:80": "https://tell.example.org:80",
    "https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
    "http://localhost:8000": "http://localhost:8000",
    "http://127.0.0.1:8000": "http://127.0.0.1:8000",
    "https://[2001:DB8:0:0::1]": "https://[2001:db8::1]",
    "http://[::1]:8000": "http://[::1]:8000",
}
NO_ORIGINS = (
    "tell.example.org",
    "//tell.example.org",
    "https:tell.example.org",
    "https:///tell.example.org",
    "https://",
    "ftp://tell.example.org",
    "javascript:alert(1)",
    "https://tell.example.org/path",
    "https://tell.example.org//",
    "https://tell.example.org?",
    "https://tell.example.org?q",
    "https://tell.example.org#",
    "https://tell.example.org/#x",
    "https://u:p@tell.example.org",
    "https://@tell.example.org",
    "https://tell.example.org@evil.example",
    "https://tell.example.org:",
    "https://tell.example.org:0",
    "https://tell.example.org:99999",
    "https://tell.example.org:443x",
    'https://tell.example.org"; evil',
    "https://tell.example.org; evil",
    "https://tell.example.org\\evil",
    "https://tell.example.org ",
    " https://tell.example.org",
    "https://tell.example.org\n",
    "https://tell.example.org\r\nX: y",
    "https://tell..example.org",
    "https://tell.example.org.",
    "https://.example.org",
    "https://-tell.example.org",
    "https://*.example.org",
    "https://tell_example.org",
    "https://b\u00fccher.example",
    "https://tell.example.org:\u0664\u0664\u0663",
    "https://" + "a" * 64 + ".example",
    "https://" + "a.aaaaaaa" * 32,
    "https://1.2.3",
    "https://1.2.3.400",
    "https://0x7f.1",
    "https://0x7f000001",
    "https://[::1",
    "https://::1",
    "https://[::1]x",
    "https://[1.2.3.4]",
    "https://[fe80::1%eth0]",
    "https://[v1.a]",
)
REFUSED = {
    "TELLSOMEONE_PROXIES": [
        "*",
        "yes",
        "proxy.example.org",
        "10.0.0.1/24",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.1,",
        "10.0.0.1 10.0.0.2",
        "http://10.0.0.1",
        "10.0.0.1:80",
        "[::1]",
        "256.0.0.1",
        "None",
        "fe80::1%eth0",
    ],
    "SOURCE_DATE_EPOCH": ("abc", "-1", " 5", "1e9", "1.5", "\u0665", "253402300800", "99999999999999"),
    "PORT": ("http", "0", "65536", "-1", "+1", "8_0", "1e3", "80 ", "80\n", "\u0668\u0660", "999999999999"),
    "HOST": (
        *("http://::1", "a b", '"; evil', "[::1", "::1]", "::g", "127.0.0.1:80", "u@host", "host/", "1.2.3.4.5"),
        *("fe80::1%eth0", "127.1", "*", "b\u00fccher", "[localhost]"),
    ),
    "TELLSOMEONE_ORIGIN": NO_ORIGINS,
    "TELLSOMEONE_EXIT_URL": (
        *(origin for origin in NO_ORIGINS if not origin.endswith(("/path", "//", "?", "?q"))),
        "bbc.co.uk",
        "None",
        'https://a.example/"; script-src *',
        "https://a.example/;x",
        "https://a.example/ x",
        "https://a.example/#x",
        "https://a.example/\u00e9",
    ),
    "TELLSOMEONE_KILL_SWITCH": ("yes", "ALL", "worker ", "on"),
    "TELLSOMEONE_HSTS_SUBDOMAINS": ("1", "YES", "true"),
    "TELLSOMEONE_DATABASE_URL": (
        "mysql://user@host/name",
        "data/tellsomeone.sqlite",
        "sqlite://",
        "sqlite:///",
        "sqlite:///?mode=ro",
        "sqlite:///data.sqlite?timeout=x",
        "sqlite:///:memory:",
        "sqlite:///file:data.sqlite",
        "postgresql://user:p@w@host/name",
        "postgresql://user@host /name",
        "none",
        "postgresql://",
        "postgresql://?x",
        "postgresql://user@host:port/name",
        "postgresql://user@host:/name",
        "postgresql://user@host:99999/name",
        "postgresql://user@host:0/name",
        "postgresql://user@[::1/name",
        "postgresql://user@::1/name",
    ),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_an_invalid_value_is_refused_with_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} "):
        read_settings({name: value})


@pytest.mark.parametrize(("text", "origin"), ORIGINS.items())
def test_an_origin_is_normalised(text: str, origin: str) -> None:
    settings = read_settings({"TELLSOMEONE_ORIGIN": text, "TELLSOMEONE_EXIT_URL": text})
    assert str(settings.origin) == origin
    assert settings.secure == bool(settings.hsts) == origin.startswith("https")
    assert settings.exit_url == origin + ("/" if text.endswith("/") else "")


@pytest.mark.parametrize(
    ("host", "bound", "origin"),
    [
        ("", "127.0.0.1", "http://127.0.0.1:8000"),
        ("::1", "::1", "http://[::1]:8000"),
        ("[::1]", "::1", "http://[::1]:8000"),
        ("0:0::0:1", "::1", "http://[::1]:8000"),
        ("0.0.0.0", "0.0.0.0", "http://0.0.0.0:8000"),
        ("LocalHost", "localhost", "http://localhost:8000"),
    ],
)
def test_a_host_is_a_name_or_an_address_with_or_without_brackets(host: str, bound: str, origin: str) -> None:
    settings = read_settings({"HOST": host})
    assert (settings.host, str(settings.origin)) == (bound, origin)


@pytest.mark.parametrize(
    ("text", "proxies"),
    [
        ("", ()),
        ("none", ()),
        ("127.0.0.1", ("127.0.0.1/32",)),
        ("10.0.0.0/24, ::1,fd00::/8", ("10.0.0.0/24", "::1/128", "fd00::/8")),
    ],
)
def test_proxies_are_read_as_networks(text: str, proxies: tuple[str, ...]) -> None:
    assert read_settings({"TELLSOMEONE_PROXIES": text}).proxies == proxies


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///data.sqlite",
        "sqlite:////var/data.sqlite",
        "postgresql:///name",
        "postgresql://user@host/name",
        "postgresql://user:p#w/d:?@host:5432/name",
        "postgresql://user@[::1]:5432/name?sslmode=require",
        "postgresql://host",
    ],
)
def test_sqlalchemy_reads_every_database_url_that_is_accepted(url: str) -> None:
    assert make_url(read_settings({"TELLSOMEONE_DATABASE_URL": url}).database_url)


@pytest.mark.parametrize("name", ["a%41b", "q?x", "h#x", "new\nline", "a b", "\u00fc", "\udcff", ":memory:", "file:x"])
def test_the_database_is_in_the_data_folder_whatever_the_folders_name(tmp_path: Path, name: str) -> None:
    settings = read_settings({"TELLSOMEONE_DATA": str(tmp_path / name)})
    assert make_url(settings.database_url).database == f"{tmp_path / name}/tellsomeone.sqlite"


def test_a_value_with_odd_bytes_is_refused_without_a_traceback() -> None:
    ran = subprocess.run(
        [COMMAND, "check"], capture_output=True, env={**os.environ, "TELLSOMEONE_ORIGIN": "\udcff\x1b[2J"}
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith(b"Error: TELLSOMEONE_ORIGIN is ")
    assert b"\x1b" not in ran.stderr and b"Traceback" not in ran.stderr


def test_the_message_about_a_refused_database_url_holds_no_password() -> None:
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
        ("HTTPS://tell.example.org", True),
        ("https://LOCALHOST", False),
        ("https://[::1]", False),
        ("https://9.9.9.9", True),
    ],
)
def test_only_an_https_origin_that_other_people_can_reach_is_public(origin: str, public: bool) -> None:
    assert read_settings({"TELLSOMEONE_ORIGIN": origin}).origin.public is public


@pytest.mark.parametrize(
    ("subdomains", "header"), [("", "max-age=63072000"), ("yes", "max-age=63072000; includeSubDomains")]
)
def test_an_https_origin_brings_hsts_and_a_secure_cookie(library: Library, subdomains: str, header: str) -> None:
    environment = {"TELLSOMEONE_ORIGIN": "HTTPS://tell.example.org", "TELLSOMEONE_HSTS_SUBDOMAINS": subdomains}
    site = build_site(library, read_settings(environment))
    assert dict(site.resources["/"].headers)["Strict-Transport-Security"] == header
    assert site.leaving.cookie.endswith("; Secure")


def test_two_builds_of_the_same_content_have_the_same_bytes(library: Library) -> None:
    first, second = (build_site(library, read_settings({})).resources for _ in range(2))
    assert {path: first[path].digest for path in first} == {path: second[path].digest for path in second}
