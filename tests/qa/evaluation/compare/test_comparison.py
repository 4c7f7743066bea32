from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.answer import Reply
from qa.errors import DatasetError, QuestionError
from qa.evaluation.compare.baseline import Against
from qa.evaluation.compare.paired_bootstrap import Run, compare, failed_gates, read_run
from qa.evaluation.comparison import Change, Comparison, Difference
from qa.evaluation.data.datasets import Question
from qa.evaluation.report import read_report, report_to_json
from qa.evaluation.run.evaluate import evaluate
from qa.followups.standalone import Turn

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World

QUESTIONS = 40  # each about an article of its own, so each is drawn by itself


def questions(count: int = QUESTIONS) -> list[Question]:
    tea = Question("", "", ("leaves",), (), True, context_article="")
    return [
        replace(tea, id=f"q{n:02}", question=f"Of what is tea {n} made?", context_article=f"{n}") for n in range(count)
    ]


def a_run(
    world: World,
    out: Path,
    right: Sequence[int],
    *,
    asked: Sequence[Question] | None = None,
    failing: Sequence[int] = (),
) -> Run:
    """Run where the questions of these numbers are answered rightly, and the others wrongly."""
    asked = questions() if asked is None else asked
    numbers = {question.question: int(question.id[1:]) for question in asked}

    def ask(question: str, *, history: Sequence[Turn]) -> Reply:
        number = numbers[question]
        if number in failing:
            raise QuestionError("no")
        cited = world.citation("tea", "It is made of leaves.")
        return world.answer(cited, short_answer="leaves" if number in right else "stone")

    evaluate(asked, ask, world.text, out=out, dataset="teas")
    return replace(read_run(out), name=out.name)


def of(comparison: Comparison, metric: str) -> Difference:
    return next(difference for difference in comparison.differences if difference.metric == metric)


@pytest.fixture
def good(world: World, tmp_path: Path) -> Run:
    return a_run(world, tmp_path / "good", range(36))


@pytest.fixture
def poor(world: World, tmp_path: Path) -> Run:
    return a_run(world, tmp_path / "poor", range(20))


def test_a_clear_gain_is_told_with_its_interval(good: Run, poor: Run) -> None:
    found = of(compare(good, poor), "answer.f1")
    assert (found.verdict, found.before, found.now, found.n) == ("better", 0.5, 0.9, 40)
    assert found.gain == pytest.approx(0.4)
    standard_error = (0.4 * 0.6 / 40) ** 0.5
    assert found.low == pytest.approx(0.4 - 1.96 * standard_error, abs=0.02)
    assert found.high == pytest.approx(0.4 + 1.96 * standard_error, abs=0.02)
    assert found.words.startswith("better by 40.0 points, 95 % 25.0 to 5")


def test_the_same_loss_is_told_the_other_way_round(good: Run, poor: Run) -> None:
    gained, lost = of(compare(good, poor), "answer.f1"), of(compare(poor, good), "answer.f1")
    assert lost.verdict == "worse"
    assert (lost.gain, lost.low, lost.high) == pytest.approx((-gained.gain, -gained.high, -gained.low))
    assert lost.words == gained.words.replace("better", "worse")


def test_two_runs_that_reply_alike_are_the_same_in_every_metric(world: World, tmp_path: Path, good: Run) -> None:
    comparison = compare(a_run(world, tmp_path / "again", range(36)), good)
    assert {difference.verdict for difference in comparison.differences} == {"same"}
    assert {difference.words for difference in comparison.differences} == {"the same"}
    assert comparison.changes == ()


def test_one_question_of_forty_is_no_difference_that_can_be_told(world: World, tmp_path: Path, good: Run) -> None:
    found = of(compare(a_run(world, tmp_path / "more", range(37)), good), "answer.f1")
    assert found.verdict == "unclear"
    assert found.words == "no difference can be told (+2.5 points, 95 % +0.0 to +7.5)"


@pytest.mark.parametrize(("articles", "verdict"), [(5, "unclear"), (6, "better")])
def test_a_handful_of_articles_tells_nothing_however_much_they_agree(
    world: World, tmp_path: Path, articles: int, verdict: str
) -> None:
    asked = questions(articles)
    before = a_run(world, tmp_path / "before", [], asked=asked)
    now = a_run(world, tmp_path / "now", range(articles), asked=asked)
    found = of(compare(now, before, gates=["answer.f1"]), "answer.f1")
    assert (found.verdict, found.p) == (verdict, 2.0 ** (1 - articles))


def test_questions_about_one_article_are_drawn_together(world: World, tmp_path: Path) -> None:
    clustered = [replace(question, context_article=str(n % 2)) for n, question in enumerate(questions())]
    before = a_run(world, tmp_path / "before", range(20), asked=clustered)
    now = a_run(world, tmp_path / "now", range(36), asked=clustered)
    found = of(compare(now, before), "answer.f1")
    assert (found.low, found.high, found.verdict) == pytest.approx((0.4, 0.4, "unclear"))


def test_what_is_only_looked_at_is_corrected_for_all_that_is_looked_at(world: World, tmp_path: Path) -> None:
    before, now = a_run(world, tmp_path / "b", range(20)), a_run(world, tmp_path / "n", range(25))
    alone = of(compare(now, before, gates=["answer.f1"]), "answer.f1")
    among = of(compare(now, before), "answer.f1")
    assert alone.p < 0.05 < among.p
    assert (alone.verdict, among.verdict) == ("better", "unclear")
    assert among.words.startswith("no difference can be told, with so many metrics or so few articles (+12.5 points, ")


def test_lower_is_better_where_it_is(world: World, tmp_path: Path) -> None:
    unanswerable = [replace(question, answerable=False, answers=()) for question in questions()]

    def keeping_silent(folder: Path, silent: int) -> Run:
        def ask(question: str, *, history: Sequence[Turn]) -> Reply:
            number = int(question.split()[4])
            return world.abstention() if number < silent else world.answer(world.citation("tea", "Tea is a drink."))

        evaluate(unanswerable, ask, world.text, out=folder)
        return read_run(folder)

    found = of(
        compare(keeping_silent(tmp_path / "now", 30), keeping_silent(tmp_path / "before", 10)),
        "abstention.false_answers",
    )
    assert (found.before, found.now, found.gain, found.verdict) == (0.75, 0.25, 0.5, "better")


def test_each_question_lost_or_won_is_listed_the_losses_first(world: World, tmp_path: Path) -> None:
    before, now = a_run(world, tmp_path / "b", [0, 1]), a_run(world, tmp_path / "n", [1, 2])
    assert compare(now, before).changes == (
        Change("answer.exact_match", "q00", "Of what is tea 0 made?", 1.0, 0.0),
        Change("answer.f1", "q00", "Of what is tea 0 made?", 1.0, 0.0),
        Change("answer.exact_match", "q02", "Of what is tea 2 made?", 0.0, 1.0),
        Change("answer.f1", "q02", "Of what is tea 2 made?", 0.0, 1.0),
    )


def test_only_questions_of_both_are_compared_and_the_others_are_counted(world: World, tmp_path: Path) -> None:
    first, second, *others = questions()
    ours = [replace(first, answers=("stone",)), second, *others[1:]]
    theirs = [first, second, others[0], *others[2:]]
    now = a_run(world, tmp_path / "now", range(40), asked=ours, failing=[39])
    before = a_run(world, tmp_path / "before", range(40), asked=theirs)
    comparison = compare(now, before)
    assert comparison.questions == 36
    assert comparison.left_out == {
        "only in now": 1,
        "only in before": 1,
        "failed in one of them": 1,
        "asked or to be answered otherwise": 1,
    }


def test_a_gate_fails_with_the_reason_and_only_when_worse(good: Run, poor: Run) -> None:
    lost = compare(poor, good, gates=["answer.f1"])
    words = of(lost, "answer.f1").words
    assert failed_gates(lost, ["answer.f1"]) == [f"answer.f1 is {words}, beside good"]
    assert failed_gates(compare(good, poor, gates=["answer.f1"]), ["answer.f1"]) == []


def test_questions_that_newly_fail_meet_no_gate(world: World, tmp_path: Path, good: Run) -> None:
    comparison = compare(a_run(world, tmp_path / "failing", range(36), failing=[38, 39]), good)
    assert failed_gates(comparison, ["answer.f1"]) == ["2 questions failed that did not in good"]


def test_a_gate_that_nothing_is_measured_for_is_not_met(good: Run, poor: Run) -> None:
    assert failed_gates(compare(good, poor), ["citation.recall"]) == [
        "citation.recall was not measured: no question of both runs is for it"
    ]


@pytest.mark.parametrize("gate", ["f1", "speed.questions_per_second", "citation.exact_quote"])
def test_a_gate_that_cannot_be_compared_is_refused_with_those_that_can(good: Run, poor: Run, gate: str) -> None:
    with pytest.raises(DatasetError, match=rf"no metric '{gate}' to compare; there are abstention\.aurc, abst"):
        compare(good, poor, gates=[gate])


def test_runs_of_other_questions_are_refused(world: World, tmp_path: Path, good: Run) -> None:
    others = [replace(question, id=f"x{question.id[1:]}") for question in questions()]
    with pytest.raises(DatasetError, match="others and good have no question in common; compare runs of one dataset"):
        compare(a_run(world, tmp_path / "others", [], asked=others), good)


def test_a_run_is_read_from_its_folder_or_its_report(good: Run, tmp_path: Path) -> None:
    by_report = read_run(tmp_path / "good" / "report.json")
    assert (by_report.report, by_report.outcomes) == (good.report, good.outcomes)
    assert len(good.outcomes) == 40


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"report\.json: cannot be read \(No such file or directory\)"):
        read_run(tmp_path)


def test_answers_that_do_not_say_what_was_asked_are_refused(good: Run, tmp_path: Path) -> None:
    (tmp_path / "good" / "answers.jsonl").write_text(json.dumps({"id": "1", "reply": {}}) + "\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="its answers do not say what was asked; run the evaluation again"):
        read_run(tmp_path / "good")


def test_a_comparison_stands_in_the_report_and_reads_back(world: World, tmp_path: Path, good: Run, poor: Run) -> None:
    comparison = compare(poor, good)
    report = replace(poor.report, comparison=comparison)
    path = tmp_path / "report.json"
    path.write_text(report_to_json(report), encoding="utf-8")
    read = read_report(path).comparison
    assert read is not None
    assert (read.questions, read.changes, read.left_out) == (40, comparison.changes, {})
    assert of(read, "answer.f1").words == of(comparison, "answer.f1").words
    told = next(each for each in json.loads(path.read_text("utf-8"))["comparison"]["differences"]
                if each["metric"] == "answer.f1")  # fmt: skip
    assert (told["verdict"], told["before"], told["now"]) == ("worse", 0.9, 0.5)


def test_a_run_against_a_baseline_reports_the_comparison_and_fails_by_it(
    world: World, tmp_path: Path, good: Run
) -> None:
    against = Against(good, ["answer.f1"])
    report = against.compared(a_run(world, tmp_path / "poor", range(20)).report, list(good.outcomes.values()))
    assert report.comparison is not None
    assert (report.comparison.name, report.comparison.baseline) == ("this run", "good")
    assert against.failures(report) == []


def test_without_gates_any_metric_that_is_worse_fails(good: Run, poor: Run) -> None:
    report = Against(good).compared(poor.report, list(poor.outcomes.values()))
    failed = [line.partition(" ")[0] for line in Against(good).failures(report)]
    assert failed == ["answer.exact_match", "answer.exact_match_with_unanswerable", "answer.f1",
                      "answer.f1_with_unanswerable"]  # fmt: skip


def test_what_cannot_be_compared_is_refused_before_anything_is_asked(good: Run) -> None:
    with pytest.raises(DatasetError, match=r"good has no answer to any of these questions; compare runs of one data"):
        Against(good).require_comparable([replace(each, question="Else?") for each in questions()])
    with pytest.raises(DatasetError, match=r"no metric 'f1' to compare; there are abstention\.aurc, "):
        Against(good, ["f1"]).require_comparable(questions())
    Against(good, ["answer.f1"]).require_comparable(questions()[:1])


def test_a_run_that_answered_nothing_of_the_baseline_fails_and_keeps_its_report(
    world: World, tmp_path: Path, good: Run
) -> None:
    report = Against(good).compared(good.report, [])
    assert report == good.report
    assert Against(good).failures(report) == [
        "no question got a reply both in this run and in good: nothing was compared"
    ]
