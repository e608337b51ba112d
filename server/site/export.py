"""A Site as a folder for nginx or any CDN: each page with `.br` and `.gz` beside it, and the `nginx.conf`."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from server import addresses
from server.new_file import locked
from server.site.resource import TAG_LENGTH, Cache, Header, Leaving, Resource, Site

SUFFIX = {"identity": "", "br": ".br", "gzip": ".gz"}
_MARKER = ".tellsomeone"
"""Stands in a folder that an export made: only such a folder, or an empty one, is written over."""

_MARKS, _UNMARKS = "$marks", "$unmarks"
"""`Set-Cookie` where a person opens the address, else nothing: nginx sends no header that is empty."""
_CODING = r"(^|,)\s*{name}\s*"
_ZERO = r";\s*q=0(\.0{{0,3}})?\s*(,|$)"
_REST = r"(;|,|$)"
_MATCHES = r"^(\w+) (\s*[*]\s*$|(.*[ ,/])?\"{tag}-\1\")"
"""An encoding and an `If-None-Match` that names its tag, or any."""

_PID = "nginx.pid"
_UNFINISHED_AFTER = 3600.0


class ExportError(Exception):
    """The folder can't be written. The message says why and what to do."""


def export_site(site: Site, out: Path) -> int:
    """Writes `site` to the folder `out` and returns how many files stand there.

    The folder is made beside `out` and put in its place whole. Raises `ExportError` where `out` holds
    something that no export made, or can't be written.
    """
    made = None
    try:
        place = Path(os.path.realpath(out))  # a link to a folder goes on leading there
        place.parent.mkdir(parents=True, exist_ok=True)
        with locked(place.parent):  # another build may be putting its folder in place
            if place.exists() and any(place.iterdir()) and not (place / _MARKER).exists():
                raise ExportError(f"{out} holds other files: name an empty or a new folder")
            _remove_unfinished(place)
        made = Path(tempfile.mkdtemp(prefix=_prefix(place), dir=place.parent))
        count = _fill(made, site)
        with locked(place.parent):
            _put_in_place(made, place)
    except OSError as error:
        raise ExportError(f"{out} can't be written: {error.strerror}") from error
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
    return count


def _prefix(place: Path) -> str:
    return f".{place.name}.building-"


def _remove_unfinished(place: Path) -> None:
    """Removes what builds that were killed left beside `place`; one that is at work is younger."""
    for each in place.parent.glob(f"{glob.escape(_prefix(place))}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - each.stat().st_mtime > _UNFINISHED_AFTER:
                shutil.rmtree(each, ignore_errors=True)


def _fill(made: Path, site: Site) -> int:
    for resource in (*site.resources.values(), site.not_found, site.not_allowed, site.cleared):
        _write(made, resource)
    (made / addresses.EMPTY.lstrip("/")).touch()
    (made / "nginx.conf").write_text("\n".join(_configuration(site)) + "\n", encoding="utf-8")
    (made / _MARKER).write_text(f"{site.release}\n", encoding="utf-8")
    files = list(made.rglob("*"))
    for each in (made, *files):  # whatever the umask: nginx reads them as another user
        each.chmod(0o755 if each.is_dir() else 0o644)
    return sum(each.is_file() for each in files)


def _put_in_place(made: Path, out: Path) -> None:
    old = made.with_name(f"{made.name}-old")
    if out.exists():
        out.rename(old)
    try:
        made.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    with contextlib.suppress(FileNotFoundError):  # of an nginx that runs: `nginx -s reload` looks for it there
        (old / _PID).rename(out / _PID)
    shutil.rmtree(old, ignore_errors=True)


def _file(resource: Resource) -> str:
    """Where a resource stands in the folder, from its root."""
    if resource.content_type.startswith("text/html"):
        return f"{resource.path.rstrip('/')}/index.html"
    return resource.path


def _write(root: Path, resource: Resource) -> None:
    for encoding, body in resource.encodings.items():
        file = root / (_file(resource) + SUFFIX[encoding]).lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


def _configuration(site: Site) -> Iterator[str]:
    """`nginx.conf`, a line at a time: each address is one exact location with all its headers."""
    yield f"""\
# Release {site.release}, written by `tellsomeone build`. Start it with: nginx -p THIS-FOLDER/ -c nginx.conf
# Plain nginx, no further module. TLS stands in front of it, or is added to the server block.
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
    yield from _maps(site.leaving)
    yield """\
  server {
    listen 127.0.0.1:8080;
    root .;
    error_page 404 /404;
    error_page 405 /405;
    error_page 418 =303 /neutral.now;
    location / { if ($has_left) { return 418; } return 404; }"""
    pages = {page.path for page in site.pages}
    for resource in site.resources.values():
        yield from _location(resource, leaves=resource.path in pages)
    for path in sorted(site.without_slash):
        yield f"    location = {path}/ {{ error_page 418 =308 {path}.bare; return 418; }}"
        yield from _redirect(f"{path}.bare", (*site.leaving.headers, ("Location", path)))
    yield from _location(site.not_found, internal=True)
    yield from _location(site.cleared, internal=True)
    yield from _location(site.not_allowed, extra=(("Allow", "GET, HEAD"),), internal=True)
    leaving = site.leaving
    for path, (to, cookie) in leaving.moves.items():
        variable = _MARKS if cookie == leaving.cookie else _UNMARKS
        errors = f"error_page 405 /405; error_page 418 =303 {path}.now; error_page 419 =503 /ahead.now;"
        yield f"    location = {path} {{ {errors} {_ONLY_READ} if ($ahead) {{ return 419; }} return 418; }}"
        yield from _redirect(f"{path}.now", (*leaving.headers, ("Location", to), ("Set-Cookie", variable)))
    yield from _redirect("/ahead.now", leaving.headers)
    yield from _redirect("/neutral.now", (*leaving.headers, ("Location", "/neutral")))
    yield "  }\n}"


def _maps(leaving: Leaving) -> Iterator[str]:
    """What a request's headers ask for, as variables."""
    for variable, name in (("$takes_br", "br"), ("$takes_gzip", "gzip")):
        yield f"  map $http_accept_encoding {variable} {{\n    default 0;"
        for coding in (name, r"\*"):
            start = _CODING.format(name=coding)
            yield f'    "~*{start}{_ZERO.format()}" 0;\n    "~*{start}{_REST}" 1;'
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
"""What `POST /clear` needs: error pages are inherited only where a location has none of its own."""


def _location(
    resource: Resource, extra: tuple[Header, ...] = (), *, internal: bool = False, leaves: bool = False
) -> Iterator[str]:
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
    if leaves:
        yield "      if ($has_left) { return 418; }"
    if resource.cache is not Cache.NEVER:
        # nginx makes its own tags of a file's size and time, which may be the same for other bytes.
        tag, coding = resource.digest[:TAG_LENGTH], "$coding" if compressed else "identity"
        yield f'      set $asked "{coding} $http_if_none_match";'
        yield f'      if ($asked ~ "{_MATCHES.format(tag=tag)}") {{ return 304; }}'
        headers.append(("ETag", f'"{tag}-{coding}"'))
    yield f'      default_type "{resource.content_type}";'
    yield from (f"      {_add(name, value)}" for name, value in headers)
    # nginx would send the file's time, which says nothing: the content decides.
    yield '      add_header Last-Modified "";'
    yield f'      try_files "{_file(resource)}{"$suffix" if compressed else ""}" =404;'
    yield "    }"


def _redirect(path: str, headers: tuple[Header, ...]) -> Iterator[str]:
    """An answer with headers and no body, as the server gives it: nginx's own `return 303` writes a page."""
    yield f"    location = {path} {{"
    yield '      internal;\n      types {}\n      default_type "";'
    yield from (f"      {_add(name, value)}" for name, value in headers)
    yield '      add_header Last-Modified "" always;'
    yield f"      try_files {addresses.EMPTY} =404;\n    }}"


def _add(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'add_header {name} "{escaped}" always;'
