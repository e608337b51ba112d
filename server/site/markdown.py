"""Markdown as HTML, with headings that can be linked to and without optional end tags."""

import re
from collections.abc import Collection, Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

_ENDS_A_PARAGRAPH = ("paragraph_open", "heading_open", "bullet_list_open", "ordered_list_open")
"""Tokens before which a paragraph needs no `</p>` (HTML's standard, "Optional tags")."""


def prose(text: str, link_targets: Collection[str] = ()) -> Markup:
    """Markdown as HTML, to stand alone in a `<div>` or a `<section>`. HTML in the source stays text.

    An h2 has an id made of its words only if it is in `link_targets`, since no other id is needed.
    """
    return Markup(_markdown.render(text, {"link_targets": link_targets}))


def inline(text: str) -> Markup:
    """One paragraph of Markdown as HTML, without the paragraph's own tags."""
    return Markup(_markdown.renderInline(text))


def parts(text: str) -> list[str]:
    """Markdown split before each h2 and at each rule: the pieces of a print to be cut up or filled in."""
    return [part for part in re.split(r"^(?=## )|^---$", text, flags=re.MULTILINE) if part.strip()]


def heading_id(words: str) -> str:
    """The id of a heading: `"Who can help?"` gives `"who-can-help"`."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _open_heading(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token, name = tokens[index], heading_id(tokens[index + 1].content)
    return f'<{token.tag} id="{name}">' if token.tag != "h2" or name in env["link_targets"] else f"<{token.tag}>"


def _close_paragraph(renderer: RendererProtocol, tokens: Sequence[Token], index: int, *_: object) -> str:
    if tokens[index].hidden:
        return ""
    return "\n" if index + 1 == len(tokens) or tokens[index + 1].type in _ENDS_A_PARAGRAPH else "</p>\n"


_markdown = MarkdownIt("commonmark", {"html": False})
_markdown.add_render_rule("heading_open", _open_heading)
_markdown.add_render_rule("paragraph_close", _close_paragraph)
_markdown.add_render_rule("list_item_close", lambda *_: "\n")
