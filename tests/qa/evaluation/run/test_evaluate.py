from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import ir_measures
import pytest

from index.errors import StorageError
from qa.answer import Reply
from qa.errors import QuestionError
from qa.evaluation.data.question_json import question_to_json
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report, read_report
from qa.evaluation.run.evaluate import evaluate, trec_run
from qa.followups.standalone import Turn
from qa.reply_json import reply_to_json

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World


class ScriptedAssistant:
    """Gives the reply written down for each question, and refuses the ids in ``refused``."""

    def __init__(self, world: World, refused: tuple[str, ...] = ()) -> None:
        self.replies = {question.question: world.replies()[question.id] for question in world.questions()}
        self.heard: list[Sequence[Turn]] = []
        self.refused = {question.question for question in world.questions() if question.id in refused}

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Reply:
        self.heard.append(history)
        if question in self.refused:
            raise QuestionError(f"cannot be asked: {question!r}")
        return self.replies[question]


@contextmanager
def files_of_at_most_1000_bytes() -> Iterator[None]:
    """Hold only around what is tested: the test runner's own log is a file too."""
    resource = pytest.importorskip("resource", reason="only Unix can limit a process's files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def run(world: World, out: Path | None = None, refused: tuple[str, ...] = ()) -> Report:
    return evaluate(
        world.questions(),
        ScriptedAssistant(world, refused).ask,
        world.text,
        out=out,
        dataset="tiny",
        fingerprint="f1",
        clock=count(step=0.25).__next__,
    )


def test_the_report_says_what_was_asked_of_what(world: World) -> None:
    report = run(world)
    assert (report.dataset, report.n_questions, report.n_unanswerable, report.failed) == ("tiny", 5, 2, {})
    assert (report.models, report.fingerprint, report.created) == ({"embedder": "word-length"}, "f1", None)
    assert report.metrics["speed.questions_per_second"].value == 4.0


def test_answers_are_written_one_reply_a_line_in_order(world: World, tmp_path: Path) -> None:
    run(world, out=tmp_path / "new" / "out")
    lines = (tmp_path / "new" / "out" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [(record["id"], record["reply"]) for record in records] == [
        (name, reply_to_json(reply)) for name, reply in world.replies().items()
    ]
    assert [record["asked"] for record in records] == [question_to_json(question) for question in world.questions()]
    assert {record["seconds"] for record in records} == {0.25}


def test_a_question_that_fails_is_recorded_and_does_not_stop_the_run(world: World, tmp_path: Path) -> None:
    report = run(world, out=tmp_path, refused=("q2",))
    message = "cannot be asked: 'What is tea made of?'"
    lines = (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert report.failed == {"q2": message}
    failed = json.loads(lines[1])
    assert (failed["id"], failed["error"], "reply" in failed) == ("q2", message, False)
    assert (report.n_questions, report.metrics["citation.recall"].n) == (5, 2)


def test_a_run_in_which_all_fail_measures_nothing(world: World) -> None:
    report = run(world, refused=("q1", "q2", "q3", "q4", "q5"))
    assert len(report.failed) == 5
    assert {metric.value for metric in report.metrics.values()} == {None}
    assert report.curves == {"risk_coverage": [], "reliability": []}


def test_a_defect_stops_the_run_and_leaves_what_was_answered_under_a_temporary_name(
    world: World, tmp_path: Path
) -> None:
    assistant = ScriptedAssistant(world)
    del assistant.replies["Where was paper made?"]
    with pytest.raises(KeyError):
        evaluate(world.questions(), assistant.ask, world.text, out=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.jsonl.part"]
    assert len((tmp_path / "answers.jsonl.part").read_text(encoding="utf-8").splitlines()) == 2


def test_a_finished_run_leaves_its_files_and_nothing_else(world: World, tmp_path: Path) -> None:
    run(world, out=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "answers.jsonl",
        "junit.xml",
        "report.csv",
        "report.html",
        "report.json",
        "run.trec",
    ]


def test_running_twice_writes_the_same_bytes(world: World, tmp_path: Path) -> None:
    run(world, out=tmp_path / "one")
    run(world, out=tmp_path / "two")
    for name in ("answers.jsonl", "report.json", "run.trec"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_written_report_reads_back_with_the_same_values(world: World, tmp_path: Path) -> None:
    report = run(world, out=tmp_path)
    again = read_report(tmp_path / "report.json")
    assert {name: metric.n for name, metric in again.metrics.items()} == {
        name: metric.n for name, metric in report.metrics.items()
    }
    assert again.metrics["citation.first_covers"].value == pytest.approx(1 / 3, abs=1e-6)
    assert again.versions == report.versions


def test_the_trec_run_names_each_article_once_at_its_best_rank(world: World) -> None:
    outcome = world.outcomes()[1]
    assert trec_run([outcome]) == (
        "q2 Q0 paper 1 1.000000 footnote\n"
        "q2 Q0 tea 2 0.500000 footnote\n"
    )  # fmt: skip


def test_the_trec_run_scores_as_the_report_says(world: World, tmp_path: Path) -> None:
    report = run(world, out=tmp_path)
    qrels = [ir_measures.Qrel(each.id, each.gold[0].article_id, 1) for each in world.questions() if each.gold]
    columns = [line.split() for line in (tmp_path / "run.trec").read_text(encoding="utf-8").splitlines()]
    run_file = [ir_measures.ScoredDoc(each[0], each[2], float(each[4])) for each in columns]
    measured = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, run_file)
    assert measured[ir_measures.nDCG @ 10] == pytest.approx(report.metrics["retrieval.ndcg@10"].value)


def test_white_space_in_ids_does_not_part_the_columns_of_the_trec_run(world: World) -> None:
    question = world.questions()[0]
    hits = world.hits(("tea", "Tea"))
    spaced = Outcome(type(question)("my question", "?", (), (), False), world.abstention(consulted=hits), seconds=1.0)
    assert trec_run([spaced]) == "my%20question Q0 tea 1 1.000000 footnote\n"


def test_progress_is_told_after_each_question(world: World) -> None:
    told: list[tuple[int, int]] = []
    evaluate(
        world.questions(),
        ScriptedAssistant(world, refused=("q2",)).ask,
        world.text,
        progress=lambda done, of: told.append((done, of)),
    )
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_an_output_place_that_is_a_file_is_refused_before_anything_is_asked(world: World, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("taken", encoding="utf-8")
    with pytest.raises(StorageError, match=r"out/answers\.jsonl: cannot be written .*; choose another directory"):
        evaluate(world.questions(), ScriptedAssistant(world, ()).ask, world.text, out=tmp_path / "out")


@pytest.mark.faults
def test_a_disk_that_fills_up_is_one_clear_line_and_leaves_no_answers_file(world: World, tmp_path: Path) -> None:
    too_large = pytest.raises(StorageError, match=r"cannot be written \(File too large\); choose another directory")
    with too_large, files_of_at_most_1000_bytes():
        run(world, out=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.jsonl.part"]


def test_each_question_is_asked_after_the_turns_before_it(world: World) -> None:
    turns = (Turn("user", "Where is the Nile?"), Turn("assistant", "In Africa."))
    first, *others = world.questions()
    assistant = ScriptedAssistant(world)
    evaluate([replace(first, history=turns), *others], assistant.ask, world.text)
    assert assistant.heard == [turns, *[()] * len(others)]
