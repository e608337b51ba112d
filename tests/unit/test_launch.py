"""The site is a preview until everything is signed off, and `check --launch` lists what is missing."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli.main import main
from server.content.checks import check_library, read_checked
from server.content.launch import as_table, missing_for_launch
from server.content.model import Library
from server.content.problems import ContentError
from server.content.reader import read_library
from server.settings import read_settings
from server.site.build import build_site
from tests.support.running import CACHE, COMMAND
from tests.support.small import small_content

DAY = datetime.date(2026, 11, 24)


def signoff(subject: str, date: datetime.date = DAY) -> str:
    return f'[[signoff]]\nsubject = "{subject}"\nby = "A. Person"\nrole = "a tester"\ndate = {date}\n\n'


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The small content with everything done that a launch needs."""
    folder = small_content(tmp_path / "content")
    site = folder / "site.toml"
    text = site.read_text().replace('operator = ""', 'operator = "The operator"')
    site.write_text(text.replace('contact_email = ""', 'contact_email = "a@example.org"'))
    for file in (folder / "contacts").iterdir():
        text = re.sub(r"(?m)^doubt = .*\n", "", file.read_text())
        file.write_text(re.sub(r"(?m)^found = .*", rf"\g<0>\nconfirmed = {DAY}", text))
    library = read_library(folder)
    subjects = [page.path for page in library.pages]
    subjects += [channel.id for contact in library.contacts for channel in contact.channels]
    (folder / "signoff.toml").write_text("".join(map(signoff, subjects)))
    return folder


def missing(library: Library) -> list[tuple[str, str, str]]:
    return list(missing_for_launch(library, DAY))


def test_with_everything_done_the_site_is_no_preview_and_nothing_is_listed(content: Path) -> None:
    library = read_checked(content)
    assert missing(library) == []
    assert library.launched
    ran = CliRunner().invoke(main, ["check", "--launch", str(content)])
    assert (ran.exit_code, ran.output) == (0, "")
    assert json.loads(CliRunner().invoke(main, ["check", "--launch", "--json", str(content)]).output) == []
    assert CliRunner().invoke(main, ["check", "--launch", "--due", str(content)]).exit_code == 2
    site = build_site(library, read_settings({"TELLSOMEONE_CACHE": str(CACHE)}))
    page = site.resources["/help"]
    assert not site.preview
    assert ("X-Robots-Tag", "noindex") not in page.headers
    assert "This is a preview" not in page.body.decode()
    worker = site.resources["/sw.js"].body.decode()
    assert "Confirmed by phone on 24 November 2026." in worker
    assert "Not yet confirmed" not in worker


Undo = Callable[[Path], None]
"""Undoes one of the things that a launch needs."""


def edit(name: str, pattern: str, replacement: str = "") -> Undo:
    def undo(folder: Path) -> None:
        text, count = re.subn(pattern, replacement, (folder / name).read_text(), count=1)
        assert count == 1
        (folder / name).write_text(text)

    return undo


UNDONE = {
    "no operator": edit("site.toml", '"The operator"', '""'),
    "no address": edit("site.toml", '"a@example.org"', '""'),
    "a page": edit("signoff.toml", re.escape(signoff("/help"))),
    "a number": edit("signoff.toml", re.escape(signoff("childline-phone"))),
    "no signature": lambda folder: (folder / "signoff.toml").write_text(""),
    "a page signed before it was written": edit("pages/help.md", "reviewed = .*", "reviewed = 2026-11-25"),
    "a number nobody rang": edit("contacts/national.toml", "confirmed = .*\n"),
    "a doubt": edit("contacts/national.toml", "(?m)^found = ", 'doubt = "Sources differ."\nfound = '),
    "a new page": lambda folder: (folder / "pages" / "new.md").write_text(
        (folder / "pages" / "help.md").read_text().replace("The page help", "Another")
    ),
}


@pytest.mark.parametrize("undo", UNDONE.values(), ids=UNDONE)
def test_while_anything_is_missing_the_site_is_a_preview_and_it_is_listed(content: Path, undo: Undo) -> None:
    undo(content)
    library = read_checked(content)
    assert missing(library)
    assert not library.launched


def test_a_fact_that_is_due_is_listed_and_makes_no_preview(content: Path) -> None:
    edit("pages/help.md", "reviewed = ", "check_again = 2026-11-24\nreviewed = ")(content)
    library = read_checked(content)
    assert missing(library) == [("page /help", "look at its facts again", "due 2026-11-24")]
    assert library.launched


@pytest.mark.parametrize(
    ("subject", "date", "message"),
    [
        ("no-such-page", DAY, "no page has the address 'no-such-page', and no number that id"),
        ("/help/", DAY, "no page has the address '/help/'"),
        ("childline", DAY, "no page has the address 'childline'"),
        ("/help", datetime.date(2099, 1, 1), "signed on 2099-01-01, which is still to come"),
    ],
)
def test_a_signoff_of_nothing_or_in_the_future_is_refused(
    content: Path, subject: str, date: datetime.date, message: str
) -> None:
    file = content / "signoff.toml"
    file.write_text(file.read_text().replace(signoff("/help"), signoff(subject, date)))
    with pytest.raises(ContentError, match=r"content/signoff\.toml:\d+: error: .*" + re.escape(message)):
        read_checked(content)
    assert not read_library(content).launched
    ran = CliRunner().invoke(main, ["check", "--launch", str(content)])
    assert ran.exit_code == 1
    assert message in ran.output


def test_a_signoff_older_than_its_page_causes_a_warning_at_its_line(content: Path) -> None:
    edit("pages/help.md", "reviewed = .*", "reviewed = 2026-11-25")(content)
    warnings = [str(problem) for problem in check_library(read_library(content)) if "signoff.toml" in problem.file]
    lines = (content / "signoff.toml").read_text().split("\n")
    line = lines.index('subject = "/help"') + 4
    assert warnings == [
        f"content/signoff.toml:{line}: warning: '/help' was written after it was signed: whoever signed reads it again"
    ]


@pytest.mark.parametrize(
    ("confirmed", "sentence"),
    [
        ([], "Found in published sources on 23 November 2026. Not yet confirmed by phone."),
        (["national"], "Found in published sources on 23 November 2026. Not all of them are confirmed by phone yet."),
        (["national", "worcestershire"], "Confirmed by phone between 24 November 2026 and 2 December 2026."),
    ],
)
def test_the_emergency_page_says_whether_its_numbers_are_confirmed(
    tmp_path: Path, confirmed: list[str], sentence: str
) -> None:
    folder = small_content(tmp_path / "content")
    for name, date in zip(confirmed, ("2026-11-24", "2026-12-02"), strict=False):
        file = folder / "contacts" / f"{name}.toml"
        file.write_text(re.sub(r"(?m)^found = .*", rf"\g<0>\nconfirmed = {date}", file.read_text()))
    site = build_site(read_library(folder), read_settings({"TELLSOMEONE_CACHE": str(CACHE)}))
    assert sentence in site.resources["/sw.js"].body.decode()


def test_a_page_says_when_its_sources_were_read_and_how(tmp_path: Path) -> None:
    folder = small_content(tmp_path / "content")
    edit("pages/help.md", "reviewed = .*", "reviewed = 2026-11-24")(folder)
    settings = read_settings({"TELLSOMEONE_CACHE": str(CACHE)})
    html = build_site(read_library(folder), settings).resources["/help"].body.decode()
    assert "Sources were read as archived copies on 24 November 2026." in html
    edit("site.toml", "sources_read_as = .*\n")(folder)
    html = build_site(read_library(folder), settings).resources["/help"].body.decode()
    assert "Sources were read on 24 November 2026." in html


@pytest.mark.parametrize(
    "url",
    [
        *("https://a.example:0", "https://a.example:65536", "https://a.example:99999/", "https://a.example:x"),
        *("http://a.example", "https://", "https://-a.example", "https://u:p@a.example", "https://a.example/#x"),
        *("https://a.example/a b", "https://a..example", "https://1.2.3", "//a.example", "NONE", "https://a.example;x"),
    ],
)
def test_an_invalid_exit_url_is_refused(content: Path, url: str) -> None:
    edit("site.toml", "exit_url = .*", f'exit_url = "{url}"')(content)
    with pytest.raises(ContentError, match=r"content/site\.toml:\d+: error: 'exit_url': .* not where leaving can end"):
        read_library(content)


@pytest.mark.parametrize(
    ("url", "normalised"),
    [
        ("none", "none"),
        ("https://A.example:443/Way?a=b", "https://a.example/Way?a=b"),
        ("https://a.example:8443", "https://a.example:8443"),
    ],
)
def test_an_exit_url_is_normalised_as_in_the_environment(content: Path, url: str, normalised: str) -> None:
    edit("site.toml", "exit_url = .*", f'exit_url = "{url}"')(content)
    assert read_library(content).site.exit_url == normalised
    assert read_settings({"TELLSOMEONE_EXIT_URL": url}).exit_url == normalised


def test_everything_unsigned_is_listed(library: Library) -> None:
    missing = list(missing_for_launch(library, datetime.date(2026, 12, 1)))
    assert missing[0] == ("site.toml", "name the operator", "nobody is named")
    for contact in library.contacts:
        assert (f"contact {contact.id}", "confirm by phone", f"found 2026-11-23, {contact.confidence}") in missing
        for channel in contact.channels:
            assert (f"number {channel.id}", "sign", channel.value) in missing
    assert {(f"page {page.path}", "sign") for page in library.pages} <= {row[:2] for row in missing}
    assert f"{len(missing)} things are left to do" in as_table(missing)


def test_a_public_origin_is_refused_until_somebody_signs() -> None:
    environment = {"TELLSOMEONE_ORIGIN": "https://tell.example.org", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([COMMAND, "serve"], capture_output=True, text=True, env=environment)
    assert ran.returncode == 1
    assert "not signed" in ran.stderr
    assert "--preview" in ran.stderr
