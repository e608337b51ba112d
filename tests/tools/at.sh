#!/bin/sh
# Runs a command, and all that it starts, with a wall clock that begins at a given time in UTC:
#   tests/tools/at.sh '2027-03-28 23:58:00' COMMAND…
# libfaketime 0.9.10 makes every sleep fail while it leaves the monotonic clock alone, and hangs where it doesn't.
set -eu
library="$PWD/.tools/clock.so"
mkdir -p .tools
cc -shared -fPIC -O2 -o "$library" tests/tools/clock.c -ldl
CLOCK_SHIFT=$(($(date -u -d "$1" +%s) - $(date +%s)))
shift
export CLOCK_SHIFT LD_PRELOAD="$library"
exec "$@"
