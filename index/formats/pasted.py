"""Pasted text: what a text file would be, without the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from index.article import Article, content_id
from index.errors import SourceError
from index.formats.assembling import article_of_file
from index.formats.decoding import canonical_newlines
from index.formats.limits import DEFAULT_LIMITS, ReadingLimits
from index.formats.metadata import opening_words, title_line
from index.formats.text import split_header

_PLACE = Path("pasted text")


def article_from_text(text: str, *, title: str | None = None, limits: ReadingLimits = DEFAULT_LIMITS) -> Article:
    """Return pasted text as an article: line ends, NULs and a header are treated as those of a text file.

    Without a title, its header's, its title line or its first words are one.
    ``source`` is ``pasted:`` and the article's id: the same text is the same article.

    Raises:
        SourceError: there is no text, or more of it than a file may hold, or it is no Unicode text.
    """
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        what = f"is not Unicode text at character {error.start}"
        raise SourceError(f"{_PLACE}: {what}; paste it again, or give it as a file") from error
    if size > limits.max_file_bytes:
        what = f"holds {size:,} bytes, above the limit of {limits.max_file_bytes:,}"
        raise SourceError(f"{_PLACE}: {what}; split it")
    whole = canonical_newlines(text.removeprefix("\ufeff").replace("\x00", ""))
    fields, start = split_header(whole)
    words = whole[start:]
    if not words.strip():
        raise SourceError(f"{_PLACE}: holds no text; paste some")
    given = " ".join((title or fields.get("title", "")).split()) or title_line(words) or opening_words(words)
    article = article_of_file(_PLACE, words, "text", {**fields, "title": given})
    return replace(article, source=f"pasted:{content_id(words)}")
