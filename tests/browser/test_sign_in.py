"""In a real browser: the read token is given once, and a page whose name leads here gets nothing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import FLAGS, chromium
from tests.ui.fakes import seed_product
from tests.ui.serving import served
from ui.http.permission import Readers, Writers
from ui.server.app import create_app

pytestmark = pytest.mark.browser

READ = "0123456789abcdef"
EVIL = "evil.example"


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    with served(create_app(seed_product(), readers=Readers(READ))) as address:
        yield address


@pytest.fixture(scope="module")
def local() -> Iterator[str]:
    with served(create_app(seed_product(), writers=Writers(is_local=True))) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    context.add_init_script("localStorage.setItem('footnote-tour', 'seen')")
    yield context.new_page()
    context.close()


def test_a_link_signs_in_and_leaves_no_token_in_the_address(page: Page, locked: str) -> None:
    page.goto(f"{locked}/signin#token={READ}")
    expect(page.locator("#fn-header")).to_be_visible()
    assert page.url == f"{locked}/"
    page.go_back()
    assert READ not in page.url
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], READ in cookie["value"]) == (True, "Strict", False)


def test_who_types_the_token_comes_to_the_page_that_was_wanted_and_can_ask(page: Page, locked: str) -> None:
    page.goto(f"{locked}/?lang=de")
    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_text("This token is not right.")
    page.get_by_label("Token").fill(READ)
    page.get_by_role("button").click()
    expect(page).to_have_url(f"{locked}/?lang=de")
    page.locator("#fn-composer textarea").fill("Who asked for the intervention of the troops?")
    page.locator("#fn-ask").click()
    expect(page.locator("#fn-conversation")).to_contain_text("readiness")


def test_who_has_signed_in_may_come_by_a_link_of_another_site(page: Page, locked: str, local: str) -> None:
    page.goto(f"{locked}/signin#token={READ}")
    expect(page.locator("#fn-header")).to_be_visible()
    page.goto(f"{local.replace('127.0.0.1', 'localhost')}/healthz")  # of another site: no cookie goes along
    page.evaluate("address => { location.href = address; }", f"{locked}/?lang=it")
    expect(page.locator("#fn-header")).to_be_visible()
    assert page.url == f"{locked}/?lang=it"


def test_a_page_whose_name_leads_here_reads_asks_and_writes_nothing(browser: Browser, local: str) -> None:
    port = urlsplit(local).port
    flags = [*FLAGS, f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"]
    misled = browser.browser_type.launch(executable_path=chromium(), args=flags)
    try:
        page = misled.new_page()
        response = page.goto(f"http://{EVIL}:{port}/")
        assert response is not None
        assert response.status == 421
        statuses = page.evaluate(
            """async () => {
                const post = (path, body) => fetch(path, {
                    method: "POST",
                    headers: { "Content-Type": "application/json", "X-Footnote-Request": "1" },
                    body: JSON.stringify(body),
                });
                const asked = [
                    fetch("/v1/articles"), fetch("/v1/articles/seed"), fetch("/config"), fetch("/metrics"),
                    post("/v1/ask", { question: "Who?" }), post("/v1/feedback", { reply_id: "a", verdict: "up" }),
                    post("/v1/articles", { text: "a" }), post("/mcp", {}), post("/gradio_api/queue/join", {}),
                ];
                return (await Promise.all(asked)).map((response) => response.status);
            }"""
        )
    finally:
        misled.close()
    assert statuses == [421] * 9
