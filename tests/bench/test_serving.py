"""How quickly the server starts, publishes an edit and answers, and how that grows with the site.

`make bench` prints the figures; docs/performance.md has those of a whole run. Speeds are compared within one run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running import COMMAND, ROOT, Nginx, Reachable, Served, free_port, nginx, wait_until

pytestmark = pytest.mark.prove

EDITED = "what-is-it.md"
RELOADS = 20
SIZES = (140, 500, 1000)
IMPORTS = "import server.serve.app, server.serve.publisher, uvicorn"


def fresh(content: Path, data: Path) -> Served:
    port = free_port()
    return Served(
        content, {"TELLSOMEONE_CACHE": str(data / "cache"), "TELLSOMEONE_DATA": str(data)}, ("--reload",), port
    )


def started(server: Served) -> float:
    """Seconds until `/` is answered."""
    began = time.monotonic()
    server.start()
    assert server.ask("/").status == 200
    return time.monotonic() - began


def memory(server: Served) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def is_compressed(data: Path) -> bool:
    """Whether the site is fully compressed."""
    return len(list((data / "cache" / "bodies").glob("*.br"))) > 150


def edit(server: Served, content: Path, words: str) -> float:
    """Seconds from saving a line until it is served."""
    file = content / "pages" / EDITED
    file.write_text(file.read_text(encoding="utf-8") + f"\n{words}\n", encoding="utf-8")
    began = time.monotonic()
    wait_until(lambda: words.encode() in server.ask("/what-is-it").body, f"the line {words}")
    return time.monotonic() - began


def load(url: str, seconds: int, encoding: str = "br", **headers: str) -> tuple[float, float, int]:
    """Requests a second, the longest wait in milliseconds and how many failed, with 16 connections."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-H", f"Accept-Encoding: {encoding}"]
    command += [part for name, value in headers.items() for part in ("-H", f"{name.replace('_', '-')}: {value}")]
    output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    number, unit = re.search(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)\b", output).groups()
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    wait = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return rate, wait, int(failed[1] if failed else 0) + sum(map(int, errors.groups() if errors else ()))


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_a_start_takes_little_longer_than_loading_the_libraries(content: Path, data: Path) -> None:
    imports = min(timed([sys.executable, "-c", IMPORTS]) for _ in range(3))
    without, with_cache, resident = [], [], []
    for _ in range(3):
        shutil.rmtree(data, ignore_errors=True)
        server = fresh(content, data)
        without.append(started(server))
        resident.append(memory(server))
        wait_until(lambda: is_compressed(data), "full compression")
        server.stop()
        server = fresh(content, data)
        with_cache.append(started(server))
        resident.append(memory(server))
        server.stop()
    print(f"\nimporting the libraries: {imports:.2f} s")
    print(f"serve answers, with its cache {min(with_cache):.2f} s, without {min(without):.2f} s")
    print(f"memory after the start: {max(resident):.0f} MB at most")
    assert min(with_cache) <= 3 * imports
    assert min(without) <= 6 * imports
    assert max(resident) <= 110


def timed(command: list[str | Path]) -> float:
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.monotonic() - began


def test_an_edit_is_served_at_once_and_nobody_waits_for_it(content: Path, data: Path) -> None:
    server = fresh(content, data)
    try:
        started(server)
        wait_until(lambda: is_compressed(data), "full compression")
        url = f"{server.url}/help"
        quiet = load(url, 8)
        found: list[tuple[float, float, int]] = []
        waiter = threading.Thread(target=lambda: found.append(load(url, 45)))
        waiter.start()
        took = [edit(server, content, f"Line {number} of the edits.") for number in range(RELOADS)]
        waiter.join()
        busy = found[0]
        for number in range(RELOADS, 50):
            edit(server, content, f"Line {number} of the edits.")
        print(f"\nan edit is served after {max(took):.2f} s at most, under load")
        print(f"longest wait {busy[1]:.0f} ms during {RELOADS} edits, {quiet[1]:.0f} ms without; {busy[2]} failed")
        print(f"memory after 50 edits: {memory(server):.0f} MB")
        assert busy[2] == 0
        assert busy[1] <= quiet[1] + 100
        assert max(took) <= 1.0
        assert memory(server) <= 130
    finally:
        server.stop()


def test_check_and_build_are_quick_the_second_time(content: Path, data: Path, tmp_path: Path, monkeypatch) -> None:
    for name, value in (("CONTENT", content), ("DATA", data), ("CACHE", data / "cache")):
        monkeypatch.setenv(f"TELLSOMEONE_{name}", str(value))
    for what, command, most in (
        ("check", [COMMAND, "check"], 1.0),
        ("build", [COMMAND, "build", tmp_path / "out"], 4.0),
    ):
        first, second = timed(command), timed(command)
        print(f"\n{what}: {first:.2f} s the first time, {second:.2f} s the second")
        assert second <= most


def rate(server: Reachable, path: str, unchanged: bool) -> float:
    """Requests a second; with `unchanged`, from a client that has the answer already."""
    answer = server.ask(path, Accept_Encoding="br")
    assert answer.status == 200, path
    headers = {"If_None_Match": answer.header("ETag") or ""} if unchanged else {}
    assert server.ask(path, Accept_Encoding="br", **headers).status == (304 if unchanged else 200)
    often, _, failed = load(server.url + path, 5, **headers)
    assert failed == 0, path
    return often


def pack(server: Reachable) -> str:
    """The path of the pack, whose name depends on the server's address."""
    return re.search(r"/pack/en\.\w+\.json", server.ask("/release.json").body.decode())[0]


BARE = """
import sys, uvicorn
body = open(sys.argv[2], "rb").read()
start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]}
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send(start)
        await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False)
"""


def test_requests_a_second_beside_nginx_and_a_bare_app(content: Path, data: Path, tmp_path: Path) -> None:
    server = fresh(content, data)
    port, bare_port = free_port(), free_port()
    out = tmp_path / "out"
    environment = {"TELLSOMEONE_CONTENT": str(content), "TELLSOMEONE_DATA": str(data), "PATH": "/usr/bin:/bin"}
    subprocess.run([COMMAND, "build", out], check=True, capture_output=True, env=environment)
    configuration = out / "nginx.conf"
    configuration.write_text(configuration.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
    body = tmp_path / "body"
    body.write_bytes((out / "help" / "index.html.br").read_bytes())
    bare = subprocess.Popen([sys.executable, "-c", BARE, str(bare_port), str(body)])
    try:
        started(server)
        wait_until(lambda: is_compressed(data), "full compression")
        with nginx(out, port):
            wait_until(lambda: load(f"http://127.0.0.1:{bare_port}/", 1)[2] == 0, "the bare app")
            bare_rate = load(f"http://127.0.0.1:{bare_port}/", 5)[0]
            print(f"\nbare uvicorn, a page: {bare_rate:.0f} a second")
            for what, path in (("a page", "/help"), ("the pack", None), ("a 304", "/manifest.json")):
                own, theirs = (rate(each, path or pack(each), what == "a 304") for each in (server, Nginx(port)))
                print(f"{what}: serve {own:.0f}, nginx {theirs:.0f} a second: {own / theirs:.2f}")
                assert own >= 0.4 * theirs
    finally:
        bare.terminate()
        bare.wait()
        server.stop()


def test_how_it_grows(content: Path, data: Path, tmp_path: Path) -> None:
    print("\n| pages | build, first | start with cache | edit | memory | pack, identity |\n|---|---|---|---|---|---|")
    rows = []
    for size in SIZES:
        grow(content, size)
        shutil.rmtree(data, ignore_errors=True)
        environment = {"TELLSOMEONE_CONTENT": str(content), "TELLSOMEONE_DATA": str(data), "PATH": "/usr/bin:/bin"}
        began = time.monotonic()
        subprocess.run([COMMAND, "build", tmp_path / "out"], check=True, capture_output=True, env=environment)
        built = time.monotonic() - began
        server = fresh(content, data)
        try:
            start = started(server)
            took = min(edit(server, content, f"Line {number} at {size} pages.") for number in range(3))
            pack = next((tmp_path / "out" / "pack").glob("en.*.json")).stat().st_size
            rows.append((size, built, start, took, memory(server), pack / 1e6))
        finally:
            server.stop()
        print("| {} | {:.1f} s | {:.2f} s | {:.2f} s | {:.0f} MB | {:.1f} MB |".format(*rows[-1]))
    assert rows[-1][3] <= 1.5
    few, more, most = rows
    assert most[4] / few[4] <= SIZES[-1] / SIZES[0], "memory grows faster than linearly"
    for column in (1, 2, 3, 5):
        # By page added, since those added here are larger than most. What grows with the square would be over 2.3.
        first = (more[column] - few[column]) / (SIZES[1] - SIZES[0])
        last = (most[column] - more[column]) / (SIZES[2] - SIZES[1])
        assert last / first <= 2, "grows faster than linearly"


def grow(content: Path, size: int) -> None:
    """Adds pages below `/help` until there are `size`."""
    pages = content / "pages"
    missing = size - len(list(pages.rglob("*.md")))
    text = (pages / "help" / "talk.md").read_text(encoding="utf-8")
    there = len(list((pages / "help").glob("*.md")))
    for number in range(there, there + missing):
        name = f"further-{number}"
        own = re.sub(r"^title = .*$", f'title = "{name}"', text, count=1, flags=re.MULTILINE)
        (pages / "help" / f"{name}.md").write_text(own, encoding="utf-8")
