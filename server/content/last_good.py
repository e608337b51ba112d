"""A copy of the content that was last built without errors, to use when the content has errors."""

import io
import logging
import tempfile
import zipfile
from pathlib import Path

from server.cache import CacheFolder
from server.content.checks import read_checked
from server.content.folder import content_files, fingerprint
from server.content.model import Library
from server.content.problems import ContentError, Problem

log = logging.getLogger("tellsomeone")
_NAME = "content.zip"


class LastGood:
    """The copy, in the data folder. A damaged copy counts as absent; if it can't be written, a warning is logged."""

    def __init__(self, data: Path) -> None:
        self._folder = CacheFolder(data / "last-good", "no copy of the content is kept for a start with errors")

    def keep(self, root: Path, built: str) -> None:
        """Copies the content in `root`, unless its fingerprint is no longer `built`, that of the content last built."""
        copy = _zipped(root)
        if copy and fingerprint(root) == built and self._folder.get(_NAME) != copy:
            self._folder.put(_NAME, copy)

    def read(self) -> Library | None:
        """The content of the copy; None if there is no copy, or this release finds errors in it."""
        copy = self._folder.get(_NAME)
        if copy is None:
            return None
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(temporary) / "content"
            try:
                zipfile.ZipFile(io.BytesIO(copy)).extractall(root)
                return read_checked(root)
            except ContentError as error:
                log.error("the last good content has errors for this release:\n%s", error)
            except Exception:
                log.exception("the last good content can't be read")
        return None


def library_to_build(root: Path, last_good: LastGood | None) -> tuple[Library, list[Problem]]:
    """The content in `root`, or the last good content with the errors that `root` has.

    Raises `ContentError` if there are errors and no last good content, or `last_good` is None.
    """
    try:
        return read_checked(root), []
    except ContentError as error:
        library = last_good.read() if last_good else None
        if library is None:
            raise
        return library, error.problems


def _zipped(root: Path) -> bytes | None:
    """The folder as a ZIP file, always the same bytes for the same files; None if one of them can't be read."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(out, "w") as archive:
            for file in content_files(root):
                archive.writestr(zipfile.ZipInfo(str(file.relative_to(root))), file.read_bytes())
    except (OSError, ValueError):  # deleted meanwhile, not readable, or with a name that isn't UTF-8
        return None
    return out.getvalue()
