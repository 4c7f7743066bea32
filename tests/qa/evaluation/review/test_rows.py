from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index.article import Article, Span
from qa.errors import DatasetError
from qa.evaluation.data import read_pairs
from qa.evaluation.review.rows import add_rows, answers_of, object_of, read_rows, row_of, write_rows
from qa.question_generation.nouns import Draft

ARTICLE = Article("t", "Tea", "Tea is made of leaves. It is hot.")
DRAFT = Draft("t", "What is tea made of?", "what", Span(0, 22), Span(15, 21))
UNANSWERABLE = Draft("t", "Who drank it in 1950?", "unanswerable", Span(0, 22), None, swapped=("1901", "1950"))
FORMULA: dict[str, Any] = {"id": "f", "status": "accepted", "question": "=1+1?", "answers": ["-2"]}


def test_a_draft_is_a_row_whose_quote_is_its_gold_place() -> None:
    assert row_of(DRAFT, ARTICLE, "abstains") == {
        "id": "draft-990a61ce7fb7",
        "status": "draft",
        "question": "What is tea made of?",
        "answers": ["leaves"],
        "quote": "leaves",
        "article": "t",
        "start": 15,
        "end": 21,
        "answerable": True,
        "tags": ["what"],
        "draft": {"kind": "what", "made_by": "rules", "title": "Tea", "reader": "abstains"},
    }


def test_an_unanswerable_draft_names_its_article_and_what_was_put_in() -> None:
    row = row_of(UNANSWERABLE, ARTICLE)
    assert (row["answerable"], row["answers"], row["article"]) == (False, [], "t")
    assert row["draft"]["swapped"] == "1901 -> 1950"
    assert row.keys().isdisjoint({"quote", "start", "end"})


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_rows_come_back_from_a_file_and_mean_the_same(tmp_path: Path, name: str) -> None:
    rows = [row_of(DRAFT, ARTICLE), row_of(UNANSWERABLE, ARTICLE)]
    write_rows(tmp_path / name, rows)
    read = read_rows(tmp_path / name)
    assert [answers_of(row) for row in read] == [["leaves"], []]
    assert [object_of(row, "draft") for row in read] == [row["draft"] for row in rows]
    assert [str(row["id"]) for row in read] == [row["id"] for row in rows]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_an_accepted_draft_is_asked_with_its_gold_place(tmp_path: Path, name: str) -> None:
    write_rows(tmp_path / name, [{**row_of(each, ARTICLE), "status": "accepted"} for each in (DRAFT, UNANSWERABLE)])
    first, second = read_pairs(tmp_path / name).pairs
    assert [(gold.article_id, gold.span) for gold in first.places] == [("t", Span(15, 21))]
    assert (first.question.answers, first.question.columns, first.article) == (("leaves",), {}, "t")
    assert (second.question.answerable, second.question.answers) == (False, ())


def test_what_a_spreadsheet_would_run_is_guarded_in_the_file_and_whole_when_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_rows(file, [FORMULA])
    assert file.read_text("utf-8") == "id,status,question,answers\nf,accepted,'=1+1?,'-2\n"
    (row,) = read_rows(file)
    assert (row["question"], answers_of(row)) == ("=1+1?", ["-2"])
    assert read_pairs(file).pairs[0].question.question == "=1+1?"


@pytest.mark.parametrize("answer", ["'=1", "''-", "[1] of them", '["a"]', "a, b", "multi\nline", "🙂"])
def test_an_answer_of_any_characters_survives_a_table(tmp_path: Path, answer: str) -> None:
    write_rows(tmp_path / "a.csv", [{"id": "1", "question": "What?", "answers": [answer]}])
    (row,) = read_rows(tmp_path / "a.csv")
    assert answers_of(row) == [answer]


def test_what_is_in_a_file_already_is_never_added_again_or_changed() -> None:
    there = [{"id": "a", "status": "refused"}]
    assert add_rows(there, [{"id": "a", "status": "draft"}, {"id": "b"}, {"id": "b", "n": 2}]) == [{"id": "b"}]


def test_columns_that_are_not_ours_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("question;answer;topic;status\nWhat?;tea;drinks;draft\n", "utf-8")
    write_rows(file, read_rows(file))
    assert file.read_text("utf-8") == "status,question,answer,topic\ndraft,What?,tea,drinks\n"


def test_a_file_with_a_row_that_cannot_be_read_is_not_taken_since_the_row_would_be_lost(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": "1"}\nnot JSON\n', "utf-8")
    with pytest.raises(DatasetError, match=r"a\.jsonl:2: not JSON .*\(nothing was changed\)"):
        read_rows(file)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"a\.xlsx: drafts are kept as \.jsonl or \.csv"):
        write_rows(tmp_path / "a.xlsx", [])
