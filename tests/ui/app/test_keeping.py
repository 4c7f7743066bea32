"""What people say is kept, up to a size and not too often from one address; then they are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.storage.conversations import ConversationStore, StoredTurn
from qa.conversations import MEASURED_AGAIN_S, History, owner_of
from qa.errors import QuotaError
from tests.ui.fakes import FakeProduct, seed_article, seed_product
from ui.app.config import KeepingConfig
from ui.chat.session import ChatSessions, ChatWindow, Wish
from ui.server.app import create_app
from ui.widget.site_keys import SiteKeys, counted

NOON = datetime(2026, 11, 28, 12, 20, tzinfo=UTC)
OWNER = "0123456789abcdef" * 2
WHO = "Who asked for the intervention of the troops?"
UP = {"reply_id": "r1", "verdict": "up", "comment": "x" * 4_000}


class Kept:
    """A history over a store in memory, whose clock goes when it is told to."""

    def __init__(self, product: FakeProduct, conversations_mb: int = 1_000, feedback_mb: int = 100) -> None:
        self.at = 0.0
        self.store = ConversationStore.in_memory()
        ids = iter("abcdefgh")
        self.history = History(
            self.store,
            product.library.article,
            now=lambda: NOON,
            new_id=lambda: next(ids),
            conversations_mb=conversations_mb,
            feedback_mb=feedback_mb,
            clock=lambda: self.at,
        )


@pytest.fixture
def product() -> FakeProduct:
    return seed_product()


def posting(history: History, product: FakeProduct, keeping: KeepingConfig, body: Any = UP) -> TestClient:
    app = create_app(product, history, keys=SiteKeys.in_memory(now=lambda: NOON), keeping=keeping)
    return TestClient(app)


def test_an_address_gives_feedback_so_often_an_hour_and_then_is_told_when_again(product: FakeProduct) -> None:
    kept = Kept(product)
    client = posting(kept.history, product, KeepingConfig(feedback_per_hour=2))
    assert [client.post("/v1/feedback", json=UP).status_code for _ in range(2)] == [204, 204]
    response = client.post("/v1/feedback", json=UP)
    assert (response.status_code, response.headers["retry-after"]) == (429, "2400")
    assert response.json()["detail"].endswith("as often as it may in one hour; try again in 40 min")
    assert len(kept.store.feedback()) == 2


def test_feedback_is_kept_up_to_a_size(product: FakeProduct) -> None:
    kept = Kept(product, feedback_mb=1)
    client = posting(kept.history, product, KeepingConfig(feedback_per_hour=1_000))
    answers = [client.post("/v1/feedback", json=UP) for _ in range(260)]
    refused = [answer for answer in answers if answer.status_code != 204]
    assert {answer.status_code for answer in refused} == {429}
    assert refused[0].headers["retry-after"] == "3600"
    assert "the library keeps 1 MB of this, as much as it may" in refused[0].json()["detail"]
    assert "[keeping] feedback_mb" in refused[0].json()["detail"]
    assert 980_000 < kept.store.feedback_bytes() <= 1_000_000


def test_an_answer_that_there_is_no_room_for_is_an_answer_all_the_same(product: FakeProduct) -> None:
    kept = Kept(product, conversations_mb=0)
    (*_, talk) = ChatSessions(product, kept.history).ask(ChatWindow(), Wish(question=WHO, owner=OWNER), None)
    assert isinstance(talk, ChatWindow)
    assert talk.turns[0].reply == product.assistant.replies[WHO]
    assert "the library keeps 0 MB of this" in talk.turns[0].unkept
    assert kept.history.conversations(OWNER) == []


def test_turns_of_an_address_are_kept_so_often_an_hour(product: FakeProduct) -> None:
    kept = Kept(product)
    keys = SiteKeys.in_memory(now=lambda: NOON)
    talking = ChatSessions(product, kept.history, counted(keys, "turn", 1))
    wishes = [Wish(question=WHO, owner=OWNER, address=f"203.0.113.{n}") for n in (1, 1, 2)]
    told = [list(talking.ask(ChatWindow(), wish, None))[-1] for wish in wishes]
    assert [isinstance(talk, ChatWindow) and talk.turns[0].is_kept for talk in told] == [True, False, True]
    assert len(kept.history.conversations(OWNER)) == 2


def test_what_is_deleted_makes_room_again(product: FakeProduct) -> None:
    kept = Kept(product, conversations_mb=1)
    reply = product.assistant.ask(WHO)
    large = StoredTurn("q", "q", "", "x" * 999_000, NOON)
    kept.store.create(owner_of(OWNER), "large", "Large", [large], created=NOON)
    with pytest.raises(QuotaError):
        kept.history.append(OWNER, reply)
    kept.history.delete(OWNER, "large")
    kept.at += MEASURED_AGAIN_S
    kept.history.append(OWNER, reply)


def test_what_was_kept_before_counts(product: FakeProduct) -> None:
    kept = Kept(product)
    kept.history.append(OWNER, product.assistant.ask(WHO))
    again = History(
        kept.store,
        lambda _: seed_article(),
        now=lambda: NOON,
        new_id=lambda: "new",
        conversations_mb=0,
        feedback_mb=100,
    )
    with pytest.raises(QuotaError):
        again.append(OWNER, product.assistant.ask(WHO))
    assert kept.store.kept_bytes() > 0
