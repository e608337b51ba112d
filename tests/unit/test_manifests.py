"""Each name the site is saved under is an app of its own to a browser."""

from __future__ import annotations

import json

from server.content.model import Library
from server.site.resource import Site


def test_every_name_has_an_id_of_its_own_whatever_page_it_opens_with(library: Library, site: Site) -> None:
    manifests = [json.loads(site.resources[name.manifest].body) for name in library.site.names]
    assert len({each["start_url"] for each in manifests}) < len(manifests), "two open with the same page"
    assert len({each["id"] for each in manifests}) == len(manifests)
    assert manifests[0]["id"] == "/"
    assert {each["scope"] for each in manifests} == {"/"}


def test_phones_make_no_numbers_of_their_own(site: Site) -> None:
    for page in (*site.pages, site.resources["/neutral"], site.not_found, site.cleared):
        assert b'<meta name="format-detection" content="telephone=no' in page.body, page.path
    assert b"format-detection" in site.resources["/sw.js"].body, "the emergency page"
