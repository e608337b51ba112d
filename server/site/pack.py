"""The offline pack: every page of a language in one file, which the worker verifies by its hash."""

import base64
import json
from collections.abc import Iterable, Mapping

from server.addresses import PACKS
from server.site.resource import Cache, Headers, Resource

SHARED = {"first": "<script>{}</script>", "style": "<style>{}</style>"}
"""The elements with inline text that every page repeats. A pack contains each of these texts once."""


def make_pack(
    name: str, release: str, resources: Iterable[Resource], headers: Headers, shared: Mapping[str, str] = {}
) -> Resource:
    """The pack `name` as `/pack/<name>.<hash>.json`: `{"release", "shared": {name: text}, "entries": {path: entry}}`.

    An entry is `{"type", "body"}`, with `"base64": true` if the body isn't text. In pages, the elements of `SHARED` are
    empty if their text is the shared one; the worker fills them in. The largest entry comes first: smaller ones repeat
    parts of it, and Brotli refers back to these (decision 28).
    """
    entries = {
        each.path: _entry(each, shared) for each in sorted(resources, key=lambda each: (-len(each.body), each.path))
    }
    whole = {"release": release, "shared": shared, "entries": entries}
    body = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    unnamed = Resource("", "application/json", body, Cache.FOREVER, headers)
    return Resource(f"{PACKS}/{name}.{unnamed.digest[:12]}.json", unnamed.content_type, body, unnamed.cache, headers)


def _entry(resource: Resource, shared: Mapping[str, str]) -> dict[str, object]:
    if not resource.is_text:
        return {"type": resource.content_type, "body": base64.b64encode(resource.body).decode(), "base64": True}
    body = resource.body.decode()
    if resource.content_type.startswith("text/html"):
        for name, text in shared.items():
            body = body.replace(SHARED[name].format(text), SHARED[name].format(""), 1)
    return {"type": resource.content_type, "body": body}
