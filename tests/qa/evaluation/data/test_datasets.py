import json
from pathlib import Path
from typing import Any

import pytest

from index.article import Span
from qa.errors import DatasetError
from qa.evaluation.data.datasets import Gold, Question, load_dataset, load_questions
from qa.followups.standalone import Turn


def write_lines(path: Path, *records: object) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def test_a_question_is_read_with_all_it_says(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "questions.jsonl",
        {
            "id": "q1",
            "question": "And China?",
            "answers": ["paper", "tea"],
            "gold": [
                {"doc": "a", "start": 2, "end": 5, "text": "ape"},
                {"doc": "b", "start": None, "end": None},
            ],
            "answerable": True,
            "history": [
                {"role": "user", "text": "What comes from Japan?"},
                {"role": "agent", "text": "Tea."},
                {"role": "assistant", "text": "And paper."},
            ],
            "tags": ["follow-up"],
            "context_doc": "a",
            "paragraph": 7,
        },
    )
    assert load_questions(path) == [
        Question(
            id="q1",
            question="And China?",
            answers=("paper", "tea"),
            gold=(Gold("a", Span(2, 5)), Gold("b", None)),
            answerable=True,
            history=(
                Turn("user", "What comes from Japan?"),
                Turn("assistant", "Tea."),
                Turn("assistant", "And paper."),
            ),
            tags=("follow-up",),
            context_article="a",
        )
    ]


@pytest.mark.parametrize(
    ("extra", "answerable"),
    [
        pytest.param({}, False, id="nothing listed"),
        pytest.param({"answers": ["x"]}, True, id="an answer"),
        pytest.param({"gold": [{"doc": "a"}]}, True, id="a gold place"),
        pytest.param({"answers": ["x"], "answerable": False}, False, id="said not to be"),
    ],
)
def test_an_unlabelled_question_is_answerable_when_it_has_an_answer_or_a_place(
    tmp_path: Path, extra: dict[str, Any], answerable: bool
) -> None:
    path = write_lines(tmp_path / "questions.jsonl", {"id": "q1", "question": "What?", **extra})
    assert load_questions(path)[0].answerable is answerable


@pytest.mark.parametrize(
    ("gold", "context", "cluster"),
    [
        pytest.param((Gold("a", None), Gold("b", None)), "c", "a", id="first gold article"),
        pytest.param((), "c", "c", id="the article it was written for"),
        pytest.param((), None, "q1", id="itself"),
    ],
)
def test_a_question_belongs_to_one_article(gold: tuple[Gold, ...], context: str | None, cluster: str) -> None:
    assert Question("q1", "What?", (), gold, bool(gold), context_article=context).cluster == cluster


def test_blank_lines_a_byte_order_mark_and_line_separators_in_strings_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('\ufeff{"id": 1, "question": "One\u2028line?"}\r\n\r\n', encoding="utf-8", newline="")
    assert load_questions(path) == [Question("1", "One\u2028line?", (), (), False)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{", "not JSON", id="broken JSON"),
        pytest.param("[1]", "a list, not an object", id="not an object"),
        pytest.param('{"id": "q2"}', "'question' is missing or empty", id="no question"),
        pytest.param('{"id": "q2", "question": " "}', "'question' is missing or empty", id="blank question"),
        pytest.param('{"question": "What?"}', "'id' is None; write a string", id="no id"),
        pytest.param('{"id": "q1", "question": "What?"}', "id 'q1' comes a second time", id="an id twice"),
        pytest.param('{"id": "q2", "question": "What?", "answers": "x"}', "'answers' is 'x'", id="no list"),
        pytest.param('{"id": "q2", "question": "What?", "answers": [1]}', "answers[0] is 1", id="no string"),
        pytest.param('{"id": "q2", "question": "?", "answerable": "no"}', "'answerable' is 'no'", id="no boolean"),
        pytest.param('{"id": "q2", "question": "?", "history": ["hi"]}', "history[0] is 'hi'", id="no turn"),
        pytest.param(
            '{"id": "q2", "question": "?", "history": [{"role": "system", "text": "hi"}]}',
            "history[0] is",
            id="no role",
        ),
        pytest.param('{"id": "q2", "question": "?", "gold": ["a"]}', "gold[0] is 'a'", id="gold is no object"),
        pytest.param('{"id": "q2", "question": "?", "gold": [{}]}', "gold[0]: 'doc' is None", id="gold of nothing"),
        pytest.param(
            '{"id": "q2", "question": "?", "gold": [{"doc": "a", "start": 3, "end": 3}]}',
            "gold[0] runs from 3 to 3",
            id="an empty span",
        ),
        pytest.param(
            '{"id": "q2", "question": "?", "gold": [{"doc": "a", "start": 3}]}',
            "gold[0] runs from 3 to None",
            id="half a span",
        ),
        pytest.param(
            '{"id": "q2", "question": "?", "gold": [{"doc": "z", "start": 0, "end": 1}]}',
            "there is no article 'z'",
            id="an unknown article",
        ),
        pytest.param(
            '{"id": "q2", "question": "?", "gold": [{"doc": "a", "start": 3, "end": 6}]}',
            "gold span ends at 6, but article 'a' has 5 characters",
            id="past the end",
        ),
    ],
)
def test_an_unusable_line_is_named_with_its_file_and_number(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(f'{{"id": "q1", "question": "What?"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(DatasetError) as raised:
        load_questions(path, articles={"a": "paper"})
    assert str(raised.value).startswith(f"{path}:2: ")
    assert message in str(raised.value)


def test_a_gold_span_may_end_where_the_article_does_counted_in_code_points(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "questions.jsonl",
        {"id": "q1", "question": "What?", "gold": [{"doc": "a", "start": 1, "end": 2}]},
    )
    assert load_questions(path, articles={"a": "🙂🙂"})[0].gold_spans == (("a", Span(1, 2)),)


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no question in it"):
        load_questions(write_lines(tmp_path / "questions.jsonl"))


def test_a_dataset_is_a_directory_with_a_corpus_and_questions(tmp_path: Path) -> None:
    directory = tmp_path / "tiny"
    directory.mkdir()
    corpus = write_lines(directory / "corpus.jsonl", {"_id": "a", "title": "A", "text": "paper"})
    write_lines(directory / "questions.jsonl", {"id": "q1", "question": "What?"})
    dataset = load_dataset(directory)
    assert (dataset.name, dataset.corpus, [each.id for each in dataset.questions]) == ("tiny", corpus, ["q1"])


def test_a_directory_without_a_corpus_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"corpus\.jsonl: no such file"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        pytest.param({"_id": "a", "text": "x"}, "article 'a' comes a second time", id="an id twice"),
        pytest.param({"_id": "b"}, "article 'b' has no 'text' string", id="no text"),
    ],
)
def test_an_unusable_corpus_line_is_named(tmp_path: Path, second: dict[str, str], message: str) -> None:
    corpus = write_lines(tmp_path / "corpus.jsonl", {"_id": "a", "text": "paper"}, second)
    write_lines(tmp_path / "questions.jsonl", {"id": "q1", "question": "What?"})
    with pytest.raises(DatasetError) as raised:
        load_dataset(tmp_path)
    assert str(raised.value).startswith(f"{corpus}:2: {message}")


def test_a_gold_span_past_the_corpus_text_is_found_when_the_dataset_is_loaded(tmp_path: Path) -> None:
    write_lines(tmp_path / "corpus.jsonl", {"_id": "a", "text": "paper"})
    write_lines(
        tmp_path / "questions.jsonl",
        {"id": "q1", "question": "What?", "gold": [{"doc": "a", "start": 0, "end": 9}]},
    )
    with pytest.raises(DatasetError, match="gold span ends at 9"):
        load_dataset(tmp_path)
