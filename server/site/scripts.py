"""Turns the modules of `web/scripts` and `web/worker` into the scripts that browsers get."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

_IMPORT = re.compile(r"^import (?:\{(?![^}]* as )[\w\s,]+\} from )?'([^'\n]+)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) )", re.MULTILINE)
_DECLARATION = re.compile(r"^(?:async )?(?:const|let|function|class) (\w+)", re.MULTILINE)
_UNJOINABLE = re.compile(r"^(?:import\b(?! ?\()|export\b).*", re.MULTILINE)
_PLACEHOLDER = re.compile(r"__[A-Z_]+__")
_LINK = re.compile(r"""((?:\bfrom|\bimport ?\(?)\s*)["'`](\.[^"'`]*)["'`]""")


class ScriptError(ValueError):
    """A script can't be built; the message names the file and what to change."""


def join(entry: Path, separate: Collection[Path] = ()) -> str:
    """Returns `entry` and all modules it imports as one script, in the order in which a browser would run them.

    A module is included once, however often it is imported. Those in `separate` are files of their own: their imports
    stay. All modules share one scope, so their top-level names must differ. A script without exports becomes one
    function: it adds no global names, and the minifier can shorten its own.

    Raises ScriptError for a missing file, a cycle, a name declared twice, and an import or export of another form.
    """
    bodies: dict[Path, str] = {}
    imports: list[str] = []
    declared: dict[str, Path] = {}

    def include(module: Path, importers: tuple[Path, ...]) -> None:
        if module in importers:
            cycle = [*importers[importers.index(module) :], module]
            raise ScriptError(f"modules import each other in a cycle: {' -> '.join(each.name for each in cycle)}")
        if module in bodies:
            return
        if not module.is_file():
            raise ScriptError(f"{importers[-1] if importers else 'the build'} imports {module}, which does not exist")
        text = module.read_text(encoding="utf-8")
        for found in _IMPORT.finditer(text):
            imported = (module.parent / found[1]).resolve()
            if imported in separate:
                imports.append(found[0])
            else:
                include(imported, (*importers, module))
        body = _IMPORT.sub("", text)
        plain = _EXPORT.sub("", body)
        _check(module, plain, declared)
        bodies[module] = body if module == entry else plain

    entry = entry.resolve()
    include(entry, ())
    script = "\n".join(bodies.values())
    return "".join(imports) + (script if _EXPORT.search(script) else f"(() => {{\n{script}}})();\n")


def _check(module: Path, body: str, declared: dict[str, Path]) -> None:
    unjoinable = _UNJOINABLE.search(body)
    if unjoinable:
        raise ScriptError(f"{module}: write `{unjoinable[0]}` as `import {{ a }} from './b.js';` or `export const a`")
    for name in _DECLARATION.findall(body):
        if name in declared:
            raise ScriptError(f"{module}: {name} is also declared in {declared[name]}, which it is joined with")
        declared[name] = module


def fill(script: str, values: Mapping[str, Any]) -> str:
    """Returns `script` with each `__NAME__` replaced by the JSON of `values["name"]`.

    Raises ScriptError for a placeholder without a value.
    """
    for name, value in values.items():
        script = script.replace(f"__{name.upper()}__", json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    unfilled = _PLACEHOLDER.search(script)
    if unfilled:
        raise ScriptError(f"{unfilled[0]} is in a script, but the build gives it no value")
    return script


def minify(texts: Mapping[str, str]) -> dict[str, str]:
    """Returns scripts and style sheets, by file name, without comments and white space, and with short local names.

    Placeholders stay as they are. Raises ScriptError for a text that can't be parsed.
    """
    command = [sys.executable, "-m", "server.site.minifier"]
    finished = subprocess.run(command, input=json.dumps(dict(texts)), capture_output=True, text=True)
    if finished.returncode:
        raise ScriptError(f"a script or a style sheet can't be made small: {finished.stderr.strip()}")
    return dict(json.loads(finished.stdout))


def link(scripts: Mapping[str, str], address: Callable[[str, str], str]) -> dict[str, str]:
    """Returns `scripts`, by file name, in which each import of another one uses its address.

    `address(name, text)` gives the address of a finished script. As it depends on the text, imported scripts are
    finished first. Raises ScriptError for a cycle and for an import of a file that is not among `scripts`.
    """
    finished: dict[str, str] = {}

    def finish(name: str, importers: tuple[str, ...]) -> str:
        if name in importers:
            raise ScriptError(f"scripts import each other in a cycle: {' -> '.join((*importers, name))}")
        if name not in finished:
            finished[name] = _LINK.sub(lambda found: replaced(name, found, importers), scripts[name])
        return finished[name]

    def replaced(name: str, found: re.Match[str], importers: tuple[str, ...]) -> str:
        imported = found[2].removeprefix("./")
        if imported not in scripts:
            raise ScriptError(f"{name} imports {found[2]}, which is no file of the site")
        return f'{found[1]}"{address(imported, finish(imported, (*importers, name)))}"'

    return {name: finish(name, ()) for name in scripts}
