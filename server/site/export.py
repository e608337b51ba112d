"""Exports a `Site` to a folder for nginx or a CDN: all files with `.br` and `.gz` beside them, and `nginx.conf`."""

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from server import addresses
from server.new_file import locked
from server.site.resource import TAG_LENGTH, Cache, Headers, Leaving, Resource, Site

SUFFIX = {"identity": "", "br": ".br", "gzip": ".gz"}
_MARKER = ".tellsomeone"
"""The file that marks an exported folder: only such a folder, or an empty one, is replaced."""

_MARKS, _UNMARKS = "$marks", "$unmarks"
"""nginx variables: the `Set-Cookie` that sets the exit marker, or deletes it, if a person opens the address. Otherwise
they are empty, and nginx sends no empty header."""
_CODING = r"(^|,)\s*{name}\s*"
_ZERO = r";\s*q=0(\.0{0,3})?\s*(,|$)"
_REST = r"(;|,|$)"
_MATCHES = r"^(\w+) (\s*[*]\s*$|(.*[ ,/])?\"{tag}-\1\")"
"""An encoding, and an `If-None-Match` that is `*` or contains the tag of that encoding."""

_PID = "nginx.pid"
_UNFINISHED_AFTER = 3600.0
"""Seconds after which a temporary folder is that of an export that was killed."""


class ExportError(Exception):
    """The folder can't be written. The message says why and what to do."""


def export_site(site: Site, out: Path) -> int:
    """Writes `site` to the folder `out` and returns how many files it has then.

    The files are written to a temporary folder, which then replaces `out`. Raises `ExportError` if `out` has files and
    isn't an exported folder, or can't be written.
    """
    temporary = None
    try:
        target = Path(os.path.realpath(out))  # replaces the folder that a link leads to, not the link
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.parent):  # another export may be replacing the folder
            if target.exists() and any(target.iterdir()) and not (target / _MARKER).exists():
                raise ExportError(f"{out} holds other files: name an empty or a new folder")
            temporary = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
            _remove_unfinished(target, now=temporary.stat().st_mtime)
        count = _fill(temporary, site)
        with locked(target.parent):
            _replace(target, temporary)
    except OSError as error:
        raise ExportError(f"{out} can't be written: {error.strerror}") from error
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
    return count


def _prefix(target: Path) -> str:
    return f".{target.name}.building-"


def _remove_unfinished(target: Path, now: float) -> None:
    """Removes the temporary folders of exports that were killed; those of running exports are younger.

    `now` is by the clock of the file system, which may be another machine's.
    """
    for folder in target.parent.glob(f"{glob.escape(_prefix(target))}*"):
        with contextlib.suppress(FileNotFoundError):
            if now - folder.stat().st_mtime > _UNFINISHED_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, site: Site) -> int:
    for resource in site.answers:
        _write(folder, resource)
    (folder / addresses.EMPTY.lstrip("/")).touch()
    (folder / "nginx.conf").write_text("\n".join(_configuration(site)) + "\n", encoding="utf-8")
    (folder / _MARKER).write_text(f"{site.release}\n", encoding="utf-8")
    paths = list(folder.rglob("*"))
    for path in (folder, *paths):  # whatever the umask: nginx reads them as another user
        path.chmod(0o755 if path.is_dir() else 0o644)
    return sum(path.is_file() for path in paths)


def _replace(target: Path, temporary: Path) -> None:
    old = temporary.with_name(f"{temporary.name}-old")
    if target.exists():
        target.rename(old)
    try:
        temporary.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    with contextlib.suppress(FileNotFoundError):  # of a running nginx: `nginx -s reload` looks for it there
        (old / _PID).rename(target / _PID)
    shutil.rmtree(old, ignore_errors=True)


def _file(resource: Resource) -> str:
    """The path of a resource's file in the folder, with a leading slash."""
    if resource.content_type.startswith("text/html"):
        return f"{resource.path.rstrip('/')}/index.html"
    return resource.path


def _write(root: Path, resource: Resource) -> None:
    for encoding, body in resource.encodings.items():
        file = root / (_file(resource) + SUFFIX[encoding]).lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


def _configuration(site: Site) -> Iterator[str]:
    """The lines of `nginx.conf`: each address is one exact location with all its headers.

    The statuses 418 and 419 are never sent: each selects the `error_page` that answers instead.
    """
    leaving = site.leaving
    yield f"""\
# Release {site.release}, written by `tellsomeone build`. Start it with: nginx -p THIS-FOLDER/ -c nginx.conf
# Plain nginx, no further module. TLS is in front of it, or is added to the server block.
pid {_PID};
error_log stderr crit;
events {{}}
http {{
  access_log off;
  server_tokens off;
  etag off;
  if_modified_since off;
  max_ranges 0;
  merge_slashes off;
  types {{}}
  client_body_temp_path .nginx-body;
  proxy_temp_path .nginx-proxy;
  fastcgi_temp_path .nginx-fastcgi;
  uwsgi_temp_path .nginx-uwsgi;
  scgi_temp_path .nginx-scgi;
"""
    yield from _maps(leaving)
    yield """\
  server {
    listen 127.0.0.1:8080;
    root .;
    error_page 404 /404;
    error_page 405 /405;
    error_page 418 =303 /neutral.now;
    location / { if ($has_left) { return 418; } return 404; }"""
    for resource in site.resources.values():
        yield from _location(resource)
    for path in sorted(site.without_slash):
        yield f"    location = {path}/ {{ error_page 418 =308 {path}.bare; return 418; }}"
        yield from _redirect(f"{path}.bare", (*leaving.headers, ("Location", path)))
    yield from _location(site.not_found, internal=True)
    yield from _location(site.cleared, internal=True)
    yield from _location(site.not_allowed, extra=(("Allow", "GET, HEAD"),), internal=True)
    for path, (to, cookie) in leaving.moves.items():
        variable = _MARKS if cookie == leaving.cookie else _UNMARKS
        errors = f"error_page 405 /405; error_page 418 =303 {path}.now; error_page 419 =503 /ahead.now;"
        yield f"    location = {path} {{ {errors} {_ONLY_READ} if ($ahead) {{ return 419; }} return 418; }}"
        yield from _redirect(f"{path}.now", (*leaving.headers, ("Location", to), ("Set-Cookie", variable)))
    yield from _redirect("/ahead.now", leaving.headers)
    yield from _redirect("/neutral.now", (*leaving.headers, ("Location", "/neutral")))
    yield "  }\n}"


def _maps(leaving: Leaving) -> Iterator[str]:
    """The maps that turn a request's headers into variables."""
    for variable, name in (("$takes_br", "br"), ("$takes_gzip", "gzip")):
        yield f"  map $http_accept_encoding {variable} {{\n    default 0;"
        for coding in (name, r"\*"):
            start = _CODING.format(name=coding)
            yield f'    "~*{start}{_ZERO}" 0;\n    "~*{start}{_REST}" 1;'
        yield "  }"
    yield """\
  map $takes_br$takes_gzip $suffix { default ""; "~^1" .br; "01" .gz; }
  map $suffix $coding { default identity; .br br; .gz gzip; }
  map "$http_sec_purpose$http_purpose$http_x_purpose$http_x_moz" $ahead { default 1; "" ""; }
  map "$request_method $ahead,$http_sec_fetch_dest,$http_sec_fetch_mode,$http_sec_fetch_site" $opened {
    default "";
    "~^GET ,(document)?,(navigate)?,(same-origin|none)?$" 1;
  }
  map $status$suffix $encoding { default ""; "~^304" ""; "~[.]br$" br; "~[.]gz$" gzip; }
"""
    yield f'  map $http_cookie $has_left {{ default ""; "~(^|;)\\s*{leaving.marker}\\s*(;|$)" 1; }}'
    for variable, cookie in ((_MARKS, leaving.cookie), (_UNMARKS, leaving.ended_cookie)):
        yield f'  map $opened {variable} {{ default ""; 1 "{cookie}"; }}'


_ONLY_READ = 'if ($request_method !~ "^(GET|HEAD)$") { return 405; }'
_CLEARS = (
    "error_page 405 /405; error_page 418 =303 /neutral.now; error_page 419 =200 /cleared; "
    'set $clears "$request_method$http_sec_fetch_site"; '
    'if ($clears ~ "^POST(same-origin|none)?$") { return 419; }'
)
"""For `POST /clear`. Repeats the error pages, which only a location without error pages of its own inherits."""


def _location(resource: Resource, extra: Headers = (), *, internal: bool = False) -> Iterator[str]:
    compressed = len(resource.encodings) > 1
    headers = [*resource.headers, *extra]
    if not internal:
        headers = [(name, _MARKS if name == "Set-Cookie" else value) for name, value in headers]
    if compressed:
        headers += [("Vary", "Accept-Encoding"), ("Content-Encoding", "$encoding")]
    yield f"    location = {resource.path} {{"
    if resource.path == "/clear":
        yield f"      {_CLEARS}"
    yield "      internal;" if internal else f"      {_ONLY_READ}"
    if resource.is_page:
        yield "      if ($has_left) { return 418; }"
    if resource.cache is not Cache.NEVER:
        # nginx makes its own tags from a file's size and time, which may be the same for other bytes.
        tag, coding = resource.digest[:TAG_LENGTH], "$coding" if compressed else "identity"
        yield f'      set $asked "{coding} $http_if_none_match";'
        yield f'      if ($asked ~ "{_MATCHES.format(tag=tag)}") {{ return 304; }}'
        headers.append(("ETag", f'"{tag}-{coding}"'))
    yield f'      default_type "{resource.content_type}";'
    yield from (f"      {_add(name, value)}" for name, value in headers)
    # Otherwise nginx sends the file's time, which says nothing about its content.
    yield '      add_header Last-Modified "";'
    yield f'      try_files "{_file(resource)}{"$suffix" if compressed else ""}" =404;'
    yield "    }"


def _redirect(path: str, headers: Headers) -> Iterator[str]:
    """A location that answers with headers and no body, as the server does: nginx's own `return 303` has a body."""
    yield f"    location = {path} {{"
    yield '      internal;\n      types {}\n      default_type "";'
    yield from (f"      {_add(name, value)}" for name, value in headers)
    yield '      add_header Last-Modified "" always;'
    yield f"      try_files {addresses.EMPTY} =404;\n    }}"


def _add(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'add_header {name} "{escaped}" always;'
