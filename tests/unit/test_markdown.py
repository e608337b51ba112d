"""Markdown as HTML."""

from __future__ import annotations

import pytest

from server.site.markdown import heading_id, parts, prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.", "<p>One.\n<p>Two.\n"),
        ("One:\n\n- a\n- b\n", "<p>One:\n<ul>\n<li>a\n<li>b\n</ul>\n"),
        ("1. a\n\n2. b", "<ol>\n<li>\n<p>a</p>\n\n<li>\n<p>b</p>\n\n</ol>\n"),
        ("> Words.", "<blockquote>\n<p>Words.</p>\n</blockquote>\n"),
        ("Words.\n\n---", "<p>Words.</p>\n<hr />\n"),
        ("<b>&", "<p>&lt;b&gt;&amp;\n"),
    ],
)
def test_end_tags_stand_only_where_html_needs_them(text: str, html: str) -> None:
    assert prose(text) == html


def test_only_a_heading_that_something_links_to_has_an_id() -> None:
    text = "## Who can help?\n\n## Costs"
    assert prose(text, {"who-can-help"}) == '<h2 id="who-can-help">Who can help?</h2>\n<h2>Costs</h2>\n'
    assert heading_id("Who can help?") == "who-can-help"


def test_a_sheet_is_cut_at_headings_and_rules() -> None:
    assert parts("One\n\n---\nTwo\n## Three\nFour") == ["One\n\n", "\nTwo\n", "## Three\nFour"]
