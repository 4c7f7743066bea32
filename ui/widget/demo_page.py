"""What the demonstration page shows: an article of the library, and the widget as the page's address has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from index.article import Article
from index.errors import ArticleNotFoundError
from ui.app.protocols import Library
from ui.replies.messages import wordings
from ui.widget.script import DEMO_KEY, FLOATING_PATH, attributes_of, is_site_key

MODES = ("launcher", "inline", "panel")
THEMES = ("auto", "light", "dark")
DIRECTIONS = ("auto", "ltr", "rtl")
NO_ARTICLE = "The library holds no article yet: footnote index PATH_OR_URL"


@dataclass(frozen=True, slots=True)
class DemoValues:
    """What is put into the page: ``plain`` is text, to be escaped; ``markup`` is HTML, whose texts are."""

    plain: Mapping[str, str]
    markup: Mapping[str, str]


def demo_values(library: Library, asked: Mapping[str, str], base_url: str) -> DemoValues:
    """Return what the page shows; what its address asks for and there is not, is as if not asked for."""
    article = _article(library, asked.get("article", ""))
    languages = ("", *wordings())
    mode, theme = _one_of(MODES, asked.get("mode")), _one_of(THEMES, asked.get("theme"))
    language, direction = _one_of(languages, asked.get("lang")), _one_of(DIRECTIONS, asked.get("dir"))
    key = asked.get("key", "")
    attributes = {
        "site-key": key if is_site_key(key) else DEMO_KEY,
        "mode": mode,
        "theme": theme,
        "lang": language,
        "dir": "" if direction == "auto" else direction,
        "article": article.id if article else "",
        "article-selector": "#article",
    }
    written = {name: value for name, value in attributes.items() if value}
    return DemoValues(
        plain={
            "title": article.title if article else "No article",
            "language": (article.language if article else None) or "en",
            "key": attributes["site-key"],
            "article_id": attributes["article"],
            "line": _script_line(base_url.rstrip("/"), written),
        },
        markup={
            "article": _paragraphs(article.text if article else NO_ARTICLE),
            "modes": _options(MODES, mode),
            "themes": _options(THEMES, theme),
            "languages": _options(languages, language),
            "directions": _options(DIRECTIONS, direction),
            "widget": f"<footnote-chat {attributes_of(written)}></footnote-chat>",
        },
    )


def _article(library: Library, article_id: str) -> Article | None:
    """Return the article that is asked for, else the first there is."""
    try:
        return library.article(article_id)
    except ArticleNotFoundError:
        first = next(iter(library.articles()), None)
        return library.article(first.id) if first else None


def _one_of(known: Sequence[str], asked: str | None) -> str:
    return asked if asked is not None and asked in known else known[0]


def _paragraphs(text: str) -> str:
    """Return a text as paragraphs, to the character: white space between them is not the article's alone."""
    return "".join(f"<p>{escape(block)}</p>\n" for block in re.split(r"\n{2,}", text) if block.strip())


def _options(known: Sequence[str], chosen: str) -> str:
    marked = ((value, " selected" if value == chosen else "") for value in known)
    return "".join(f'<option value="{escape(v)}"{selected}>{escape(v or "auto")}</option>' for v, selected in marked)


def _script_line(server: str, attributes: Mapping[str, str]) -> str:
    """Return the line by which another page has the same."""
    as_data = {f"data-{name}": value for name, value in attributes.items()}
    return f'<script type="module" src="{escape(server + FLOATING_PATH)}" {attributes_of(as_data)}></script>'
