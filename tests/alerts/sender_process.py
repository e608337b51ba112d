"""A sender as a process of its own, for tests that kill it: it may send to the test's push service, as only a
constructor can say. Prints what it did as JSON."""

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
    # Not what getrusage() says: that counts the memory of whoever started this process too.
    (peak,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps({"kilobytes": int(peak), **totals}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
