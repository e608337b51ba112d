"""Makes a release: `make release VERSION=1.2.0` sets the version, closes the changelog, commits and tags.

It pushes nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from server import clock

PROJECT, CHANGELOG, BRANCH = "pyproject.toml", "CHANGELOG.md", "main"
UNRELEASED = "## Unreleased\n"


class RefusedError(Exception):
    """The release can't be made. The message says why and what to do."""


def git(root: Path, *arguments: str) -> str:
    """What a git command prints. Raises `RefusedError` with its message if it fails."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise RefusedError(f"git {arguments[0]} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def release(root: Path, version: str) -> None:
    """Releases the repository in `root` as `version`. Raises `RefusedError` before anything is changed."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise RefusedError("say which version: make release VERSION=1.2.0")
    if (branch := git(root, "rev-parse", "--abbrev-ref", "HEAD")) != BRANCH:
        raise RefusedError(f"this is the branch '{branch}': a release is made on {BRANCH}")
    if git(root, "status", "--porcelain"):
        raise RefusedError("there are changes that are not committed: commit them, or put them aside")
    if git(root, "tag", "--list", f"v{version}"):
        raise RefusedError(f"v{version} is released already: choose a higher version")
    texts = {
        PROJECT: with_version((root / PROJECT).read_text(encoding="utf-8"), version),
        CHANGELOG: closed((root / CHANGELOG).read_text(encoding="utf-8"), version),
    }
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    git(root, "commit", "-q", "-m", f"Release {version}", "--", *texts)
    git(root, "tag", "-a", f"v{version}", "-m", f"Release {version}")


def with_version(project: str, version: str) -> str:
    """`pyproject.toml` with the version in place of the one before."""
    found = re.search(r'^version = "([^"]*)"$', project, re.MULTILINE)
    if not found:
        raise RefusedError(f"{PROJECT} has no version")
    # A project that was never released has the version of its first release already.
    if parts(version) < parts(found[1]):
        raise RefusedError(f"{version} is lower than {found[1]}, the version of {PROJECT}: choose a higher version")
    return f'{project[: found.start()]}version = "{version}"{project[found.end() :]}'


def parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def closed(changelog: str, version: str) -> str:
    """The changelog with "Unreleased" empty, and what stood there under the version and today's date."""
    before, heading, rest = changelog.partition(UNRELEASED)
    if not heading:
        raise RefusedError(f'{CHANGELOG} has no heading "{UNRELEASED.strip()}"')
    if not re.search(r"^[-*] ", rest.partition("\n## ")[0], re.MULTILINE):
        raise RefusedError(f'nothing stands under "Unreleased" in {CHANGELOG}: there is nothing to release')
    return f"{before}{UNRELEASED}\n## {version} - {clock.today()}\n{rest}"


def main() -> int:
    version = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        release(Path.cwd(), version)
    except RefusedError as error:
        print(f"Nothing was released: {error}.", file=sys.stderr)
        return 1
    print(f"Committed and tagged v{version}. To publish it: git push --follow-tags")
    return 0


if __name__ == "__main__":
    sys.exit(main())
