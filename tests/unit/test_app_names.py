"""The names under which the site can be saved."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from server.content.site_text import AppName
from tests.support.editing import errors
from tests.support.running import ROOT

PAGE = "pages/help.md"


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("site.toml", 'slug = "local-info"', 'slug = "my-area"', "'my-area' is used twice"),
        ("site.toml", 'slug = "app"', 'slug = "local-info"', 'the first of the [[names]] is "app"'),
        ("site.toml", 'slug = "my-area"', 'slug = "weather"', "'weather' can't stand for 'slug'"),
        ("site.toml", 'start = "/areas"', 'start = "/area"', "no page has the address '/area'"),
        (PAGE, 'kind = "page"', 'kind = "page"\napp = "weather"', "no name has the slug 'weather'"),
    ],
)
def test_names_that_do_not_fit_together_are_refused(small: Path, name: str, old: str, new: str, words: str) -> None:
    text = (small / name).read_text()
    assert old in text
    (small / name).write_text(text.replace(old, new, 1))
    messages = errors(small)
    assert any(message.startswith(f"content/{name}:") and words in message for message in messages), messages


def test_each_name_has_its_icons() -> None:
    icons = {file.stem for file in (ROOT / "web" / "icons").glob("*.svg")}
    for slug in get_args(AppName.model_fields["slug"].annotation):
        assert {slug, f"{slug}-maskable"} <= icons
