"""The whole path of a question, over the tiny world."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from index.article import Article, Hit, Passage, Retrieval, Span
from index.config import ChunkingConfig
from index.errors import ArticleNotFoundError
from index.ingest import ingest
from index.storage.library import Library
from qa.abstaining import Calibration
from qa.answer import Abstention, Answer, Reply
from qa.assistant import Assistant, Writer
from qa.config import AnsweringConfig
from qa.errors import QuestionError
from qa.events import Delta, Event, Finished, Found, Waiting
from qa.followups.standalone import Turn
from qa.readers.protocols import Candidate, Reader, SentenceReader
from tests.world import FINGERPRINT, WordCountingEmbedder, library_of, retriever_over

# Confident from a score of 1 on: a cosine and words that both fit.
CALIBRATION = Calibration("world", intercept=-10.0, weights={"sentence": 10.0}, threshold=0.5, off_topic_similarity=0.1)


def assistant_over(
    library: Library,
    config: AnsweringConfig | None = None,
    writer: Writer | None = None,
    reader: Reader | None = None,
) -> Assistant:
    return Assistant(
        retriever=retriever_over(library),
        reader=reader or SentenceReader(10.0),
        article_of=library.article,
        calibration=CALIBRATION,
        config=config or AnsweringConfig(),
        embedder_name="word-counting",
        writer=writer,
    )


@pytest.fixture
def assistant(library: Library) -> Assistant:
    return assistant_over(library)


def answered(reply: Reply) -> Answer:
    assert isinstance(reply, Answer)
    return reply


def abstained(reply: Reply) -> Abstention:
    assert isinstance(reply, Abstention)
    return reply


def test_an_answer_is_a_sentence_of_an_article_with_its_place(assistant: Assistant, library: Library) -> None:
    answer = answered(assistant.ask("Where is the sea?"))
    assert answer.text == "It flows north to the sea. [1]"
    (citation,) = answer.citations
    assert (citation.article_id, citation.span, citation.status) == ("rivers", Span(26, 52), "verified")
    assert citation.span.slice(library.article("rivers").text) == citation.quote == "It flows north to the sea."


def test_what_no_article_says_is_an_abstention_with_the_guess_withheld(assistant: Assistant) -> None:
    abstention = abstained(assistant.ask("Which long metal melts?"))
    assert abstention.confidence < 0.5
    assert abstention.best_guess is not None
    assert abstention.best_guess.status == "verified"
    assert 0 < len(abstention.nearest) <= 3


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    with library_of(tmp_path / "empty") as empty:
        abstention = abstained(assistant_over(empty).ask("What is tea?"))
    assert (abstention.reason, abstention.nearest, abstention.best_guess) == ("empty_library", (), None)
    assert abstention.confidence == 0.0


def test_a_question_in_two_parts_is_answered_from_two_places(assistant: Assistant) -> None:
    answer = answered(assistant.ask("Where is the sea, and what is tea?"))
    assert answer.text == "It flows north to the sea. [1] Tea is a drink of leaves. [2]"
    assert not answer.partial


def test_a_question_of_which_only_one_part_is_answered_is_answered_in_part(assistant: Assistant) -> None:
    answer = answered(assistant.ask("Where is the sea, and which long metal melts?"))
    assert answer.text == "It flows north to the sea. [1]"
    assert answer.partial


class NotedReader(SentenceReader):
    """Notes what it is asked, and of how many passages."""

    def __init__(self) -> None:
        super().__init__(10.0)
        self.read_of: list[tuple[str, int]] = []

    def read(self, question: str, retrieval: Retrieval) -> Sequence[Candidate]:
        self.read_of.append((question, len(retrieval.passages)))
        return super().read(question, retrieval)


@pytest.mark.parametrize(
    ("question", "read_of"),
    [
        ("What is tea?", [("What is tea?", 4)]),
        ("Where is the sea, and what is tea?", [("Where is the sea", 4), ("what is tea?", 4)]),
        (
            "Where is the sea and what is tea and which metal melts?",
            [("Where is the sea", 3), ("what is tea", 3), ("which metal melts?", 3)],
        ),
        (
            "Which long metal melts, and which long metal hums?",
            [
                ("Which long metal melts", 4),
                ("which long metal hums?", 4),
                ("Which long metal melts, and which long metal hums?", 4),
            ],
        ),
    ],
    ids=["one", "two parts", "three parts", "two parts without an answer: the whole, too"],
)
def test_few_passages_are_read_of_each_part_and_the_whole_only_where_no_part_is_answered(
    library: Library, question: str, read_of: list[tuple[str, int]]
) -> None:
    reader = NotedReader()
    assistant_over(library, reader=reader).ask(question)
    assert reader.read_of == read_of


def test_the_same_question_gets_the_same_reply(assistant: Assistant) -> None:
    first, second = assistant.ask("What is tea?"), assistant.ask("  What is tea?\n")
    assert (first.id, answered(first).text) == (second.id, answered(second).text)


def test_another_question_or_other_articles_make_another_reply(assistant: Assistant) -> None:
    ids = {
        assistant.ask("What is tea?").id,
        assistant.ask("What is tea").id,
        assistant.ask("What is tea?", article_ids=["tea"]).id,
    }
    assert len(ids) == 3


def test_only_the_articles_named_are_asked(assistant: Assistant) -> None:
    reply = assistant.ask("What is tea?", article_ids=["paper", "rivers"])
    assert {hit.passage.article_id for hit in reply.trace.consulted} == {"paper", "rivers"}
    assert isinstance(reply, Abstention)


def test_asking_an_article_that_is_not_there_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(ArticleNotFoundError, match="'coffee'"):
        assistant.ask("What is tea?", article_ids=["tea", "coffee"])


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a" * 2001, "2,001 characters"),
        ("a" * 20_000, "20,000 characters"),
        ("\ud83d?", "not text"),
    ],
    ids=["nothing", "white space", "2,001 characters", "20,000 characters", "half a character"],
)
def test_a_question_that_cannot_be_asked_is_an_error(assistant: Assistant, question: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        assistant.ask(question)


def test_a_question_of_2000_characters_is_asked(assistant: Assistant) -> None:
    assert isinstance(assistant.ask("tea " * 500), Answer | Abstention)


def test_the_threshold_of_the_settings_goes_before_the_calibrated_one(library: Library) -> None:
    cautious = assistant_over(library, AnsweringConfig(abstain_below=1.0))
    bold = assistant_over(library, AnsweringConfig(abstain_below=0.0))
    assert isinstance(cautious.ask("Where is the sea?"), Abstention)
    assert isinstance(bold.ask("Which long metal melts?"), Answer)


def test_a_reply_tells_what_was_read_how_long_it_took_and_with_what(assistant: Assistant) -> None:
    trace = assistant.ask("Where is the sea?").trace
    assert {hit.passage.kind for hit in trace.consulted} == {"passage"}
    assert set(trace.timings_ms) == {"retrieve", "read", "total"}
    assert trace.models == {"embedder": "word-counting", "reader": None, "llm": None}


class LyingRetriever:
    """Finds a sentence that no article holds."""

    def retrieve(
        self, question: str, *, k: int, article_ids: Sequence[str] | None = None, background: str = ""
    ) -> Retrieval:
        lie = Passage("tea", Span(0, 16), "Tea is a mineral", "sentence")
        return Retrieval(question, [], [Hit(lie, 5.0, 1)])


def test_words_that_are_not_in_the_article_are_never_cited(library: Library) -> None:
    assistant = Assistant(
        retriever=LyingRetriever(),
        reader=SentenceReader(10.0),
        article_of=library.article,
        calibration=CALIBRATION,
        config=AnsweringConfig(),
        embedder_name="none",
    )
    abstention = abstained(assistant.ask("What is tea?"))
    assert abstention.best_guess is None


def test_an_article_replaced_while_it_is_asked_is_not_misquoted(library: Library) -> None:
    def shifted(article_id: str) -> Article:
        article = library.article(article_id)
        return Article(article.id, article.title, "Now: " + article.text)

    assistant = Assistant(
        retriever=retriever_over(library),
        reader=SentenceReader(10.0),
        article_of=shifted,
        calibration=CALIBRATION,
        config=AnsweringConfig(),
        embedder_name="word-counting",
    )
    (citation,) = answered(assistant.ask("Where is the sea?")).citations
    assert (citation.status, citation.span, citation.quote) == ("repaired", Span(31, 57), "It flows north to the sea.")


def test_the_nearest_passages_do_not_repeat_each_other(tmp_path: Path) -> None:
    overlapping = ChunkingConfig(max_passage_tokens=9, overlap_sentences=1, title_in_embedding=False)
    text = "The long road. The long day. The long tale. The long war."
    with Library.create(tmp_path / "roads", fingerprint=FINGERPRINT) as library:
        ingest([Article("roads", "Roads", text)], library, WordCountingEmbedder(), overlapping)
        abstention = abstained(assistant_over(library, AnsweringConfig(abstain_below=1.0)).ask("How long is it?"))
    assert [hit.passage.span for hit in abstention.trace.consulted] == [Span(0, 43), Span(29, 57)]
    assert [hit.passage.span for hit in abstention.nearest] == [Span(0, 43)]


def test_the_confidence_of_an_answer_in_parts_is_that_of_its_first_quote(assistant: Assistant) -> None:
    first, second = "Is tea water", "where is the sea?"
    alone = assistant.ask(first).confidence
    assert alone < assistant.ask(second).confidence
    assert assistant.ask(f"{first}, and {second}").confidence == alone


def test_a_part_that_was_not_read_leaves_the_answer_partial(assistant: Assistant) -> None:
    asked = "Where is the sea, and what is tea, and which river is long, and which long metal melts?"
    answer = answered(assistant.ask(asked))
    assert (len(answer.citations), answer.partial) == (3, True)


RIVER = (Turn("user", "Where is the Nile?"), Turn("assistant", "It flows north to the sea. [1]"))


def test_a_follow_up_is_answered_as_the_question_that_it_stands_for(assistant: Assistant) -> None:
    reply = assistant.ask("How long is it?", history=RIVER)
    assert (reply.question, reply.trace.standalone_question) == ("How long is it?", "How long is the Nile?")
    assert answered(reply).citations[0].quote == "The Nile is a long river."


def test_an_abstention_tells_what_was_asked_too(library: Library) -> None:
    cautious = assistant_over(library, AnsweringConfig(abstain_below=1.0))
    reply = abstained(cautious.ask("How long is it?", history=RIVER))
    assert reply.trace.standalone_question == "How long is the Nile?"


def test_without_turns_a_question_is_read_as_it_stands(assistant: Assistant) -> None:
    assert assistant.ask(" How long is it?").trace.standalone_question == "How long is it?"


def test_what_the_question_is_to_be_read_as_goes_before_what_the_turns_tell(assistant: Assistant) -> None:
    reply = assistant.ask("How long is it?", history=RIVER, standalone=" What is tea? ")
    assert reply.trace.standalone_question == "What is tea?"
    assert answered(reply).citations[0].quote == "Tea is a drink of leaves."


def test_what_was_said_before_is_searched_along(assistant: Assistant) -> None:
    alone, after_tea = (
        assistant.ask("Is it?", standalone="Is it thin?", history=turns).trace.consulted
        for turns in ((), (Turn("user", "What is tea?"),))
    )
    assert [hit.passage.article_id for hit in alone[:1]] == ["paper"]
    assert [hit.passage.article_id for hit in after_tea[:1]] == ["tea"]


def test_the_same_words_after_other_turns_make_another_reply(assistant: Assistant) -> None:
    other = (Turn("user", "Where is the sea?"),)
    assert assistant.ask("How long is it?", history=RIVER).id != assistant.ask("How long is it?", history=other).id


@pytest.mark.parametrize("standalone", ["", " ", "a" * 2001, "\ud83d?"], ids=["nothing", "white space", "long", "half"])
def test_what_a_question_cannot_be_read_as_is_an_error(assistant: Assistant, standalone: str) -> None:
    with pytest.raises(QuestionError):
        assistant.ask("How long is it?", standalone=standalone)


def test_a_turn_that_is_no_text_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="turn before the question"):
        assistant.ask("How long is it?", history=[Turn("user", "\ud83d")])


# As it comes


@dataclass(slots=True)
class Shouting:
    """Words an answer in capitals, after a moment."""

    asked: list[Answer] = field(default_factory=list)
    closed: bool = False
    warm: bool = False

    def warm_up(self) -> None:
        self.warm = True

    def write(self, quoted: Answer) -> Generator[Event]:
        self.asked.append(quoted)
        try:
            yield Waiting()
            yield Delta(quoted.text.upper())
            yield Finished(replace(quoted, text=quoted.text.upper()))
        finally:
            self.closed = True


def without_times(reply: Reply) -> Reply:
    return replace(reply, trace=replace(reply.trace, timings_ms={}))


@pytest.mark.parametrize("question", ["Where is the sea?", "Which long metal melts?"], ids=["answered", "abstained"])
def test_what_was_found_is_told_first_and_the_reply_last(assistant: Assistant, question: str) -> None:
    found, finished = assistant.stream(question)
    assert isinstance(found, Found)
    assert isinstance(finished, Finished)
    assert found.hits == finished.reply.trace.consulted
    assert without_times(finished.reply) == without_times(assistant.ask(question))


def test_a_writer_words_an_answer(library: Library) -> None:
    worded = assistant_over(library, writer=Shouting())
    assert answered(worded.ask("Where is the sea?")).text == "IT FLOWS NORTH TO THE SEA. [1]"
    assert [type(event) for event in worded.stream("Where is the sea?")] == [Found, Waiting, Delta, Finished]


def test_a_writer_is_not_asked_where_the_articles_do_not_say(library: Library) -> None:
    writer = Shouting()
    abstained(assistant_over(library, writer=writer).ask("Which long metal melts?"))
    assert writer.asked == []


def test_stopping_stops_the_writer(library: Library) -> None:
    writer = Shouting()
    events = assistant_over(library, writer=writer).stream("Where is the sea?")
    assert [type(next(events)) for _ in range(2)] == [Found, Waiting]
    events.close()
    assert writer.closed


def test_a_question_that_cannot_be_asked_is_an_error_with_the_first_event(assistant: Assistant) -> None:
    events = assistant.stream(" ")
    with pytest.raises(QuestionError, match="empty"):
        next(events)


def test_warming_up_warms_the_writer_and_asks_it_nothing(library: Library) -> None:
    writer = Shouting()
    assistant_over(library, writer=writer).warm_up()
    assert (writer.warm, writer.asked) == (True, [])
