"""The docs keep up with the code: what they cite exists, and every command, setting, address and header is in them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import addresses
from server.serve.pages import CLEAR, SiteApp
from server.settings import read_settings
from server.site.build import build_site
from server.site.resource import Site
from tests.support.running import ROOT
from tests.tools import reference

GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKED = [
    *GUIDES,
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("safety/*.md")),
    *sorted((ROOT / ".github").rglob("*.md")),
]
REFERENCE = reference.REFERENCE.read_text()
LISTED = subprocess.run(
    ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout
FILES = {ROOT / name for name in LISTED.splitlines() if (ROOT / name).is_file()}
SOURCES = (".py", ".js", ".mjs", ".ts", ".css", ".html", ".sh", ".toml")
PLACES = FILES | {folder for file in FILES for folder in file.parents}
NAMES = {file.name for file in FILES}
WRITTEN_LATER = {
    *("content/notices", "content/corrections.json", "content/corrections-before"),
    *("corrections.json", "release.json", "robots.txt", "sitemap.xml", "nginx.conf", "manifest-my-area.json"),
    *("manifest-local-info.json", "content.zip", "corrections.pem", "new.pem", "tellsomeone.sqlite"),
}
"""What the program writes or serves, and no file of the repository."""
PATH = re.compile(r"(?:server|web|tests|docs|content|\.ci|\.github|\.githooks)/[\w./-]*")
NAME = re.compile(r"[\w.-]+\.(?:py|js|mjs|ts|css|html|md|toml|json|sh|svg|txt|zip|pem|conf|xml)")
MADE_BY_TESTS = re.compile(r"""(["'])[^\s"'`]*\.md[^"']*\1""")
"""A quoted string that begins with a name is no citation: tests make such files in a folder of their own."""
API_HEADERS = {"Retry-After", "Connection"}
"""What `server/alerts/subscriptions_api.py` adds to some refusals."""
CASES = (
    {"TELLSOMEONE_ORIGIN": "https://tell.example.org", "TELLSOMEONE_KILL_SWITCH": "all"},
    {"TELLSOMEONE_ORIGIN": "https://tell.example.org", "TELLSOMEONE_EXIT_URL": "none"},
)


def cited(text: str) -> Iterator[str]:
    """The files and folders that a text names between backquotes."""
    for name in re.findall(r"`([^`\n]+)`", text):
        if PATH.fullmatch(name) or NAME.fullmatch(name):
            yield name.rstrip("/")


def exists(name: str) -> bool:
    return name in WRITTEN_LATER or ROOT / name in PLACES or ("/" not in name and name in NAMES)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda file: file.name)
def test_every_file_that_a_guide_cites_exists(guide: Path) -> None:
    assert [name for name in cited(guide.read_text()) if not exists(name)] == []


def in_sources(file: Path) -> bool:
    top, *below = file.relative_to(ROOT).parts
    if not below:
        return file.suffix in SOURCES or file.name == "Makefile"
    return top in ("server", "web", "tests", "content") and file.suffix in SOURCES and file != Path(__file__)


def test_no_source_cites_a_file_that_does_not_exist() -> None:
    missing = []
    for file in sorted(filter(in_sources, FILES)):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            text = line if file.suffix == ".toml" else MADE_BY_TESTS.sub("", line)
            named = re.findall(r"(?<![\w.#~/-])\w[\w./-]*\.md\b", text)
            named += re.findall(r"`((?:server|web|tests|docs)/[\w./-]+\.\w+)`", line)
            missing += [f"{file.relative_to(ROOT)}:{number}: {name}" for name in named if not exists(name)]
    assert missing == []


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


def anchors(file: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("page", LINKED, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    broken = []
    for link in links:
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if target not in PLACES or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_readme_can_be_read_at_a_sitting() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_reference_has_every_command_and_setting_as_the_code_has_it() -> None:
    assert reference.renewed(REFERENCE) == REFERENCE, "update it with `make reference`"


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()
    help_text = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in help_text.splitlines()] == phony
    assert max(len(line) for line in help_text.splitlines()) <= 100


def first_column(heading: str) -> set[str]:
    """What stands first in each row of the table under a heading."""
    section = REFERENCE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE))


@pytest.fixture(scope="module")
def sites(library) -> list[Site]:
    return [build_site(library, read_settings(environment)) for environment in CASES]


def test_every_address_that_is_no_page_stands_in_the_reference(sites: list[Site]) -> None:
    site = sites[1]
    served = set(site.resources) - {page.path for page in site.pages} - {"/neutral"}
    served = {re.sub(r"^/(assets|pack)/.*", r"/\1/…", path) for path in served}
    served |= set(site.leaving.moves) | {CLEAR, addresses.ALERTS_KEY, addresses.SUBSCRIPTIONS}
    assert first_column("Addresses") == served


def sent(site: Site) -> set[str]:
    """The names of all headers that the server sends for a site."""
    app = SiteApp(site)
    requests = [("GET", path) for path in (*site.resources, *site.leaving.moves, "/nothing-here", "/help/")]
    requests += [("POST", CLEAR), ("POST", "/help")]
    return {
        name.decode().title()
        for method, path in requests
        for name, _ in app.reply(
            {"type": "http", "method": method, "path": path, "headers": [(b"accept-encoding", b"br")]}
        ).headers
    }


def test_every_header_stands_in_the_reference(sites: list[Site]) -> None:
    from server.site.compress import compress_quickly

    found = set().union(*(sent(compress_quickly(site, read_settings({}).cache)) for site in sites))
    documented = {name.title() for name in first_column("Headers")}
    assert documented == found | API_HEADERS
