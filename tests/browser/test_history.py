"""The drawer of conversations and what somebody thinks of a reply, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from index.storage.conversations import ConversationStore
from tests.browser.conftest import DESK, PHONE, OpenPage, Server
from tests.browser.test_accessibility import barriers
from tests.browser.test_chat import SEVERAL, UNSTATED, WHO, ask
from tests.ui.fakes import seed_article, seed_product
from ui.app.conversations import history_over

pytestmark = pytest.mark.browser


def open_drawer(page: Page) -> Locator:
    page.get_by_role("button", name="Conversations").click()
    drawer = page.get_by_role("navigation", name="Conversations")
    expect(drawer.locator(".fn-row, .fn-quiet[role=status]").first).to_be_visible()
    return drawer


def new_conversation(page: Page) -> None:
    open_drawer(page).get_by_role("button", name="New conversation").click()
    expect(page.locator(".fn-welcome")).to_be_visible()
    expect(page.get_by_label("Question", exact=True)).to_be_focused()


def menu(drawer: Locator, title: str) -> Locator:
    row = drawer.locator(".fn-row").filter(has_text=title)
    row.locator("summary").click()
    return row


def test_conversations_are_listed_by_day_found_and_opened_again(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    new_conversation(page)
    ask(page, UNSTATED)
    drawer = open_drawer(page)
    expect(drawer.locator("h3")).to_have_text(["Today"])
    expect(drawer.locator(".fn-row-open")).to_have_text([UNSTATED, WHO])
    expect(drawer.locator("[aria-current]")).to_have_text([UNSTATED])
    drawer.get_by_label("Search").fill("readiness oligarchs")  # words of the answer
    expect(drawer.locator(".fn-row-open")).to_have_text([WHO])
    drawer.get_by_label("Search").fill("zebra")
    expect(drawer).to_contain_text("No conversation holds these words.")
    drawer.get_by_label("Search").fill("")
    drawer.get_by_role("button", name=WHO, exact=True).click()
    expect(page.locator(".fn-question")).to_have_text([WHO])
    ask(page, SEVERAL)
    page.reload()
    expect(page.locator(".fn-question")).to_have_text([WHO, SEVERAL])


def test_a_conversation_is_renamed_and_deleted_after_asking(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    drawer = open_drawer(page)
    row = menu(drawer, WHO)
    row.get_by_role("button", name="Rename").click()
    expect(row.get_by_label("Title")).to_be_focused()
    row.get_by_label("Title").fill("<b>Troops</b>")
    page.keyboard.press("Enter")
    expect(drawer.locator(".fn-row-open")).to_have_text(["<b>Troops</b>"])
    expect(drawer.locator(".fn-row-open")).to_be_focused()
    row = menu(drawer, "Troops")
    row.get_by_role("button", name="Delete").click()
    expect(row).to_contain_text("Delete this conversation for good?")
    page.keyboard.press("Escape")
    expect(row.locator("summary")).to_be_focused()
    row.locator("summary").click()
    row.get_by_role("button", name="Delete").click()
    row.get_by_role("button", name="Delete").click()
    expect(drawer).to_contain_text("Nothing has been asked yet.")
    expect(page.locator(".fn-welcome")).to_be_visible()


@pytest.mark.parametrize(("button", "suffix"), [("Save as Markdown", ".md"), ("Save as JSON", ".json")])
def test_a_conversation_is_saved_as_a_file(url: str, open_page: OpenPage, button: str, suffix: str) -> None:
    page = open_page(url)
    ask(page, WHO)
    row = menu(open_drawer(page), WHO)
    with page.expect_download() as download:
        row.get_by_role("button", name=button).click()
    assert download.value.suggested_filename.endswith(suffix)
    written = Path(download.value.path()).read_text("utf-8")
    if suffix == ".json":
        assert [turn["reply"]["question"] for turn in json.loads(written)["turns"]] == [WHO]
    else:
        assert f"## {WHO}" in written


def test_two_people_do_not_see_each_others_conversations(url: str, open_page: OpenPage) -> None:
    one, other = open_page(url), open_page(url)
    ask(one, WHO)
    expect(open_drawer(other)).to_contain_text("Nothing has been asked yet.")


def test_the_drawer_can_be_used_by_keyboard_alone(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    page.locator("#fn-history").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search")).to_be_focused()
    expect(page.locator(".fn-row")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(".fn-row-open")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#fn-drawer")).to_be_hidden()
    expect(page.locator("#fn-history")).to_be_focused()


def test_on_a_phone_what_lies_under_the_drawer_cannot_be_reached(url: str, open_page: OpenPage) -> None:
    page = open_page(url, PHONE)
    ask(page, WHO)
    drawer = open_drawer(page)
    assert page.evaluate("document.querySelector('#fn-main').inert")
    drawer.get_by_role("button", name=WHO, exact=True).click()
    expect(drawer).to_be_hidden()
    assert not page.evaluate("document.querySelector('#fn-main').inert")


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")])
def test_the_drawer_and_the_forms_of_a_turn_shut_nobody_out(
    url: str, open_page: OpenPage, size: tuple[int, int], scheme: Any
) -> None:
    page = open_page(url, size, color_scheme=scheme)
    turn = ask(page, WHO)
    turn.get_by_role("button", name="Bad reply").click()
    turn.get_by_role("button", name="Edit").click()
    assert barriers(page) == []
    drawer = open_drawer(page)
    menu(drawer, WHO)
    assert barriers(page) == []
    drawer.get_by_role("button", name="Rename").click()
    assert barriers(page) == []


def test_a_thumb_and_its_reason_arrive_with_the_reply_last_and_can_be_changed(open_page: OpenPage) -> None:
    history = history_over(ConversationStore.in_memory(), lambda _: seed_article())
    with Server(seed_product(), history=history) as url:
        page = open_page(url)
        turn = ask(page, WHO)
        turn.get_by_role("button", name="Bad reply").click()
        turn.get_by_text("Something is missing").click()
        turn.get_by_label("Comment (optional)").fill("<i>Which ones?</i>")
        turn.get_by_role("button", name="Send").click()
        expect(page.locator("#fn-said")).to_have_text("Thank you, this is kept.")
        expect(turn.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "true")
        turn.get_by_role("button", name="Good reply").click()
        expect(turn.get_by_role("button", name="Good reply")).to_have_attribute("aria-pressed", "true")
        expect(turn.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "false")
        down, up = history.feedback()
        assert (down.verdict, down.reason, down.comment) == ("down", "missing", "<i>Which ones?</i>")
        assert (down.question, down.position, json.loads(down.reply_json or "")["id"]) == (WHO, 0, "reply-1")
        assert (up.verdict, up.reason) == ("up", "")
        page.reload()
        turn = page.locator(".fn-turn")
        expect(turn.get_by_role("button", name="Good reply")).to_have_attribute("aria-pressed", "true")
        expect(turn.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "false")
        turn.get_by_role("button", name="Bad reply").click()
        turn.get_by_role("button", name="Send").click()
        expect(turn.get_by_role("button", name="Good reply")).to_have_attribute("aria-pressed", "false")
        ask(page, SEVERAL)
        expect(page.locator(".fn-turn").first.get_by_role("button", name="Bad reply")).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(page.locator(".fn-turn [aria-pressed='true']")).to_have_count(1)
