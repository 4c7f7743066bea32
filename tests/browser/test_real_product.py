"""The product as a user starts it: ``footnote serve`` as a process, the real model, a real browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_chat import ask, emphasised, quote_from_api

pytestmark = [pytest.mark.browser, pytest.mark.model]

WHO = "Who asked for the intervention of the Collective Defense Pact troops?"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the command in a home of its own; give the address that it prints."""
    home: Path = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", str(port)]
    places = {name: str(home) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | places) as server:
        assert server.stdout is not None
        found = re.search(r"http://[\d.:]+", server.stdout.readline())
        assert found is not None
        for _ in range(100):
            try:
                httpx2.get(f"{found[0]}/healthz").raise_for_status()
                break
            except httpx2.TransportError:
                server.poll()
                assert server.returncode is None
        yield found[0]
        server.terminate()


def test_the_seed_article_answers_with_the_words_it_rests_on(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    turn = ask(page, WHO)
    expect(turn).to_contain_text("Tokaev")
    turn.get_by_role("button", name="Footnote 1").click()
    quote = quote_from_api(address, WHO)
    assert emphasised(page) == quote
    assert "Tokaev, who called for the intervention of the troops of the Collective Defense Pact" in quote


def test_what_the_seed_article_does_not_say_is_not_answered(address: str, open_page: OpenPage) -> None:
    turn = ask(open_page(address), "What is the capital of Australia?")
    expect(turn).to_contain_text("The article does not say.")
    expect(turn.get_by_role("button", name="Footnote 1")).to_have_count(0)


def test_every_example_question_is_answered(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    examples = page.locator("[data-ask]").evaluate_all("buttons => buttons.map(each => each.dataset.ask)")
    statuses = {q: httpx2.post(f"{address}/v1/ask", json={"question": q}).json()["status"] for q in examples}
    assert set(statuses.values()) == {"answered"}, statuses
    assert len(statuses) == 4
