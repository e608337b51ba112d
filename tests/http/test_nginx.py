"""The folder that `build` writes, served by a real nginx with its configuration, compared with `serve`."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.content.model import Library
from server.settings import read_settings
from server.site.build import build_site
from server.site.compress import compress_quickly
from server.site.export import export_site
from server.site.resource import Cache, Site
from tests.conftest import CONTENT
from tests.support.running import CACHE, COMMAND, Answer, Destination, Nginx, Served, free_port, nginx, served

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()) and not os.environ.get("CI"),
    reason="nginx is not installed",
)
# The date is the moment; the connection is no part of the answer.
_OWN = {"date", "server", "connection", "accept-ranges", "keep-alive", "transfer-encoding"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, server: Served, destination: Destination) -> Iterator[Nginx]:
    out = tmp_path_factory.mktemp("export") / "site"
    environment = {
        **os.environ,
        "TELLSOMEONE_CONTENT": str(CONTENT),
        "TELLSOMEONE_ORIGIN": server.url,
        "TELLSOMEONE_EXIT_URL": destination.url + "/",
    }
    subprocess.run([COMMAND, "build", out], env=environment, check=True, stdout=subprocess.DEVNULL)
    out.chmod(0o755)
    port = listen_elsewhere(out)
    with nginx(out, port) as running:
        yield running


def listen_elsewhere(out: Path) -> int:
    """Puts a free port into the configuration, and gives it."""
    port = free_port()
    configuration = out / "nginx.conf"
    configuration.write_text(configuration.read_text().replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{port};"))
    return port


def same(one: Answer, other: Answer) -> None:
    # nginx's `return 304` adds two headers that say nothing there.
    own = _OWN | {"content-type", "content-length"} if other.status == 304 else _OWN

    def compared(answer: Answer) -> list[tuple[str, str]]:
        return sorted((name.lower(), value) for name, value in answer.headers if name.lower() not in own)

    assert one.status == other.status
    assert compared(one) == compared(other)
    assert one.body == other.body


@pytest.mark.parametrize("accept", ["", "br", "gzip", "gzip, deflate, br", "br;q=0, gzip", "*;q=0", "*", "gzip;q=0.5"])
def test_every_address_is_the_same_from_nginx_and_from_serve(
    exported: Nginx, server: Served, site: Site, accept: str
) -> None:
    for path in site.resources:
        try:
            same(exported.ask(path, Accept_Encoding=accept), server.ask(path, Accept_Encoding=accept))
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from None


@pytest.mark.parametrize(
    "path", ["/leave", "/leave/app", "/start", "/nothing-here", "/help/", "/help/index.html", "/empty", "/neutral/"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_other_addresses_are_the_same_too(exported: Nginx, server: Served, path: str, method: str) -> None:
    same(exported.ask(path, method), server.ask(path, method))


@pytest.mark.parametrize("path", ["/", "/help", "/leave", "/sw.js"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_other_methods_are_refused_the_same(exported: Nginx, server: Served, path: str, method: str) -> None:
    same(exported.ask(path, method), server.ask(path, method))


def test_nginx_honours_the_exit_marker_too(exported: Nginx, server: Served, site: Site) -> None:
    for page in (*site.pages, site.resources["/neutral"], site.resources["/sw.js"]):
        same(exported.ask(page.path, Cookie="x=y; left=1"), server.ask(page.path, Cookie="x=y; left=1"))
    same(exported.ask("/nothing-here", Cookie="left=1"), server.ask("/nothing-here", Cookie="left=1"))


NOT_NAVIGATIONS = [
    {"Sec_Purpose": "prefetch"},
    {"Sec_Purpose": "prefetch;prerender"},
    {"Sec_Purpose": "prefetch", "Sec_Fetch_Dest": "document", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Site": "none"},
    {"Purpose": "prefetch"},
    {"X_Purpose": "preview"},
    {"X_Moz": "prefetch"},
    {"Sec_Fetch_Dest": "image", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Dest": "iframe", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Dest": "empty", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Dest": "script"},
    {"Sec_Fetch_Mode": "no-cors"},
    {"Sec_Fetch_Dest": "document", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Dest": "document", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Site": "cross-site"},
]
NAVIGATIONS = [
    {},
    {"Sec_Fetch_Dest": "document", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Dest": "document", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Site": "none", "Sec_Fetch_User": "?1"},
]


@pytest.mark.parametrize("path", ["/leave", "/leave/app", "/start", "/neutral", "/help"])
def test_only_a_navigation_changes_the_exit_state(exported: Nginx, server: Served, path: str) -> None:
    for headers in NOT_NAVIGATIONS:
        for method in ("GET", "HEAD"):
            answer = server.ask(path, method, **headers)
            same(exported.ask(path, method, **headers), answer)
            assert answer.header("Set-Cookie") is None, headers
            if path not in ("/neutral", "/help") and not headers.keys().isdisjoint({"Sec_Purpose", "Purpose", "X_Moz"}):
                assert answer.status == 503, "a browser discards a prefetch that failed"
    for headers in NAVIGATIONS:
        answer = server.ask(path, **headers)
        same(exported.ask(path, **headers), answer)
        assert bool(answer.header("Set-Cookie")) == path.startswith(("/leave", "/start")), headers
        assert server.ask(path, "HEAD", **headers).header("Set-Cookie") is None
        same(exported.ask(path, "HEAD", **headers), server.ask(path, "HEAD", **headers))


@pytest.mark.parametrize("switch", ["off", "all"])
def test_on_https_no_other_host_can_set_the_exit_marker(library: Library, tmp_path: Path, switch: str) -> None:
    """A page on a subdomain may set a cookie for the whole domain, but none whose name begins with `__Host-`."""
    environment = {
        "TELLSOMEONE_ORIGIN": "https://tell.example.org",
        "TELLSOMEONE_KILL_SWITCH": switch,
        "TELLSOMEONE_DATA": str(tmp_path),
        "TELLSOMEONE_EXIT_URL": "none",
        "TELLSOMEONE_CACHE": str(CACHE),
    }
    site = compress_quickly(build_site(library, read_settings(environment)), CACHE)
    export_site(site, tmp_path / "out")
    listening = listen_elsewhere(tmp_path / "out")
    with (
        nginx(tmp_path / "out", listening) as exported,
        served(CONTENT, "--no-reload", "--preview", **environment) as server,
    ):
        for cookie in (
            "left=1",
            "__Host-left=1",
            "a=b; __Host-left=1;c=d",
            "__Host-left=11",
            "x__Host-left=1",
            "__host-left=1",
        ):
            for path in ("/", "/nothing-here", "/sw.js"):
                answer = server.ask(path, Cookie=cookie)
                same(exported.ask(path, Cookie=cookie), answer)
                has_marker = cookie.split("=1")[0].endswith(" __Host-left") or cookie == "__Host-left=1"
                assert (answer.header("Location") == "/neutral") == (has_marker and path != "/sw.js"), (cookie, path)
        for path in ("/leave", "/start", "/neutral"):
            for headers in (*NAVIGATIONS, *NOT_NAVIGATIONS):
                same(exported.ask(path, **headers), server.ask(path, **headers))
            cookie = server.ask(path).header("Set-Cookie") or ""
            sets_marker = path != "/neutral" or switch == "all"
            assert (cookie.startswith("__Host-left=") and "Secure" in cookie and "Domain" not in cookie) == sets_marker


@pytest.mark.parametrize("site", ["same-origin", "none", "", "cross-site"])
def test_clearing_is_the_same_from_nginx(exported: Nginx, server: Served, site: str) -> None:
    headers = {"Sec_Fetch_Site": site} if site else {}
    same(exported.ask("/clear", "POST", **headers), server.ask("/clear", "POST", **headers))
    assert server.ask("/cleared").status == exported.ask("/cleared").status == 404


def test_every_storable_answer_gives_the_same_304(exported: Nginx, server: Served, site: Site) -> None:
    for path, resource in site.resources.items():
        if resource.cache is Cache.NEVER:
            continue
        for accept in ("identity", "br", "gzip"):
            tag = server.ask(path, Accept_Encoding=accept).header("ETag") or ""
            for condition in (tag, f'"old", W/{tag}', "*", f"{tag}x", '"old"', tag.replace("-", "-no-")):
                headers = {"Accept_Encoding": accept, "If_None_Match": condition}
                same(exported.ask(path, **headers), server.ask(path, **headers))


def test_an_etag_depends_on_the_bytes_alone(site: Site, tmp_path: Path) -> None:
    """Two exports whose files have the same sizes and times, as in reproducible images."""
    path = "/release.json"
    old = site.resources[path]
    other_body = old.body.replace(site.release.encode(), site.release[::-1].encode())
    assert len(other_body) == len(old.body) and other_body != old.body
    other = dataclasses.replace(old, body=other_body, compressed={})
    tags = []
    for name, resource in (("one", dataclasses.replace(old, compressed={})), ("two", other)):
        out = tmp_path / name
        export_site(dataclasses.replace(site, resources={path: resource}), out)
        for file in out.rglob("*"):
            os.utime(file, (0, 0))
        port = listen_elsewhere(out)
        with nginx(out, port) as running:
            answer = running.ask(path)
            assert answer.body == resource.body
            assert running.ask(path, If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status == 200
            assert [running.ask(path, If_None_Match=tag).status for tag in tags] == [200] * len(tags)
            tags.append(answer.header("ETag") or "")
    assert tags[0] != tags[1]


def test_build_refuses_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "keep.txt").write_text("mine")
    ran = subprocess.run([COMMAND, "build", tmp_path], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "holds other files" in ran.stderr
    assert (tmp_path / "keep.txt").read_text() == "mine"
