"""A run in the records of ragas 0.4 and deepeval 4.3; that these libraries read them is noted in qa/DECISIONS.md."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from index.article import Hit, Passage, Span
from qa.errors import DatasetError
from qa.evaluation.data.datasets import Question
from qa.evaluation.outcome import Outcome
from qa.evaluation.reports.export import NOT_STATED, Contexts, export
from qa.followups.standalone import Turn

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World


def ragas(world: World, outcomes: list[Outcome], contexts: Contexts = "consulted") -> list[dict[str, Any]]:
    return [json.loads(line) for line in export(outcomes, "ragas", world.text, contexts=contexts).splitlines()]


def deepeval(world: World, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(export(outcomes, "deepeval", world.text, contexts="consulted"))
    return listed


def without_texts(outcome: Outcome) -> Outcome:
    """Return an outcome as a run keeps it: where its passages stand, and not what they say."""
    trace = outcome.reply.trace
    bare = tuple(replace(hit, passage=replace(hit.passage, text="")) for hit in trace.consulted)
    return replace(outcome, reply=replace(outcome.reply, trace=replace(trace, consulted=bare)))


def test_a_sample_of_ragas_has_its_fields_and_ours_that_lead_back(world: World) -> None:
    assert ragas(world, world.outcomes())[0] == {
        "id": "q1",
        "status": "answered",
        "user_input": "Where does the Nile flow?",
        "response": "It flows north.",
        "reference": "north",
        "retrieved_contexts": ["It flows north.", "Tea is a drink."],
        "retrieved_context_ids": ["rivers", "tea"],
        "reference_contexts": ["It flows north."],
        "reference_context_ids": ["rivers"],
    }


def test_a_record_of_deepeval_is_a_golden_and_a_test_case(world: World) -> None:
    assert deepeval(world, world.outcomes())[1] == {
        "name": "q2",
        "input": "What is tea made of?",
        "actual_output": "Tea is a drink. It is made of leaves.",
        "expected_output": "leaves",
        "retrieval_context": ["🙂 Paper was made in China.", "Tea is a drink.", "It is made of leaves."],
        "context": ["It is made of leaves."],
        "additional_metadata": {
            "status": "answered",
            "verdict": "right",
            "confidence": 0.6,
            "retrieved_articles": ["paper", "tea", "tea"],
            "expected_articles": ["tea"],
            "tags": [],
        },
    }


def test_an_abstention_and_what_cannot_be_answered_say_so_in_words(world: World) -> None:
    samples = {sample["id"]: sample for sample in ragas(world, world.outcomes())}
    assert (samples["q3"]["response"], samples["q3"]["reference"]) == (NOT_STATED, "China")
    assert (samples["q4"]["response"], samples["q4"]["reference"]) == (NOT_STATED, NOT_STATED)
    assert (samples["q5"]["response"], samples["q5"]["reference"]) == ("The Nile is long.", NOT_STATED)
    assert "reference_contexts" not in samples["q4"]


def test_passages_that_the_run_only_points_at_come_from_the_library(world: World) -> None:
    kept = [without_texts(outcome) for outcome in world.outcomes()]
    assert ragas(world, kept) == ragas(world, world.outcomes())


def test_without_a_library_the_passages_are_asked_for_and_the_quotes_are_at_hand(world: World) -> None:
    kept = [without_texts(outcome) for outcome in world.outcomes()]
    with pytest.raises(DatasetError, match="name the library that was asked with --library DIR, or export the quotes"):
        export(kept, "ragas", None, contexts="consulted")
    sample = json.loads(export(kept, "ragas", None, contexts="quotes").splitlines()[0])
    assert sample["retrieved_contexts"] == ["It flows north."]
    assert "reference_contexts" not in sample


def test_an_article_that_has_changed_since_is_refused(world: World) -> None:
    with pytest.raises(DatasetError, match="question 'q1': article 'rivers' has changed since the run"):
        export(world.outcomes(), "ragas", lambda article_id: world.text(article_id).upper(), contexts="quotes")


def test_an_article_that_is_gone_is_named(world: World) -> None:
    question = Question("q9", "Where?", (), (), True)
    gone = world.answer(world.citation("tea", "Tea"), consulted=[Hit(Passage("gone", Span(0, 3), ""), 1.0, 1)])
    with pytest.raises(DatasetError, match="article 'gone' of the run is not in this library"):
        export([Outcome(question, gone, 0.1)], "ragas", world.text, contexts="consulted")


def test_a_follow_up_is_given_as_it_was_read(world: World) -> None:
    outcome = world.outcomes()[0]
    asked = replace(outcome.question, question="And where does it flow?", history=(Turn("user", "What is the Nile?"),))
    trace = replace(outcome.reply.trace, standalone_question="Where does the Nile flow?")
    followed = replace(outcome, question=asked, reply=replace(outcome.reply, trace=trace))
    assert ragas(world, [followed])[0]["user_input"] == "Where does the Nile flow?"


def test_markers_go_and_brackets_of_the_article_stay(world: World) -> None:
    quoted = replace(world.citation("tea", "Tea"), quote="Ink [1] is black.", span=Span(0, 17), supports=Span(0, 17))
    outcome = Outcome(Question("q9", "Is ink black?", ("yes",), (), True), world.answer(quoted), 0.1)
    (line,) = export([outcome], "ragas", lambda _: "Ink [1] is black.", contexts="quotes").splitlines()
    assert json.loads(line)["response"] == "Ink [1] is black."


@pytest.mark.parametrize("named", ["[DEEPEVAL:IMAGE:secret.png]", "[DEEPEVAL:PDF:http://127.0.0.1/a.pdf]"])
def test_no_text_makes_deepeval_open_a_file(named: str, world: World) -> None:
    outcome = world.outcomes()[0]
    question = replace(outcome.question, question=f"{named}?", answers=(named,))
    text = json.dumps(deepeval(world, [replace(outcome, question=question)]))
    assert "[DEEPEVAL:" not in text
    assert named[1:] in text


def test_the_files_are_ascii_so_that_any_default_encoding_reads_them(world: World) -> None:
    assert export(world.outcomes(), "ragas", world.text, contexts="consulted").isascii()
    assert export([], "ragas", world.text, contexts="consulted") == ""
    assert export([], "deepeval", world.text, contexts="consulted") == "[]\n"
