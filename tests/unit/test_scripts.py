"""Modules become one script each, and what can't be joined is an error of the build."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from server.site.assets import WEB
from server.site.scripts import ScriptError, fill, join, link
from server.site.scripts import minify as minify_all
from tests.support.phone import node

needs_node = pytest.mark.skipif(not node() and not os.environ.get("CI"), reason="Node.js is not here")
Write = Callable[..., Path]


def minify(script: str) -> str:
    return minify_all({"a.js": script})["a.js"]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes modules, `a="text"` as `a.js`, and returns the first."""

    def write(**modules: str) -> Path:
        files = [tmp_path / f"{name}.js" for name in modules]
        for file, text in zip(files, modules.values(), strict=True):
            file.write_text(text)
        return files[0]

    return write


def run(script: str) -> str:
    """What a classic script prints."""
    return subprocess.run([str(node()), "-"], input=script, capture_output=True, text=True, check=True).stdout


SHARED = "export const heard = [];\nexport function say(word) {\n  heard.push(word);\n}\nsay('shared');\n"


@needs_node
def test_modules_run_once_each_and_in_the_order_of_a_browser(write: Write) -> None:
    entry = write(
        entry="import { a } from './a.js';\nimport './b.js';\nimport { heard } from './shared.js';\n"
        "a('entry');\nconsole.log(JSON.stringify(heard));\n",
        a="import { say } from './shared.js';\n\nexport const a = (word) => say(word);\nsay('a');\n",
        b="import { heard,\n  say } from './shared.js';\nsay('b' + heard.length);\n",
        shared=SHARED,
    )
    as_modules = subprocess.run(
        [str(node()), "--experimental-default-type=module", str(entry)], capture_output=True, text=True, check=True
    ).stdout
    joined = join(entry)
    assert joined.count("shared") == 1
    assert run(joined) == run(minify(joined)) == as_modules
    assert json.loads(as_modules) == ["shared", "a", "b2", "entry"]


@needs_node
def test_a_script_without_exports_leaves_no_global_name(write: Write) -> None:
    entry = write(entry="import { say } from './shared.js';\nvar a = 1;\nfunction b() {}\nsay(a, b);\n", shared=SHARED)
    assert run(
        minify(join(entry)) + ";console.log(['a', 'b', 'say', 'heard'].map((name) => name in globalThis).join())"
    ) == ("false,false,false,false\n")


def test_a_module_keeps_its_exports_and_the_imports_of_other_files(write: Write) -> None:
    entry = write(
        entry="import { b } from './b.js';\nimport { c } from './c.js';\n\nexport const a = b + c;\n",
        b="export const b = 1;\n",
        c="export const c = 1;\n",
    )
    joined = join(entry, [entry.with_name("c.js")])
    assert joined.startswith("import { c } from './c.js';\n")
    assert "export const a" in joined
    assert "export const b" not in joined
    assert minify(joined).startswith('import{c}from"./c.js"')


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"a": "import './b.js';\n", "b": "import './c.js';\n", "c": "import './b.js';\n"}, r"b\.js -> c\.js -> b\.js"),
        ({"a": "import './a.js';\n"}, r"a\.js -> a\.js"),
        ({"a": "import './gone.js';\n"}, r"a\.js imports .*gone\.js, which does not exist"),
        ({"a": "import './b.js';\nlet x;\n", "b": "function x() {}\n"}, r"a\.js: x is also declared in .*b\.js"),
        ({"a": "import { x as y } from './b.js';\n", "b": ""}, r"a\.js: write `import \{ x as y \}"),
        ({"a": "import * as b from './b.js';\n", "b": ""}, r"a\.js: write"),
        ({"a": "import './b.js';\n", "b": "const x = 1;\nexport { x };\n"}, r"b\.js: write `export \{ x \};`"),
        ({"a": "import './b.js';\n", "b": "export default 1;\n"}, r"b\.js: write"),
    ],
)
def test_what_cannot_be_joined_is_an_error(write: Write, modules: dict[str, str], message: str) -> None:
    entry = write(**modules)
    with pytest.raises(ScriptError, match=message):
        join(entry)


def test_placeholders_are_filled_with_json() -> None:
    assert fill("f(__A__, __LONG_NAME__);", {"a": ["é", "</p>"], "long_name": False}) == 'f(["é","</p>"], false);'
    with pytest.raises(ScriptError, match="__B__"):
        fill("f(__A__, __B__);", {"a": 1})


def test_a_minified_script_runs_in_chromium_78() -> None:
    script = minify(
        "(() => { const longName = f(); try { g(longName === undefined ? 1 : longName); } catch (e) {} })();"
    )
    assert "longName" not in script
    assert "??" not in script
    assert "catch{" not in script


def test_a_script_that_cannot_be_parsed_is_refused() -> None:
    with pytest.raises(ScriptError, match="can't be made small"):
        minify("const = 1;")


def test_imports_get_the_addresses_of_what_is_finished() -> None:
    scripts = {"a.js": 'import{b}from"./b.js";import("./c.js")', "b.js": 'import"./c.js"', "c.js": "go()"}
    linked = link(scripts, lambda name, text: f"/assets/{name}.{len(text)}")
    assert linked == {
        "a.js": f'import{{b}}from"/assets/b.js.{len(linked["b.js"])}";import("/assets/c.js.4")',
        "b.js": 'import"/assets/c.js.4"',
        "c.js": "go()",
    }


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('import"./gone.js"', r"a\.js imports \./gone\.js, which is no file of the site"),
        ("import(`../b.js`)", r"a\.js imports \.\./b\.js"),
        ('import{a}from"./a.js"', r"cycle: a\.js -> a\.js"),
    ],
)
def test_an_import_that_no_browser_could_follow_is_an_error(script: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        link({"a.js": script, "b.js": ""}, lambda name, text: name)


@pytest.mark.parametrize("name", ["first.js", "neutral.js"])
def test_the_inline_scripts_stand_alone(name: str) -> None:
    files = sorted((WEB / "scripts").glob("*.js"))
    assert join(WEB / "scripts" / name, files).startswith("(() => {")
