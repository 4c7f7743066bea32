from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from index.article import Hit, Passage, Span
from qa.answer import Abstention, Answer, Citation, Trace
from qa.reply_json import reply_schema, reply_to_json, text_fragment

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
