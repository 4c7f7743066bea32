"""What is learnt from, and what must never be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.training.__main__ import split
from qa.training.sets import CALIBRATED, LEARNT, load_training_set, only, part_of

PARAGRAPHS = [
    {"_id": "n0", "title": "Nile", "text": "The Nile is long."},
    {"_id": "w0", "title": "Warsaw", "text": "Warsaw is a city."},
    {"_id": "n1", "title": "Nile", "text": "It flows north."},
]
QUESTIONS = [
    {
        "id": "1",
        "question": "Where does it flow?",
        "answers": ["north"],
        "gold": [{"doc": "n1", "start": 9, "end": 14}],
    },
    {"id": "2", "question": "What is Warsaw?", "answers": ["a city"], "gold": [{"doc": "w0", "start": 10, "end": 16}]},
    {"id": "3", "question": "How deep is it?", "answers": [], "gold": [], "answerable": False, "context_doc": "n1"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, records in (("corpus", PARAGRAPHS), ("questions", QUESTIONS)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return tmp_path


def test_paragraphs_of_one_title_are_one_article_again_and_gold_moves_with_them(folder: Path) -> None:
    loaded = load_training_set(folder)
    nile, warsaw = loaded.articles
    assert (nile.id, nile.text) == ("n0", "The Nile is long.\n\nIt flows north.")
    assert (warsaw.id, warsaw.text) == ("w0", "Warsaw is a city.")
    texts = {article.id: article.text for article in loaded.articles}
    for question in loaded.questions:
        for answer, (article_id, span) in zip(question.answers, question.gold_spans, strict=True):
            assert span.slice(texts[article_id]) == answer


def test_a_question_without_an_answer_stays_with_its_article(folder: Path) -> None:
    assert load_training_set(folder).questions[2].cluster == "n0"


def test_a_part_holds_its_articles_and_the_questions_about_them(folder: Path) -> None:
    loaded = load_training_set(folder)
    learnt, judging = only(loaded, "train"), only(loaded, "test")
    assert [article.title for article in learnt.articles] == ["Warsaw"]
    assert [question.id for question in learnt.questions] == ["2"]
    assert [question.id for question in judging.questions] == ["1", "3"]


def test_no_article_is_both_learnt_from_and_calibrated_with() -> None:
    assert not LEARNT & CALIBRATED
    assert {part_of(title, "squad2") for title in LEARNT} == {"train"}
    assert {part_of(title, "xquad") for title in CALIBRATED} == {"calibrate"}
    assert part_of("Normans", "squad2") == "test"


def test_a_set_that_no_reader_learns_from_is_halved() -> None:
    parts = [part_of(f"Article {number}", "clapnq") for number in range(200)]
    assert set(parts) == {"calibrate", "test"}
    assert 70 < parts.count("test") < 130


def test_splitting_keeps_the_whole_corpus_and_the_questions_of_one_part(folder: Path, tmp_path: Path) -> None:
    split(folder, tmp_path / "judging", part="test")
    kept = [json.loads(line)["id"] for line in (tmp_path / "judging/questions.jsonl").read_text("utf-8").splitlines()]
    assert kept == ["1", "3"]
    assert (tmp_path / "judging/corpus.jsonl").read_bytes() == (folder / "corpus.jsonl").read_bytes()
