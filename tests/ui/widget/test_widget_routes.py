"""The widget's routes: what they answer, keep, forget and do not say."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from index.article import Mark, Span
from index.errors import StorageError
from index.storage.conversations import ConversationStore
from qa.answer import Reply
from qa.conversations import History
from qa.errors import ReplyError
from qa.events import Found
from qa.followups.standalone import Turn
from qa.reply_json import reply_schema, reply_to_json
from tests.contracts.widget_calls import HOST, NEWS, SESSION, WHO, Site, site
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, abstention, seed_article, seed_product
from tests.ui.http.test_sse import events_in
from ui.app.config import WidgetConfig
from ui.app.conversations import history_over
from ui.app.suggestions import Suggestions
from ui.http.permission import Writers
from ui.server.app import create_app
from ui.widget.site_keys import SiteKeys

BIG = "How big is Kazakhstan compared with Italy?"
BORN = "When was Tokaev born?"
DEMO = {"X-Site-Key": "pk_demo", "Origin": HOST, "X-Session-Id": SESSION}


@pytest.fixture(scope="module")
def product() -> FakeProduct:
    return seed_product()


@pytest.fixture(scope="module")
def history(product: FakeProduct) -> Iterator[History]:
    history = history_over(ConversationStore.in_memory(), product.library.article)
    yield history
    history.close()


@pytest.fixture(scope="module")
def served(product: FakeProduct, history: History) -> Iterator[TestClient]:
    app = create_app(product, history, writers=Writers(is_local=True))
    with TestClient(app, base_url=HOST, headers=DEMO) as client:
        yield client


@pytest.fixture
def client(served: TestClient) -> Iterator[TestClient]:
    """The demonstration's own page, with a session in which nothing was said."""
    yield served
    assert served.delete("/v1/widget/session").status_code == 204


@pytest.fixture(scope="module")
def news() -> Iterator[Site]:
    """A site on another origin."""
    with site() as at:
        yield at


def from_news(at: Site, key: str = "right", session: str = SESSION) -> dict[str, str]:
    return {"X-Site-Key": at.keys[key].key, "Origin": NEWS, "X-Session-Id": session}


def local(product: Any, config: WidgetConfig | None = None) -> TestClient:
    """Return an application of a test's own."""
    app = create_app(product, writers=Writers(is_local=True), widget=config or WidgetConfig())
    return TestClient(app, base_url=HOST, headers=DEMO)


def ask(client: TestClient, question: str, **more: Any) -> Any:
    return client.post("/v1/widget/ask", json={"question": question, **more})


def turns(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/widget/session").json()["turns"]
    return found


# Asking -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [WHO, "How did other countries react?", BORN])
def test_a_question_gets_the_reply_as_every_face_gives_it(
    client: TestClient, product: FakeProduct, question: str
) -> None:
    response = ask(client, question)
    assert (response.status_code, response.json()) == (200, reply_to_json(product.assistant.ask(question)))
    jsonschema.validate(response.json(), reply_schema())


def test_an_answer_can_be_streamed_like_every_other(client: TestClient) -> None:
    told = events_in(ask(client, WHO, stream=True).text)
    elsewhere = events_in(client.post("/v1/ask", json={"question": WHO, "stream": True}).text)
    assert told == elsewhere
    assert [name for name, _ in told] == ["hits", "delta", "citation", "reply"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_no_proxy_keeps_or_changes_an_answer(client: TestClient, stream: bool) -> None:
    headers = ask(client, WHO, stream=stream).headers
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache, no-transform", "no")


def test_a_follow_up_is_asked_with_what_was_said_before_it(client: TestClient, product: FakeProduct) -> None:
    first = ask(client, BIG).json()
    ask(client, BORN, stream=True)
    ask(client, WHO)
    past, standalone = product.assistant.heard[-1]
    quote = first["citations"][0]["source"]["quote"]["exact"]
    assert past == (Turn("user", BIG), Turn("assistant", quote), Turn("user", BORN))
    assert standalone is None


@pytest.mark.parametrize("key", ["of one article", "of no article", "of pages"])
def test_a_request_that_names_no_article_gets_nothing_but_with_a_key_of_all(news: Site, key: str) -> None:
    before = len(news.product.assistant.asked)
    response = news.client.post("/v1/widget/ask", json={"question": WHO}, headers=from_news(news, key))
    assert (response.status_code, response.json()["detail"]) == (
        404,
        "no article is named, and the site key is not for all of the library; name the page's, as article_ids",
    )
    assert len(news.product.assistant.asked) == before
    news.client.post("/v1/widget/ask", json={"question": WHO}, headers=from_news(news))
    assert news.product.assistant.asked[-1] == (WHO, None)


def test_an_article_that_the_key_names_and_the_library_lost_is_left_out(news: Site) -> None:
    key = news.site_keys.add([NEWS], articles=["second", "gone"])
    headers = from_news(news) | {"X-Site-Key": key.key}
    body = {"question": WHO, "article_ids": ["gone", "second"]}
    assert news.client.post("/v1/widget/ask", json=body, headers=headers).status_code == 200
    assert news.product.assistant.asked[-1] == (WHO, ("second",))


def test_what_a_key_may_not_quote_any_more_is_not_given_back_from_its_sessions() -> None:
    with site() as at:
        key = at.site_keys.add([NEWS], articles=["seed", "second"])
        headers = from_news(at) | {"X-Site-Key": key.key}
        for question in (WHO, BORN):
            body = {"question": question, "article_ids": ["seed"]}
            assert at.client.post("/v1/widget/ask", json=body, headers=headers).status_code == 200
        assert len(at.client.get("/v1/widget/session", headers=headers).json()["turns"]) == 2
        at.site_keys.change(key.key, articles=["second"], pages=True)
        assert at.client.get("/v1/widget/session", headers=headers).json() == {"turns": []}
        at.client.post("/v1/widget/ask", json={"question": BIG, "article_ids": ["second"]}, headers=headers)
        assert at.product.assistant.heard[-1][0] == ()  # nor is it what a follow-up refers to


def test_a_key_of_an_older_version_is_closed_on_the_server() -> None:
    with site() as at:
        key = at.site_keys.add([NEWS])
        headers = from_news(at) | {"X-Site-Key": key.key}
        told = at.client.get("/v1/widget/config", headers=headers).json()
        assert (told["articles"], told["article_ids"], told["pages"], told["suggestions"]) == (0, [], False, [])
        for ids in (None, ["seed"], ["second"], ["seed", "second"]):
            body = {"question": WHO} | ({} if ids is None else {"article_ids": ids})
            assert at.client.post("/v1/widget/ask", json=body, headers=headers).status_code == 404
        source = "/v1/widget/source?article_id=seed&start=0&end=10"
        assert at.client.get(source, headers=headers).status_code == 404
        assert at.product.assistant.asked == []


def test_of_an_article_that_the_key_is_not_for_not_even_that_it_is_there_is_told(news: Site) -> None:
    told = []
    for article_id in ("seed", "nothing"):
        body = {"question": WHO, "article_ids": [article_id]}
        response = news.client.post("/v1/widget/ask", json=body, headers=from_news(news, "of one article"))
        told.append((response.status_code, response.json()["detail"].replace(article_id, "ID")))
    assert told == [(404, "no article has the id 'ID'")] * 2


@pytest.mark.parametrize(
    ("pages", "url", "status"),
    [
        (True, f"{NEWS}/tea", 200),
        (False, f"{NEWS}/tea", 404),
        (True, f"{NEWS}.evil.example/tea", 404),
        (True, None, 404),
    ],
    ids=["its own page", "a key that reads no pages", "a page of another site", "no page"],
)
def test_a_key_that_reads_pages_is_for_those_of_its_site_too(
    news: Site, monkeypatch: pytest.MonkeyPatch, pages: bool, url: str | None, status: int
) -> None:
    held = [*news.product.library.held, replace(seed_article(), id="page", url=url)]
    monkeypatch.setattr(news.product.library, "held", held)
    key = news.site_keys.add([NEWS], articles=["second"], pages=pages)
    headers = from_news(news) | {"X-Site-Key": key.key}
    for article_ids, expected in ((["page"], status), (["second"], 200), (["seed"], 404)):
        body = {"question": WHO, "article_ids": article_ids}
        assert news.client.post("/v1/widget/ask", json=body, headers=headers).status_code == expected


def test_a_key_whose_articles_are_gone_asks_nothing() -> None:
    with site() as at:
        at.product.library.held = [seed_article()]
        headers = from_news(at, "of one article")
        body = {"question": WHO, "article_ids": ["second"]}
        response = at.client.post("/v1/widget/ask", json=body, headers=headers)
        assert (response.status_code, at.product.assistant.asked) == (404, [])
        assert at.client.get("/v1/widget/config", headers=headers).json()["articles"] == 0


# A limit on time ----------------------------------------------------------------------------------


def test_a_reply_that_takes_too_long_is_ended_and_said_to_be_so() -> None:
    slow = ScriptedAssistant(events=[Found(())], endless=True)
    with local(replace(seed_product(), assistant=slow), WidgetConfig(seconds=0.2)) as client:
        response = ask(client, "x")
        assert slow.closed.wait(5)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (504, HOST)
    assert response.json()["detail"] == "the reply was not there after 0.2 seconds; ask again, or a simpler question"


def test_a_stream_that_takes_too_long_ends_with_an_error() -> None:
    slow = ScriptedAssistant(events=[Found(())], endless=True)
    with local(replace(seed_product(), assistant=slow), WidgetConfig(seconds=0.2)) as client:
        told = events_in(ask(client, "x", stream=True).text)
        assert slow.closed.wait(5)
    assert [(name, document.get("status")) for name, document in told] == [("hits", None), ("error", 504)]


# Sessions -----------------------------------------------------------------------------------------


def test_a_session_is_given_back_oldest_first(client: TestClient, product: FakeProduct) -> None:
    assert turns(client) == []
    for question in (WHO, BORN):
        ask(client, question)
    assert turns(client) == [{"question": q, "reply": reply_to_json(product.assistant.ask(q))} for q in (WHO, BORN)]


def test_a_session_is_one_sites_and_one_visitors(news: Site) -> None:
    mine = from_news(news, session="a" * 32)
    news.client.post("/v1/widget/ask", json={"question": WHO}, headers=mine)
    assert len(news.client.get("/v1/widget/session", headers=mine).json()["turns"]) == 1
    for theirs in (from_news(news, session="b" * 32), from_news(news, "of one article", session="a" * 32)):
        assert news.client.get("/v1/widget/session", headers=theirs).json() == {"turns": []}
        assert news.client.delete("/v1/widget/session", headers=theirs).status_code == 204
    assert len(news.client.get("/v1/widget/session", headers=mine).json()["turns"]) == 1


def test_what_is_deleted_is_gone_for_good(client: TestClient, history: History) -> None:
    ask(client, WHO)
    assert client.delete("/v1/widget/session").status_code == 204
    assert turns(client) == []
    with history._store._database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM conversation").fetchone() == (0,)


def test_a_session_shows_citations_as_the_articles_are_now() -> None:
    with site() as at:
        headers = from_news(at)
        at.client.post("/v1/widget/ask", json={"question": WHO}, headers=headers)
        article = seed_article()
        at.product.library.held = [replace(article, text=f"🙂{article.text}")]
        (turn,) = at.client.get("/v1/widget/session", headers=headers).json()["turns"]
    source = turn["reply"]["citations"][0]["source"]
    assert turn["reply"]["citations"][0]["status"] == "repaired"
    text = f"🙂{article.text}"
    assert text[source["start_char_index"] : source["end_char_index"]] == source["quote"]["exact"]


def test_two_first_questions_at_once_are_one_conversation(client: TestClient, history: History) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda question: ask(client, question), [WHO, BORN, BIG, WHO]))
    assert len(turns(client)) == 4


def test_a_full_session_begins_anew(client: TestClient, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.conversations.MAX_KEPT_TURNS", 1)
    ask(client, WHO)
    assert ask(client, BORN).status_code == 200
    assert [turn["question"] for turn in turns(client)] == [BORN]


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    client: TestClient, history: History, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(history, "append", refuse)
    assert ask(client, WHO).status_code == 200
    assert caplog.messages == ["a widget's reply could not be kept: the disk is full"]


def test_the_store_does_not_name_a_session(client: TestClient, history: History) -> None:
    ask(client, WHO)
    with history._store._database.reading() as connection:
        (owner,) = connection.execute("SELECT owner FROM conversation").fetchone()
    assert SESSION not in owner
    assert "pk_demo" not in owner


# Feedback -----------------------------------------------------------------------------------------


def test_a_thumb_is_kept_with_the_reply(client: TestClient, history: History) -> None:
    reply = ask(client, WHO).json()
    body = {"reply_id": reply["id"], "thumb": "down", "comment": "No 🙂"}
    response = client.post("/v1/widget/feedback", json=body)
    assert (response.status_code, response.content) == (204, b"")
    given = history.feedback()[-1]
    assert (given.reply_id, given.verdict, given.comment, given.question) == (reply["id"], "down", "No 🙂", WHO)
    assert json.loads(given.reply_json or "")["answer"] == reply["answer"]


def test_nobody_gives_feedback_on_what_they_were_not_told(client: TestClient, history: History) -> None:
    before = len(history.feedback())
    response = client.post("/v1/widget/feedback", json={"reply_id": "reply-1", "thumb": "up"})
    assert (response.status_code, len(history.feedback())) == (404, before)
    assert response.json()["detail"] == "this session has no reply 'reply-1'; it may have been deleted"


@pytest.mark.parametrize(
    "change",
    [{"thumb": "sideways"}, {"reply_id": "../x"}, {"comment": "x" * 4_001}, {"reason": "wrong"}, {"thumb": None}],
    ids=["another thumb", "no id", "a long comment", "more", "no thumb"],
)
def test_feedback_of_another_shape_is_refused(client: TestClient, change: dict[str, Any]) -> None:
    body = {"reply_id": "reply-1", "thumb": "up"} | change
    assert client.post("/v1/widget/feedback", json=body).status_code == 422


# What a widget shows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "header", "language"),
    [
        ("de", "it", "de"),
        ("ru-RU", "", "ru"),
        ("IT", "", "it"),
        ("", "de-AT,en;q=0.5", "de"),
        ("tlh", "it", "it"),
        ("../en", "", "en"),
    ],
)
def test_a_widget_speaks_its_pages_language_else_the_browsers(
    client: TestClient, asked: str, header: str, language: str
) -> None:
    response = client.get("/v1/widget/config", params={"lang": asked}, headers={"Accept-Language": header})
    catalogue = Path(__file__).parents[3] / "ui" / "replies" / "catalogue" / f"{language}.json"
    texts = json.loads(catalogue.read_text("utf-8"))["texts"]
    assert response.json()["language"] == language
    sure = {f"widget.{level}": texts[f"confidence.{level}"] for level in ("high", "fair", "low")}
    assert response.json()["words"] == sure | {key: t for key, t in texts.items() if key.startswith("widget.")}


def test_a_widget_is_told_what_it_may_do(client: TestClient, product: FakeProduct, news: Site) -> None:
    told = client.get("/v1/widget/config").json()
    told.pop("words")
    assert told == {
        "language": "en",
        "direction": "ltr",
        "articles": 1,
        "article_ids": None,
        "pages": False,
        "most_question_characters": 2_000,
        "suggestions": list(product.example_questions),
    }
    theirs = [news.client.get("/v1/widget/config", headers=from_news(news, key)).json() for key in news.keys]
    told_of_articles = [(each.get("articles"), each.get("article_ids"), each.get("pages")) for each in theirs[:4]]
    assert told_of_articles == [(2, None, True), (0, [], False), (0, [], True), (1, ["second"], False)]


def test_suggestions_are_of_the_article_that_is_asked_and_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.app.suggestions.suggest", lambda article, quote: [f"What of {article.id}?"])
    with site() as at:
        at.product = replace(at.product, examples=())
        key = at.site_keys.add([NEWS], articles=["seed", "second"])
        app = create_app(at.product, keys=at.site_keys)
        with TestClient(app, base_url=HOST) as client:

            def suggested(name: str, *ids: str) -> list[str]:
                headers = from_news(at) | {"X-Site-Key": at.keys[name].key if name in at.keys else name}
                query = {"about": list(ids)}
                found: list[str] = client.get("/v1/widget/config", params=query, headers=headers).json()["suggestions"]
                return found

            waits_until(lambda: suggested(key.key, "second") == ["What of second?"])
            waits_until(lambda: suggested(key.key, "seed") == ["What of seed?"])
            assert suggested("of one article", "seed") == []  # which the key may not quote
            assert suggested("of no article", "seed") == []
            assert suggested("of pages") == []
            assert suggested(key.key) == ["What of second?", "What of seed?"]


def waits_until(claim: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not claim():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_the_words_that_a_widget_needs_are_there(client: TestClient) -> None:
    needed = (
        "launcher title placeholder ask stop close reset sources cited source open_page not_said nearest thinking error"
        " offline busy retry up down thanks verified repaired unverified powered"
    )
    words = client.get("/v1/widget/config").json()["words"]
    assert {f"widget.{name}" for name in needed.split()} <= set(words)


def test_suggestions_are_made_while_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    making, asked_of = threading.Event(), []

    def suggest(article: Any, quote: Any) -> list[str]:
        asked_of.append(article.id)
        assert making.wait(5)
        return [f"What of {article.id} {n}?" for n in range(4)]

    monkeypatch.setattr("ui.app.suggestions.suggest", suggest)
    with site() as at:
        at.product = replace(at.product, examples=())
        app = create_app(at.product, keys=at.site_keys)
        with TestClient(app, base_url=HOST, headers=from_news(at, "of one article")) as client:
            assert client.get("/v1/widget/config").json()["suggestions"] == []
            assert client.get("/v1/widget/config").json()["suggestions"] == []
            making.set()
            until = time.monotonic() + 5
            while not (made := client.get("/v1/widget/config").json()["suggestions"]) and time.monotonic() < until:
                time.sleep(0.01)
    assert made == [f"What of second {n}?" for n in range(4)]
    assert asked_of == ["second"]


def test_suggestions_that_cannot_be_made_leave_the_widget_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def suggest(article: Any, quote: Any) -> list[str]:
        tried.set()
        raise StorageError("the disk is full")

    monkeypatch.setattr("ui.app.suggestions.suggest", suggest)
    suggestions = Suggestions(replace(seed_product(), examples=()))
    assert suggestions.ready(["seed"]) == []
    assert tried.wait(5)
    assert suggestions.ready(["seed"]) == []
    until = time.monotonic() + 5
    while not caplog.messages and time.monotonic() < until:
        time.sleep(0.01)
    assert set(caplog.messages) == {"no questions could be suggested"}


# Sources ------------------------------------------------------------------------------------------


def source(client: TestClient, start: int, end: int) -> Any:
    return client.get("/v1/widget/source", params={"article_id": "seed", "start": start, "end": end})


@pytest.mark.parametrize(("start", "end"), [(0, 1), (599, 610), (600, 610), (601, 610), (1_000, 1_200)])
def test_a_source_is_the_words_and_600_characters_on_each_side(client: TestClient, start: int, end: int) -> None:
    text = seed_article().text
    assert source(client, start, end).json() == {
        "article_id": "seed",
        "title": "Kazakhstan on fire",
        "url": None,
        "page": None,
        "before": text[max(0, start - 600) : start],
        "quote": text[start:end],
        "after": text[end : end + 600],
    }


def test_places_count_code_points_and_know_their_page() -> None:
    text = "🙂" * 700 + "The end."
    article = replace(seed_article(), text=text, url="https://a.example", marks=(Mark("page", Span(0, 708), "7"),))
    with local(FakeProduct(FakeLibrary([article]), ScriptedAssistant())) as client:
        told = source(client, 700, 708).json()
    assert (told["quote"], told["before"], told["after"]) == ("The end.", "🙂" * 600, "")
    assert (told["page"], told["url"]) == (7, "https://a.example")


def test_a_place_ends_with_its_article(client: TestClient) -> None:
    length = len(seed_article().text)
    assert source(client, length - 1, length).status_code == 200
    assert source(client, length - 1, length + 1).status_code == 404


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5), (0, 10_001), (0, 10**10)], ids=repr)
def test_what_is_no_place_is_refused(client: TestClient, start: int, end: int) -> None:
    assert source(client, start, end).status_code == 422


# What is not said ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(abstention("Who is the SECRET?"), id="a reply"),
        pytest.param(RuntimeError("cannot read 'Who is the SECRET?'"), id="a defect"),
        pytest.param(ReplyError("answer to 'Who is the SECRET?' cites nothing"), id="a reply that may not be"),
        pytest.param(StorageError("the disk is full"), id="a failure"),
    ],
)
def test_no_line_of_the_log_holds_a_question(
    reply: Reply | Exception, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    question = "Who is the SECRET?"
    with local(FakeProduct(FakeLibrary([seed_article()]), ScriptedAssistant({question: reply}))) as client:
        said = ask(client, question, stream=stream).text
        ask(client, question + "x" * 2_000, stream=stream)
        client.post("/v1/widget/ask", json={"question": question, "model": "x"})
    own = [record for record in caplog.records if not record.name.startswith("httpx")]
    assert "SECRET" not in caplog.text
    if isinstance(reply, RuntimeError | ReplyError):
        assert [type(reply).__name__ in (record.exc_text or "") for record in own if record.exc_info] == [True]
        assert "SECRET" not in said
        assert "Something went wrong here." in said


def test_the_log_holds_questions_where_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("ui.widget.sessions")
    level = logger.level
    try:
        with local(seed_product(), WidgetConfig(log_questions=True)) as client:
            ask(client, WHO)
    finally:
        logger.setLevel(level)
    assert f"asked with pk_demo: {WHO!r}" in caplog.messages


def test_a_defect_can_be_read_by_the_page(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    response = ask(client, "break")
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (500, HOST)
    assert "secret detail" not in response.text + caplog.text


# Who may frame the chat ---------------------------------------------------------------------------


def test_the_chat_page_may_be_framed_by_the_sites_that_have_a_key(news: Site) -> None:
    policy = news.client.get("/").headers["content-security-policy"]
    assert policy.endswith("; frame-ancestors 'self' https://news.example https://other.example")
    elsewhere = news.client.get("/healthz").headers["content-security-policy"]
    assert elsewhere.endswith("; frame-ancestors 'self'")


def test_without_keys_only_the_server_frames_its_chat(client: TestClient) -> None:
    assert client.get("/").headers["content-security-policy"].endswith("; frame-ancestors 'self'")


def test_where_keys_cannot_be_read_only_the_server_frames_its_chat(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keys = SiteKeys.in_memory()

    def fail() -> set[str]:
        raise StorageError("the file is damaged")

    monkeypatch.setattr(keys, "origins", fail)
    with TestClient(create_app(seed_product(), keys=keys), base_url=HOST) as client:
        assert client.get("/").headers["content-security-policy"].endswith("; frame-ancestors 'self'")
    assert caplog.messages == ["the chat page may be framed by no other site: the file is damaged"]


# The published description ------------------------------------------------------------------------


def test_each_route_is_described_with_the_key_that_it_takes(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    described = {path: list(item) for path, item in description["paths"].items() if path.startswith("/v1/widget/")}
    assert described == {
        "/v1/widget/config": ["get"],
        "/v1/widget/ask": ["post"],
        "/v1/widget/session": ["get", "delete"],
        "/v1/widget/feedback": ["post"],
        "/v1/widget/page": ["post"],
        "/v1/widget/source": ["get"],
    }
    for path in described:
        for operation in description["paths"][path].values():
            assert operation["security"] == [{"siteKey": []}]
            assert {"401", "403", "413", "429"} <= operation["responses"].keys()


def test_a_session_meets_the_schema_of_the_description(client: TestClient) -> None:
    ask(client, WHO)
    components = client.get("/openapi.json").json()["components"]
    schema = {"$ref": "#/components/schemas/WidgetSession", "components": components}
    jsonschema.validate(client.get("/v1/widget/session").json(), schema)
