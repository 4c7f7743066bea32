import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from index.article import content_id
from index.errors import SourceError
from index.formats.limits import DEFAULT_LIMITS, ReadingLimits
from index.formats.table import read_table

WriteFile = Callable[[str, str | bytes], Path]


def texts(path: object) -> list[str]:
    return [article.text for article in read_table(path, DEFAULT_LIMITS)]  # type: ignore[arg-type]


def test_columns_are_known_by_their_usual_names(write: WriteFile) -> None:
    path = write("t.csv", "ID,Headline,Body,Link,Date,Lang\n7,War,It began.,https://x.y/,2020-01-02,en\n")
    (article,) = read_table(path, DEFAULT_LIMITS)
    assert (article.id, article.title, article.text, article.source) == ("7", "War", "It began.", f"{path}#7")
    assert (article.url, article.published, article.language) == ("https://x.y/", date(2020, 1, 2), "en")
    assert article.format == "csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_the_delimiter_is_found(write: WriteFile, delimiter: str) -> None:
    assert texts(write("t.csv", f"id{delimiter}text\n1{delimiter}One\n2{delimiter}Two\n")) == ["One", "Two"]


def test_a_table_may_be_one_column_of_texts(write: WriteFile) -> None:
    path = write("t.csv", "text\nOne.\n\nTwo.\n")
    assert [(a.id, a.title) for a in read_table(path, DEFAULT_LIMITS)] == [
        (content_id("One."), "One."),
        (content_id("Two."), "Two."),
    ]


def test_quoted_cells_hold_delimiters_quotes_and_lines(write: WriteFile) -> None:
    assert texts(write("t.csv", 'id,text\r\n1,"a, ""b""\r\n\r\n c "\r\n2,d\r\n')) == ['a, "b"\n\n c ', "d"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_encodings_are_those_of_every_file(write: WriteFile, codec: str) -> None:
    text = "Быстрая коричневая лиса прыгает через ленивую собаку."
    assert texts(write("t.csv", f"id,text\n1,{text}\n".encode(codec))) == [text]


def test_a_cell_may_be_longer_than_the_csv_module_expects(write: WriteFile) -> None:
    assert texts(write("t.csv", "text\n" + "x" * 200_000 + "\n")) == ["x" * 200_000]


def test_what_the_csv_module_writes_comes_back(write: WriteFile) -> None:
    rows = ["a\nb", 'say "x"', "a,b;c\td", " space ", "👩‍💻 e\u0301", "'", "\\"]
    stream = io.StringIO()
    csv.writer(stream).writerows([("id", "text"), *enumerate(rows)])
    assert texts(write("t.csv", stream.getvalue())) == rows


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("id,title\n1,A\n", ":1: has no column of texts among 'id', 'title'; name one of them 'text'"),
        ("id,text\n", ": has a header row and no article; add a row for each article"),
        (
            "id,text\n1,a\n\n1,b\n",
            ":4: the id '1' was already used on line 2; give each article an id of its own",
        ),
        ('id,text\n1,"a\nb"\n2,\n', ":4: the article holds no text; fill it in or remove it"),
        ("id,text\n1\n", ":2: the article holds no text; fill it in or remove it"),
        ("id,text\n1,a,b\n", ":2: the row has 3 cells and the header 2; put texts in double quotes"),
        (
            'id,text\n1,a\n2,"b\n',
            ":3: the row that begins here is not valid CSV (unexpected end of data); check its quotes",
        ),
    ],
    ids=["no text column", "no row", "twice", "blank", "short", "long", "open quote"],
)
def test_a_fault_is_named_with_its_line(write: WriteFile, content: str, complaint: str) -> None:
    path = write("t.csv", content)
    with pytest.raises(SourceError) as caught:
        list(read_table(path, DEFAULT_LIMITS))
    assert str(caught.value) == f"{path}{complaint}"


def test_a_line_above_the_limit_is_refused(write: WriteFile) -> None:
    with pytest.raises(
        SourceError, match=r":2: the line is longer than the limit of 20 characters; split the article$"
    ):
        list(read_table(write("t.csv", "text\n" + "x" * 100), ReadingLimits(max_record_size=20)))


def test_a_byte_beyond_the_sample_that_does_not_decode_is_a_source_error(write: WriteFile) -> None:
    path = write("t.csv", b"text\n" + (b"x" * 100 + b"\n") * 12_000 + b"\xff\n")
    with pytest.raises(SourceError, match=r"is not utf-8 throughout; save it again as UTF-8$"):
        list(read_table(path, DEFAULT_LIMITS))


@pytest.mark.parametrize("header", ["x" * 200_000, "text," * 40_000, '"' + "x" * 200_000], ids=["cell", "row", "quote"])
def test_a_header_above_the_limit_is_refused(write: WriteFile, header: str) -> None:
    path = write("t.csv", f"{header}\nSome words.\n")
    with pytest.raises(SourceError) as caught:
        list(read_table(path, DEFAULT_LIMITS))
    assert str(caught.value) == (
        f"{path}:1: the header row has {len(header) + 1:,} characters, above the limit of 100,000; "
        "give the columns short names, each article a row of its own"
    )


def test_of_many_columns_and_of_long_names_only_a_part_is_told(write: WriteFile) -> None:
    path = write("t.csv", ",".join(["x" * 1_000, *(f"c{number}" for number in range(99))]) + "\nSome words.\n")
    with pytest.raises(SourceError) as caught:
        list(read_table(path, DEFAULT_LIMITS))
    assert len(str(caught.value)) < 400 + len(str(path))
    assert str(caught.value).endswith("'c17', 'c18', 80 more; name one of them 'text'")
