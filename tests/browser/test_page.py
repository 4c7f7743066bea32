"""The page around the conversation: languages, colours, links, the tour, a server that has gone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from index.article import Article
from tests.browser.conftest import PHONE, OpenPage, Server
from tests.browser.test_chat import SEVERAL, UNSTATED, WHO, ask, emphasised, quote_from_api
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, answer, seed_article, seed_product

pytestmark = pytest.mark.browser


def choose_language(page: Page, language: str) -> None:
    page.locator("#fn-language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)


# Languages


def test_the_whole_page_speaks_the_language_that_is_chosen(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, SEVERAL)
    ask(page, UNSTATED)
    choose_language(page, "ru")
    expect(page.locator(".fn-is-answer")).to_contain_text("Это ответ только на часть вопроса")
    expect(page.locator(".fn-is-answer .fn-status").first).to_have_text("✓ цитата найдена слово в слово")
    expect(page.locator(".fn-is-abstention")).to_contain_text("В статье об этом не сказано.")
    expect(page.locator(".fn-source header")).to_contain_text("6 января 2022")
    expect(page.get_by_label("Вопрос", exact=True)).to_have_attribute("placeholder", "Задайте вопрос")
    expect(page.get_by_role("button", name="Спросить", exact=True)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="В статье об этом не сказано.")).to_have_count(1)
    page.locator(".fn-is-answer .fn-marker").last.click()  # and all still works
    assert emphasised(page) == quote_from_api(url, SEVERAL, 2)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ru")  # it is kept


def test_numbers_have_the_plural_forms_of_the_language(open_page: OpenPage) -> None:
    articles = [Article(id=f"a{n}", title=f"T{n}", text="Text.") for n in range(22)]
    with Server(FakeProduct(FakeLibrary(articles), ScriptedAssistant())) as url:
        page = open_page(f"{url}?lang=ru")
        expect(page.locator(".fn-shelf-title")).to_have_text("22 статьи")
        expect(page.locator(".fn-welcome h2")).to_have_text("Задайте вопрос по 22 статьям")


def test_a_new_page_speaks_the_browsers_language_and_the_address_goes_first(url: str, open_page: OpenPage) -> None:
    page = open_page(url, locale="de-AT")
    expect(page.locator(".fn-welcome h2")).to_have_text("Stellen Sie dem Artikel eine Frage")
    page.goto(f"{url}?lang=it")
    expect(page.locator(".fn-welcome h2")).to_have_text("Fai una domanda all’articolo")


# Colours


def test_colours_that_are_chosen_are_kept(url: str, open_page: OpenPage) -> None:
    page = open_page(url, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    button = page.locator("#fn-theme")
    expect(button).to_have_accessible_name("Colours: as the system")
    button.click()
    button.click()
    expect(button).to_have_accessible_name("Colours: dark")
    dark = page.evaluate(paper)
    page.reload()
    expect(button).to_have_accessible_name("Colours: dark")
    assert page.evaluate(paper) == dark != light
    button.click()
    assert page.evaluate(paper) == light


# Links


def test_the_address_leads_to_the_question_that_was_asked(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    assert parse_qs(urlsplit(page.url).query)["q"] == [WHO]
    again = open_page(page.url)
    expect(again.locator(".fn-is-answer .fn-question")).to_have_text(WHO)
    expect(again.locator(".fn-turn")).to_have_count(1)


def test_a_link_to_an_answer_can_be_copied(url: str, open_page: OpenPage) -> None:
    page = open_page(url, permissions=["clipboard-read", "clipboard-write"])
    first = ask(page, WHO)
    ask(page, UNSTATED)
    page.locator(".fn-turn").first.get_by_role("button", name="Link").click()
    expect(page.locator("#fn-said")).to_have_text("The link is copied.")
    link = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    assert (f"{link.scheme}://{link.netloc}", parse_qs(link.query)) == (url, {"q": [WHO]})
    assert first is not None


def test_a_link_to_an_article_asks_that_article_alone(open_page: OpenPage) -> None:
    tea = Article(id="tea", title="On tea", text="Tea is dried. It is brewed.")
    assistant = ScriptedAssistant({"q": answer(tea, "q", "It is brewed.")})
    with Server(FakeProduct(FakeLibrary([seed_article(), tea]), assistant)) as url:
        page = open_page(f"{url}?article=tea&q=q")
        expect(page.locator(".fn-is-answer")).to_contain_text("It is brewed.")
        expect(page.locator(".fn-source h2")).to_have_text("On tea")
        expect(page.locator(".fn-scope")).to_contain_text("Only “On tea” is asked.")
        page.get_by_role("button", name="Ask all articles").click()
        expect(page.locator(".fn-scope")).to_have_count(0)
        ask(page, "q")
        assert assistant.asked == [("q", ("tea",)), ("q", None)]
        assert "article" not in parse_qs(urlsplit(page.url).query)


def test_a_link_to_an_article_that_has_gone_says_so(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}?article=gone")
    expect(page.locator(".fn-source")).to_have_text("This article is no longer here.")
    expect(page.locator(".fn-scope")).to_have_count(0)


def test_an_address_cannot_write_into_the_page(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}?lang=%22%3E%3Cb%3E&article=%3Cimg%20src=x%3E&q=%3Cimg%20src=x%20onerror=alert(1)%3E")
    expect(page.locator(".fn-question")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#fn-page img")).to_have_count(0)


# The tour


def test_the_tour_is_offered_below_the_examples_until_it_was_seen(url: str, open_page: OpenPage) -> None:
    page = open_page(url, tour=True)
    tour, offer = page.get_by_role("dialog", name="A short tour"), page.get_by_role("button", name="Take the tour")
    example = page.locator(".fn-chips button").last
    expect(example).to_be_visible()
    expect(tour).to_be_hidden()
    assert top_of(offer) > top_of(example)
    offer.click()
    expect(tour).to_contain_text("1 of 3")
    expect(tour.get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(tour).to_contain_text("2 of 3")
    page.keyboard.press("Enter")
    expect(tour.get_by_role("button", name="Start")).to_be_focused()
    page.keyboard.press("Enter")
    expect(tour).to_be_hidden()
    expect(offer).to_be_hidden()
    page.reload()
    expect(example).to_be_visible()
    expect(offer).to_be_hidden()
    page.get_by_role("button", name="Show the tour").click()
    expect(tour).to_contain_text("1 of 3")
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    expect(page.get_by_role("button", name="Show the tour")).to_be_focused()


def top_of(part: Locator) -> float:
    box = part.bounding_box()
    assert box is not None
    return box["y"]


def test_escape_ends_the_tour_for_good_and_leads_to_the_question(url: str, open_page: OpenPage) -> None:
    page = open_page(url, PHONE, tour=True)
    page.get_by_role("button", name="Take the tour").click()
    expect(page.locator("#fn-tour")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    assert page.evaluate("localStorage.getItem('footnote-tour')") == "seen"


# Waiting, and a server that has gone


def test_nothing_moves_when_the_reply_takes_the_place_of_waiting(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    page.evaluate("""() => {
      window.tops = [];
      new MutationObserver(() => requestAnimationFrame(() => {
        const question = [...document.querySelectorAll('.fn-question')].at(-1);
        window.tops.push([document.querySelectorAll('.fn-turn').length, question.getBoundingClientRect().top]);
      })).observe(document.querySelector('#fn-conversation'), {childList: true, subtree: true});
    }""")
    ask(page, SEVERAL)
    page.wait_for_timeout(200)
    tops = {round(top) for turns, top in page.evaluate("window.tops") if turns == 2}
    assert len(tops) == 1


def test_a_server_that_cannot_be_reached_is_told_and_asked_again_on_demand(url: str, open_page: OpenPage) -> None:
    page = open_page(url, faults_allowed=True)  # the browser reports each connection that fails
    ask(page, WHO)
    page.route("**/queue/join*", lambda route: route.abort())
    page.route("**/app_id*", lambda route: route.abort())  # else Gradio loads the page anew by itself
    page.locator("#fn-composer textarea").fill(UNSTATED)
    page.keyboard.press("Enter")
    trouble = page.get_by_role("group", name="Footnote cannot be reached.")
    expect(trouble).to_be_visible()
    expect(page.locator(".toast-wrap :visible")).to_have_count(0)
    page.route("**/healthz", lambda route: route.abort())
    trouble.get_by_role("button", name="Try again").click()
    page.wait_for_timeout(300)  # for what must not happen there is nothing to wait for
    expect(trouble).to_be_visible()
    page.unroute("**/queue/join*")
    page.unroute("**/healthz")
    trouble.get_by_role("button", name="Try again").click()
    expect(page.locator(".fn-is-abstention .fn-question")).to_have_text(UNSTATED)
    expect(trouble).to_be_hidden()


def test_a_question_that_a_server_did_not_hear_is_asked_of_the_next_one(open_page: OpenPage) -> None:
    with Server(seed_product()) as url:
        page = open_page(url, faults_allowed=True)
        ask(page, WHO)
        choose_language(page, "it")
    page.locator("#fn-composer textarea").fill(UNSTATED)
    page.keyboard.press("Enter")
    trouble = page.get_by_role("group", name="Footnote non è raggiungibile.")
    expect(trouble).to_be_visible()
    with Server(seed_product(), port=int(url.rpartition(":")[2])):
        page.reload()
        expect(page.locator(".fn-is-abstention")).to_contain_text("L’articolo non lo dice.")
        expect(trouble).to_be_hidden()


@pytest.mark.parametrize(("width", "most"), [(390, 390), (1280, 720), (3840, 1400)])
def test_lines_stay_short_enough_to_read(url: str, open_page: OpenPage, width: int, most: int) -> None:
    page = open_page(url, (width, 900))
    box = ask(page, SEVERAL).locator(".fn-answer").bounding_box()
    assert box is not None
    assert box["width"] <= most
