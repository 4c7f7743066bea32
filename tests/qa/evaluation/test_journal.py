from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from index.article import Span
from qa.answer import Reply
from qa.errors import DatasetError, QuestionError
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.data.question_json import question_from_json, question_to_json
from qa.evaluation.journal import answer_key, read_answers
from qa.evaluation.report import Report
from qa.evaluation.run.evaluate import evaluate
from qa.followups.standalone import Turn

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World

FILES = ("answers.jsonl", "report.json", "run.trec")


class Asked:
    """Gives the world's replies and remembers what it was asked; stops at the question named."""

    def __init__(self, world: World, stops_at: str | None = None, error: type[BaseException] = KeyError) -> None:
        self.replies = {question.question: world.replies()[question.id] for question in world.questions()}
        self.ids = {question.question: question.id for question in world.questions()}
        self.stops_at, self.error = stops_at, error
        self.heard: list[str] = []

    def __call__(self, question: str, *, history: Sequence[Turn]) -> Reply:
        if self.ids[question] == self.stops_at:
            raise self.error(question)
        self.heard.append(self.ids[question])
        return self.replies[question]


def run(world: World, ask: Asked, out: Path | None, **others: Any) -> Report:
    given = {"questions": world.questions(), "configuration": "c1", "clock": lambda: 0.0, **others}
    questions = given.pop("questions")
    return evaluate(questions, ask, world.text, out=out, dataset="tiny", **given)


def stopped_at(world: World, name: str, out: Path, error: type[BaseException] = KeyError) -> None:
    with pytest.raises(error):
        run(world, Asked(world, stops_at=name, error=error), out)


def whole(world: World, out: Path) -> list[bytes]:
    run(world, Asked(world), out)
    return [(out / name).read_bytes() for name in FILES]


def test_a_run_that_was_stopped_asks_only_what_is_left_and_reports_the_same(world: World, tmp_path: Path) -> None:
    stopped_at(world, "q4", tmp_path / "stopped")
    again = Asked(world)
    run(world, again, tmp_path / "stopped")
    assert again.heard == ["q4", "q5"]
    assert [(tmp_path / "stopped" / name).read_bytes() for name in FILES] == whole(world, tmp_path / "whole")


@pytest.mark.parametrize("kept", range(0, 5), ids=lambda kept: f"torn in line {kept + 1}")
def test_a_torn_last_line_is_asked_again(world: World, tmp_path: Path, kept: int) -> None:
    expected = whole(world, tmp_path / "whole")
    lines = expected[0].splitlines(keepends=True)
    out = tmp_path / "torn"
    out.mkdir()
    (out / "answers.jsonl.part").write_bytes(b"".join(lines[:kept]) + lines[kept][:-1])
    again = Asked(world)
    run(world, again, out)
    assert again.heard == ["q1", "q2", "q3", "q4", "q5"][kept:]
    assert [(out / name).read_bytes() for name in FILES] == expected


def test_a_finished_run_is_not_asked_again(world: World, tmp_path: Path) -> None:
    expected = whole(world, tmp_path)
    again = Asked(world)
    run(world, again, tmp_path)
    assert again.heard == []
    assert [(tmp_path / name).read_bytes() for name in FILES] == expected


@pytest.mark.parametrize(
    "others",
    [{"restart": True}, {"configuration": "c2"}, {"configuration": ""}],
    ids=["asked to restart", "another configuration", "no configuration known"],
)
def test_everything_is_asked_anew_where_it_may_come_out_otherwise(
    world: World, tmp_path: Path, others: dict[str, Any]
) -> None:
    run(world, Asked(world), tmp_path)
    again = Asked(world)
    run(world, again, tmp_path, **others)
    assert again.heard == ["q1", "q2", "q3", "q4", "q5"]


def test_starting_anew_is_said(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stopped_at(world, "q4", tmp_path)
    run(world, Asked(world), tmp_path, configuration="c2")
    assert caplog.messages == [
        f"{tmp_path}/answers.jsonl: answered with other articles, settings, code or questions; all 5 are asked anew"
    ]


def test_going_on_is_said(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stopped_at(world, "q4", tmp_path)
    run(world, Asked(world), tmp_path)
    assert caplog.messages == [f"{tmp_path}: 3 of 5 questions are answered there; only the others are asked"]


def test_a_run_that_is_interrupted_says_what_is_kept(world: World, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(world, Asked(world, stops_at="q3", error=KeyboardInterrupt), tmp_path)
    assert str(stopped.value) == f"{tmp_path}: stopped; the same command goes on after 2 of 5 answers"


def test_another_gold_answer_is_measured_without_asking_again(world: World, tmp_path: Path) -> None:
    run(world, Asked(world), tmp_path)
    first, *others = world.questions()
    again = Asked(world)
    report = run(world, again, tmp_path, questions=[replace(first, answers=("The North",)), *others])
    assert again.heard == []
    assert report.metrics["answer.exact_match"].value == pytest.approx(1 / 3)
    assert read_answers(tmp_path)[0]["asked"]["answers"] == ["The North"]


def test_a_question_that_failed_is_asked_again(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    failing = run(world, Asked(world, stops_at="q2", error=QuestionError), tmp_path)
    again = Asked(world)
    report = run(world, again, tmp_path)
    assert "anew" not in caplog.text
    assert (list(failing.failed), again.heard, report.failed) == (["q2"], ["q2"], {})


def test_progress_begins_with_what_was_answered_before(world: World, tmp_path: Path) -> None:
    stopped_at(world, "q4", tmp_path)
    told: list[tuple[int, int]] = []
    run(world, Asked(world), tmp_path, progress=lambda done, of: told.append((done, of)))
    assert told == [(3, 5), (4, 5), (5, 5)]


def test_lines_that_are_no_answers_are_passed_over(world: World, tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_bytes(
        b'[]\n\xff\n{"id": 5}\n{"id": "q1", "reply": {}}\n{"id": "x", "key": "", "reply": {}}\n' + b"[" * 10_000 + b"\n"
    )
    run(world, Asked(world), tmp_path)
    assert [record["id"] for record in read_answers(tmp_path)] == ["q1", "q2", "q3", "q4", "q5"]


def test_several_at_a_time_are_asked_at_the_same_time_and_measured_the_same(world: World, tmp_path: Path) -> None:
    expected = whole(world, tmp_path / "one")
    together = Barrier(5, timeout=30)

    class Waiting(Asked):
        def __call__(self, question: str, *, history: Sequence[Turn]) -> Reply:
            together.wait()  # breaks, and fails, unless five are asked at once
            return super().__call__(question, history=history)

    run(world, Waiting(world), tmp_path / "five", jobs=5)
    found = [(tmp_path / "five" / name).read_bytes() for name in FILES]
    assert [each.replace(b'"jobs": 5', b'"jobs": 1') for each in found] == expected


def test_a_defect_stops_a_run_of_several_jobs(world: World, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="tea"):
        run(world, Asked(world, stops_at="q2"), tmp_path, jobs=3)
    assert not (tmp_path / "answers.jsonl").exists()


def test_the_key_is_of_what_decides_the_reply_and_nothing_else() -> None:
    question = Question("1", "Why?", (), (), True)
    key = answer_key(question, "c")
    assert answer_key(replace(question, id="2", answers=("so",), answerable=False), "c") == key
    assert answer_key(replace(question, question="Who?"), "c") != key
    assert answer_key(replace(question, history=(Turn("user", "Hm"),)), "c") != key
    assert answer_key(question, "d") != key


def test_a_question_reads_back_as_it_was() -> None:
    gold = (Gold("a", Span(0, 2)), Gold("b", None))
    question = Question("1", "🙂?", ("x", "y"), gold, True, (Turn("user", "Hm"),), ("tag",), "a")
    assert question_from_json(json.loads(json.dumps(question_to_json(question)))) == question


@pytest.mark.parametrize("record", [{}, {"id": "1"}, []], ids=str)
def test_what_is_no_question_is_refused(record: Any) -> None:
    with pytest.raises(DatasetError, match="run the evaluation again"):
        question_from_json(record)


def test_a_run_that_stopped_is_said_to_be_one_when_its_answers_are_wanted(world: World, tmp_path: Path) -> None:
    stopped_at(world, "q4", tmp_path)
    with pytest.raises(DatasetError, match=r"cannot be read .* \(a run stopped there; the same command goes on"):
        read_answers(tmp_path)


def test_a_damaged_line_of_a_finished_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text('{"id": "1"}\n{"id"\n', encoding="utf-8")
    with pytest.raises(DatasetError, match=r"answers\.jsonl:2: not an answer of a run; run the evaluation again"):
        read_answers(tmp_path)
