"""What is known about an article beside its text: title, date, address, language.

Each ``parse_*`` returns None for a value that it does not understand: a bad
date must not keep an article out, and a guess is worse than nothing.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path

_DATE = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?!\d)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
MAX_TITLE_CHARACTERS = 300  # it stands in every list, and before each passage that a model reads
_MAX_TITLE_CHARS = 120
_OPENING_CHARS = 60
_SENTENCE_ENDS = ".,;:…。、،؛।"
_CLAUSE_END = re.compile(r"[,;:.!?…。、،؛।](?=\s|$)|[。、]|\s[–—-](?=\s)")
_EMPTY_NAMES = frozenset(
    (
        *(
            "article",
            "body",
            "content",
            "copy",
            "corpus",
            "data",
            "doc",
            "document",
            "draft",
            "file",
            "final",
        ),
        *("index", "input", "main", "new", "note", "notes", "output", "page", "readme", "sample", "seed"),
        *("source", "story", "temp", "test", "text", "tmp", "unnamed", "untitled"),
    )
)


def parse_date(value: str) -> date | None:
    """Return the calendar day of an ISO date or time (also with ``/``, ``.`` or nothing between)."""
    match = _DATE.match(value.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None


def parse_language(value: str) -> str | None:
    """Return a language tag with its first part in lower case: ``en``, ``pt-BR``."""
    tag = value.strip()
    if not _LANGUAGE.fullmatch(tag):
        return None
    first, hyphen, rest = tag.replace("_", "-").partition("-")
    return first.lower() + hyphen + rest


def parse_url(value: str) -> str | None:
    """Return a web address; other schemes are refused, since faces turn it into a link."""
    address = value.strip()
    is_web = re.fullmatch(r"https?://[^\s<>\"']+", address, re.IGNORECASE)
    return address if is_web else None


def given_title(value: str) -> str:
    """Return a title as it was given, on one line, the beginning of one that is a text itself."""
    line = " ".join(value[: 100 * MAX_TITLE_CHARACTERS].split())
    if len(line) <= MAX_TITLE_CHARACTERS:
        return line
    return line[: _whole_character_end(line, MAX_TITLE_CHARACTERS - 1)].rstrip() + "…"


def title_of(text: str, path: Path) -> str:
    """Give a text without a title of its own one: its title line, its file's name, or its first words."""
    return title_line(text) or title_from_name(path) or opening_words(text)


def title_line(text: str) -> str | None:
    """Return the first line where it stands as a title: short, alone, no full stop, more text below."""
    first, _, rest = text.lstrip().partition("\n")
    below, _, body = rest.partition("\n")
    line = " ".join(first.split())
    if not line or len(line) > _MAX_TITLE_CHARS or line[-1] in _SENTENCE_ENDS:
        return None
    is_alone = not below.strip() and bool(body.strip())
    return line if is_alone and any(map(str.isalnum, line)) else None


def title_from_name(path: Path) -> str | None:
    """Return a file's name as words, or None where it says nothing (a hash, a number, ``untitled``)."""
    words = [word for word in re.split(r"[\s_.-]+", path.stem) if word.isprintable()]
    telling = [word for word in words if not re.search(r"\d|^[a-fA-F]{8,}$", word)]
    says_something = any(len(word) > 1 and word.lower() not in _EMPTY_NAMES for word in telling)
    return " ".join(words) if says_something else None


def opening_words(text: str) -> str:
    """Return the first words of a text, cut at the end of a clause or else of a word, with an ellipsis."""
    first_line = text.strip().partition("\n")[0]
    line = " ".join(first_line[: 10 * _OPENING_CHARS].split())
    if len(line) <= _OPENING_CHARS:
        return line
    clause_ends = [m.start() for m in _CLAUSE_END.finditer(line, _OPENING_CHARS // 3, _OPENING_CHARS + 1)]
    if clause_ends:
        return line[: clause_ends[-1]].rstrip(".,;:!?… ") + "…"
    word_end = line.rfind(" ", 0, _OPENING_CHARS + 1)
    return line[: word_end if word_end > 0 else _whole_character_end(line, _OPENING_CHARS)] + "…"


def _whole_character_end(text: str, end: int) -> int:
    """Move a cut back so that it parts no letter from its marks and no joined emoji."""
    while end > 1 and (unicodedata.category(text[end])[0] == "M" or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return end
