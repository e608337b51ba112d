"""The offline pack: every page of a language in one file, checked as a whole by the worker."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from server.site.resource import Cache, Header, Resource


def make_pack(
    name: str,
    release: str,
    resources: Iterable[Resource],
    headers: tuple[Header, ...],
    known: tuple[str, ...] = (),
) -> Resource:
    """The pack `name` as `/pack/<name>.<hash>.json`: `{"release", "entries": {path: {"type", "body"}}}`.

    A body that is not text stands as base64, said by `"base64": true`. The largest stands first: the smaller ones
    repeat parts of it, and brotli refers back to them (decision 28).

    `known` are the elements that every page has inline and the pack before holds: they stand here without what is in
    them, `<style></style>`, and the worker fills them in from the start page (decision 33).
    """
    entries = {r.path: _entry(r, known) for r in sorted(resources, key=lambda r: (-len(r.body), r.path))}
    text = json.dumps({"release": release, "entries": entries}, ensure_ascii=False, separators=(",", ":"))
    unnamed = Resource("", "application/json", text.encode(), Cache.FOREVER, headers)
    path = f"/pack/{name}.{unnamed.digest[:12]}.json"
    return Resource(path, unnamed.content_type, unnamed.body, unnamed.cache, headers)


def _entry(resource: Resource, known: tuple[str, ...]) -> dict[str, object]:
    if resource.is_text:
        body = resource.body.decode()
        for element in known:
            body = body.replace(element, element[: element.index(">") + 1] + element[element.rindex("<") :], 1)
        return {"type": resource.content_type, "body": body}
    return {
        "type": resource.content_type,
        "body": base64.b64encode(resource.body).decode(),
        "base64": True,
    }
