"""Reading the page that a widget stands on: from real servers, into a real library, and only the publisher's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from index.article import Article, content_id
from index.config import FetchingConfig
from index.errors import SourceError, StorageError
from index.library_writer import Adding
from index.storage.library import Library
from qa.errors import QuotaError
from tests.index.web.serving import ADDRESS, HOST, PRIVATE_HOST, Internet, page, redirect, serving
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, WordCountingEmbedder, library_of
from ui.app import publisher_pages
from ui.app.config import WidgetConfig
from ui.app.publisher_pages import MAX_PAGE_BYTES, MOST_AT_ONCE, PublisherPages, ReadPage, page_address

SITE = f"http://{HOST}"
PAGE = f"{SITE}/nile"
HOUR_S = 3_600.0


def html(*sentences: str, title: str = "The Nile") -> bytes:
    told = "".join(f"<p>{sentence} " + "It is told at length on this page. " * 9 + "</p>" for sentence in sentences)
    return f"<html><head><title>{title}</title></head><body><article>{told}</article></body></html>".encode()


NILE = html("The Nile is a long river.", "It flows to the sea.")
CHANGED = html("The Nile is a long river.", "Tea is made with its water.")


@dataclass(slots=True)
class World:
    """A publisher's site, a library, and a clock that stands until it is moved."""

    internet: Internet
    folder: Path
    library: Library
    embedder: WordCountingEmbedder = field(default_factory=WordCountingEmbedder)
    now: float = 0.0

    def reader(self, fetching: FetchingConfig = FetchingConfig(), **config: float) -> PublisherPages:  # noqa: B008  # frozen
        adding = Adding(self.folder, self.embedder, CHUNKING, FetchingConfig(), fingerprint=FINGERPRINT)
        settings = replace(WidgetConfig(), **config)  # type: ignore[arg-type]  # of the kinds that they are
        return PublisherPages(self.library, adding, fetching=fetching, config=settings, clock=lambda: self.now)

    def texts(self) -> list[str]:
        read = (self.library.article(s.id) for s in self.library.articles() if s.source.startswith("http"))
        return [article.text.partition(" It is told")[0] for article in read]


@pytest.fixture
def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from index.web import fetch

    library_of(folder, *ARTICLES).close()
    with serving(Internet(), monkeypatch) as internet, Library.open(folder, fingerprint=FINGERPRINT) as library:
        defaults = {**(fetch.fetch_if_changed.__kwdefaults__ or {}), "resolve": internet.look_up}
        monkeypatch.setattr(fetch.fetch_if_changed, "__kwdefaults__", defaults)
        yield World(internet, folder, library)


def ask(reader: PublisherPages, url: str = PAGE, *, origins: tuple[str, ...] = (SITE,)) -> ReadPage:
    return begin(reader, url, origins=origins).result(timeout=20)


def begin(
    reader: PublisherPages,
    url: str = PAGE,
    *,
    origins: tuple[str, ...] = (SITE,),
    count_new: Callable[[], None] = lambda: None,
) -> Future[ReadPage]:
    return reader.read(url, origins=origins, count_new=count_new)


# What a page is known by


@pytest.mark.parametrize(
    ("url", "known_by"),
    [
        ("https://A.example", "https://a.example/"),
        ("https://a.example:443/x#part", "https://a.example/x"),
        ("https://a.example/x?utm_source=mail&utm_Campaign=1", "https://a.example/x"),
        ("https://a.example/x?id=7&fbclid=Iw&page=2", "https://a.example/x?id=7&page=2"),
        ("https://a.example/x?gclid=1&q=utm_source", "https://a.example/x?q=utm_source"),
        ("https://a.example/x?%75tm_source=mail", "https://a.example/x"),
        ("https://a.example/x?utm_source", "https://a.example/x"),
        ("https://a.example/x?a=1&&b=", "https://a.example/x?a=1&&b="),
        ("https://a.example/x?", "https://a.example/x"),
        ("https://a.example/x?id=1?utm_a=b", "https://a.example/x?id=1?utm_a=b"),
    ],
)
def test_a_page_is_known_by_its_address_without_what_is_no_part_of_it(url: str, known_by: str) -> None:
    assert str(page_address(url)) == known_by


@pytest.mark.parametrize("url", ["", "nile.html", "file:///etc/passwd", "https://me:secret@a.example/", "https://[x/"])
def test_what_is_no_address_of_a_page_is_refused_at_once(world: World, url: str) -> None:
    with pytest.raises(SourceError):
        begin(world.reader(), url)
    assert world.internet.connected == []


# Once, and again when it has changed


def test_a_page_is_added_and_then_found(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    read = ask(world.reader(), f"{PAGE}?utm_source=mail#end")
    article = world.library.article(read.article_id)
    assert read == ReadPage(content_id(article.text), "The Nile", "added")
    assert article.text.startswith("The Nile is a long river. It is told")
    assert (article.url, article.source, article.format) == (PAGE, PAGE, "html")
    assert world.internet.asked == ["/nile"]


def test_a_page_that_was_read_lately_is_not_asked_for_again(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader()
    first = ask(reader)
    world.now = HOUR_S - 1
    again = ask(reader, f"{PAGE}?fbclid=x")
    assert (again.article_id, again.state) == (first.article_id, "unchanged")
    assert world.internet.asked == ["/nile"]


@pytest.mark.parametrize(("minutes", "seconds"), [(60.0, HOUR_S), (1.0, 60.0), (0.0, 0.0)])
def test_a_page_is_looked_at_again_after_the_time_set(world: World, minutes: float, seconds: float) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader(refresh_minutes=minutes)
    ask(reader)
    world.now = seconds
    assert ask(reader).state == "unchanged"
    assert world.internet.asked == ["/nile", "/nile"]


def test_unchanged_text_is_not_embedded_again_where_the_server_gives_no_validators(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader(refresh_minutes=0)
    ask(reader)
    embedded = len(world.embedder.embedded)
    generation = world.library.state.generation
    assert ask(reader).state == "unchanged"
    assert (len(world.embedder.embedded), world.library.state.generation) == (embedded, generation)


def test_a_server_that_knows_the_page_is_asked_whether_it_has_changed(world: World) -> None:
    def unless_known(handler: BaseHTTPRequestHandler) -> None:
        known = handler.headers["If-None-Match"] == '"1"'
        page(b"" if known else NILE, status=304 if known else 200, ETag='"1"')(handler)

    world.internet.pages["/nile"] = unless_known
    reader = world.reader(refresh_minutes=0)
    first = ask(reader)
    assert [ask(reader), ask(reader)] == [replace(first, state="unchanged")] * 2
    assert [headers.get("If-None-Match") for headers in world.internet.headers] == [None, '"1"', '"1"']


def test_a_changed_page_replaces_itself_and_what_stayed_is_not_embedded_again(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader(refresh_minutes=0)
    first = ask(reader)
    world.internet.pages["/nile"] = page(CHANGED)
    world.embedder.embedded.clear()
    changed = ask(reader)
    assert (changed.state, changed.article_id == first.article_id) == ("replaced", False)
    assert [summary.id for summary in world.library.articles()][3:] == [changed.article_id]
    assert "Tea is made with its water." in world.embedder.embedded
    assert "The Nile is a long river." not in world.embedder.embedded


def test_a_server_that_starts_again_reads_the_page_once_more_and_embeds_nothing(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    first = ask(world.reader())
    world.embedder.embedded.clear()
    assert ask(world.reader()) == replace(first, state="unchanged")
    assert (len(world.internet.asked), world.embedder.embedded) == (2, [])


def test_a_page_that_was_removed_from_the_library_is_read_again(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader()
    first = ask(reader)
    with Library.open_for_rewriting(world.folder) as library:
        library.remove(first.article_id)
    assert ask(reader) == first


def test_two_addresses_of_one_text_are_one_article(world: World) -> None:
    world.internet.pages |= {"/nile": page(NILE), "/nile?print=1": page(NILE)}
    reader = world.reader(refresh_minutes=0)
    first = ask(reader)
    assert [ask(reader, f"{PAGE}?print=1"), ask(reader)] == [replace(first, state="unchanged")] * 2
    assert world.library.article(first.article_id).url == PAGE


def test_a_page_that_says_what_a_file_says_is_looked_at_again_all_the_same(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader(refresh_minutes=0)
    read = world.library.article(ask(reader).article_id)
    with Library.open_for_rewriting(world.folder) as library:
        library.remove(read.id)
    library_of(world.folder, replace(read, source="nile.txt", url=None)).close()
    assert [ask(reader).state, ask(reader).state] == ["unchanged", "unchanged"]
    world.internet.pages["/nile"] = page(CHANGED)
    counted: list[str] = []
    assert begin(reader, count_new=lambda: counted.append("new")).result(timeout=20).state == "added"
    assert counted == ["new"]


def test_pages_read_side_by_side_say_what_they_say_alone(world: World) -> None:
    names = [f"/{n}" for n in range(MOST_AT_ONCE)]
    for n, name in enumerate(names):
        world.internet.pages[name] = page(html(*[f"River {n} is {m} miles long." for m in range(60)]))
    reader = world.reader()
    begun = [begin(reader, SITE + name) for name in names]
    texts = [world.library.article(future.result(timeout=60).article_id).text for future in begun]
    for n, text in enumerate(texts):
        assert [line.partition(" It is")[0] for line in text.split("\n\n")] == [
            f"River {n} is {m} miles long." for m in range(60)
        ]


def test_what_a_page_calls_its_own_address_is_not_believed(world: World) -> None:
    world.internet.pages |= {
        "/search?q=lies": page(NILE.replace(b"<head>", b'<head><link rel="canonical" href="' + PAGE.encode() + b'">')),
        "/nile": page(CHANGED),
    }
    reader = world.reader()
    lies = ask(reader, f"{SITE}/search?q=lies")
    assert world.library.article(lies.article_id).url == f"{SITE}/search?q=lies"
    assert ask(reader).state == "added"


# One at a time


def test_however_many_ask_for_a_page_it_is_read_once(world: World) -> None:
    open_gate = threading.Event()

    def gated(handler: BaseHTTPRequestHandler) -> None:
        assert open_gate.wait(20)
        page(NILE)(handler)

    world.internet.pages["/nile"] = gated
    reader = world.reader()
    waiting = [begin(reader, f"{PAGE}?utm_content={n}") for n in range(20)]
    other = begin(reader, origins=(SITE, "https://other.example"))
    open_gate.set()
    assert {future.result(timeout=20).state for future in waiting} == {"added"}
    assert other.result(timeout=20).article_id == waiting[0].result().article_id
    assert len(world.internet.asked) == 2  # for those of other origins by itself, and afterwards
    assert len(world.texts()) == 1


def test_readings_at_once_are_counted(world: World) -> None:
    open_gate = threading.Event()

    def gated(handler: BaseHTTPRequestHandler) -> None:
        assert open_gate.wait(20)
        page(b"gone", status=404)(handler)

    world.internet.pages |= {f"/{n}": gated for n in range(MOST_AT_ONCE)}
    reader = world.reader()
    begun = [begin(reader, f"{SITE}/{n}") for n in range(MOST_AT_ONCE)]
    with pytest.raises(QuotaError, match="many pages are being read just now") as caught:
        begin(reader)
    assert caught.value.retry_after_s == 5
    open_gate.set()
    wait_for(begun, timeout=20)
    world.internet.pages["/nile"] = page(NILE)
    assert ask(reader).state == "added"


def test_a_slow_page_does_not_keep_others_from_adding(world: World) -> None:
    open_gate = threading.Event()

    def gated(handler: BaseHTTPRequestHandler) -> None:
        assert open_gate.wait(20)
        page(NILE)(handler)

    world.internet.pages |= {"/slow": gated, "/nile": page(CHANGED)}
    reader = world.reader()
    slow = begin(reader, f"{SITE}/slow")
    assert ask(reader).state == "added"
    assert not slow.done()
    open_gate.set()
    assert slow.result(timeout=20).state == "added"


# Only the publisher's


@pytest.mark.parametrize(
    "url", ["http://elsewhere.example/", f"https://{HOST}/nile", f"http://{HOST}:8080/nile", f"http://www.{HOST}/nile"]
)
def test_another_origin_is_not_asked(world: World, url: str) -> None:
    with pytest.raises(SourceError, match="is on another site than those that the site key is for"):
        begin(world.reader(), url)
    assert (world.internet.looked_up, world.internet.connected) == ([], [])


def test_a_redirect_to_another_origin_is_not_followed(world: World) -> None:
    world.internet.hosts["elsewhere.example"] = ["93.184.216.35"]
    world.internet.pages["/nile"] = redirect("http://elsewhere.example/nile")
    with pytest.raises(SourceError, match=r"http://elsewhere\.example/nile: is on another site"):
        ask(world.reader())
    assert world.internet.connected == [(ADDRESS, 80)]


def test_a_redirect_to_another_origin_of_the_key_is_followed(world: World) -> None:
    world.internet.hosts["www.articles.example"] = [ADDRESS]
    world.internet.pages |= {"/nile": redirect("http://www.articles.example/long"), "/long": page(NILE)}
    read = ask(world.reader(), origins=(SITE, "http://www.articles.example"))
    assert (read.state, world.library.article(read.article_id).url) == ("added", PAGE)


def test_what_was_read_for_some_origins_is_not_taken_as_read_for_others(world: World) -> None:
    world.internet.hosts["www.articles.example"] = [ADDRESS]
    world.internet.pages |= {"/nile": redirect("http://www.articles.example/long"), "/long": page(NILE)}
    reader = world.reader()
    with pytest.raises(SourceError):
        ask(reader)
    assert ask(reader, origins=(SITE, "http://www.articles.example")).state == "added"


def test_a_private_address_is_refused_unless_the_settings_name_it(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    private = f"http://{PRIVATE_HOST}"
    with pytest.raises(SourceError, match=r"is at 10\.0\.0\.7, which is not a public address"):
        ask(world.reader(), f"{private}/nile", origins=(private,))
    assert world.internet.connected == []
    allowed = FetchingConfig(allow_hosts=(PRIVATE_HOST,))
    assert ask(world.reader(allowed), f"{private}/nile", origins=(private,)).state == "added"


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (page(b"gone", status=404), "was answered with 404"),
        (page(b"%PDF-1.7", "application/pdf"), "is no page of HTML"),
        (page(b"PK\x03\x04", "text/html"), "is no page of HTML"),
        (page(b"a,b\n1,2\n", "text/csv"), "is no page of HTML"),
        (page(b"<html><body></body></html>"), "has no main text"),
        (page(b"<html>" + b"x" * MAX_PAGE_BYTES), f"holds more than {MAX_PAGE_BYTES:,} bytes"),
        (redirect("/nile"), "leads on and on"),
    ],
    ids=["404", "pdf", "zip called html", "csv", "no text", "huge", "circle"],
)
def test_what_is_no_page_that_can_be_read_is_refused_and_nothing_is_stored(
    world: World, answer: Callable[[BaseHTTPRequestHandler], None], complaint: str
) -> None:
    world.internet.pages["/nile"] = answer
    with pytest.raises(SourceError, match=complaint):
        ask(world.reader())
    assert world.texts() == []


def test_a_page_that_takes_too_long_is_left(world: World) -> None:
    def silent(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(2)

    world.internet.pages["/nile"] = silent
    with pytest.raises(SourceError, match=r"took longer than 0\.3 seconds"):
        ask(world.reader(FetchingConfig(timeout_s=0.3)))


# What cannot be read


def test_a_page_that_could_not_be_read_is_tried_again_after_a_minute(world: World) -> None:
    reader = world.reader()
    for now, asked in ((0.0, 1), (59.0, 1), (60.0, 2)):
        world.now = now
        with pytest.raises(SourceError, match="was answered with 404"):
            ask(reader)
        assert len(world.internet.asked) == asked
    world.now, world.internet.pages["/nile"] = 120.0, page(NILE)
    assert ask(reader).state == "added"


def test_a_page_that_was_read_before_is_kept_while_its_server_fails(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader()
    first = ask(reader)
    world.now = HOUR_S
    world.internet.pages["/nile"] = page(b"", status=503)
    assert [ask(reader), ask(reader)] == [replace(first, state="kept")] * 2
    assert len(world.internet.asked) == 2  # the second does not ask again
    world.now, world.internet.pages["/nile"] = 2 * HOUR_S, page(CHANGED)
    assert ask(reader).state == "replaced"


@pytest.mark.parametrize("url", [PAGE, f"{PAGE}?utm_source=feed", f"{PAGE}#top"])
def test_a_page_that_the_publisher_indexed_is_kept_as_it_is(world: World, url: str) -> None:
    library_of(world.folder, Article("own", "Own", "The Nile is ours.", source="nile.html", url=url)).close()
    world.internet.pages["/nile"] = page(NILE)
    assert ask(world.reader()) == ReadPage("own", "Own", "kept")
    assert world.internet.asked == []


def test_a_page_that_the_publisher_indexed_by_its_address_is_kept_where_the_server_cannot_reach_it(
    world: World,
) -> None:
    world.internet.hosts[HOST] = ["10.0.0.9"]
    library_of(world.folder, Article("own", "Own", "The Nile is ours.", source=PAGE, url=f"{SITE}/moved")).close()
    assert ask(world.reader()) == ReadPage("own", "Own", "kept")


def test_a_page_whose_address_only_begins_alike_is_not_kept(world: World) -> None:
    library_of(world.folder, Article("own", "Own", "The Nile.", source="a.html", url=f"{PAGE}?id=2")).close()
    with pytest.raises(SourceError):
        ask(world.reader())


# How many


def test_a_new_page_is_counted_and_one_that_is_held_is_not(world: World) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader(refresh_minutes=0)
    counted: list[str] = []
    for _ in range(2):
        begin(reader, count_new=lambda: counted.append("one")).result(timeout=20)
    world.internet.pages["/nile"] = page(CHANGED)
    begin(reader, count_new=lambda: counted.append("one")).result(timeout=20)
    assert counted == ["one"]


def test_a_page_too_many_is_not_added(world: World) -> None:
    def refuse() -> None:
        raise QuotaError("enough for today", retry_after_s=9)

    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader()
    with pytest.raises(QuotaError, match="enough for today"):
        begin(reader, count_new=refuse).result(timeout=20)
    assert world.texts() == []
    assert ask(reader).state == "added"  # what was refused is not remembered as a fault of the page


def test_a_library_that_cannot_be_written_is_told_and_the_next_try_is_not_hindered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.internet.pages["/nile"] = page(NILE)
    reader = world.reader()
    with monkeypatch.context() as patched:
        patched.setattr(Library, "put", _fail)
        with pytest.raises(StorageError, match="the disk is full"):
            ask(reader)
    assert ask(reader).state == "added"


def _fail(*_: object) -> None:
    raise StorageError("the disk is full")


def test_what_is_remembered_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_pages, "MOST_REMEMBERED", 1)
    reader = world.reader()
    for path in ("/a", "/b", "/b", "/a"):
        with pytest.raises(SourceError):
            ask(reader, SITE + path)
    assert world.internet.asked == ["/a", "/b", "/a"]
