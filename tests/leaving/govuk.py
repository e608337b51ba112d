"""GOV.UK Frontend's "exit this page", from its npm package, on three pages: the reference for comparisons."""

from __future__ import annotations

import re

from tests.leaving.outside import Outside
from tests.support.running import ROOT

COMPONENT = ROOT / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "components" / "exit-this-page"
READY = "document.querySelector('[data-govuk-exit-this-page-init]') !== null"
PAGE = """<!doctype html>
<html lang="en" class="govuk-template"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<title>Their page {letter}</title></head>
<body class="govuk-template__body js-enabled govuk-frontend-supported"><h1>Their page {letter}</h1>
{button}
<p><a id="on" href="/{next}">On</a></p>
<script type="module">
import {{ ExitThisPage }} from '/exit-this-page.js';
new ExitThisPage(document.querySelector('[data-module="govuk-exit-this-page"]'));
</script></body></html>"""


def serve(goal: Outside) -> Outside:
    """Pages /a, /b and /c with ordinary links and their button, which goes to `goal`."""
    button = (COMPONENT / "template-default.html").read_text()
    button = re.sub(r'(<a) href="[^"]*"', rf'\1 href="{goal.url}/"', button)
    assert goal.url in button
    pages = {
        f"/{letter}": (
            "text/html; charset=utf-8",
            PAGE.format(letter=letter, next=following, button=button).encode(),
        )
        for letter, following in zip("abc", "bca", strict=True)
    }
    script = (COMPONENT / "exit-this-page.bundle.mjs").read_bytes()
    return Outside("Theirs", {**pages, "/exit-this-page.js": ("text/javascript", script)})
