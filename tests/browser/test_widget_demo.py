"""The page that shows the widget, in a real browser that holds it to its policy; the module is a stand-in of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import DESK, PHONE, Server
from tests.ui.fakes import seed_article, seed_product
from ui.app.protocols import Library
from ui.server import app as api
from ui.widget.files import add_widget_files
from ui.widget.script import FOLDER

pytestmark = pytest.mark.browser

MODULE = """
class Chat extends HTMLElement {
  connectedCallback() {
    this.attachShadow({ mode: "open" }).append("asks as " + this.getAttribute("site-key"));
    fetch("/healthz").then((response) => this.setAttribute("answered", response.status));
  }
}
customElements.define("footnote-chat", Chat);
"""


@pytest.fixture
def demo(tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The page, opened; the test fails where the browser has anything to complain of."""
    (tmp_path / "footnote.js").write_text(MODULE)
    (tmp_path / "demo").symlink_to(FOLDER / "demo")

    def add_files(app: FastAPI, library: Library) -> None:
        add_widget_files(app, library, tmp_path)

    monkeypatch.setattr(api, "add_widget_files", add_files)
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]})
    with Server(seed_product()) as url:
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}/widget/demo")
        yield page
        context.close()
    assert complaints == []


def test_module_style_and_script_work_under_the_strictest_policy(demo: Page) -> None:
    expect(demo.locator("footnote-chat")).to_have_text("asks as pk_demo")
    expect(demo.locator("footnote-chat[answered='200']")).to_be_attached()
    expect(demo.locator("main")).to_have_css("display", "flex")
    shown = demo.evaluate("document.getElementById('article').innerText")
    assert " ".join(seed_article().text.split()) in " ".join(shown.split())


def test_a_switch_is_shown_as_soon_as_it_is_set(demo: Page) -> None:
    for name, value in (("mode", "inline"), ("theme", "dark"), ("lang", "de"), ("dir", "rtl")):
        demo.select_option(f"select[name={name}]", value)
        demo.wait_for_url(f"**{name}={value}**")
        expect(demo.locator(f"footnote-chat[{name}='{value}']")).to_be_attached()
    expect(demo.locator("footnote-chat")).to_have_attribute("mode", "inline")  # the others stayed


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_nobody_is_shut_out_of_the_page(demo: Page, size: tuple[int, int]) -> None:
    demo.set_viewport_size({"width": size[0], "height": size[1]})
    demo.get_by_text("The line that puts it into a page").click()
    assert demo.evaluate("document.documentElement.scrollWidth <= innerWidth")
    injected = demo.context.new_page()  # axe is a script of ours, which the page's policy would not run
    injected.route("**/widget/demo*", _without_policy)
    injected.goto(demo.url)
    assert [found["id"] for found in Axe().run(injected).response["violations"]] == []


def _without_policy(route: Route) -> None:
    response = route.fetch()
    headers = {name: value for name, value in response.headers.items() if name != "content-security-policy"}
    route.fulfill(response=response, headers=headers)
