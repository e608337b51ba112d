"""A sender as a separate process, for tests that kill it. Prints its outcomes and its memory as JSON.

It may send to the test's push service, which no setting of the real command could allow.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys
from pathlib import Path

from server.alerts.push_client import PushClient
from server.alerts.sender import Sender
from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.vapid import Keyring, VapidTokens


async def main(url: str, keys: str, origin: str, certificate: str, lease: str) -> None:
    tokens = VapidTokens(Keyring(Path(keys)), "https://tell.example.org")
    tls = ssl.create_default_context(cafile=certificate)
    async with PushClient(tokens, PushServices(frozenset({origin})), tls, back_off=0.05) as push_client:
        totals = await Sender(Store(url), push_client, lease=float(lease), patience=5).run()
    # getrusage() would include the memory of the parent process.
    (peak,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps({"kilobytes": int(peak), **totals}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
