"""A conversation in a real browser: it is kept, and a follow-up says how it is read, which can be put otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from index.storage.conversations import ConversationStore
from index.storage.library import Library
from qa.conversations import History
from tests.browser.conftest import OpenPage, Server
from tests.browser.test_chat import SEVERAL, UNSTATED, WHO, ask
from tests.ui.fakes import seed_article, seed_product
from ui.app.conversations import history_over

pytestmark = pytest.mark.browser

FOLLOW_UP = "When did it begin?"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[History]:
    """Conversations in a file of their own; the articles they are about are the fake library's."""
    Library.create(tmp_path / "library", fingerprint="none").close()
    history = history_over(ConversationStore.open(tmp_path / "library"), lambda _: seed_article())
    yield history
    history.close()


def address_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_reload_and_another_tab_show_the_conversation_again(open_page: OpenPage, kept: History) -> None:
    with Server(seed_product(), history=kept) as url:
        page = open_page(url)
        ask(page, WHO)
        ask(page, UNSTATED)
        page.reload()
        expect(page.locator(".fn-question")).to_have_text([WHO, UNSTATED])
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.locator(".fn-question")).to_have_text([WHO, UNSTATED])
        other.locator("#marker-1-1").click()
        expect(other.locator("mark.fn-active").first).to_be_visible()
        ask(page, SEVERAL)
        assert [turn.reply.question for turn in only_conversation(page, kept)] == [WHO, UNSTATED, SEVERAL]


def only_conversation(page: Page, kept: History) -> list:  # type: ignore[type-arg]
    owner = page.evaluate("localStorage.getItem('footnote-owner')")
    summaries = kept.conversations(owner)
    assert len(summaries) == 1
    return list(kept.load(owner, summaries[0].id).turns)


def test_a_restarted_server_goes_on_with_the_conversation(open_page: OpenPage, kept: History) -> None:
    with Server(seed_product(), history=kept) as url:
        page = open_page(url, faults_allowed=True)  # the browser reports each connection that fails
        ask(page, WHO)
    with Server(seed_product(), port=int(url.rpartition(":")[2]), history=kept):
        ask(page, UNSTATED)
        expect(page.locator(".fn-question")).to_have_text([WHO, UNSTATED])
        page.reload()
        expect(page.locator(".fn-question")).to_have_text([WHO, UNSTATED])


def test_an_address_of_somebody_elses_conversation_shows_nothing_of_it(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    stranger = open_page(f"{url}?conversation={address_of(page)['conversation'][0]}")
    expect(stranger.locator(".fn-turn")).to_have_count(0)
    expect(stranger.locator(".fn-welcome")).to_contain_text("The conversation of this address is not here")


def test_a_page_whose_conversations_do_not_last_says_so(url: str, open_page: OpenPage, kept: History) -> None:
    passing = "Conversations are kept only until the server stops."
    expect(open_page(url).locator(".fn-welcome")).to_contain_text(passing)
    with Server(seed_product(), history=kept) as lasting:
        expect(open_page(lasting).locator(".fn-welcome")).not_to_contain_text(passing)


def test_a_follow_up_says_how_it_is_read_and_can_be_read_otherwise(open_page: OpenPage) -> None:
    product = seed_product()
    with Server(product) as url:
        page = open_page(url)
        ask(page, WHO)
        turn = ask(page, FOLLOW_UP)
        expect(turn.locator(".fn-reading")).to_have_text(product.assistant.asked_alone(FOLLOW_UP))
        expect(page.locator(".fn-turn").first.locator(".fn-read-as")).to_have_count(0)
        ask(page, UNSTATED)
        page.locator(".fn-turn").nth(1).get_by_role("button", name="Change").click()
        field = page.locator(".fn-edit textarea")
        expect(field).to_be_focused()
        field.fill("When did the troops come?")
        page.keyboard.press("Enter")
        expect(page.locator(".fn-question")).to_have_text([WHO, FOLLOW_UP])
        expect(page.locator(".fn-reading")).to_have_text("When did the troops come?")
        assert product.assistant.heard[-1][1] == "When did the troops come?"
        page.reload()
        expect(page.locator(".fn-reading")).to_have_text("When did the troops come?")


def test_an_edit_that_is_left_changes_nothing(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    turn = ask(page, WHO)
    turn.get_by_role("button", name="Edit").click()
    page.locator(".fn-edit textarea").fill("Something else?")
    page.keyboard.press("Escape")
    expect(page.locator(".fn-edit")).to_have_count(0)
    expect(turn.get_by_role("button", name="Edit")).to_be_focused()
    expect(turn.locator(".fn-question")).to_have_text(WHO)


def test_an_edited_question_takes_the_place_of_all_after_it(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    ask(page, UNSTATED)
    ask(page, "refuse")
    page.locator(".fn-turn").nth(1).get_by_role("button", name="Edit").click()
    page.locator(".fn-edit textarea").fill(SEVERAL)
    page.locator(".fn-edit").get_by_role("button", name="Ask").click()
    expect(page.locator(".fn-question")).to_have_text([WHO, SEVERAL])
    expect(page.locator(".fn-is-pending")).to_have_count(0)
    page.reload()
    expect(page.locator(".fn-question")).to_have_text([WHO, SEVERAL])


def test_a_question_asked_again_takes_its_own_place(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    first = page.locator(".fn-turn").first.get_attribute("data-number")
    page.locator(".fn-turn").first.get_by_role("button", name="Ask again").click()
    expect(page.locator(".fn-is-answer")).to_have_count(1)
    expect(page.locator(".fn-turn")).not_to_have_attribute("data-number", str(first))
    expect(page.locator(".fn-question")).to_have_text([WHO])
