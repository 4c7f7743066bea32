"""axe-core finds nothing that shuts people out, in each state and look of the page."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, OpenPage, Server
from tests.browser.test_chat import SEVERAL, UNSTATED, WHO, ask
from tests.browser.test_sources import fox_product

pytestmark = pytest.mark.browser

LOOKS = [
    pytest.param(DESK, "light", "en", id="desktop, light"),
    pytest.param(DESK, "dark", "ru", id="desktop, dark, Russian"),
    pytest.param(PHONE, "dark", "en", id="phone, dark"),
]


def barriers(page: Page) -> list[str]:
    """Return what axe finds serious or critical: the rule and the first element of each."""
    found = Axe().run(page).response["violations"]
    serious = [violation for violation in found if violation["impact"] in {"serious", "critical"}]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}: {v['nodes'][0]['failureSummary']}" for v in serious]


@pytest.mark.parametrize(("size", "scheme", "language"), LOOKS)
def test_a_conversation_shuts_nobody_out(
    url: str, open_page: OpenPage, size: tuple[int, int], scheme: Any, language: str
) -> None:
    page = open_page(f"{url}?lang={language}", size, color_scheme=scheme)
    assert barriers(page) == []
    for question in (SEVERAL, UNSTATED):
        page.locator("#fn-composer textarea").fill(question)
        page.locator("#fn-ask").click()
        expect(page.locator(".fn-question").last).to_have_text(question)
        expect(page.locator(".fn-is-pending")).to_have_count(0)
        page.locator(".fn-legend summary").first.click()
        assert barriers(page) == []


def test_the_source_opened_on_a_phone_shuts_nobody_out(url: str, open_page: OpenPage) -> None:
    page = open_page(url, PHONE)
    ask(page, WHO).locator(".fn-marker").click()
    expect(page.locator("mark.fn-active")).to_be_in_viewport()
    assert barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_marks_and_the_tour_shut_nobody_out(open_page: OpenPage, scheme: Any) -> None:
    with Server(fox_product()) as url:
        page = open_page(url, color_scheme=scheme)
        page.get_by_role("button", name="Show the tour").click()
        assert barriers(page) == []
        page.keyboard.press("Escape")
        turn = ask(page, "both")
        turn.locator(".fn-also summary").click()
        turn.locator(".fn-legend summary").click()
        turn.locator(".fn-marker").click()
        expect(page.locator("#fn-card")).to_be_visible()
        assert barriers(page) == []
        turn.locator(".fn-also button").click()
        expect(page.locator("mark.fn-active")).to_be_visible()
        assert barriers(page) == []
