"""A file of questions tells what its columns were taken for, so that a person can look before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path

from qa.evaluation.data import parse_columns, read_pairs


def test_a_table_tells_its_columns_by_field_and_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Query,Expected answer,answer_2,Thema\nWhy?,so,thus,x\n", "utf-8")
    found = read_pairs(path)
    assert found.columns == {"question": ("Query",), "answers": ("Expected answer", "answer_2")}
    assert found.others == ("Thema",)


def test_a_column_that_the_user_names_is_told_under_its_field(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Frage,Antwort\nWarum?,darum\n", "utf-8")
    found = read_pairs(path, mapped=parse_columns(["question=Frage", "answers=Antwort"]))
    assert (found.columns, found.others) == ({"question": ("Frage",), "answers": ("Antwort",)}, ())


def test_objects_with_keys_of_their_own_tell_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    records = [{"question": "Why?", "answer": "so"}, {"q": "Who?", "answers": ["me"], "level": 2}]
    path.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")
    found = read_pairs(path)
    assert found.columns == {"question": ("question", "q"), "answers": ("answer", "answers")}
    assert found.others == ("level",)


def test_squad_has_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    answers = [{"text": "Cows", "answer_start": 0}]
    paragraph = {"context": "Cows give milk.", "qas": [{"id": "1", "question": "Who?", "answers": answers}]}
    path.write_text(json.dumps({"version": "1.1", "data": [{"title": "Milk", "paragraphs": [paragraph]}]}), "utf-8")
    found = read_pairs(path)
    assert (found.columns, found.others, len(found.pairs)) == ({}, (), 1)
