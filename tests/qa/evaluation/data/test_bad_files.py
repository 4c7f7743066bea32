"""Bad files: what each is told, to the word. ``{path}`` stands for where the file is."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from index.formats import ReadingLimits
from qa.errors import DatasetError
from qa.evaluation.data import decoding, limited_reading, parse_columns, read_pairs
from qa.evaluation.data.template import write_template
from tests.index.formats import hostile

CELLS = (("A", "What?"), ("B", "paper"), ("XFD", "far away"))
GOOD_LINE = '{"id": "1", "question": "What?", "answers": ["paper"]}'
FORMATS = "CSV, TSV, JSONL, SQuAD JSON, XLSX, or a folder of a data set"


def zipped(name: str, content: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def squad(*asked: object) -> bytes:
    paragraphs = [{"context": "Paper is thin.", "qas": list(asked)}]
    return json.dumps({"data": [{"title": "Paper", "paragraphs": paragraphs}]}).encode()


REFUSED = [
    pytest.param("a.csv", b"", "{path}: is empty; give " + FORMATS, id="empty"),
    pytest.param(
        "a.csv", b" \n\n", "{path}: holds no text; give a header row and a row for each question", id="blank lines"
    ),
    pytest.param(
        "a.csv", b"question,answer\n", "{path}: there is no question in it; write one a row", id="a header alone"
    ),
    pytest.param(
        "a.csv",
        b"Frage,Antwort\nWas?,Papier\n",
        "{path}:1: no column of questions among 'Frage', 'Antwort'; "
        "the first row names the columns: call one 'question', or say --column question=NAME",
        id="unknown columns",
    ),
    pytest.param(
        "a.csv",
        b"question,topic\nWhat?,paper\n",
        "{path}:1: nothing to score replies by among 'question', 'topic'; "
        "add a column 'answer', 'quote' or 'answerable'",
        id="nothing to score by",
    ),
    pytest.param(
        "a.csv",
        b"question,answer,answer\nWhat?,a,b\n",
        "{path}:1: two columns are called 'answer'; give each its own name",
        id="a column twice",
    ),
    pytest.param(
        "a.csv",
        b"PK\x03\x04rest",
        "{path}: is a ZIP container, not text; an Excel file must be named .xlsx",
        id="a workbook named csv",
    ),
    pytest.param(
        "a.csv",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
        "{path}: is an old Microsoft Office file; save it as .xlsx or CSV",
        id="an old workbook",
    ),
    pytest.param(
        "a.csv", bytes(range(256)) * 20, "{path}: is not text but binary data; give " + FORMATS, id="binary data"
    ),
    pytest.param(
        "a.pdf", b"%PDF-1.7", "{path}: a .pdf file is not read as questions; give " + FORMATS, id="another format"
    ),
    pytest.param(
        "a",
        b"What?",
        "{path}: a file whose name has no suffix is not read as questions; give " + FORMATS,
        id="no suffix",
    ),
    pytest.param(
        "a.xlsx",
        b"question,answer\nWhat?,paper\n",
        "{path}: is not an Excel workbook (File is not a zip file); save it again as .xlsx",
        id="a table named xlsx",
    ),
    pytest.param(
        "a.xlsx",
        zipped("hello.txt", "hello"),
        "{path}: is not an Excel workbook (\"There is no item named '[Content_Types].xml' in the archive\"); "
        "save it again as .xlsx",
        id="a zip of something else",
    ),
    pytest.param(
        "a.json",
        b'{"id": 1}\n{"id": 2}\n',
        "{path}: not a JSON document (Extra data: line 2 column 1 (char 10)); one JSON object a line is named .jsonl",
        id="lines named json",
    ),
    pytest.param(
        "a.json",
        b'{"version": "2.0"}',
        "{path}: is neither SQuAD nor a JSON list of objects; give " + FORMATS,
        id="another JSON document",
    ),
    pytest.param(
        "a.jsonl",
        b"{\n",
        "{path}:1: not JSON (Expecting property name enclosed in double quotes at column 2); "
        "write one JSON object a line",
        id="no usable line",
    ),
]

REPORTED = [
    pytest.param(
        "a.jsonl",
        f'{GOOD_LINE}\n{{"id": "2", "question": "What? \\ud800"}}\n'.encode(),
        "{path}:2: the row holds text that is not Unicode; write it as UTF-8",
        id="half a character",
    ),
    pytest.param(
        "a.jsonl",
        f"{GOOD_LINE}\n\n{{'id': 2}}\n".encode(),
        "{path}:3: not JSON (Expecting property name enclosed in double quotes at column 2); "
        "write one JSON object a line",
        id="broken JSON in line 3",
    ),
    pytest.param(
        "a.jsonl",
        f"{GOOD_LINE}\n[1]\n".encode(),
        "{path}:2: [1] is not an object; write an object with 'question' and 'answers'",
        id="a list for a line",
    ),
    pytest.param(
        "a.jsonl",
        f"{GOOD_LINE}\n{GOOD_LINE}\n".encode(),
        "{path}:2: id '1' was used before, at {path}:1; give each row its own id",
        id="an id twice",
    ),
    pytest.param(
        "a.jsonl",
        f'{GOOD_LINE}\n{{"id": "2", "question": " "}}\n'.encode(),
        "{path}:2: the question is missing or empty; write one",
        id="no question",
    ),
    pytest.param(
        "a.jsonl",
        f'{GOOD_LINE}\n{{"id": "2", "question": ["What?"]}}\n'.encode(),
        "{path}:2: 'question' is ['What?']; write a string",
        id="a question that is a list",
    ),
    pytest.param(
        "a.jsonl",
        f'{GOOD_LINE}\n{{"id": "2", "question": "What?", "answers": [{{"a": 1}}]}}\n'.encode(),
        "{path}:2: 'answers' holds {{'a': 1}}; write a string or a list of strings",
        id="an answer that is an object",
    ),
    pytest.param(
        "a.jsonl",
        f'{GOOD_LINE}\n{{"id": "2", "question": "What?", "gold": [{{"doc": "a", "start": 3, "end": 3}}]}}\n'.encode(),
        "{path}:2: gold[0] runs from 3 to 3; a span needs 0 <= start < end, or neither",
        id="an empty gold span",
    ),
    pytest.param(
        "a.jsonl",
        f'{GOOD_LINE}\n{{"id": "2", "question": "What?", "history": [{{"role": "system", "text": "x"}}]}}\n'.encode(),
        "{path}:2: history[0] is {{'role': 'system', 'text': 'x'}}; "
        "write an object with the strings 'role' ('user' or 'assistant') and 'text'",
        id="a turn of nobody",
    ),
    pytest.param(
        "a.csv",
        "question,answer\nCafé?,thé\nThé?,eau\n".encode() + "Où?,là\n".encode("latin-1"),
        "{path}:4: the row holds bytes that are not UTF-8, as the rest of the file is; save the file again as UTF-8",
        id="mixed encodings",
    ),
    pytest.param(
        "a.csv",
        b"question,answer\nWhat?,paper\nWhy, where?,a,b\n",
        "{path}:3: the row has 4 cells and the header 2; put texts in double quotes",
        id="more cells than columns",
    ),
    pytest.param(
        "a.csv",
        b'question,answer\n"Why?,tea\nWhat?,paper\n',
        "{path}:2: the row that begins here is not valid CSV (unexpected end of data); check its quotes",
        id="a quote left open",
    ),
    pytest.param(
        "a.csv",
        b"question,answerable\nWhat?,yes\nWhy?,perhaps\n",
        "{path}:3: 'answerable' is 'perhaps'; write true or false, or leave it empty",
        id="neither true nor false",
    ),
    pytest.param(
        "a.csv",
        b"question,article,start,end\nWhat?,a,0,4\nWhy?,a,4,2\n",
        "{path}:3: the gold span runs from '4' to '2'; it needs 0 <= start < end",
        id="a gold span backwards",
    ),
    pytest.param(
        "a.csv",
        b"question,article,start,end\nWhat?,a,0,4\nWhy?,,2,4\n",
        "{path}:3: the gold span names no article; write its id or title in 'article'",
        id="a gold span of no article",
    ),
    pytest.param(
        "a.csv",
        b"question,answer\nWhat?,paper\n" + b"x" * 1_000_001 + b"\n",
        "{path}:3: the line is longer than the limit of 1,000,000 characters; split it",
        id="a very long line",
    ),
    pytest.param(
        "a.jsonl",
        f"{GOOD_LINE}\n".encode() + b'{"id": "2", "question": "' + b"x" * 1_000_000 + b'"}\n',
        "{path}:2: the line is longer than the limit of 1,000,000 characters; split it",
        id="a very long JSON line",
    ),
    pytest.param(
        "a.json",
        json.dumps([{"question": "What?", "answer": "paper"}, "Why?"]).encode(),
        "{path}: [1]: 'Why?' is not an object; write an object with 'question' and 'answers'",
        id="a string in a JSON list",
    ),
    pytest.param(
        "a.json",
        squad({"id": "1", "question": "What?", "answers": []}, {"question": "Why?", "answers": []}),
        "{path}: data[0].paragraphs[0].qas[1]: 'id' is None; write a string that is not empty",
        id="SQuAD without an id",
    ),
    pytest.param(
        "a.json",
        squad({"id": "1", "question": "What?", "answers": []}, {"id": "1", "question": "Why?", "answers": []}),
        "{path}: data[0].paragraphs[0].qas[1]: id '1' was used before, at {path}: data[0].paragraphs[0].qas[0]; "
        "give each its own id",
        id="SQuAD with an id twice",
    ),
]


@pytest.mark.parametrize(("name", "content", "message"), REFUSED)
def test_a_file_with_nothing_to_ask_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DatasetError) as raised:
        read_pairs(path)
    assert str(raised.value) == message.replace("{path}", str(path))


@pytest.mark.parametrize(("name", "content", "message"), REPORTED)
def test_a_row_that_cannot_be_used_is_reported_and_the_others_are_asked(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    given = read_pairs(path)
    expected = message.replace("{{", "{").replace("}}", "}").replace("{path}", str(path))
    assert [problem.message for problem in given.problems] == [expected]
    assert given.pairs != ()


def test_rows_after_an_unusable_one_are_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,question,answer\n1,What?,paper\n2,"Why?,tea\n3,How?,so\n', "utf-8")
    assert [pair.question.id for pair in read_pairs(path).pairs] == ["1", "3"]


def test_a_file_whose_rows_are_all_unusable_names_the_first_and_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"question": ""}\n{"question": ""}\n', "utf-8")
    with pytest.raises(DatasetError) as raised:
        read_pairs(path)
    assert str(raised.value) == (
        f"{path}:1: the question is missing or empty; write one (none of the 2 rows of {path} can be used)"
    )


def test_a_file_above_the_limit_is_refused_by_its_size_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # one line of a gigabyte, that takes no room on the disk
    with pytest.raises(DatasetError) as raised:
        read_pairs(path)
    assert str(raised.value) == (
        f"{path}: holds 1,073,741,824 bytes, above the limit of {decoding.MAX_FILE_BYTES:,}; split the file"
    )


def test_a_damaged_workbook_is_refused_at_whichever_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_template("xlsx", path)
    whole = path.read_bytes()
    messages = []
    for position in range(0, len(whole), 97):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        try:
            read_pairs(path)
        except DatasetError as error:
            messages.append(str(error))
    assert len(messages) > 10
    assert [each for each in messages if "\n" in each or not each.startswith(str(path))] == []


def test_a_row_that_claims_to_be_far_below_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(hostile.a_row_far_below())
    with pytest.raises(DatasetError) as raised:
        read_pairs(path)
    assert str(raised.value) == (
        f"{path}:questions:1048576: has rows below the last that a sheet may have; save it again as .xlsx"
    )


def test_a_workbook_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(hostile.many_wide_rows())
    monkeypatch.setattr(limited_reading, "LIMITS", ReadingLimits(max_seconds=0))
    with pytest.raises(DatasetError) as raised:
        read_pairs(path)
    assert str(raised.value) == (
        f"{path}: takes longer to read than the limit of 0 seconds for a file of its size; "
        "split it, or save its questions as CSV"
    )


def test_texts_of_a_workbook_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(hostile.a_text_in_every_cell(1_000))
    assert len(read_pairs(tmp_path / "a.xlsx").problems) == 0
    monkeypatch.setattr(limited_reading, "LIMITS", ReadingLimits(max_text_bytes=700_000))
    with pytest.raises(DatasetError, match="holds more text than the limit of 700,000 bytes; split it, or save its"):
        read_pairs(path)


SMALL = [
    pytest.param("a.csv", b"question,answer\nWhat?,paper\n", id="CSV"),
    pytest.param("a.tsv", b"question\tanswer\nWhat?\tpaper\n", id="TSV"),
    pytest.param("a.jsonl", GOOD_LINE.encode(), id="JSONL"),
    pytest.param("a.json", f"[{GOOD_LINE}]".encode(), id="JSON"),
    pytest.param("a.json", squad({"id": "1", "question": "What?", "answers": [{"text": "Paper"}]}), id="SQuAD"),
]


@pytest.mark.parametrize(("name", "content"), SMALL)
def test_a_file_of_any_format_is_read_in_a_process_held_to_its_limits(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert len(read_pairs(path).pairs) == 1
    monkeypatch.setattr(limited_reading, "LIMITS", ReadingLimits(max_text_bytes=100))
    with pytest.raises(DatasetError) as raised:
        read_pairs(path)
    assert str(raised.value) == f"{path}: holds more text than the limit of 100 bytes; split it"


def test_a_document_that_takes_too_much_memory_is_given_up_and_takes_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(hostile.many_lists_in_a_document(4_000_000))
    monkeypatch.setattr(limited_reading, "LIMITS", ReadingLimits(max_memory_bytes=250_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DatasetError) as raised:
            read_pairs(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(raised.value) == (f"{path}: takes more memory to read than the limit of 250,000,000 bytes; split it")
    assert most < 5_000_000


def test_rows_after_a_row_of_many_lists_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{hostile.many_lists(400_000)}\n{GOOD_LINE}\n", "utf-8")
    found = read_pairs(path)
    assert [pair.question.question for pair in found.pairs] == ["What?"]
    assert [problem.message for problem in found.problems] == [f"{path}:1: {decoding.TOO_LONG}"]


def test_empty_cells_before_a_filled_one_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    cells = "".join(f'<c r="{name}2" t="inlineStr"><is><t>{text}</t></is></c>' for name, text in CELLS)
    path.write_bytes(hostile.worksheet_of(f'<row r="2">{cells}</row>'))
    (pair,) = read_pairs(path).pairs
    assert (pair.question.question, pair.question.answers) == ("What?", ("paper",))


@pytest.mark.parametrize(
    "cell", ["x" * 500_000, ",".join(f"c{number}" for number in range(100_000))], ids=["one", "many"]
)
def test_a_wide_header_is_read_at_once(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"question,answer,{cell}\nWhat?,paper,\n", "utf-8")
    assert [pair.question.question for pair in read_pairs(path).pairs] == ["What?"]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(DatasetError) as raised:
        read_pairs(path)
    assert str(raised.value) == f"{path}: does not exist; give {FORMATS}"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        pytest.param(
            "question", "--column 'question' is not of the form FIELD=COLUMN, as in question=Frage", id="form"
        ),
        pytest.param(
            "reply=x",
            "--column 'reply=x': there is no field 'reply'; the fields are id, question, answers, quote, article, "
            "answerable, unanswerable, start, end, history, tags, status",
            id="unknown field",
        ),
    ],
)
def test_a_column_flag_that_means_nothing_is_refused(flag: str, message: str) -> None:
    with pytest.raises(DatasetError) as raised:
        parse_columns([flag])
    assert str(raised.value) == message


def test_a_column_that_the_user_names_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Frage,answer\nWas?,Papier\n", "utf-8")
    with pytest.raises(DatasetError) as raised:
        read_pairs(path, mapped=parse_columns(["question=Fragen"]))
    assert str(raised.value) == (
        f"{path}:1: there is no column 'Fragen' for --column question; the columns are 'Frage', 'answer'"
    )
