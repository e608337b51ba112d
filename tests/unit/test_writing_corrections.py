"""`tellsomeone correct`, killed or refused at any write: the earlier corrections count, and the next run works."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli.main import main
from server.content.checks import check_library, read_checked
from server.content.reader import read_library
from server.corrections.model import HIGHEST_SEQ
from tests.support.small import small_content

Run = Callable[..., Result]
WITHDRAW = ("correct", "childline-phone", "--withdraw")
AGAIN = ("correct", "nspcc-phone", "--note", "It is busy today.")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return small_content(tmp_path / "content")


@pytest.fixture
def run(content: Path, tmp_path: Path) -> Run:
    """`tellsomeone` on the small content, with a key that its `site.toml` names."""
    environment = {"TELLSOMEONE_CONTENT": str(content), "TELLSOMEONE_DATA": str(tmp_path / "data")}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environment)

    site = content / "site.toml"
    site.write_text(site.read_text().replace("correction_keys = []\n", run("correct", "--make-key").output))
    return run


def run_in_child(work: Callable[[], int]) -> int:
    """Runs `work` in a child process, and returns its status, as from `os.waitpid`."""
    child = os.fork()
    if not child:
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def killed_before(write: int, content: Path, run: Run, *arguments: str) -> bool:
    """Kills `tellsomeone` before its `write`th opening or renaming of a file; False if it ended before."""
    left = write

    def at_each_write(event: str, details: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "os.rename" or (event == "open" and isinstance(details[2], int) and details[2] & os.O_WRONLY)
        if writes and str(details[0]).startswith(str(content)):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    def work() -> int:
        sys.addaudithook(at_each_write)
        return run(*arguments).exit_code

    status = run_in_child(work)
    assert status in (0, signal.SIGKILL)
    return status == signal.SIGKILL


@pytest.mark.parametrize("first", [True, False], ids=["the first correction", "a later one"])
def test_a_correction_killed_at_any_write_changes_nothing(run: Run, content: Path, first: bool) -> None:
    if not first:
        assert run(*WITHDRAW).exit_code == 0
    before = read_checked(content)
    write = 1
    while killed_before(write, content, run, *AGAIN):
        assert read_checked(content) == before, f"write {write}"
        write += 1
    assert write > (6 if first else 8), "both files and what was in them are written and put in place"
    after = read_checked(content)
    assert after.corrections.correction[-1].number == "nspcc-phone"
    assert after.corrections.seq > before.corrections.seq
    assert [problem for problem in check_library(after) if "correct" in problem.file] == []


def test_no_sequence_number_is_signed_twice(run: Run, content: Path) -> None:
    assert run(*WITHDRAW).exit_code == 0
    writes = 8
    assert killed_before(writes, content, run, *AGAIN), "between the signed file and the other"
    assert read_checked(content).corrections.seq == 1
    stopped = [str(problem) for problem in check_library(read_checked(content)) if "newer than" in problem.message]
    assert len(stopped) == 1
    assert stopped[0].startswith("content/corrections.json:1: warning: ")
    assert run(*AGAIN).exit_code == 0
    assert read_checked(content).corrections.seq == 3


@pytest.mark.parametrize("room", [0, 150, 250])
def test_a_full_disk_refuses_a_correction_and_leaves_nothing_behind(run: Run, content: Path, room: int) -> None:
    assert run(*WITHDRAW).exit_code == 0
    before = {file: file.read_bytes() for file in content.rglob("*") if file.is_file()}

    def work() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        refused = run(*AGAIN)
        return 0 if refused.exit_code == 1 and "nothing was changed" in refused.output else 3

    assert run_in_child(work) == 0
    assert {file: file.read_bytes() for file in content.rglob("*") if file.is_file()} == before
    assert run(*AGAIN).exit_code == 0


def test_a_correction_that_cannot_be_written_changes_nothing(run: Run, content: Path) -> None:
    before = (content / "corrections.toml").read_bytes()
    (content / "corrections-before").write_text("a file, where a folder should be")
    refused = run(*WITHDRAW)
    assert refused.exit_code == 1
    assert "nothing was changed" in refused.output
    assert (content / "corrections.toml").read_bytes() == before
    assert not (content / "corrections.json").exists()


def test_a_sequence_number_that_is_too_large_for_javascript_is_refused(run: Run, content: Path) -> None:
    file = content / "corrections.toml"
    file.write_text(f"seq = {HIGHEST_SEQ}\n")
    refused = run(*WITHDRAW)
    assert refused.exit_code == 1
    assert "can't go higher" in refused.output
    for seq in (HIGHEST_SEQ + 1, 2**63, 10**30, -1):
        file.write_text(f"\nseq = {seq}\n")
        assert "content/corrections.toml:2: error: 'seq'" in run("check").output
        assert "content/corrections.toml:2: error: 'seq'" in run(*WITHDRAW).output
    file.write_text(f"seq = {HIGHEST_SEQ - 1}\n")
    assert run(*WITHDRAW).exit_code == 0
    assert read_library(content).corrections.seq == HIGHEST_SEQ


@pytest.mark.parametrize("damaged", ["", "null", '{"seq":1e400}', f'{{"seq":{2**63},"numbers":{{}},"signature":"AA"}}'])
def test_a_damaged_signed_file_does_not_prevent_a_correction(content: Path, run: Run, damaged: str) -> None:
    assert run(*WITHDRAW).exit_code == 0
    (content / "corrections.json").write_text(damaged)
    assert run("check").exit_code == 1
    assert run(*AGAIN).exit_code == 0
    assert read_checked(content).corrections.seq == 2
