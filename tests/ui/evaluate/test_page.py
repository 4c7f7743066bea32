"""The evaluation page: one document that its policy lets nothing else into, in each language."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ui.evaluate.page import PATH, add_evaluation_page, page_html
from ui.replies.messages import wording_of, wordings


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    add_evaluation_page(app)
    return TestClient(app)


def test_its_policy_names_the_scripts_and_the_style_that_stand_in_it_and_no_others(client: TestClient) -> None:
    response = client.get(PATH)
    written = re.findall(r"<(script|style)>(.*?)</\1>", response.text, re.DOTALL)
    hashes = [
        (kind, f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'")
        for kind, text in written
    ]
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["script-src"].split() == [each for kind, each in hashes if kind == "script"]
    assert policy["style-src"].split() == [each for kind, each in hashes if kind == "style"]
    assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")


def test_it_loads_nothing_and_runs_nothing_from_attributes(client: TestClient) -> None:
    text = client.get(PATH).text
    markup = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert re.findall(r"""\b(?:src|style|on\w+)=|url\(""", markup) == []
    assert "http" not in re.sub(r'href="data:,"', "", markup)


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [("", "", "en"), ("", "ru-RU", "ru"), ("lang=it", "ru", "it"), ("lang=tlh", "de", "de"), ("lang=<b>", "", "en")],
)
def test_it_speaks_the_language_of_its_address_or_one_that_the_browser_likes(
    client: TestClient, query: str, accepted: str, language: str
) -> None:
    text = client.get(f"{PATH}?{query}", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}" dir="ltr">' in text


@pytest.mark.parametrize("language", wordings())
def test_its_script_is_given_all_that_it_says(language: str) -> None:
    words = wording_of(language)
    (told,) = re.findall(r'id="fe-words">(.*?)</script>', page_html(words), re.DOTALL)
    texts = json.loads(told)["texts"]
    assert texts["evaluation.usable"] == words.texts["evaluation.usable"]
    assert {key for key in words.texts if key.startswith("evaluation.")} <= set(texts)
