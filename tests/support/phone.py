"""The hours.js of the built site, run in one Node.js process for many calls."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.support.running import ROOT

_SCRIPT = """
import { createInterface } from 'node:readline';
const { answer, line, london, turned } = await import(process.argv[1]);
const ask = ([hours, now]) => ({ ...answer(hours, london(now)), minute: london(now), line: line(hours, now) });
for await (const line_ of createInterface({ input: process.stdin })) {
  const { cases, pair } = JSON.parse(line_);
  console.log(JSON.stringify(cases ? cases.map(ask) : turned(...pair)));
}
"""


def node() -> str | None:
    """The path of the Node.js to use, if there is one."""
    own = ROOT / ".tools" / "node" / "bin" / "node"
    return str(own) if own.is_file() else shutil.which("node")


class Phone:
    """`hours.js` as it is built."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def _call(self, **arguments: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(arguments), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def answers(self, cases: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
        """`open`, `change`, London's `minute` and the `line` for each packed hours and instant (ms since 1970)."""
        return list(self._call(cases=list(cases)))

    def turned(self, pair: Sequence[str | None], now: int) -> bool:
        """Whether the second of two numbers has to come first."""
        return bool(self._call(pair=[[hours or "~" for hours in pair], now]))


@contextlib.contextmanager
def phone(script: bytes, folder: Path, zone: str = "Pacific/Auckland") -> Iterator[Phone]:
    """A phone in a time zone far from London."""
    module = folder / "hours.mjs"
    module.write_bytes(script)
    process = subprocess.Popen(
        [str(node()), "--input-type=module", "-e", _SCRIPT, module.as_uri()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"TZ": zone},
    )  # fmt: skip
    try:
        yield Phone(process)
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait()
        process.stdout.close()
