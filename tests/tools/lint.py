"""Runs every linter, on the sources and on the built site: `make lint`. With `--quick`, those of the sources alone.

What a linter finds is printed in its own words under its name, and the exit code is 1. Built pages and scripts are
judged as phones get them, inline scripts too. Where no file has changed since nothing was found, nothing is run, except
with `CI` set.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tests" / "tools"
PYTHON_BIN = ROOT / ".venv" / "bin"
CACHE = ROOT / ".tools" / "cache"
"""That of the tests: what the build here has compressed, none of their processes compresses again."""
PASSED = CACHE / "lint-passed"
"""The fingerprint of the repository in which nothing was found."""
NODE_BIN = ROOT / "node_modules" / ".bin"
LATEST_SCRIPT = "es2018"
"""The newest JavaScript that the oldest browser here, Chromium 78, takes without exception."""
TAKEN_ALL_THE_SAME = "StringMatchAll,DynamicImport"
"""What es-check calls too new and Chromium 78 has; it takes the worker's `clients.matchAll` for the first."""
NEEDS_INLINE = ("index.html", "neutral/index.html")
"""The two pages whose inline script everything else rests on."""


@dataclass(frozen=True)
class Found:
    """What one linter said: nothing, or what is wrong."""

    name: str
    complaint: str


Lint = Callable[[], Found]


def run(name: str, *command: str | Path, root: Path = ROOT) -> Found:
    """Runs one linter. It fails by its exit code; what it prints is the complaint."""
    environment = {**os.environ, "NO_COLOR": "1", "npm_config_loglevel": "error", "TELLSOMEONE_CACHE": str(CACHE)}
    own_node = ROOT / ".tools" / "node" / "bin"
    if own_node.is_dir():
        environment["PATH"] = f"{own_node}:{environment['PATH']}"
    environment.pop("FORCE_COLOR", None)
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    except (FileNotFoundError, PermissionError):  # the second where the PATH names a folder of somebody else
        return Found(name, f"{command[0]} is missing: `make lint` installs it.")
    output = f"{done.stdout}{done.stderr}".strip().replace(f"{root}/", "")
    return Found(name, (output or f"it ended with {done.returncode} and no message") if done.returncode else "")


def source_lints(root: Path = ROOT, *, quick: bool = False) -> list[Lint]:
    """The linters of the sources, slowest first. `root` has the shape of the repository and its configurations.

    With `quick`, eslint and stylelint pass over files that haven't changed, though a setting elsewhere may have.
    """

    def lint(name: str, *command: str | Path) -> Lint:
        return lambda: run(name, *command, root=root)

    def remembered(name: str) -> list[str]:
        options = ["--cache", f"--cache-location={CACHE / name}.json", "--cache-strategy=content"]
        return options if quick else []

    types = {"scripts": "pages", "worker": "worker"}
    return [
        lint("mypy", PYTHON_BIN / "mypy", "--no-error-summary"),
        lint("stylelint", NODE_BIN / "stylelint", "--formatter=unix", "web/**/*.css", *remembered("stylelint")),
        lint("eslint", NODE_BIN / "eslint", "--max-warnings=0", "web", *remembered("eslint")),
        *(
            lint(f"tsc {folder}", NODE_BIN / "tsc", "--pretty", "false", "-p", f"tests/tools/tsconfig.{name}.json")
            for folder, name in types.items()
        ),
        lint("ruff check", PYTHON_BIN / "ruff", "check", "-q", "--output-format=concise"),
        lint("ruff format", PYTHON_BIN / "ruff", "format", "--check"),
    ]


def built_lints(site: Path, work: Path) -> Iterator[Lint]:
    """The linters of a built site in the folder `site`; `work` is a folder of their own."""
    yield lambda: run(
        "html-validate", NODE_BIN / "html-validate", "--config", ROOT / ".htmlvalidate.json",
        "--formatter=text", "--ext=html", ".", root=site,
    )  # fmt: skip
    assets = sorted(site.glob("assets/*.js"))
    inline, complaint = take_inline_scripts(site, work)
    worker = site / "sw.js"
    for name, found, as_module in (("assets", assets, True), ("worker and inline", [worker, *inline], False)):
        yield lambda name=name, found=found, as_module=as_module: es_check(f"es-check {name}", found, as_module)
    yield lambda: Found("inline scripts", complaint)


def es_check(name: str, scripts: Sequence[Path], as_module: bool) -> Found:
    gone = [str(script) for script in scripts if not script.is_file()]
    if gone or not scripts:
        return Found(name, f"the built site lacks {', '.join(gone) or 'every script'}")
    options = ["--checkFeatures", "--ignore", TAKEN_ALL_THE_SAME, *(["--module"] if as_module else [])]
    found = run(name, NODE_BIN / "es-check", LATEST_SCRIPT, *options, *scripts)
    lines = [line.strip(" ·") for line in found.complaint.splitlines() if "·" in line and "err.stack" not in line]
    return Found(name, "\n".join(lines) or found.complaint)


def take_inline_scripts(site: Path, out: Path) -> tuple[list[Path], str]:
    """Writes each different inline script of the pages of `site` to `out`, named after the first page that has it."""
    scripts: dict[str, Path] = {}
    empty = []
    for page in sorted(site.rglob("*.html")):
        parser = _InlineScripts()
        parser.feed(page.read_text())
        place = page.relative_to(site)
        if not parser.scripts and str(place) in NEEDS_INLINE:
            empty.append(str(place))
        for number, script in enumerate(parser.scripts, 1):
            digest = hashlib.sha256(script.encode()).hexdigest()
            if digest not in scripts:
                scripts[digest] = out / f"{'-'.join(place.with_suffix('').parts)}-script-{number}.js"
                scripts[digest].write_text(script)
    empty += [page for page in NEEDS_INLINE if not (site / page).is_file()]
    return list(scripts.values()), f"no inline script in {', '.join(empty)}" if empty else ""


class _InlineScripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        runs = (given.get("type") or "text/javascript") in ("text/javascript", "module")
        self._inside = tag == "script" and "src" not in given and runs
        if self._inside:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def lock_files() -> Found:
    """The lock files name packages by name, version and hash, and never where one machine got them."""
    locks = [ROOT / "package-lock.json", *ROOT.glob("requirements*.txt"), *TOOLS.glob("*.txt")]
    places = [
        f"{lock.relative_to(ROOT)}:{number}: names a place: update it with `make lock`"
        for lock in locks
        for number, line in enumerate(lock.read_text().splitlines(), 1)
        if re.search(r'"resolved"|"link"|--(extra-)?index-url|--find-links| @ |file://', line)
    ]
    return Found("lock files", "\n".join(places))


def build(site: Path) -> Found:
    """The site, built as `tellsomeone build` builds it."""
    return run("build", PYTHON_BIN / "tellsomeone", "build", site)


def fingerprint(root: Path = ROOT) -> str | None:
    """A hash of every file that git tracks or would add; None where git can't say."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    total = hashlib.sha256(sys.version.encode())
    for name in sorted(set(listed.split(b"\0")) - {b""}):
        file = root / os.fsdecode(name)
        total.update(name + b"\0" + (hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b""))
    return total.hexdigest()


def find_all() -> list[Found]:
    """What every linter finds."""
    work = Path(tempfile.mkdtemp(prefix="lint-"))
    site, scripts = work / "site", work / "scripts"
    scripts.mkdir()
    try:
        with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
            built = pool.submit(build, site)
            sources = [pool.submit(lint) for lint in source_lints()]
            found = [lock_files(), built.result()]
            if not found[1].complaint:
                found += [each.result() for each in [pool.submit(lint) for lint in built_lints(site, scripts)]]
            found += [each.result() for each in sources]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return [Found(each.name, each.complaint.replace(f"{work}/", "")) for each in found]


def find_quickly() -> list[Found]:
    """What the linters of the sources find."""
    with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        return [lock_files(), *pool.map(lambda lint: lint(), source_lints(quick=True))]


def main(*options: str) -> int:
    start = time.monotonic()
    state = None if os.environ.get("CI") else fingerprint()
    if state and PASSED.is_file() and PASSED.read_text() == state:
        print("lint: nothing has changed since the linters found nothing")
        return 0
    quick = "--quick" in options
    found = find_quickly() if quick else find_all()
    bad = [each for each in found if each.complaint]
    for each in bad:
        print(f"{each.name}:\n{each.complaint}\n", file=sys.stderr)
    if bad:
        print(f"lint: {', '.join(each.name for each in bad)} failed", file=sys.stderr)
        return 1
    if state and not quick:
        PASSED.parent.mkdir(parents=True, exist_ok=True)
        PASSED.write_text(state)
    print(f"lint: {len(found)} linters found nothing ({time.monotonic() - start:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
