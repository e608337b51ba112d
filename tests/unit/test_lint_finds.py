"""Each linter, with the settings of this repository, finds the mistakes it is there for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tools import lint
from tests.tools.lint import ROOT, Found

pytestmark = pytest.mark.skipif(
    not (ROOT / "node_modules").is_dir() and not os.environ.get("CI"),
    reason="the linters are not installed: `make lint` installs them",
)

SCRIPT = """
const words = document.querySelector('p');
words.textContent = __NOBODY_FILLS_THIS__;
words.innerHTML = location.hash;
structuredClone(words);
[1].at(0);
undeclared();
"""
WORKER = "self.addEventListener('fetch', (event) => event.respondWith(document.title));\n"
STYLE = """
@layer parts { b { top: 0; } }
a { margin-left: 1rem; }
p { text-align: right; }
i { inset-inline-start: 0; }
u { margin-inline: auto; }
b { colr: red; }
s { color: 12px; }
q { height: 100dvh; }
q:is(b, i) { top: 0; }
s { width: min(9rem, 9%); }
q b { & i { top: 0; } }
#a { top: 0; }
u {
  top: 0;
}
"""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Page</title><script>const last = [1]?.length;</script></head>
<body><h1>One</h1><h3 id="a">Three</h3><p id="a"><div style="top: 0">No</div><img src="/a.png">
<a href="#gone" aria-describedby="nothing">x</a><button>Press</button></body></html>
"""


@pytest.fixture
def complaints(tmp_path: Path) -> dict[str, str]:
    """What the linters say of a small repository with a mistake of each kind, by the linter's name."""
    root = tmp_path
    for name in ("package.json", "eslint.config.js", ".stylelintrc.json"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "tests" / "tools", root / "tests" / "tools")
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    site = root / "site"
    for name, text in {
        "web/scripts/a.js": SCRIPT,
        "web/worker/sw.js": WORKER,
        "web/styles/a.css": STYLE,
        "site/index.html": PAGE,
        "site/neutral/index.html": "<!DOCTYPE html><script src='/a.js'></script>",
        "site/sw.js": "let a; a ??= 1;\n",
        "site/assets/a.js": "export const last = [1].at(-1);\n",
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "taken").mkdir()
    of_python = ("mypy", "ruff")
    lints = [*lint.source_lints(root), *lint.built_lints(site, root / "taken")]
    found: list[Found] = [each() for each in lints]
    return {each.name: each.complaint for each in found if not each.name.startswith(of_python)}


MISTAKES = {
    "eslint": [
        "'undeclared' is not defined",
        "'__NOBODY_FILLS_THIS__' is not defined",
        "structuredClone",
        "at()",
        "Unsafe assignment to innerHTML",
    ],
    "tsc scripts": ["'words' is possibly 'null'", "Property 'at' does not exist"],
    "tsc worker": ["Cannot find name 'document'"],
    "stylelint": [
        *("a.css:2", "Physical left or right", "a.css:3:5", "a.css:4:17", "a.css:5:25", "a.css:6:20"),
        *('Unknown property "colr"', 'Unknown value "12px"', "viewport-unit-variants", "css-nesting"),
        *("a.css:10", "write the selectors out", "a.css:11", "drops the declaration"),
        *("a.css:13", "style a class", "Too many declarations", "Expected empty line before rule"),
    ],
    "html-validate": [
        *("heading-level", "no-dup-id", "no-inline-style", "wcag/h37"),
        *("no-missing-references", "no-implicit-button-type"),
    ],
    "es-check assets": ["a.js", "ArrayPrototypeAt"],
    "es-check worker and inline": ["sw.js", "LogicalAssignment"],
    "inline scripts": ["no inline script in neutral/index.html"],
}


@pytest.mark.prove
def test_each_linter_names_each_mistake(complaints: dict[str, str]) -> None:
    missed = {name: [word for word in words if word not in complaints[name]] for name, words in MISTAKES.items()}
    assert not any(missed.values()), {name: complaints[name] for name, words in missed.items() if words}


def test_an_inline_script_is_judged_as_the_page_gives_it(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE)
    scripts, complaint = lint.take_inline_scripts(tmp_path, tmp_path)
    assert [script.read_text() for script in scripts] == ["const last = [1]?.length;"]
    assert complaint == "no inline script in neutral/index.html"
    assert "OptionalChaining" in lint.es_check("es-check", scripts, as_module=False).complaint


def test_a_missing_tool_and_an_empty_site_are_failures_with_a_sentence(tmp_path: Path) -> None:
    assert "nothing-of-this-name is missing" in lint.run("x", "nothing-of-this-name").complaint
    assert lint.es_check("x", [tmp_path / "sw.js"], as_module=False).complaint.endswith(
        "lacks " + str(tmp_path / "sw.js")
    )
    assert lint.es_check("x", [], as_module=True).complaint == "the built site lacks every script"


def test_the_fingerprint_changes_with_every_file_that_counts(tmp_path: Path) -> None:
    assert lint.fingerprint(tmp_path) is None, "no repository"
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    seen = [lint.fingerprint(tmp_path)]
    for name, text in ((".gitignore", "ignored\n"), ("a.py", "a = 1\n"), ("a.py", "a = 2\n"), ("b.py", "a = 2\n")):
        (tmp_path / name).write_text(text)
        seen.append(lint.fingerprint(tmp_path))
    assert len(set(seen)) == len(seen)
    (tmp_path / "ignored").write_text("x")
    assert lint.fingerprint(tmp_path) == seen[-1]
    (tmp_path / "b.py").unlink()
    assert lint.fingerprint(tmp_path) == seen[-2]


def test_the_hook_runs_the_linters_of_the_sources(tmp_path: Path) -> None:
    hook = ROOT / ".githooks" / "pre-commit"
    assert os.access(hook, os.X_OK)
    assert "tests/tools/lint.py --quick" in hook.read_text()
    names = {each().name for each in lint.source_lints(tmp_path, quick=True)}
    assert {"ruff check", "ruff format", "mypy", "eslint", "stylelint", "tsc scripts", "tsc worker"} == names
