"""The chat page's policy in a real browser: the page works under it, and what gets into the page does not run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_chat import WHO, ask
from tests.browser.test_widget import until

pytestmark = pytest.mark.browser

REPORTED = """window.stopped = [];
    addEventListener("securitypolicyviolation", (event) => window.stopped.push(event.effectiveDirective));"""
MADE = "const put = (tag, more) => document.body.appendChild(Object.assign(document.createElement(tag), more));"
LATER = "const later = (run) => setTimeout(() => { try { run() } catch { window.stopped.push('refused') } });"
# What an article's words would try, if they got into the page as markup or script: each sets `owned`.
ATTEMPTS = {
    "a handler": """put("p", { innerHTML: '<img src="/nothing" onerror="owned = 1">' })""",
    "a link that runs": """put("p", { innerHTML: '<a href="javascript:owned = 1">x</a>' }).firstChild.click()""",
    "a script": """put("script", { textContent: "owned = 1" })""",
    "a script of data": """put("script", { src: "data:text/javascript,owned = 1" })""",
    "a script of a blob": """put("script", { src: URL.createObjectURL(new Blob(["owned = 1"])) })""",
    "a script from elsewhere": """put("script", { src: "http://127.0.0.1:9/x.js" })""",
    "eval": """later(() => window.eval("owned = 1"))""",
    "a function of text": """later(() => window.Function("owned = 1")())""",
    "an asynchronous function of text": """later(() => new (async () => {}).constructor("owned = 1")())""",
    "a timer of text": """setTimeout("owned = 1")""",
    "a worker": """later(() => new Worker(URL.createObjectURL(new Blob(["owned = 1"]))))""",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_what_gets_into_the_page_does_not_run(url: str, open_page: OpenPage, attempt: str) -> None:
    page = open_page(url, faults_allowed=True)
    page.evaluate(REPORTED)
    page.evaluate(f"() => {{ {MADE} {LATER} {attempt} }}")
    until(page, "window.stopped.length > 0")
    page.wait_for_timeout(200)  # for what must not come there is nothing to wait for
    assert page.evaluate("window.owned") is None


def test_nothing_of_the_page_itself_is_stopped(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    page.add_init_script(REPORTED)
    page.reload()
    ask(page, WHO).locator(".fn-marker").first.click()
    expect(page.locator("#fn-side mark").first).to_be_visible()
    assert page.evaluate("window.stopped") == []
