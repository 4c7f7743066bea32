"""The widget on pages of another origin, in real Chromium, under a policy that lets in its host and nothing else."""

from __future__ import annotations

import gzip
import html
import io
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from index.article import Span
from qa.answer import Answer, Reply
from qa.citing import verify
from tests.browser.conftest import DESK, FLAGS, PHONE, chromium
from tests.browser.test_accessibility import barriers
from tests.browser.test_chat import SEVERAL, UNSTATED, WHO
from tests.browser.widget_server import MODULE, FakeWidget, Served, Site
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, answer, seed_article, seed_product
from ui.replies.messages import confidence_in_words, wording_of
from ui.widget.script import FOLDER

pytestmark = pytest.mark.browser

MOST_BYTES = 15_000
README = FOLDER / "README.md"
PARAGRAPHS = "".join(f"<p>{html.escape(block)}</p>" for block in seed_article().text.split("\n\n"))
TEXT = seed_article().text
ACROSS = TEXT[TEXT.index("Tokaev, who called") : TEXT.index(" China maintains")]  # the end of a paragraph and the next
ARTICLE = f"<h1>Kazakhstan on fire</h1><article>{PARAGRAPHS}</article>"
LOG_EVENTS = """() => {
    window.heard = [];
    for (const name of ["ready", "open", "close", "question", "answer-start", "answer-end", "citation-click",
                        "feedback", "error", "reset"]) {
        document.addEventListener(`footnote-${name}`, (event) => window.heard.push([name, event.detail]));
    }
}"""
OpenHost = Callable[..., Page]


def news() -> FakeProduct:
    """Return the seed article's scripted replies, with what stands around each quote, and three more."""
    article = seed_article()
    product = seed_product()
    several = answer(article, "mixed", ACROSS, "China maintains a silence")
    first, second = several.citations
    notes = (
        replace(first, status="repaired", supports=Span(2, 4)),
        replace(second, status="unverified", supports=Span(9, 11)),
    )
    doubted = replace(several, citations=notes, text="🙂 It [1] is [2] <b>so</b>.", unsupported=(Span(16, 26),))
    replies = {**product.assistant.replies, "across": answer(article, "across", ACROSS), "mixed": doubted}
    placed = {question: _placed(reply) for question, reply in replies.items()}
    return replace(product, assistant=ScriptedAssistant(placed))


def _placed(reply: Reply | Exception) -> Reply | Exception:
    if not isinstance(reply, Answer):
        return reply
    checked = (verify(citation, seed_article()) for citation in reply.citations)
    notes = [replace(new, status=old.status) for new, old in zip(checked, reply.citations, strict=True) if new]
    return replace(reply, citations=tuple(notes))


@pytest.fixture
def widget() -> FakeWidget:
    return FakeWidget(news())


@pytest.fixture
def server(widget: FakeWidget) -> Iterator[str]:
    with Served(widget.app()) as server:
        yield server
        widget.go_on.set()


@pytest.fixture
def site(server: str) -> Iterator[tuple[Site, str]]:
    site = Site(server)
    with Served(site.app()) as address:
        yield site, address


@pytest.fixture
def open_host(browser: Browser, site: tuple[Site, str]) -> Iterator[OpenHost]:
    """Open a page of another origin; it fails on a script's fault, a broken policy, a cookie, a request elsewhere."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []
    addresses: list[str] = []

    def open_at(
        body: str, size: tuple[int, int] = DESK, *, wait: bool = True, before: str = "", **options: Any
    ) -> Page:
        viewport: Any = {"width": size[0], "height": size[1]}
        context = browser.new_context(**{"viewport": viewport, "reduced_motion": "reduce", **options})
        contexts.append(context)
        context.add_init_script(f"({LOG_EVENTS})()")
        if before:
            context.add_init_script(before)
        page = context.new_page()
        page.on("request", lambda request: addresses.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        site[0].pages["news"] = (
            f'<!doctype html><html lang="en"><head><title>News</title></head><body>{body}</body></html>'
        )
        page.goto(f"{site[1]}/news")
        if wait:
            expect(page.locator("footnote-chat .panel")).to_be_attached()
            until(page, "window.heard.some(([name]) => name === 'ready')")
        return page

    yield open_at
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert [address for address in addresses if not address.startswith((site[0].server, site[1]))] == []
    assert [fault for fault in faults if "Failed to load resource" not in fault] == []


@pytest.fixture
def line(server: str) -> Callable[..., str]:
    """Return the script line of a publisher, with more attributes if some are named."""
    return lambda more="": f'<script type="module" src="{server}/widget/v1/footnote.js" {more}></script>'


@pytest.fixture
def tag(line: Callable[..., str]) -> Callable[..., str]:
    """Return an article with the element below it, and the script that defines it."""
    return lambda more="", body=ARTICLE: f'{body}<footnote-chat site-key="pk_test" {more}></footnote-chat>{line()}'


def until(page: Page, claim: str) -> None:
    """Wait until a claim is true; Playwright's own way would evaluate a string, which the page's policy forbids."""
    for _ in range(400):
        if page.evaluate(claim):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {claim}")


def chat(page: Page) -> Locator:
    return page.locator("footnote-chat")


def ask(page: Page, question: str) -> Locator:
    box = chat(page).locator("textarea")
    if not box.is_visible():
        chat(page).locator(".launcher").click()
    turns = chat(page).locator(".turn")
    before = turns.count()
    box.fill(question)
    box.press("Enter")
    expect(turns).to_have_count(before + 1)
    expect(chat(page).locator(".waiting")).to_have_count(0)
    return turns.last


def painted(page: Page) -> str:
    return str(page.evaluate("[...(CSS.highlights.get('footnote') ?? [])].map((range) => range.toString()).join(' ')"))


def bare(text: str) -> str:
    """Leave out what a match leaves out: white space, soft hyphens, characters without width."""
    return re.sub(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]", "", text)


def heard(page: Page, name: str) -> list[Any]:
    return list(page.evaluate("name => window.heard.filter(([heard]) => heard === name).map(([, d]) => d)", name))


def quote_of(widget: FakeWidget, question: str, number: int = 1) -> str:
    reply: Any = widget.product.assistant.replies[question]
    return str(reply.citations[number - 1].quote)


def asked(widget: FakeWidget, path: str) -> list[dict[str, Any]]:
    return [request for request in widget.asked if request["path"] == path]


# The promise of size


def test_the_module_keeps_to_its_size() -> None:
    assert len(gzip.compress(MODULE, 9, mtime=0)) <= MOST_BYTES


@pytest.mark.parametrize(
    "forbidden", ["innerHTML", "outerHTML", "eval(", "Function(", "document.cookie", ".style.", "insertAdjacent"]
)
def test_the_module_does_without(forbidden: str) -> None:
    assert forbidden not in MODULE.decode()


NAMES = [
    pytest.param(r'(?:getAttribute|attribute)\("([a-z-]+)"', r"`{}`", id="attributes"),
    pytest.param(r"var\((--footnote-[a-z-]+)", r"`{}`", id="custom properties"),
    pytest.param(r'part: "([a-z]+)', r"`{}`", id="parts"),
    pytest.param(r'#emit\("([a-z-]+)"', r"`footnote-{}`", id="events"),
]


@pytest.mark.parametrize(("name", "written"), NAMES)
def test_all_that_a_publisher_can_use_is_in_the_readme(name: str, written: str) -> None:
    used = set(re.findall(name, MODULE.decode()))
    readme = README.read_text(encoding="utf-8")
    assert used
    assert {each for each in used if written.format(each) not in readme} == set()


# One line


def test_one_script_line_answers_with_footnotes(
    open_host: OpenHost, widget: FakeWidget, line: Callable[..., str]
) -> None:
    page = open_host(ARTICLE + line('data-site-key="pk_test" data-heading="Ask the news"'))
    expect(chat(page)).to_have_count(1)
    turn = ask(page, SEVERAL)
    expect(turn.locator(".pill")).to_have_text(["1", "2"])
    expect(turn.locator(".status")).to_have_text(["✓ quote found word for word", "✓ quote found word for word"])
    expect(turn.locator("q")).to_have_text([quote_of(widget, SEVERAL, n) for n in (1, 2)])
    expect(chat(page).get_by_role("heading", name="Ask the news")).to_be_visible()
    sent = asked(widget, "ask")[0]
    assert {key: sent[key] for key in ("question", "stream")} == {"question": SEVERAL, "stream": True}
    assert sent["headers"]["x-site-key"] == "pk_test"
    assert re.fullmatch(r"[0-9a-f]{32}", sent["headers"]["x-session-id"])
    assert "cookie" not in sent["headers"]


def test_a_module_loaded_twice_makes_one_element(open_host: OpenHost, server: str, line: Callable[..., str]) -> None:
    again = f'<script type="module" src="{server}/widget/v1/footnote.js?again" data-site-key="pk_test"></script>'
    page = open_host(ARTICLE + line('data-site-key="pk_test"') + line('data-site-key="pk_test"') + again)
    page.wait_for_load_state("networkidle")
    expect(chat(page)).to_have_count(1)
    expect(ask(page, WHO).locator(".pill")).to_have_count(1)


def test_a_module_loaded_long_after_the_page_works(open_host: OpenHost, server: str) -> None:
    page = open_host(ARTICLE, wait=False)
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """(source) => {
            const script = Object.assign(document.createElement("script"), { type: "module", src: source });
            script.dataset.siteKey = "pk_test";
            document.head.append(script);
        }""",
        f"{server}/widget/v1/footnote.js",
    )
    expect(ask(page, WHO).locator(".pill")).to_have_count(1)


def test_calls_made_before_the_module_came_are_done(open_host: OpenHost, line: Callable[..., str]) -> None:
    before = f"window.footnote = []; footnote.push(['open'], ['ask', {WHO!r}])"
    page = open_host(ARTICLE + line('data-site-key="pk_test"'), before=before)
    expect(chat(page).locator(".pill")).to_have_count(1)
    page.evaluate("footnote.close()")
    expect(chat(page).locator(".panel")).to_be_hidden()
    page.evaluate("footnote.push(['toggle'])")
    expect(chat(page).locator(".panel")).to_be_visible()
    assert "no method" in page.evaluate(
        "(() => { try { footnote.push(['setModel']) } catch (e) { return e.message } })()"
    )


# The words in the page

QUOTE = TEXT[TEXT.index("The USA, Turkey") : TEXT.index(" China maintains")]
ONE, TWO = ACROSS.split("\n\n")
START, END = QUOTE[:40], QUOTE[40:]
LAYOUTS = [
    pytest.param(f"<p>{QUOTE}</p>", id="plain"),
    pytest.param(
        f"<p><b>{START[:9]}<i>{START[9:20]}</i></b><a href='#'>{START[20:]}</a>{END} More.</p>", id="inline tags"
    ),
    pytest.param(f"<p>{QUOTE.replace(' ', chr(160) + chr(10))}</p>", id="other white space"),
    pytest.param(f"<p>{QUOTE.replace('Turkey', 'Tur&shy;key').replace('im', 'i&#8203;m')}</p>", id="soft hyphens"),
    pytest.param(f"<p>{QUOTE.replace(' – ', '<br>– ')}</p>", id="a line break"),
    pytest.param(
        f"<p>{START}<span hidden>Buy!</span><script type='text/plain'>1</script>{END}</p>", id="hidden text within"
    ),
    pytest.param(f"<p>{START}<span aria-hidden=true>*</span>{END}</p>", id="a sign for the eye within"),
    pytest.param(f"<div><div>{QUOTE}</div></div><aside>{QUOTE[:50]}…</aside>", id="a shorter pull quote"),
    pytest.param(f"<article>Other news</article><article><p>{QUOTE}</p></article>", id="one of several articles"),
]
UNCERTAIN = [
    pytest.param("<p>Other words.</p>", id="not there"),
    pytest.param(f"<p>{START}<span>Advertisement</span>{END}</p>", id="an advertisement within the sentence"),
    pytest.param(f"<p>{START}</p><div>Advertisement</div><p>{END}</p>", id="an advertisement in the one paragraph"),
    pytest.param(f"<p hidden>{QUOTE}</p>", id="hidden"),
    pytest.param(f"<noscript><p>{QUOTE}</p></noscript><textarea>{QUOTE}</textarea>", id="no text of the page"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_click_on_a_footnote_paints_exactly_its_quote(
    open_host: OpenHost, tag: Callable[..., str], layout: str
) -> None:
    page = open_host(tag(body=f"<main>{layout}</main>"))
    ask(page, SEVERAL).locator(".pill").first.click()
    assert bare(painted(page)) == bare(QUOTE)
    expect(chat(page).locator(".place")).to_be_hidden()


@pytest.mark.parametrize("layout", UNCERTAIN)
def test_words_that_are_not_certain_are_shown_in_the_panel(
    open_host: OpenHost, tag: Callable[..., str], layout: str
) -> None:
    page = open_host(tag(body=f"<main>{layout}</main>"))
    ask(page, SEVERAL).locator(".pill").first.click()
    expect(chat(page).locator(".place mark")).to_have_text(QUOTE)
    expect(chat(page).locator(".place blockquote")).to_contain_text("China maintains a silence")
    assert painted(page) == ""
    chat(page).get_by_role("button", name="Back").click()
    expect(chat(page).locator(".pill").first).to_be_focused()


@pytest.mark.parametrize(
    "between",
    [
        pytest.param("", id="nothing"),
        pytest.param("<div class=ad>Advertisement</div>", id="an advertisement"),
        pytest.param("<figure><img alt=''><figcaption>A photo. Somebody</figcaption></figure>", id="a figure"),
    ],
)
def test_a_quote_of_two_paragraphs_is_painted_around_what_interrupts_it(
    open_host: OpenHost, tag: Callable[..., str], between: str
) -> None:
    page = open_host(tag(body=f"<article><p>So <em>it was</em>. {ONE}</p>{between}<p>{TWO} More.</p></article>"))
    ask(page, "across").locator(".pill").click()
    assert bare(painted(page)) == bare(ACROSS)


def news_page() -> str:
    """Return the article as a news site lays it out: each name linked, something to buy after each paragraph."""
    linked = re.sub(r"(Kazakhstan|Russia|Putin)", r'<a href="#"><span>\1</span></a>', PARAGRAPHS)
    photo = "<figure><figcaption>A photo</figcaption></figure>"
    between = f'<div class="ad"><span>Advertisement</span><p>Buy a car.</p></div>{photo}'
    text = linked.replace("</p>", f"</p>{between}")
    teasers = "".join(f"<article><h3>Other news {n}</h3><p>{TEXT[:200]}…</p></article>" for n in range(3))
    return (
        "<header><nav><ul><li>Home<li>World</ul></nav></header><main><article><h1>Kazakhstan on fire</h1>"
        f"<div><div class=text>{text}</div></div><aside>{QUOTE[:60]}…</aside></article>"
        f"<section>{teasers}</section></main><footer>© {ONE[:40]}</footer>"
    )


def test_on_a_news_page_each_footnote_finds_its_words(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag(body=news_page()))
    for question, count in ((SEVERAL, 2), ("across", 1), (WHO, 1)):
        turn = ask(page, question)
        for number in range(1, count + 1):
            turn.locator(".pill").nth(number - 1).click()
            assert bare(painted(page)) == bare(quote_of(widget, question, number))


def test_the_article_is_looked_for_where_the_publisher_says(open_host: OpenHost, tag: Callable[..., str]) -> None:
    body = f"<p>{QUOTE}</p><div id=text><p>{QUOTE}</p></div>"
    page = open_host(tag('article-selector="#text"', body))
    ask(page, SEVERAL).locator(".pill").first.click()
    assert (
        page.evaluate("[...CSS.highlights.get('footnote')][0].startContainer.parentElement.parentElement.id") == "text"
    )


def test_painted_words_are_seen_and_not_covered(open_host: OpenHost, tag: Callable[..., str]) -> None:
    for size in (DESK, PHONE):
        page = open_host(tag(), size)
        ask(page, SEVERAL).locator(".pill").first.click()
        words = page.evaluate(
            "(() => { const r = [...CSS.highlights.get('footnote')][0].getBoundingClientRect();"
            " return [r.left, r.top, r.right, r.bottom] })()"
        )
        panel = chat(page).locator(".panel").bounding_box()
        assert panel is not None
        assert 0 <= words[1] < words[3] <= size[1]
        assert words[3] <= panel["y"] or words[2] <= panel["x"]
        expect(chat(page).locator(".pill").first).to_be_focused()


@pytest.mark.parametrize(("wanted", "is_open"), [("panel", True), ("off", False)])
def test_a_publisher_can_leave_the_page_unpainted(
    open_host: OpenHost, tag: Callable[..., str], wanted: str, is_open: bool
) -> None:
    page = open_host(tag(f'highlight="{wanted}"'))
    ask(page, SEVERAL).locator(".pill").first.click()
    expect(chat(page).locator(".place")).to_be_visible(visible=is_open)
    assert painted(page) == ""


def test_a_page_may_handle_a_click_itself(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    page.evaluate("document.addEventListener('footnote-citation-click', (event) => event.preventDefault())")
    ask(page, SEVERAL).locator(".pill").nth(1).click()
    assert painted(page) == ""
    (told,) = heard(page, "citation-click")
    assert (told["n"], told["status"], told["source"]["article_id"]) == (2, "verified", "seed")


class TestTextFragments:
    @pytest.fixture
    def browser(self, browser: Browser) -> Iterator[Browser]:
        """The whole browser: its headless shell paints none."""
        with closing(browser.browser_type.launch(executable_path=chromium(whole=True), args=FLAGS)) as whole:
            yield whole

    def test_a_browser_that_cannot_paint_follows_the_text_fragment_or_shows_the_panel(
        self, open_host: OpenHost, tag: Callable[..., str], site: tuple[Site, str]
    ) -> None:
        site[0].policy = "style-src 'self'"
        site[0].pages["blue.css"] = "::target-text { background: rgb(1, 2, 250) }"
        page = open_host('<link rel="stylesheet" href="/blue.css">' + tag(), before="delete CSS.highlights")
        ask(page, SEVERAL).locator(".pill").first.click()
        expect(chat(page).locator(".place")).to_be_hidden()
        colours = Image.open(io.BytesIO(page.screenshot())).convert("RGB").getcolors(1 << 24)
        assert (1, 2, 250) in [colour for _, colour in colours or ()]
        page = open_host(tag(), before="delete CSS.highlights; delete Document.prototype.fragmentDirective")
        ask(page, SEVERAL).locator(".pill").first.click()
        expect(chat(page).locator(".place mark")).to_have_text(QUOTE)


def test_nearest_passages_are_found_in_the_page_too(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    turn = ask(page, UNSTATED)
    expect(turn).to_contain_text("The article does not say.")
    expect(turn.locator(".pill")).to_have_count(0)
    turn.locator(".cited").last.click()
    assert painted(page).startswith("But Kazakhstan is nine times the size of Italy")


def test_a_quote_that_is_no_longer_in_its_article_is_shown_without_other_words(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    article = replace(seed_article(), text=seed_article().text.replace("Turkey", "Norway"))
    widget.product = replace(widget.product, library=FakeLibrary([article]))
    page = open_host(tag('highlight="panel"'))
    with page.expect_response("**/source?*"):
        ask(page, SEVERAL).locator(".pill").first.click()
    page.wait_for_timeout(300)  # for it to be shown, if it were
    expect(chat(page).locator(".place blockquote")).to_have_text(QUOTE)


# What the publisher's page does to it

HOSTILE = (
    "* { all: unset !important } div, section, dialog, button, footnote-chat { display: none !important }"
    " * { transition: all 1s !important; visibility: hidden; font-size: 40px !important; color: red !important }"
)
LOOK = """() => [...document.querySelector("footnote-chat").shadowRoot.querySelectorAll("*")].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const { color, fontSize, visibility } = getComputedStyle(element);
    return [element.className, x, y, width, height, color, fontSize, visibility].join(" ");
})"""


@pytest.mark.parametrize("mode", ["launcher", "panel"])
def test_no_style_of_the_page_reaches_it(
    open_host: OpenHost, tag: Callable[..., str], site: tuple[Site, str], mode: str
) -> None:
    site[0].policy = "style-src 'self'"
    site[0].pages["hostile.css"] = HOSTILE
    kind = tag(f'mode="{mode}"')
    kindly, hostile = open_host(kind), open_host('<link rel="stylesheet" href="/hostile.css">' + kind)
    for page in (kindly, hostile):
        ask(page, SEVERAL)
        chat(page).locator("textarea").blur()
    look = kindly.evaluate(LOOK)
    assert len(look) > 30
    assert hostile.evaluate(LOOK) == look
    chat(hostile).locator(".pill").first.click()
    assert painted(hostile) == QUOTE


def test_an_element_taken_out_leaves_nothing_behind(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    ask(page, SEVERAL).locator(".pill").first.click()
    assert page.evaluate("document.adoptedStyleSheets.length") == 1
    page.evaluate("document.querySelector('footnote-chat').remove()")
    assert page.evaluate("[CSS.highlights.size, document.adoptedStyleSheets.length]") == [0, 0]
    assert page.evaluate("document.body.querySelectorAll('[style], style').length") == 0


def test_an_element_put_back_goes_on(open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget) -> None:
    page = open_host(tag())
    ask(page, SEVERAL)
    for _ in range(3):
        page.evaluate("window.kept ??= document.querySelector('footnote-chat'); kept.remove()")
        page.evaluate("document.body.append(kept)")
    expect(chat(page).locator(".turn")).to_have_count(1)
    expect(chat(page).locator(".launcher")).to_have_count(1)
    ask(page, WHO).locator(".pill").click()
    assert painted(page) == quote_of(widget, WHO)
    assert len(heard(page, "citation-click")) == 1


def test_a_new_element_shows_what_the_old_one_was_asked(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    ask(page, SEVERAL)
    page.evaluate("""() => {
        document.querySelector("footnote-chat").remove();
        const fresh = document.createElement("footnote-chat");
        fresh.setAttribute("site-key", "pk_test");
        document.body.append(fresh);
    }""")
    chat(page).locator(".launcher").click()
    expect(chat(page).locator(".turn .question")).to_have_text([SEVERAL])


def test_the_element_of_a_line_outlives_a_new_body(open_host: OpenHost, line: Callable[..., str]) -> None:
    page = open_host(ARTICLE + line('data-site-key="pk_test"'))
    page.evaluate("document.body = document.createElement('body')")
    expect(chat(page).locator(".launcher")).to_be_visible()
    page.evaluate("footnote.destroy(); document.body = document.createElement('body')")
    expect(chat(page)).to_have_count(0)


def test_what_the_server_says_is_text_and_never_markup(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag("heading='<i>x</i>' questions='[\"<u>why</u>\"]'"))
    expect(chat(page).locator("h2")).to_have_text("<i>x</i>")
    turn = ask(page, "mixed")
    expect(turn.locator(".answer")).to_contain_text("<b>so</b>")
    widget.refuse = {"ask": 422}
    expect(ask(page, "<img src=x onerror=alert(1)>")).to_contain_text("<b>refused</b>")
    assert chat(page).locator("i, u, b, img").count() == 0


# A conversation


def test_states_of_sources_and_statements_are_said(open_host: OpenHost, tag: Callable[..., str]) -> None:
    turn = ask(open_host(tag()), "mixed")
    expect(turn.locator(".status")).to_have_text(["≈ quote found, place corrected", "! quote not found"])
    expect(turn.locator(".doubtful")).to_have_text(["<b>so</b>."])  # counted in code points, after 🙂
    expect(turn.locator(".answer small")).to_have_count(1)


def test_numbers_wait_for_their_sources_while_an_answer_comes(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag())
    widget.go_on.clear()
    chat(page).locator(".launcher").click()
    chat(page).locator("textarea").fill(SEVERAL)
    chat(page).locator("textarea").press("Enter")
    expect(chat(page).locator(".answer")).to_contain_text("an influential minority")
    expect(chat(page).locator(".answer")).not_to_contain_text("[")
    expect(chat(page).locator(".waiting")).to_be_visible()
    widget.go_on.set()
    expect(chat(page).locator(".waiting")).to_have_count(0)
    expect(chat(page).locator(".pill")).to_have_count(2)


def test_a_question_can_be_stopped_and_asked_again(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag())
    widget.go_on.clear()
    chat(page).locator(".launcher").click()
    chat(page).locator("textarea").fill(WHO)
    chat(page).locator("textarea").press("Enter")
    chat(page).get_by_role("button", name="Stop").click()
    expect(chat(page).locator(".turn")).to_contain_text("Stopped.")
    widget.go_on.set()
    chat(page).get_by_role("button", name="Try again").click()
    expect(chat(page).locator(".turn .pill")).to_have_count(1)
    expect(chat(page).locator(".turn")).to_have_count(1)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(429, "Too many questions", id="over quota"),
        pytest.param(403, "could not be answered", id="of another origin"),
        pytest.param(500, "could not be answered", id="a defect"),
    ],
)
def test_a_refusal_is_said_and_can_be_tried_again(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget, status: int, said: str
) -> None:
    page = open_host(tag())
    widget.refuse = {"ask": status}
    turn = ask(page, WHO)
    expect(turn).to_contain_text(said)
    assert [told["status"] for told in heard(page, "error")] == [status]
    widget.refuse = {}
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".pill")).to_have_count(1)


def test_a_server_that_is_gone_is_said(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    page.route("**/v1/widget/ask", lambda route: route.abort())
    expect(ask(page, WHO)).to_contain_text("cannot be reached")


def test_a_conversation_stands_after_a_reload_and_a_reset_forgets_it(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag())
    ask(page, SEVERAL)
    page.reload()
    assert asked(widget, "session") == []  # not before somebody looks
    chat(page).locator(".launcher").click()
    expect(chat(page).locator(".turn .question")).to_have_text([SEVERAL])
    chat(page).locator(".pill").first.click()
    assert painted(page) == QUOTE
    with page.expect_response("**/session"):
        chat(page).get_by_role("button", name="New conversation").click()
    expect(chat(page).locator(".turn")).to_have_count(0)
    expect(chat(page).locator(".suggestions")).to_be_visible()
    assert [request["method"] for request in asked(widget, "session")] == ["GET", "DELETE"]
    assert painted(page) == ""
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    first = asked(widget, "ask")[0]["headers"]["x-session-id"]
    ask(page, SEVERAL)
    assert asked(widget, "ask")[1]["headers"]["x-session-id"] != first


@pytest.mark.parametrize(("persist", "kept"), [("off", [0, 0]), ("session", [1, 0]), ("local", [0, 1])])
def test_a_publisher_says_how_long_a_conversation_lasts(
    open_host: OpenHost, tag: Callable[..., str], persist: str, kept: list[int]
) -> None:
    page = open_host(tag(f'persist="{persist}"'))
    ask(page, WHO)
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == kept


def test_a_thumb_is_given_once_and_thanked_for(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag())
    turn = ask(page, WHO)
    turn.get_by_role("button", name="Bad reply").click()
    expect(turn.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "true")
    assert [(told["reply_id"], told["thumb"]) for told in asked(widget, "feedback")] == [("reply-1", "down")]
    assert heard(page, "feedback") == [{"id": "reply-1", "thumb": "down"}]


def test_the_page_hears_what_happens_and_can_do_the_same(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    reply = page.evaluate("async (question) => await footnote.ask(question)", WHO)
    assert reply["status"] == "answered"
    page.evaluate("footnote.close(); footnote.reset()")
    names = [name for name, _ in page.evaluate("window.heard")]
    assert names == ["ready", "open", "question", "answer-start", "answer-end", "close", "reset"]
    (told,) = heard(page, "answer-end")
    assert (told["id"], told["abstained"], len(told["citations"])) == ("reply-1", False, 1)
    assert page.evaluate("async () => await footnote.ask('not yet', { submit: false })") is None
    expect(chat(page).locator("textarea")).to_have_value("not yet")


# Which articles


def test_the_page_it_stands_on_is_read_and_asked(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag('article="page"'))
    page.evaluate("location.hash = 'part'")
    assert asked(widget, "page") == []
    ask(page, WHO)
    ask(page, SEVERAL)
    assert [request["url"] for request in asked(widget, "page")] == [page.url.removesuffix("#part")]
    assert [request["article_ids"] for request in asked(widget, "ask")] == [["seed"], ["seed"]]
    expect(chat(page).locator(".notice")).to_be_hidden()
    page.evaluate("history.pushState({}, '', '/other')")
    ask(page, WHO)
    assert asked(widget, "page")[1]["url"].endswith("/other")


@pytest.mark.parametrize(
    ("more", "held"), [('article="page"', None), ("", [])], ids=["named by the page", "all that the key is for"]
)
@pytest.mark.parametrize("status", [403, 422, 503])
def test_where_the_page_cannot_be_read_nothing_is_asked_and_it_says_so(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget, more: str, held: list[str] | None, status: int
) -> None:
    widget.refuse, widget.article_ids = {"page": status}, held
    page = open_host(tag(more))
    turn = ask(page, WHO)
    expect(turn).to_contain_text("This page could not be read.")
    expect(chat(page).locator(".notice")).to_contain_text("could not be read")
    assert asked(widget, "ask") == []
    turn.get_by_role("button", name="Try again").click()
    expect(turn).to_contain_text("This page could not be read.")
    assert asked(widget, "ask") == []
    widget.refuse = {}
    page.evaluate("history.pushState({}, '', '/other')")
    expect(ask(page, WHO)).to_contain_text("Tokaev")
    assert [request["article_ids"] for request in asked(widget, "ask")] == [["seed"]]


def test_without_a_word_of_the_page_all_that_the_key_names_is_asked_by_name(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    widget.article_ids = ["seed", "second"]
    page = open_host(tag())
    ask(page, WHO)
    assert [request["article_ids"] for request in asked(widget, "ask")] == [["seed", "second"]]
    assert asked(widget, "page") == []


@pytest.mark.parametrize(
    ("more", "ids"),
    [('article="page"', ["seed"]), ('article="tea"', ["tea"]), ("""article='["a", "4"]'""", ["a", "4"])],
    ids=["the page", "one", "two"],
)
def test_questions_to_begin_with_are_about_what_is_asked(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget, more: str, ids: list[str]
) -> None:
    page = open_host(tag(more))
    expect(chat(page).locator(".suggestions button")).to_have_count(0)  # the server's would be of all
    chat(page).locator(".launcher").click()
    expect(chat(page).locator(".suggestions button")).to_have_text([f"What of {article_id}?" for article_id in ids])
    ask(page, WHO)
    assert [request["article_ids"] for request in asked(widget, "ask")] == [ids]


@pytest.mark.parametrize(
    ("question", "said"),
    [(WHO, "High confidence"), ("How big is Kazakhstan compared with Italy?", "Fair confidence")],
)
def test_an_answer_says_how_sure_it_is_as_the_chat_does(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget, question: str, said: str
) -> None:
    reply = widget.product.assistant.replies[question]
    assert isinstance(reply, Answer)
    assert confidence_in_words(reply.confidence, wording_of("en")) == said
    expect(ask(open_host(tag()), question).get_by_text(said)).to_be_visible()


def test_the_widgets_levels_of_confidence_are_the_chats() -> None:
    levels = re.search(r"confidence >= ([\d.]+) \? \"high\" : reply.confidence >= ([\d.]+)", MODULE.decode())
    assert levels is not None
    high, fair = map(float, levels.groups())
    said = [confidence_in_words(confidence, wording_of("en")) for confidence in (high, high - 0.01, fair, fair - 0.01)]
    assert said == ["High confidence", "Fair confidence", "Fair confidence", "Low confidence: check the quote"]


def test_named_articles_are_asked_and_nothing_else_can_be_chosen(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag('article="seed"'))
    ask(page, WHO)
    page.evaluate("footnote.setContext({ articles: ['a', 'b'] })")
    ask(page, WHO)
    page.evaluate("footnote.setContext(null)")
    ask(page, WHO)
    assert [request["article_ids"] for request in asked(widget, "ask")] == [["seed"], ["a", "b"], ["seed"]]
    refused = page.evaluate("(() => { try { footnote.setContext({ model: 'x' }) } catch (e) { return e.name } })()")
    assert refused == "TypeError"


# Modes, words and looks


def test_inline_takes_neither_focus_nor_scroll(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag('mode="inline"') + ARTICLE)
    expect(chat(page).locator(".launcher")).to_have_count(0)
    expect(chat(page).locator("textarea")).to_be_visible()
    assert page.evaluate("[document.activeElement.tagName, scrollY]") == ["BODY", 0]
    page.evaluate("async (question) => await footnote.ask(question)", WHO)
    assert page.evaluate("[document.activeElement.tagName, scrollY]") == ["BODY", 0]
    expect(chat(page).locator(".pill")).to_have_count(1)


def test_a_mode_changed_later_keeps_the_conversation(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    ask(page, WHO)
    page.evaluate("document.querySelector('footnote-chat').setAttribute('mode', 'inline')")
    expect(chat(page).locator("section.panel .turn")).to_have_count(1)


def test_a_publishers_own_button_opens_it(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host('<button class="ask-us">Ask us</button>' + tag('open-selector=".ask-us"'))
    expect(chat(page).locator(".launcher")).to_be_hidden()
    page.locator(".ask-us").click()
    expect(chat(page).locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".ask-us")).to_be_focused()


def test_open_as_an_attribute_opens_without_taking_the_focus(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag("open"))
    expect(chat(page).locator(".panel")).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.evaluate("document.querySelector('footnote-chat').removeAttribute('open')")
    expect(chat(page).locator(".panel")).to_be_hidden()


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        pytest.param("", "light", id="as the system"),
        pytest.param('theme="dark"', "dark", id="dark"),
        pytest.param('theme="purple"', "light", id="one that is none"),
    ],
)
def test_a_theme_is_the_publishers_or_the_systems(
    open_host: OpenHost, tag: Callable[..., str], attributes: str, found: str
) -> None:
    page = open_host(tag(attributes))
    expect(chat(page).locator(".root")).to_have_attribute("data-theme", found)
    if not attributes:
        page.emulate_media(color_scheme="dark")
        expect(chat(page).locator(".root")).to_have_attribute("data-theme", "dark")


def test_a_language_from_the_right_turns_it(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag('lang="he"'))
    launcher = chat(page).locator(".launcher").bounding_box()
    assert launcher is not None
    assert launcher["x"] < 100
    page = open_host(tag('lang="he" position="bottom-right"'))
    launcher = chat(page).locator(".launcher").bounding_box()
    assert launcher is not None
    assert launcher["x"] > 600


def test_words_and_questions_of_the_publisher_are_used(
    open_host: OpenHost, tag: Callable[..., str], widget: FakeWidget
) -> None:
    page = open_host(tag("""heading="News desk" placeholder="What now?" questions='["Who asked for the troops?"]'"""))
    chat(page).locator(".launcher").click()
    expect(chat(page).get_by_role("dialog", name="News desk")).to_be_visible()
    expect(chat(page).get_by_placeholder("What now?")).to_be_focused()
    chat(page).get_by_role("button", name="Who asked for the troops?").click()
    expect(chat(page).locator(".turn")).to_contain_text("The article does not say.")
    assert asked(widget, "ask")[0]["question"] == "Who asked for the troops?"


# Accessible


def test_all_of_it_works_by_keyboard(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host('<a href="#x">A link</a>' + tag())
    active = "((element) => element?.id || element?.className)(document.activeElement.shadowRoot?.activeElement)"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(active) == "launcher"
    expect(chat(page).locator(".launcher")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(chat(page).locator("textarea")).to_be_focused()
    expect(chat(page).locator(".launcher")).to_have_attribute("aria-expanded", "true")
    page.keyboard.type(SEVERAL)
    page.keyboard.press("Enter")
    expect(chat(page).locator(".pill")).to_have_count(2)
    expect(chat(page).get_by_role("status")).to_contain_text("The USA, Turkey")
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(active) == "pill":
            break
    page.keyboard.press("Enter")
    assert painted(page) != ""
    page.keyboard.press("Escape")
    expect(chat(page).locator(".panel")).to_be_hidden()
    expect(chat(page).locator(".launcher")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "A link"  # nothing of a closed panel is in the way


def test_on_a_desk_the_page_can_still_be_used_and_on_a_phone_the_chat_alone(
    open_host: OpenHost, tag: Callable[..., str]
) -> None:
    for size, is_modal in ((DESK, False), (PHONE, True)):
        page = open_host(tag(), size)
        chat(page).locator(".launcher").click()
        assert chat(page).locator(".panel").evaluate("panel => panel.matches(':modal')") is is_modal
        page.keyboard.press("Escape")
        expect(chat(page).locator(".panel")).to_be_hidden()
        expect(chat(page).locator(".launcher")).to_be_focused()
        assert len(heard(page, "close")) == 1


def test_an_answer_is_announced_once(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag())
    page.evaluate("""() => {
        window.said = [];
        const status = document.querySelector("footnote-chat").shadowRoot.querySelector("[role=status]");
        new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
    }""")
    ask(page, UNSTATED)
    assert [said for said in page.evaluate("window.said") if said] == ["The article does not say."]
    expect(chat(page).get_by_role("log")).to_have_attribute("aria-live", "off")


@pytest.mark.parametrize(
    ("size", "more"),
    [
        pytest.param(DESK, "", id="desk"),
        pytest.param(DESK, 'theme="dark" mode="panel"', id="desk, dark, at the side"),
        pytest.param(DESK, 'mode="inline"', id="inline"),
        pytest.param(PHONE, 'theme="dark" lang="he"', id="phone, dark, from the right"),
    ],
)
def test_it_shuts_nobody_out(open_host: OpenHost, tag: Callable[..., str], size: tuple[int, int], more: str) -> None:
    page = open_host(f"<main>{tag(more)}</main>", size, bypass_csp=True)  # axe is a script of the test's
    assert barriers(page) == []
    for question in ("mixed", UNSTATED):
        ask(page, question)
        assert barriers(page) == []
    chat(page).locator(".pill").first.click()
    assert barriers(page) == []
    chat(page).locator(".pill").last.click()
    assert barriers(page) == []


def test_buttons_are_large_enough_for_a_finger(open_host: OpenHost, tag: Callable[..., str]) -> None:
    page = open_host(tag(), PHONE)
    ask(page, SEVERAL)
    small = (
        chat(page)
        .locator("button:visible, a:visible, textarea:visible")
        .evaluate_all(
            "all => all.filter(e => !e.matches('.pill')).map(e => [e.getBoundingClientRect(), e.outerHTML])"
            ".filter(([box]) => box.width < 44 || box.height < 44).map(([, html]) => html)"
        )
    )
    assert small == []
    pill = chat(page).locator(".pill").first.bounding_box()
    assert pill is not None
    assert min(pill["width"], pill["height"]) >= 24
