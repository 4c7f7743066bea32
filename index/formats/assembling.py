"""From what a reader found in a file to articles: what is the same for every format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.article import Article, ArticleFormat, Mark, content_id
from index.formats.files import printable, source_error
from index.formats.metadata import given_title, opening_words, parse_date, parse_language, parse_url, title_of

MAX_ID_CHARACTERS = 500  # as many as whoever asks may name an article by


@dataclass(frozen=True, slots=True)
class Record:
    """One article of a file that holds many; ``line`` is where it begins, counted from 1."""

    line: int
    text: str
    id: str | None = None
    title: str = ""
    url: str = ""
    language: str = ""
    published: str = ""


def article_of_file(
    path: Path,
    text: str,
    source_format: ArticleFormat,
    fields: Mapping[str, str],
    marks: tuple[Mark, ...] = (),
) -> Article:
    """Make the one article of a file; ``fields`` may have title, url, language and published.

    Raises:
        SourceError: the text is empty or nothing but white space.
    """
    if not text.strip():
        raise source_error(path, "holds no text", "give a file that holds text")
    return Article(
        id=content_id(text),
        title=given_title(fields.get("title", "")) or title_of(text, path),
        text=text,
        source=printable(path.absolute()),
        url=parse_url(fields.get("url", "")),
        language=parse_language(fields.get("language", "")),
        published=parse_date(fields.get("published", "")),
        format=source_format,
        marks=marks,
    )


def articles_of_records(records: Iterable[Record], path: Path, source_format: ArticleFormat) -> Iterator[Article]:
    """Turn records into articles as they come, so that a file of any length can be read.

    Records without an id are known by their content; the same text a second
    time is the same article and is given once.

    Raises:
        SourceError: an id is used twice or very long, or a record holds no text.
    """
    source = printable(path.absolute())
    line_of_id: dict[str, int] = {}
    for record in records:
        if not record.text.strip():
            raise source_error(path, "the article holds no text", "fill it in or remove it", line=record.line)
        if record.id is not None and len(record.id) > MAX_ID_CHARACTERS:
            what = f"the id has {len(record.id):,} characters, above the limit of {MAX_ID_CHARACTERS}"
            raise source_error(path, what, "give the article a shorter one", line=record.line)
        article_id = record.id or content_id(record.text)
        if article_id in line_of_id:
            if record.id is None:
                continue
            what = f"the id {article_id!r} was already used on line {line_of_id[article_id]}"
            raise source_error(path, what, "give each article an id of its own", line=record.line)
        line_of_id[article_id] = record.line
        yield Article(
            id=article_id,
            title=given_title(record.title) or opening_words(record.text),
            text=record.text,
            source=f"{source}#{article_id}",
            url=parse_url(record.url),
            language=parse_language(record.language),
            published=parse_date(record.published),
            format=source_format,
        )
