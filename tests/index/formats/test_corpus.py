import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import content_id
from index.errors import SourceError
from index.formats.corpus import _record, read_corpus
from index.formats.limits import DEFAULT_LIMITS, ReadingLimits

WriteFile = Callable[[str, str | bytes], Path]


def test_each_line_is_an_article_with_its_own_id(write: WriteFile) -> None:
    path = write(
        "corpus.jsonl",
        '{"_id": "a", "title": "A", "text": "One."}\n\n{"_id": 7, "title": "", "text": "Two."}\n',
    )
    first, second = read_corpus(path, DEFAULT_LIMITS)
    assert (first.id, first.title, first.text, first.source) == ("a", "A", "One.", f"{path}#a")
    assert (second.id, second.title, second.format) == ("7", "Two.", "corpus")


def test_the_text_is_verbatim_line_ends_included(write: WriteFile) -> None:
    text = "\n One.\r\nTwo.\rThree. \u2028 e\u0301 👩‍💻 "
    (article,) = read_corpus(write("c.jsonl", json.dumps({"_id": "a", "text": text})), DEFAULT_LIMITS)
    assert article.text == text


def test_what_cannot_be_stored_is_replaced_one_for_one(write: WriteFile) -> None:
    (article,) = read_corpus(write("c.jsonl", r'{"_id": "a", "text": "x\u0000y\ud800z\ud83d\ude00"}'), DEFAULT_LIMITS)
    assert article.text == "x\ufffdy\ufffdz😀"


def test_optional_keys_are_metadata(write: WriteFile) -> None:
    line = '{"id": "a", "text": "T", "url": "https://x.y/", "language": "DE", "date": "2020-01-02", "x": {}}'
    (article,) = read_corpus(write("c.ndjson", line), DEFAULT_LIMITS)
    assert (article.id, article.url, article.language) == ("a", "https://x.y/", "de")
    assert article.published == date(2020, 1, 2)


def test_an_article_without_id_is_known_by_its_text_and_given_once(write: WriteFile) -> None:
    path = write("c.jsonl", '{"text": "Same."}\n{"text": "Same."}\n{"text": "Other."}')
    assert [article.id for article in read_corpus(path, DEFAULT_LIMITS)] == [
        content_id("Same."),
        content_id("Other."),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_line(write: WriteFile) -> None:
    (article,) = read_corpus(write("c.jsonl", '\ufeff{"_id": "a", "text": "T"}'), DEFAULT_LIMITS)
    assert article.id == "a"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            '{"_id": "ok", "text": "again"}',
            "the id 'ok' was already used on line 1; give each article an id of its own",
        ),
        ('{"_id": "b"}', 'the object has no "text"; give each article its text as a string'),
        (
            '{"_id": "b", "text": ["x"]}',
            '"text" is a list, not a string; give each article its text as a string',
        ),
        ('{"_id": "b", "text": " \\n"}', "the article holds no text; fill it in or remove it"),
        ('{"_id": true, "text": "x"}', '"_id" is True; use a string or a whole number'),
        ('{"_id": " ", "text": "x"}', "\"_id\" is ' '; use a string or a whole number"),
        (
            json.dumps({"_id": "b" * 501, "text": "x"}),
            "the id has 501 characters, above the limit of 500; give the article a shorter one",
        ),
        ('["x"]', 'the line is a list, not an object; write {"_id": …, "title": …, "text": …}'),
        (
            '{"_id": "b"',
            "the line is not valid JSON (Expecting ',' delimiter at column 12); write one JSON object a line",
        ),
        (b'{"_id": "b", "text": "\xff"}', "the line is not UTF-8; save it again as UTF-8"),
    ],
    ids=["twice", "no text", "list", "blank", "id true", "id blank", "id long", "array", "cut", "bytes"],
)
def test_a_bad_line_is_named(write: WriteFile, line: str | bytes, complaint: str) -> None:
    raw = line if isinstance(line, bytes) else line.encode()
    path = write("c.jsonl", b'{"_id": "ok", "text": "fine"}\n\n' + raw)
    articles = read_corpus(path, DEFAULT_LIMITS)
    assert next(articles).id == "ok"
    with pytest.raises(SourceError) as caught:
        next(articles)
    assert str(caught.value) == f"{path}:3: {complaint}"


@pytest.mark.parametrize("line", ["[" * 100_000, '{"_id": ' + "9" * 5000 + "}"], ids=["nesting", "number"])
def test_json_made_to_break_the_parser_is_a_bad_line(write: WriteFile, line: str) -> None:
    with pytest.raises(SourceError, match=r"c\.jsonl:1: the line is not valid JSON"):
        list(read_corpus(write("c.jsonl", line), DEFAULT_LIMITS))


def test_of_a_title_that_is_a_text_itself_the_beginning_is_kept(write: WriteFile) -> None:
    line = json.dumps({"_id": "a" * 500, "title": "word  " * 1_000_000, "text": "x"})
    (article,) = read_corpus(write("c.jsonl", line), DEFAULT_LIMITS)
    assert article.title == "word " * 59 + "word…"
    assert len(article.id) == 500


def test_a_line_above_the_limit_is_refused_without_reading_on(write: WriteFile) -> None:
    path = write("c.jsonl", '{"_id": "a", "text": "' + "x" * 100 + '"}')
    with pytest.raises(SourceError, match=r":1: the line is longer than the limit of 50 bytes; split the article$"):
        list(read_corpus(path, ReadingLimits(max_record_size=50)))


def test_a_corpus_may_be_larger_than_the_limit_of_a_file(write: WriteFile) -> None:
    path = write("c.jsonl", "".join(f'{{"_id": {n}, "text": "Text {n}."}}\n' for n in range(9)))
    assert len(list(read_corpus(path, ReadingLimits(max_file_bytes=50, max_record_size=50)))) == 9


def test_a_corpus_of_blank_lines_holds_no_text(write: WriteFile) -> None:
    with pytest.raises(SourceError, match="holds no text; give a file with one JSON object a line"):
        list(read_corpus(write("c.jsonl", "\n \n"), DEFAULT_LIMITS))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), st.booleans())
def test_any_text_comes_back_to_the_character(text: str, escaped: bool) -> None:
    line = json.dumps({"_id": "a", "text": text}, ensure_ascii=escaped).encode()
    assert _record(line, 1, Path("c.jsonl")).text == text
