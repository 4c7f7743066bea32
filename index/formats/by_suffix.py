"""Which reader reads which file, by the suffix of its name; and what of that is done in this process.

Only plain text is: it is decoded, and each step of that takes a time in proportion to its length.
Every other format has a parser, which a stranger's file may keep busy or fill the memory of, so
it is read in a process of its own (`limited`). An archive is unpacked here, within `limits`, and
each file in it is read as if it lay beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from index.article import Article, Mark, Span
from index.formats.files import source_error
from index.formats.limited import process
from index.formats.limits import ReadingLimits
from index.formats.text import read_text

_TEXT = frozenset((".txt", ".text"))
_MARKDOWN = frozenset((".md", ".markdown"))
_HTML = frozenset((".html", ".htm", ".xhtml"))
_CORPUS = frozenset((".jsonl", ".ndjson"))
_TABLE = frozenset((".csv", ".tsv"))
_DOCUMENTS = frozenset((".pdf", ".docx", ".pptx", ".epub"))
_ARCHIVE = frozenset((".zip",))
_PARSED = _MARKDOWN | _HTML | _CORPUS | _TABLE | _DOCUMENTS
_IN_ARCHIVES = _TEXT | _PARSED
SUFFIXES = _IN_ARCHIVES | _ARCHIVE

_AS_TEXT = "save it as plain text"
_MADE_ANEW = {
    ".pdf": "print or save it to a new PDF",
    **dict.fromkeys((".docx", ".pptx", ".epub"), "save it again in the program that made it"),
}


def read_file(path: Path, limits: ReadingLimits) -> Iterable[Article]:
    """Give the articles of a file.

    Raises:
        SourceError: it cannot be read, or not within the limits. What came before stands.
    """
    suffix = path.suffix.lower()
    if suffix in _ARCHIVE:
        # Imported when needed: most files are no archives.
        from index.formats.archive import read_archive

        return read_archive(path, limits, read_file=read_file, suffixes=_IN_ARCHIVES)
    if suffix in _PARSED:
        return _read_apart(path, suffix, limits)
    if suffix == ".json":
        raise source_error(path, "is a JSON file, which is not read", "write one object a line and name it .jsonl")
    return [read_text(path, limits)]


def _read_apart(path: Path, suffix: str, limits: ReadingLimits) -> Iterator[Article]:
    try:
        for fields, text in process.run("index.formats.by_suffix:parsed", path, limits):
            yield _article(fields, text.decode("utf-8", "surrogatepass"))
    except process.CrashedError as error:
        raise source_error(path, str(error), _MADE_ANEW.get(suffix, _AS_TEXT)) from error
    except process.LimitError as error:
        raise source_error(path, str(error), f"split it, or {_AS_TEXT}") from error


def parsed(path: Path, limits: ReadingLimits) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    """Give the articles of a file as what `limited.run` can hand over: their fields, and their text."""
    for article in _parse(path, path.suffix.lower(), limits):
        marks = [(mark.kind, *mark.span, mark.label, mark.level) for mark in article.marks]
        fields = {
            "id": article.id,
            "title": article.title,
            "source": article.source,
            "url": article.url,
            "language": article.language,
            "published": article.published and article.published.isoformat(),
            "format": article.format,
            "marks": marks,
        }
        yield fields, article.text.encode("utf-8", "surrogatepass")


def _article(fields: Mapping[str, Any], text: str) -> Article:
    published = fields["published"]
    marks = tuple(Mark(kind, Span(start, end), label, level) for kind, start, end, label, level in fields["marks"])
    return Article(**{**fields, "text": text, "published": published and date.fromisoformat(published), "marks": marks})


def _parse(path: Path, suffix: str, limits: ReadingLimits) -> Iterable[Article]:
    # Imported when needed: a folder of one format needs no parser of another; trafilatura takes a sixth of a second.
    if suffix in _CORPUS:
        from index.formats.corpus import read_corpus

        return read_corpus(path, limits)
    if suffix in _TABLE:
        from index.formats.table import read_table

        return read_table(path, limits)
    return [_parse_document(path, suffix, limits)]


def _parse_document(path: Path, suffix: str, limits: ReadingLimits) -> Article:
    if suffix in _MARKDOWN:
        from index.formats.markdown import read_markdown

        return read_markdown(path, limits)
    if suffix in _HTML:
        from index.formats.html import read_html

        return read_html(path, limits)
    if suffix == ".pdf":
        from index.formats.pdf.reader import read_pdf

        return read_pdf(path, limits)
    if suffix == ".docx":
        from index.formats.office.docx import read_docx

        return read_docx(path, limits)
    if suffix == ".pptx":
        from index.formats.office.pptx import read_pptx

        return read_pptx(path, limits)
    from index.formats.office.epub import read_epub

    return read_epub(path, limits)
