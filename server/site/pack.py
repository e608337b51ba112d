"""The offline pack: every page of a language in one file, checked as a whole by the worker."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from server.site.repeats import Repeats
from server.site.resource import Cache, Header, Resource


def make_pack(
    name: str,
    release: str,
    resources: Iterable[Resource],
    headers: tuple[Header, ...],
    repeats: Repeats | None = None,
    *,
    remember: bool = False,
) -> Resource:
    """The pack `name` as `/pack/<name>.<hash>.json`: `{"release", "entries": {path: {"type", "body"}}}`.

    A body that is not text stands as base64, said by `"base64": true`. The largest stands first: the smaller ones
    repeat parts of it, and brotli refers back to them (decision 28).

    With `repeats`, bodies say by reference what they have in common with what it remembers; with `remember`, it
    remembers this pack as well (decision 33).
    """
    entries = {}
    for each in sorted(resources, key=lambda r: (-len(r.body), r.path)):
        entry = entries[each.path] = _entry(each, repeats)
        if repeats and remember:
            repeats.remember(str(entry["body"]))
    text = json.dumps({"release": release, "entries": entries}, ensure_ascii=False, separators=(",", ":"))
    unnamed = Resource("", "application/json", text.encode(), Cache.FOREVER, headers)
    path = f"/pack/{name}.{unnamed.digest[:12]}.json"
    return Resource(path, unnamed.content_type, unnamed.body, unnamed.cache, headers)


def _entry(resource: Resource, repeats: Repeats | None) -> dict[str, object]:
    if resource.is_text:
        body = resource.body.decode()
        return {"type": resource.content_type, "body": repeats.shorten(body) if repeats else body}
    return {
        "type": resource.content_type,
        "body": base64.b64encode(resource.body).decode(),
        "base64": True,
    }
