"""`make release`, in a repository of its own: what it writes, and what it refuses."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from server import clock
from tests.support.running import ROOT

PROJECT = '[project]\nname = "x"\nversion = "0.1.0"\n'
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n"


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "user.name", "Somebody")
    git(tmp_path, "config", "user.email", "somebody@example.org")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Start")
    return tmp_path


def run(root: Path, version: str) -> subprocess.CompletedProcess[str]:
    command = [ROOT / ".venv" / "bin" / "python", ROOT / "tests" / "tools" / "release.py", version]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def test_a_release_sets_the_version_and_closes_the_changelog(repository: Path) -> None:
    assert run(repository, "0.2.0").returncode == 0
    assert 'version = "0.2.0"\n' in (repository / "pyproject.toml").read_text()
    today = clock.today()
    assert (repository / "CHANGELOG.md").read_text() == (
        f"# Changelog\n\n## Unreleased\n\n## 0.2.0 - {today}\n\n### Added\n\n- A thing.\n"
    )
    assert git(repository, "log", "-1", "--format=%s %D").split(" ", 2)[:2] == ["Release", "0.2.0"]
    assert git(repository, "tag", "--points-at", "HEAD") == "v0.2.0\n"
    assert git(repository, "status", "--porcelain") == ""


def other_branch(root: Path) -> None:
    git(root, "switch", "-q", "-c", "other")


def unsaved(root: Path) -> None:
    (root / "new.txt").touch()


def tagged(root: Path) -> None:
    git(root, "tag", "v0.2.0")


def nothing_new(root: Path) -> None:
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- A thing.\n")
    git(root, "commit", "-q", "-a", "-m", "Empty")


def unchanged(root: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "version", "words"),
    [
        (other_branch, "0.2.0", "this is the branch 'other'"),
        (unsaved, "0.2.0", "changes that are not committed"),
        (tagged, "0.2.0", "v0.2.0 is released already"),
        (nothing_new, "0.2.0", "there is nothing to release"),
        (unchanged, "0.0.9", "lower than 0.1.0"),
        (unchanged, "", "say which version"),
        (unchanged, "v0.2.0", "say which version"),
        (unchanged, "0.2", "say which version"),
    ],
)
def test_what_is_amiss_is_said_and_nothing_changes(
    repository: Path, prepare: Callable[[Path], None], version: str, words: str
) -> None:
    prepare(repository)
    before = git(repository, "show-ref", "--head")
    ran = run(repository, version)
    assert ran.returncode == 1
    assert ran.stderr.startswith("Nothing was released: ") and words in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert git(repository, "show-ref", "--head") == before
    assert (repository / "pyproject.toml").read_text() == PROJECT
