from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from index.article import Span
from qa.errors import DatasetError
from qa.evaluation.data import Pair, Problem, parse_columns, read_pairs
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.data.limited_reading import PARCEL_ITEMS
from qa.evaluation.data.template import FORMATS, template_text, write_template
from qa.followups.standalone import Turn


def only_pair(path: Path, columns: Sequence[str] = ()) -> Pair:
    given = read_pairs(path, mapped=parse_columns(columns))
    assert given.problems == ()
    (pair,) = given.pairs
    return pair


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_read_whatever_its_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["Question", "Answer"])
        writer.writerow(["Où est né Molière, le célèbre auteur de théâtre; à Paris?", "à Paris"])
    question = only_pair(path).question
    assert (question.question, question.answers) == (
        "Où est né Molière, le célèbre auteur de théâtre; à Paris?",
        ("à Paris",),
    )


@pytest.mark.parametrize("question", ["question", "Query", "q", "PROMPT", " Question Text "])
@pytest.mark.parametrize("answer", ["answer", "Answers", "gold", "Expected", "ground truth", "reference", "answer_1"])
def test_columns_are_known_by_their_usual_names_in_any_case(tmp_path: Path, question: str, answer: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{question},{answer}\nWhat?,paper\n", "utf-8")
    pair = only_pair(path)
    assert (pair.question.question, pair.question.answers) == ("What?", ("paper",))


def test_a_row_keeps_all_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "ID,question,answer,answer 2,evidence,document,is_impossible,topic\n"
        '7,What?,paper,a sheet,"is\nthin",tea.txt,0,x\n',
        "utf-8",
    )
    pair = only_pair(path)
    assert (pair.place, pair.article, pair.quotes) == (f"{path}:2", "tea.txt", ("is\nthin",))
    question = pair.question
    assert (question.id, question.answers, question.answerable) == ("7", ("paper", "a sheet"), True)
    assert question.columns == {"topic": "x"}


def test_several_answers_may_be_a_json_list_in_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('question,answer\nWhat?,"[""paper"", ""tea""]"\n', "utf-8")
    assert only_pair(path).question.answers == ("paper", "tea")


def test_words_in_brackets_are_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("question,answer\nWhat?,[sic]\n", "utf-8")
    assert only_pair(path).question.answers == ("[sic]",)


def test_a_column_may_be_named_by_the_user(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("question,Frage,Antwort\nno,Was?,Papier\n", "utf-8")
    question = only_pair(path, ["question=Frage", "answer=Antwort"]).question
    assert (question.question, question.answers, question.columns) == ("Was?", ("Papier",), {"question": "no"})


def test_a_row_without_an_id_is_called_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('question,answer\n"What\nnow?",paper\n\nWhy?,tea\n', "utf-8")
    assert [pair.question.id for pair in read_pairs(path).pairs] == ["row-2", "row-5"]


@pytest.mark.parametrize(
    ("text", "answerable"),
    [
        pytest.param("question,answer\nWhat?,x\n", True, id="an answer"),
        pytest.param("question,answer\nWhat?,\n", False, id="an answer left empty"),
        pytest.param("question,answer,article\nWhat?,,a\n", False, id="an article and no answer"),
        pytest.param("question,article\nWhat?,a\n", True, id="an article, and no column of answers"),
        pytest.param("question,answer,answerable\nWhat?,x,no\n", False, id="said not to be"),
        pytest.param("question,answer,answerable\nWhat?,,TRUE\n", True, id="said to be"),
        pytest.param("question,answer,is_impossible\nWhat?,x,1\n", False, id="impossible"),
    ],
)
def test_a_row_is_answerable_when_it_says_so_or_has_an_answer(tmp_path: Path, text: str, answerable: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    assert only_pair(path).question.answerable is answerable


def test_a_line_of_a_data_set_is_read_with_its_places_and_turns(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    record = {
        "id": "q1",
        "question": "And China?",
        "answers": ["paper"],
        "gold": [{"doc": "a", "start": 2, "end": 5}, {"doc": "b"}],
        "history": [{"role": "user", "text": "What comes from Japan?"}, {"role": "agent", "text": "Tea."}],
        "tags": ["follow-up"],
        "context_doc": "a",
        "lang": "en",
        "paragraph": 7,
    }
    path.write_text(json.dumps(record) + "\n", "utf-8")
    pair = only_pair(path)
    assert pair.places == (Gold("a", Span(2, 5)), Gold("b", None))
    assert pair.article == "a"
    assert pair.question.history == (Turn("user", "What comes from Japan?"), Turn("assistant", "Tea."))
    assert (pair.question.tags, pair.question.columns) == (("follow-up",), {"lang": "en", "paragraph": "7"})


def test_a_json_document_may_be_a_list_of_pairs(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"user_input": "What?", "reference": "paper"}]), "utf-8")
    assert (only_pair(path).question.id, only_pair(path).question.answers) == ("row-0", ("paper",))


def test_a_workbook_is_read_from_the_sheet_that_holds_questions(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Notes", "of the team"])
    sheet = book.create_sheet("Fragen")
    sheet.append([])
    sheet.append(["question", "answer", "answerable"])
    sheet.append(["How many?", 3.0, True])
    path = tmp_path / "a.xlsx"
    book.save(path)
    pair = only_pair(path)
    assert (pair.place, pair.question.answers) == (f"{path}:Fragen:3", ("3",))


def test_squad_brings_its_articles_and_moves_its_offsets_into_them(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    asked = [
        {"id": "1", "question": "Who?", "is_impossible": False, "answers": [{"text": "🙂", "answer_start": 4}]},
        {"id": "2", "question": "Why?", "is_impossible": True, "answers": [], "plausible_answers": []},
        {"id": "3", "question": "What?", "answers": [{"text": "tea", "answer_start": 9}]},
    ]
    paragraphs = [{"context": "One.", "qas": []}, {"context": "It: 🙂 or tea.", "qas": asked}]
    path.write_text(json.dumps({"version": "v2.0", "data": [{"title": "A_B", "paragraphs": paragraphs}]}), "utf-8")
    given = read_pairs(path)
    (article,) = given.own_articles
    assert (article.id, article.text) == ("A B", "One.\n\nIt: 🙂 or tea.")
    assert [(pair.question.id, pair.question.answerable) for pair in given.pairs] == [
        ("1", True),
        ("2", False),
        ("3", True),
    ]
    quoted = [gold.span.slice(article.text) for pair in given.pairs for gold in pair.places if gold.span is not None]
    assert quoted == ["🙂", "tea"]


def test_an_answer_of_squad_that_its_paragraph_does_not_hold_loses_its_place_and_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    asked = {"id": "1", "question": "Who?", "answers": [{"text": "silk", "answer_start": 0}]}
    paragraphs = [{"context": "Paper.", "qas": [asked]}]
    path.write_text(json.dumps({"data": [{"title": "A", "paragraphs": paragraphs}]}), "utf-8")
    given = read_pairs(path)
    place = f"{path}: data[0].paragraphs[0].qas[0]"
    assert [(problem.message, problem.asked) for problem in given.problems] == [
        (
            f"{place}.answers[0]: 'silk' does not stand in its paragraph; its place is lost",
            True,
        )
    ]
    assert [(pair.question.answers, pair.places) for pair in given.pairs] == [(("silk",), ())]


def beir(folder: Path, judgements: str) -> Path:
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "Tea", "text": "Tea is a drink."}\n', "utf-8")
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "What is tea?"}\n{"_id": "q2", "text": "Of train?"}\n', "utf-8"
    )
    (folder / "qrels" / "test.tsv").write_text(judgements, "utf-8")
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq2\td1\t1\n", "utf-8")
    return folder


def test_a_beir_folder_is_asked_the_queries_of_its_test_split(tmp_path: Path) -> None:
    given = read_pairs(beir(tmp_path, "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"))
    assert given.own_files == (tmp_path / "corpus.jsonl",)
    assert [(pair.question.id, pair.places) for pair in given.pairs] == [("q1", (Gold("d1", None),))]
    assert given.problems == ()


def test_judgements_without_a_query_or_a_score_are_reported(tmp_path: Path) -> None:
    given = read_pairs(beir(tmp_path, "query-id\tcorpus-id\tscore\nq1\td1\t1\nq9\td1\t1\nq1\td1\n"))
    place = tmp_path / "qrels" / "test.tsv"
    assert [problem.message for problem in given.problems] == [
        f"{place}:4: 'q1\\td1' is no judgement; write query, article and score, with tabs between",
        f"{place}:3: there is no query 'q9' in queries.jsonl, or it came before",
    ]


def test_a_folder_holds_questions_beside_its_articles(tmp_path: Path) -> None:
    (tmp_path / "questions.csv").write_text("question,answer\nWhat?,tea\n", "utf-8")
    (tmp_path / "tea.txt").write_text("Tea is a drink.", "utf-8")
    (tmp_path / "README.md").write_text("About the set.", "utf-8")
    given = read_pairs(tmp_path)
    assert (given.name, given.own_files) == (tmp_path.name, (tmp_path / "tea.txt",))


def test_articles_may_be_named_apart(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("question,answer\nWhat?,tea\n", "utf-8")
    (tmp_path / "tea.txt").write_text("Tea is a drink.", "utf-8")
    assert read_pairs(tmp_path / "a.csv", corpus=tmp_path / "tea.txt").own_files == (tmp_path / "tea.txt",)
    assert not read_pairs(tmp_path / "a.csv").brings_articles


def test_a_folder_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no such file as questions\.jsonl in it"):
        read_pairs(tmp_path)


@pytest.mark.parametrize("form", FORMATS)
def test_a_template_is_a_file_that_can_be_read(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    write_template(form, path)
    given = read_pairs(path)
    assert given.problems == ()
    assert [(pair.question.id, pair.question.answers, pair.question.answerable) for pair in given.pairs] == [
        ("1", ("1871", "in 1871"), True),
        ("2", ("31 metres",), True),
        ("3", (), False),
    ]


def test_a_template_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine", "utf-8")
    with pytest.raises(DatasetError, match="is there already; name another file"):
        write_template("csv", path)
    assert path.read_text("utf-8") == "mine"


def test_a_template_of_an_unknown_form_is_refused() -> None:
    with pytest.raises(DatasetError, match="the forms are csv, jsonl, xlsx"):
        template_text("ods")


def test_all_that_a_row_may_say_comes_back_from_the_process_that_read_it(tmp_path: Path) -> None:
    path = tmp_path / "Fragen.jsonl"
    row = {
        "id": 7, "question": " W\u00e0s\U0001f30a? ", "answers": ["Papier", "\u7d19"],
        "quote": ["Papier ist d\u00fcnn."], "article": "paper", "start": 0, "end": 6, "tags": ["a", "b"],
        "level": "hard",
        "history": [{"role": "user", "text": "Hallo"}, {"role": "agent", "text": "Ja?"}],
    }  # fmt: skip
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n{\n", "utf-8")
    found = read_pairs(path)
    question = Question(
        id="7",
        question=" W\u00e0s\U0001f30a? ",
        answers=("Papier", "\u7d19"),
        gold=(),
        answerable=True,
        history=(Turn("user", "Hallo"), Turn("assistant", "Ja?")),
        tags=("a", "b"),
        columns={"level": "hard"},
    )
    places = (Gold("paper", Span(0, 6)),)
    assert found.pairs == (Pair(f"{path}:1", question, "paper", ("Papier ist d\u00fcnn.",), places),)
    assert found.pairs[0].question.columns == {"level": "hard"}
    fault = "not JSON (Expecting property name enclosed in double quotes at column 2); write one JSON object a line"
    assert found.problems == (Problem(f"{path}:2: {fault}"),)
    assert (found.name, found.columns["question"], found.others) == ("Fragen", ("question",), ("level",))


def test_more_rows_than_are_handed_over_at_once_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    count = 2 * PARCEL_ITEMS + 1
    path.write_text("question,answer\n" + "".join(f"What is {n}?,paper\n" for n in range(count)), "utf-8")
    assert [pair.question.question for pair in read_pairs(path).pairs] == [f"What is {n}?" for n in range(count)]
