from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Hit, Passage, Span
from qa.answer import Abstention, AbstentionReason, Answer, Citation, CitationStatus, Reply, Trace
from qa.errors import ReplyError
from qa.reply_json import reply_from_json, reply_schema, reply_to_json, text_fragment

TEXT = "Hello. Tea is a drink, mostly."
HIT = Hit(Passage("tea", Span(7, 30), TEXT[7:30]), score=0.25, rank=1)
TRACE = Trace("What is tea?", (HIT,), {"retrieve": 1.5, "total": 2.0}, {"embedder": "word-length", "llm": None})
CITATION = Citation(
    number=1,
    article_id="tea",
    title="Tea",
    span=Span(7, 30),
    quote=TEXT[7:30],
    supports=Span(0, 23),
    status="verified",
    score=0.5,
    url="https://example.org/tea",
    page=3,
    heading="Drinks",
    prefix="Hello. ",
)
ANSWER = Answer(
    id="r1",
    question="And tea?",
    text="Tea is a drink, mostly. [1]",
    short_answer="a drink",
    citations=(CITATION,),
    confidence=0.75,
    trace=TRACE,
)
ABSTENTION = Abstention(
    id="r2",
    question="And tea?",
    reason="not_stated",
    nearest=(HIT,),
    confidence=0.125,
    trace=TRACE,
    best_guess=CITATION,
)
CITATION_JSON = {
    "n": 1,
    "answer": {"start": 0, "end": 23},
    "source": {
        "article_id": "tea",
        "title": "Tea",
        "url": "https://example.org/tea",
        "page": 3,
        "heading": "Drinks",
        "start_char_index": 7,
        "end_char_index": 30,
        "quote": {"exact": "Tea is a drink, mostly.", "prefix": "Hello. ", "suffix": ""},
        "text_fragment": "https://example.org/tea#:~:text=Tea%20is%20a%20drink%2C%20mostly.",
    },
    "status": "verified",
    "score": 0.5,
}
PLACE_JSON = {"article_id": "tea", "start_char_index": 7, "end_char_index": 30, "score": 0.25}


def test_an_answer_becomes_the_published_shape() -> None:
    assert reply_to_json(ANSWER) == {
        "id": "r1",
        "question": "And tea?",
        "standalone_question": "What is tea?",
        "status": "answered",
        "answer": "Tea is a drink, mostly. [1]",
        "short_answer": "a drink",
        "confidence": 0.75,
        "citations": [CITATION_JSON],
        "unsupported": [],
        "nearest": [],
        "reason": None,
        "best_guess": None,
        "consulted": [PLACE_JSON],
        "timings_ms": {"retrieve": 1.5, "total": 2.0},
        "models": {"embedder": "word-length", "llm": None},
        "notice": None,
    }


def test_what_no_citation_supports_and_how_it_was_made_are_told() -> None:
    marked = replace(ANSWER, text=ANSWER.text + " It is hot.", unsupported=(Span(28, 38),), notice="Half a model.")
    document = reply_to_json(marked)
    assert (document["unsupported"], document["notice"]) == ([{"start": 28, "end": 38}], "Half a model.")
    jsonschema.Draft202012Validator(reply_schema()).validate(document)


def test_an_abstention_has_the_same_keys_and_no_answer() -> None:
    assert reply_to_json(ABSTENTION) == {
        **reply_to_json(ANSWER),
        "id": "r2",
        "status": "abstained",
        "answer": "",
        "short_answer": None,
        "confidence": 0.125,
        "citations": [],
        "nearest": [{**PLACE_JSON, "text": "Tea is a drink, mostly."}],
        "reason": "not_stated",
        "best_guess": CITATION_JSON,
    }


def test_a_partial_answer_says_so() -> None:
    assert reply_to_json(replace(ANSWER, partial=True))["status"] == "partial"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(ANSWER, id="answered"),
        pytest.param(replace(ANSWER, partial=True, short_answer=None), id="partial"),
        pytest.param(ABSTENTION, id="abstained"),
        pytest.param(replace(ABSTENTION, notice="The language model found no answer."), id="abstained with a notice"),
        pytest.param(replace(ABSTENTION, nearest=(), best_guess=None, reason="empty_library"), id="of nothing"),
    ],
)
def test_every_kind_of_reply_meets_the_schema(reply: Answer | Abstention) -> None:
    jsonschema.Draft202012Validator(reply_schema()).validate(reply_to_json(reply))


def test_the_schema_is_itself_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(reply_schema())


@pytest.mark.parametrize(
    ("reply", "changes"),
    [
        pytest.param(ANSWER, {"citations": []}, id="an answer without a citation"),
        pytest.param(ANSWER, {"reason": "off_topic"}, id="an answer with a reason"),
        pytest.param(ANSWER, {"best_guess": CITATION_JSON}, id="an answer with a best guess"),
        pytest.param(ANSWER, {"confidence": 1.5}, id="a confidence over one"),
        pytest.param(ANSWER, {"extra": 1}, id="a key nobody promised"),
        pytest.param(ANSWER, {"citations": [{**CITATION_JSON, "status": "sure"}]}, id="an unknown status"),
        pytest.param(ANSWER, {"citations": [{**CITATION_JSON, "extra": 1}]}, id="an unknown citation key"),
        pytest.param(ABSTENTION, {"answer": "Perhaps."}, id="an abstention that answers"),
        pytest.param(ABSTENTION, {"citations": [CITATION_JSON]}, id="an abstention that cites"),
        pytest.param(ABSTENTION, {"unsupported": [{"start": 0, "end": 1}]}, id="an abstention that states something"),
        pytest.param(ANSWER, {"unsupported": [[0, 1]]}, id="a range without names"),
        pytest.param(ABSTENTION, {"reason": None}, id="an abstention without a reason"),
        pytest.param(ABSTENTION, {"nearest": [PLACE_JSON]}, id="a nearest passage without its text"),
    ],
)
def test_the_schema_refuses_a_broken_reply(reply: Answer | Abstention, changes: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(reply_schema())
    assert not validator.is_valid({**reply_to_json(reply), **changes})


@pytest.mark.parametrize("key", sorted(reply_to_json(ANSWER)))
def test_the_schema_wants_every_key(key: str) -> None:
    document = reply_to_json(ANSWER)
    del document[key]
    assert not jsonschema.Draft202012Validator(reply_schema()).is_valid(document)


@pytest.mark.parametrize(
    ("quote", "url", "link"),
    [
        pytest.param("Tea, hot", None, "#:~:text=Tea%2C%20hot", id="comma"),
        pytest.param("salt & pepper", None, "#:~:text=salt%20%26%20pepper", id="ampersand"),
        pytest.param("Kasym-Zhomart", None, "#:~:text=Kasym%2DZhomart", id="hyphen"),
        pytest.param("茶🙂", None, "#:~:text=%E8%8C%B6%F0%9F%99%82", id="beyond ASCII and the BMP"),
        pytest.param("a  b", None, "#:~:text=a%20b", id="white space as a page shows it"),
        pytest.param("a b c d e f g h i j", None, "#:~:text=a%20b%20c%20d%20e%20f%20g%20h%20i%20j", id="ten words"),
        pytest.param("a b c d e f g h i j k", None, "#:~:text=a%20b%20c%20d%20e,g%20h%20i%20j%20k", id="eleven words"),
        pytest.param("one two\nthree four", None, "#:~:text=one%20two,three%20four", id="two lines"),
        pytest.param("tea", "https://example.org/", "https://example.org/#:~:text=tea", id="with a page"),
        pytest.param("tea", "https://example.org/#top", "https://example.org/#top:~:text=tea", id="with a fragment"),
        pytest.param(
            "tea", "https://example.org/#:~:text=x", "https://example.org/#:~:text=tea", id="with a directive"
        ),
    ],
)
def test_the_text_fragment_names_the_quote(quote: str, url: str | None, link: str) -> None:
    assert text_fragment(quote, url) == link


def test_a_lone_surrogate_in_a_quote_does_not_break_its_link() -> None:
    assert text_fragment("tea \ud800") == "#:~:text=tea%20%3F"


# The way back -----------------------------------------------------------------------------------

WORDS = st.text(max_size=12)
SCORES = st.floats(allow_nan=False, allow_infinity=False)
SHARES = st.floats(0, 1)
SPANS = st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda edges: Span(min(edges), max(edges)))
TRACES = st.builds(
    Trace,
    standalone_question=WORDS,
    consulted=st.lists(st.tuples(WORDS, SPANS, WORDS, SCORES), max_size=3).map(
        lambda found: tuple(Hit(Passage(a, s, t), score, n) for n, (a, s, t, score) in enumerate(found, start=1))
    ),
    timings_ms=st.dictionaries(WORDS, st.floats(0, 1e6), max_size=2),
    models=st.dictionaries(WORDS, st.none() | WORDS, max_size=2),
)
CITATIONS = st.builds(
    Citation,
    number=st.just(1),
    article_id=WORDS,
    title=WORDS,
    span=SPANS,
    quote=WORDS,
    supports=SPANS,
    status=st.sampled_from(get_args(CitationStatus)),
    score=SCORES,
    url=st.none() | WORDS,
    page=st.none() | st.integers(1, 999),
    heading=st.none() | WORDS,
    prefix=WORDS,
    suffix=WORDS,
)
ANSWERS = st.builds(
    Answer,
    id=WORDS,
    question=WORDS,
    text=st.text(min_size=200, max_size=210),
    short_answer=st.none() | WORDS,
    citations=st.lists(CITATIONS, min_size=1, max_size=3).map(
        lambda found: tuple(replace(c, number=n) for n, c in enumerate(found, start=1))
    ),
    confidence=SHARES,
    trace=TRACES,
    partial=st.booleans(),
    unsupported=st.sampled_from([(), (Span(100, 101),), (Span(100, 150), Span(150, 200))]),
    notice=st.none() | WORDS,
)
ABSTENTIONS = st.builds(
    Abstention,
    id=WORDS,
    question=WORDS,
    reason=st.sampled_from(get_args(AbstentionReason)),
    nearest=TRACES.map(lambda trace: trace.consulted),
    confidence=SHARES,
    trace=TRACES,
    best_guess=st.none() | CITATIONS,
    notice=st.none() | WORDS,
)


@given(ANSWERS | ABSTENTIONS)
def test_a_reply_that_is_kept_comes_back_as_it_was(reply: Reply) -> None:
    assert reply_from_json(json.loads(json.dumps(reply_to_json(reply, to_keep=True)))) == reply


@given(ANSWERS | ABSTENTIONS)
def test_a_published_reply_read_back_says_the_same(reply: Reply) -> None:
    document = reply_to_json(reply)
    assert reply_to_json(reply_from_json(document)) == document


def test_what_is_kept_is_the_published_shape_with_the_texts_of_the_passages_consulted() -> None:
    published = reply_to_json(ANSWER)
    kept = reply_to_json(ANSWER, to_keep=True)
    assert kept == {**published, "consulted": [{**PLACE_JSON, "text": "Tea is a drink, mostly."}]}


@pytest.mark.parametrize("key", sorted(reply_schema()["properties"]))
def test_every_key_that_is_published_is_read_back(key: str) -> None:
    """A key that the reader does not know would be lost from every conversation that is kept."""
    documents = [
        reply_to_json(
            replace(ANSWER, partial=True, text=ANSWER.text + " Hot.", unsupported=(Span(28, 32),), notice="Half.")
        ),
        reply_to_json(ABSTENTION),
    ]
    least: dict[str, Any] = {"consulted": [], "nearest": [], "unsupported": [], "timings_ms": {}, "models": {}}
    told = [document for document in documents if document[key] not in (None, "", [], {})]
    assert told, f"no example has {key!r}: add it to the examples, and to reply_from_json"
    for document in told:
        assert reply_to_json(reply_from_json(document))[key] == document[key] != least.get(key)


def test_what_an_earlier_version_did_not_write_has_its_default() -> None:
    document = reply_to_json(ANSWER)
    for key in ("standalone_question", "short_answer", "unsupported", "notice", "consulted", "timings_ms", "models"):
        del document[key]
    assert reply_from_json(document) == replace(ANSWER, short_answer=None, trace=Trace("And tea?"))


def test_what_a_later_version_adds_is_passed_over() -> None:
    document = reply_to_json(ANSWER, to_keep=True) | {"mood": "good"}
    document["citations"] = [{**document["citations"][0], "colour": "red"}]
    assert reply_from_json(document) == ANSWER


@pytest.mark.parametrize("status", ["certain", "Verified", None, 1], ids=repr)
def test_a_status_that_is_unknown_is_never_taken_for_verified(status: Any) -> None:
    document = reply_to_json(ANSWER)
    document["citations"][0]["status"] = status
    reply = reply_from_json(document)
    assert isinstance(reply, Answer)
    assert reply.citations[0].status == "unverified"


def test_a_reason_that_is_unknown_is_read_as_not_stated() -> None:
    reply = reply_from_json(reply_to_json(replace(ABSTENTION, reason="off_topic")) | {"reason": "too tired"})
    assert isinstance(reply, Abstention)
    assert reply.reason == "not_stated"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param(None, id="null"),
        pytest.param("answered", id="a string"),
        pytest.param(reply_to_json(ANSWER) | {"citations": []}, id="an answer that cites nothing"),
        pytest.param(reply_to_json(ANSWER) | {"citations": [{}]}, id="an empty citation"),
        pytest.param(reply_to_json(ANSWER) | {"citations": None}, id="no list of citations"),
        pytest.param(reply_to_json(ANSWER) | {"confidence": "high"}, id="a confidence in words"),
        pytest.param(reply_to_json(ABSTENTION) | {"nearest": [1]}, id="a passage that is a number"),
    ],
)
def test_a_document_that_is_no_reply_is_refused(document: Any) -> None:
    with pytest.raises(ReplyError):
        reply_from_json(document)
