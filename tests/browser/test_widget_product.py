"""The widget against the product's own routes: from a line in somebody's page to words lit up in it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from index.article import Article
from tests.browser.conftest import Server
from tests.browser.test_chat import UNSTATED, WHO
from tests.browser.test_widget import ask, bare, chat, painted, until
from tests.browser.widget_server import Served, Site
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, answer, seed_article, seed_product
from ui.http.permission import Writers
from ui.widget.site_keys import Quotas, SiteKeys

pytestmark = pytest.mark.browser

QUOTE = str(seed_product().assistant.replies[WHO].citations[0].quote)  # type: ignore[union-attr]
PARAGRAPHS = "".join(f"<p>{html.escape(block)}</p>" for block in seed_article().text.split("\n\n"))


@dataclass(frozen=True, slots=True)
class World:
    """A server, a publisher's address, and the key that its pages name; a visitor may ask three times an hour."""

    server: str
    site: Site
    address: str
    keys: SiteKeys
    key: str


@pytest.fixture
def world() -> Iterator[World]:
    keys = SiteKeys.in_memory()
    with Server(seed_product(), keys=keys, writers=Writers(is_local=True)) as server:
        site = Site(server)
        with Served(site.app()) as address:
            key = keys.add([address], articles=None, quotas=Quotas(per_session=3)).key
            line = f'<script type="module" src="{server}/widget/v1/footnote.js" data-site-key="{key}"></script>'
            site.pages["news"] = f"<!doctype html><title>News</title><article>{PARAGRAPHS}</article>{line}"
            yield World(server, site, address, keys, key)


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    yield page
    assert context.cookies() == []
    context.close()
    assert {address for address in addresses if not address.startswith((world.server, world.address))} == set()


def test_one_line_answers_in_the_page_and_lights_up_the_quote(page: Page, world: World) -> None:
    page.goto(f"{world.address}/news")
    turn = ask(page, WHO)
    expect(turn).to_contain_text("Tokaev")
    turn.locator("[part~=citation]").first.click()
    until(page, "CSS.highlights.has('footnote')")
    assert bare(painted(page)) == bare(QUOTE)


def test_what_the_article_does_not_say_is_not_answered(page: Page, world: World) -> None:
    page.goto(f"{world.address}/news")
    expect(ask(page, UNSTATED)).to_contain_text("The article does not say.")
    assert painted(page) == ""


def test_a_reload_shows_what_was_said(page: Page, world: World) -> None:
    page.goto(f"{world.address}/news")
    ask(page, WHO)
    page.reload()
    chat(page).locator(".launcher").click()
    expect(chat(page).locator(".turn")).to_contain_text("Tokaev")


def test_a_visitor_who_has_asked_enough_is_told_so(page: Page, world: World) -> None:
    page.goto(f"{world.address}/news")
    for _ in range(3):
        ask(page, WHO)
    expect(ask(page, WHO)).to_contain_text("Too many questions")


def test_a_key_that_is_revoked_answers_nobody_any_more(page: Page, world: World) -> None:
    page.goto(f"{world.address}/news")
    ask(page, WHO)
    world.keys.revoke(world.key)
    expect(ask(page, WHO)).not_to_contain_text("Tokaev")


@pytest.mark.parametrize("mode", ["launcher", "inline", "panel"])
def test_the_page_that_shows_the_widget_answers_in_each_mode(page: Page, world: World, mode: str) -> None:
    page.goto(f"{world.server}/widget/demo?mode={mode}")
    expect(page.locator("footnote-chat")).to_be_attached()
    turn = ask(page, WHO)
    turn.locator("[part~=citation]").first.click()
    until(page, "CSS.highlights.has('footnote')")
    assert bare(painted(page)) == bare(QUOTE)


@pytest.mark.parametrize("asked", ['data-article="page"', 'data-article="handbook"', ""], ids=["page", "it", "nothing"])
@pytest.mark.parametrize("held", [{}, {"articles": ["seed"]}, {"pages": True}], ids=["none", "the article", "pages"])
def test_the_staffs_handbook_is_not_quoted_on_a_page_of_news(
    browser: Browser, held: dict[str, Any], asked: str
) -> None:
    code, keys = "What is the door code?", SiteKeys.in_memory()
    handbook = Article("handbook", "Staff handbook", "The door code is 1234.")
    assistant = ScriptedAssistant({code: answer(handbook, code, handbook.text)})
    product = FakeProduct(FakeLibrary([seed_article(), handbook]), assistant)
    with Server(product, keys=keys, writers=Writers(is_local=True)) as server:
        site = Site(server)
        with Served(site.app()) as address, closing(browser.new_context()) as context:
            key = keys.add([address], **held).key
            line = f'<script type="module" src="{server}/widget/v1/footnote.js" data-site-key="{key}" {asked}></script>'
            site.pages["news"] = f"<!doctype html><title>News</title><article>{PARAGRAPHS}</article>{line}"
            page = context.new_page()
            page.goto(f"{address}/news")
            turn = ask(page, code)
            if held == {"articles": ["seed"]} and not asked:  # what the key names is asked, and nothing else
                assert [ids for question, ids in assistant.asked if question == code] == [("seed",)]
                return
            expect(turn.get_by_role("button", name="Try again")).to_be_visible()
            expect(turn).not_to_contain_text("1234")
            assert code not in [question for question, _ in assistant.asked]
