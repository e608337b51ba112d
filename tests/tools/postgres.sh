#!/usr/bin/env bash
# Makes sure that PostgreSQL is there for the tests of the alerts, which start one of their own, and does nothing when
# it is. Debian's package is installed where that can be done; elsewhere one line says what stays unproved, and
# under CI it is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .tools
log=.tools/postgres.log

there() { command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
apt() { DEBIAN_FRONTEND=noninteractive apt-get "$@" >>$log 2>&1 </dev/null; }

if ! there && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing PostgreSQL (once)." >&2
  : >$log
  apt update -qq || true
  # Without this Debian would start a server of its own at once, which nobody here asked for.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  apt install -y -qq --no-install-recommends postgresql || true
fi
there && exit 0
if [ -n "${CI:-}" ]; then
  echo "PostgreSQL can't be had here, and CI goes without no test (what was tried: $log)." >&2
  exit 1
fi
echo "PostgreSQL (postgresql) is missing. Not tested without it: that subscriptions outlive kills and two senders in it." >&2
