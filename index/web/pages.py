"""Addresses: what was fetched, read by the reader of its format, as an article that knows its address.

What it is, is told by what the server says, then by the address, then by its
first bytes; but bytes that can be nothing else are believed first.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from index.article import Article
from index.config import FetchingConfig
from index.formats.decoding import declared_codec
from index.formats.files import written_as
from index.formats.limits import ReadingLimits
from index.web.addresses import parse_address
from index.web.fetch import Fetched, fetch

ReadFile = Callable[[Path, ReadingLimits], Iterable[Article]]
Fetch = Callable[[str, FetchingConfig], Fetched]

_OFFICE = "application/vnd.openxmlformats-officedocument."
_SUFFIX_OF_TYPE = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    "application/epub+zip": ".epub",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
}
# Servers know few of these and call them plain text.
_TEXTS = frozenset((".txt", ".text", ".md", ".markdown", ".csv", ".tsv", ".jsonl", ".ndjson", ".json"))
_PAGES = frozenset((".html", ".htm", ".xhtml"))
_PACKED = {".docx": "word/document.xml", ".pptx": "ppt/presentation.xml", ".epub": "META-INF/container.xml"}
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_BEGINNING = 2_048  # bytes in which a page says that it is one
_MANY = frozenset(("corpus", "csv"))  # formats whose articles may come from anywhere, each with its own address
_SERVICE_LABELS = ("www.", "m.", "mobile.", "amp.")


def read_page(
    url: str, config: FetchingConfig, limits: ReadingLimits, *, read_file: ReadFile, fetch_page: Fetch = fetch
) -> Iterator[Article]:
    """Yield the articles of an address; see `index.web.read_url`."""
    source = str(parse_address(url))
    yield from articles_in(fetch_page(url, config), limits, source=source, read_file=read_file)


def articles_in(fetched: Fetched, limits: ReadingLimits, *, source: str, read_file: ReadFile) -> Iterator[Article]:
    """Yield the articles of what was fetched; see `index.web.read_fetched`."""
    suffix = suffix_of(fetched)
    content = _as_utf8(fetched) if suffix in _TEXTS | _PAGES else fetched.content
    name = PurePosixPath(unquote(urlsplit(fetched.url).path, errors="replace")).stem or "page"
    with written_as(name + suffix, content, place=source) as file:
        for article in read_file(file, limits):
            yield replace(article, url=_address_of(article, fetched.url))


def is_web_page(fetched: Fetched) -> bool:
    """Tell whether what was fetched is HTML, which a browser shows as a page."""
    return suffix_of(fetched) in _PAGES


def suffix_of(fetched: Fetched) -> str:
    """Return the suffix of the format that a page is read as."""
    declared = _SUFFIX_OF_TYPE.get(fetched.content_type)
    named = PurePosixPath(urlsplit(fetched.url).path).suffix.lower()
    if fetched.content.startswith(b"%PDF-"):
        return ".pdf"
    if fetched.content.startswith(b"PK\x03\x04"):
        return _packed_suffix(fetched.content)
    if declared == ".txt" and named in _TEXTS:
        return named
    if declared:
        return declared
    if named in _TEXTS | _PAGES | {".pdf", ".zip", *_PACKED}:
        return named
    return ".html" if _HTML.search(fetched.content[:_BEGINNING]) else ".txt"


def _packed_suffix(content: bytes) -> str:
    """Tell Word, PowerPoint and EPUB from other archives by the part that makes them what they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return ".zip"  # its reader says what is wrong with it
    return next((suffix for suffix, part in _PACKED.items() if part in names), ".zip")


def _as_utf8(fetched: Fetched) -> bytes:
    """Return a text in UTF-8 where it is in the encoding that the server says: the readers see no headers."""
    codec = declared_codec(fetched.charset) if fetched.charset else None
    try:
        fetched.content.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return fetched.content.decode(codec).encode("utf-8") if codec else fetched.content
        except UnicodeDecodeError:
            return fetched.content
    return fetched.content


def _address_of(article: Article, final: str) -> str:
    """Return the address that an article is cited by: a page is believed about itself on its own site only."""
    if article.url is None:
        return final
    own = urljoin(final, article.url)
    return own if article.format in _MANY or _site(own) == _site(final) else final


def _site(url: str) -> str:
    """Return the host of an address, without the labels that stand for another face of the same site."""
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return ""
    return ".".join(label for label in labels if f"{label}." not in _SERVICE_LABELS)
