#!/usr/bin/env bash
# Prints the folder of a Node.js that the linters run on (20.19 or newer): the machine's own, else one from PyPI,
# where it stands as a package, laid into .tools/node.
set -euo pipefail
cd "$(dirname "$0")/../.."

fits() {
  command -v "$1npm" >/dev/null 2>&1 &&
    "$1node" -e 'const [major, minor] = process.versions.node.split(".").map(Number);
      process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

own=.tools/node/bin
if fits ""; then
  dirname "$(command -v node)"
elif fits "$own/" || {
  echo "Installing Node.js into .tools/node (once)." >&2
  .venv/bin/python -m venv .tools/node &&
    $own/python -m pip install -qq --disable-pip-version-check --require-hashes -r tests/tools/node.txt &&
    fits "$own/"
}; then
  echo "$PWD/$own"
else
  echo "The linters need Node.js 20.19 or newer with npm, and it can't be installed here: install it and try again." >&2
  exit 1
fi
