"""How fast alerts are sent, compared with the loop from pywebpush's documentation, to the same service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import certifi
import pytest

from server.alerts.store import Store
from server.alerts.vapid import Keyring
from tests.alerts.conftest import crowd, post
from tests.support.pushing import Phone, make_certificate
from tests.support.running import ROOT, free_port, nginx

MESSAGES = 2_000
AT_LEAST = 10

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()) and not os.environ.get("CI"),
    reason="nginx is not installed",
)


class Answering:
    """An nginx that answers everything with 201."""

    def __init__(self, port: int) -> None:
        self.origin = f"https://127.0.0.1:{port}"

    def phone(self, number: int) -> Phone:
        return Phone(number, self.origin)


def configuration(certificate: Path, port: int) -> str:
    return f"""
worker_processes 1; worker_cpu_affinity 10; pid nginx.pid; error_log stderr crit;
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 1000000; client_max_body_size 8k;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fast; uwsgi_temp_path uw; scgi_temp_path sc;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate};
    location / {{ return 201; }} }} }}
"""


def test_alerts_are_sent_ten_times_as_fast_as_by_the_documented_loop(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    certificate, port = make_certificate(tmp_path), free_port()
    bundle = tmp_path / "trusted.pem"
    own = certificate.read_text()
    bundle.write_text(Path(certifi.where()).read_text() + own[own.index("-----BEGIN CERTIFICATE") :])
    (tmp_path / "nginx.conf").write_text(configuration(certificate, port))
    service, store = Answering(port), Store(f"sqlite:///{tmp_path}/tellsomeone.sqlite")
    key = Keyring(tmp_path / "keys").make()
    crowd(store, service, key, MESSAGES)

    def timed(way: str) -> float:
        arguments = [sys.executable, "-m", "tests.bench.sending", way, service.origin, str(MESSAGES), tmp_path]
        environment = {**os.environ, "REQUESTS_CA_BUNDLE": str(bundle)}
        ran = subprocess.run(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
        result = json.loads(ran.stdout)
        assert result["done"] == MESSAGES
        return result["seconds"]

    best = {}
    with nginx(tmp_path, port):
        for _ in range(2):  # in turns, so that other load on the machine affects all of them
            for way in ("ours", "documented", "cryptography"):
                if way == "ours":
                    post(store, time.time)
                best[way] = min(best.get(way, 1e9), timed(way))
    store.close()
    for way, seconds in best.items():
        print(f"alerts: {way}: {MESSAGES / seconds:,.0f} messages a second, {seconds / MESSAGES * 1e6:,.0f} µs each")
    print(f"alerts: {best['documented'] / best['ours']:.1f} times as fast, {AT_LEAST} at least")
    print(f"alerts: cryptography is {best['cryptography'] / best['ours']:.0%} of ours")
    assert best["documented"] / best["ours"] >= AT_LEAST
