"""The commands of site keys: what they print, keep and refuse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from index.storage.library import Library
from tests.ui.cli.test_main import CommandLine, Ran
from ui.server.run import open_site_keys
from ui.widget.site_keys import Quotas, SiteKeys

NEWS = "https://news.example"


@pytest.fixture
def footnote(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)
    return CommandLine(capsys, monkeypatch)


def kept(folder: Path) -> SiteKeys:
    return SiteKeys.open(folder)


def test_a_key_is_printed_and_kept(footnote: CommandLine, library: Library, folder: Path) -> None:
    ran = footnote("widget", "key", "add", "--origin", f"{NEWS}/", "--library", folder)
    keys = kept(folder)
    (made,) = keys.list()
    keys.close()
    told = (
        f"for {NEWS}; put it into their pages as data-site-key\n"
        f"it may quote no article until it is given some: footnote widget key change {made.key} --articles ID..., "
        "--pages or --all\n"
    )
    assert ran == Ran(0, f"{made.key}\n", told)
    assert (made.origins, made.articles, made.pages, made.quotas) == ((NEWS,), (), False, Quotas(2_000, 60, 120))


@pytest.mark.parametrize(
    ("said", "articles", "pages", "told"),
    [
        (["--articles", "tea"], ["tea"], False, "it may quote 1 article: 'Tea'"),
        (["--articles", "tea", "rivers"], ["tea", "rivers"], False, "it may quote 2 articles: 'Rivers', 'Tea'"),
        (
            ["--all"],
            None,
            False,
            "it publishes the whole library, 3 articles and each that is added later: 'Rivers', 'Tea', 'Paper'",
        ),
        (["--pages"], [], True, f"it may quote each page of {NEWS} that a widget asks about"),
        (
            ["--articles", "tea", "--pages"],
            ["tea"],
            True,
            f"it may quote 1 article: 'Tea'; it may quote each page of {NEWS} that a widget asks about",
        ),
    ],
    ids=["one", "two", "all", "pages", "one and pages"],
)
def test_what_a_key_publishes_is_said_when_it_is_made_and_when_it_is_changed(
    footnote: CommandLine,
    library: Library,
    folder: Path,
    said: list[str],
    articles: list[str] | None,
    pages: bool,
    told: str,
) -> None:
    made = footnote("widget", "key", "add", "--origin", NEWS, *said, "--library", folder)
    assert (made.code, made.err.splitlines()[1]) == (0, told)
    empty = footnote("widget", "key", "add", "--origin", NEWS, "--library", folder).out.strip()
    changed = footnote("widget", "key", "change", empty, *said, "--library", folder)
    assert changed == Ran(0, f"{empty}: {told}\n", "")
    for key in footnote("widget", "key", "list", "--json", "--library", folder).json:
        assert (key["articles"], key["pages"]) == (articles, pages)


def test_what_is_not_named_of_a_key_stays_when_it_is_changed(
    footnote: CommandLine, library: Library, folder: Path
) -> None:
    key = footnote("widget", "key", "add", "--origin", NEWS, "--all", "--pages", "--library", folder).out.strip()

    def after(*said: str) -> tuple[object, object]:
        assert footnote("widget", "key", "change", key, *said, "--library", folder).code == 0
        (told,) = footnote("widget", "key", "list", "--json", "--library", folder).json
        return told["articles"], told["pages"]

    assert after("--no-pages") == (None, False)
    assert after("--articles", "tea") == (["tea"], False)
    assert after("--pages") == (["tea"], True)
    assert after("--none") == ([], True)


def test_a_key_of_before_is_closed_and_its_owner_is_told_what_to_do(
    footnote: CommandLine, library: Library, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = kept(folder)
    made = keys.add([NEWS], name="News")
    with keys._database.writing() as connection:
        connection.execute("UPDATE site_key SET was_open = 1")
    told = (
        f"the site key {made.key} (News) was for the whole library, since nothing else was said, and is now for no "
        f"article; say what it may quote: footnote widget key change {made.key} --articles ID..., --pages or --all"
    )
    ran = footnote("widget", "key", "list", "--library", folder)
    assert ran.err == f"1 site key\nfootnote: {told}\n"
    open_site_keys(_Open(library)).close()  # type: ignore[arg-type]  # as the server does when it starts
    assert caplog.messages == [told]
    footnote("widget", "key", "change", made.key, "--articles", "tea", "--library", folder)
    assert footnote("widget", "key", "list", "--library", folder).err == "1 site key\n"
    keys.close()


@dataclass(frozen=True, slots=True)
class _Open:
    """Of a product that is open what its site keys need."""

    library: Library
    adding: str = "may be"


def test_everything_about_a_key_can_be_said(footnote: CommandLine, library: Library, folder: Path) -> None:
    said = [
        *("--origin", NEWS, "--origin", "http://localhost:8000", "--name", "News", "--article", "tea"),
        *("--article", "rivers", "--pages", "--per-day", "3", "--per-session", "2", "--per-address", "1"),
    ]
    assert footnote("widget", "key", "add", *said, "--library", folder).code == 0
    (told,) = footnote("widget", "key", "list", "--json", "--library", folder).json
    assert {name: told[name] for name in told if name not in ("key", "made")} == {
        "name": "News",
        "origins": [NEWS, "http://localhost:8000"],
        "articles": ["tea", "rivers"],
        "pages": True,
        "was_open": False,
        "revoked": None,
        "per_day": 3,
        "per_session": 2,
        "per_address": 1,
    }


def test_keys_are_listed_a_line_each(footnote: CommandLine, library: Library, folder: Path) -> None:
    assert footnote("widget", "key", "list", "--library", folder) == Ran(0, "", "0 site keys\n")
    keys = kept(folder)
    first = keys.add([NEWS], name="News", articles=None, pages=True)
    third = keys.add([NEWS], articles=["tea"])
    fourth = keys.add([NEWS])
    second = keys.add(["https://b.example"], articles=["tea"])
    keys.revoke(second.key)
    keys.close()
    ran = footnote("widget", "key", "list", "--library", folder)
    assert ran.out == (
        f"{first.key}  {first.made.date()}  {NEWS}  all articles, reads pages  News\n"
        f"{third.key}  {third.made.date()}  {NEWS}  1 article\n"
        f"{fourth.key}  {fourth.made.date()}  {NEWS}  no articles\n"
        f"{second.key}  {second.made.date()}  https://b.example  revoked\n"
    )
    assert ran.err == "4 site keys\n"


def test_a_key_is_revoked(footnote: CommandLine, library: Library, folder: Path) -> None:
    key = footnote("widget", "key", "add", "--origin", NEWS, "--library", folder).out.strip()
    assert footnote("widget", "key", "revoke", key, "--library", folder) == Ran(0, f"revoked {key}\n", "")
    (told,) = footnote("widget", "key", "list", "--json", "--library", folder).json
    assert told["revoked"] is not None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["add", "--origin", "*"], "'*' is no origin; give one as https://example.org"),
        (["add", "--origin", f"{NEWS}/a"], f"'{NEWS}/a' is more than an origin; leave out all after the host: {NEWS}"),
        (["add", "--origin", NEWS, "--article", "coffee"], "no article 'coffee' in the library"),
        (["add", "--origin", NEWS, "--per-day", "0"], "--per-day is 0; it must be at least 1"),
        (["revoke", "pk_x"], "there is no site key 'pk_x'; list them with: footnote widget key list"),
        (["add", "--origin", NEWS, "--all", "--articles", "tea"], "--all is for all articles, --articles for some"),
        (["add", "--origin", NEWS, "tea"], "what 'tea' is for is not said; name articles after --articles"),
        (["add", "--origin", NEWS, "--articles", "tea", "coffee"], "no article 'coffee' in the library"),
        (["change", "pk_x", "--all"], "there is no site key 'pk_x'"),
        (["change", "pk_x"], "nothing to change; say --articles ID..., --pages, --no-pages, --all or --none"),
        (["change", "pk_x", "--all", "--none"], "of --articles, --all and --none one can be; leave the others out"),
    ],
    ids=[
        *("a wildcard", "a page", "no such article", "nobody may ask", "no such key", "all and some", "no option"),
        *("no such second article", "no such key to change", "no change", "all and none"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_kept(
    footnote: CommandLine, library: Library, folder: Path, said: list[str], message: str
) -> None:
    ran = footnote("widget", "key", *said, "--library", folder)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"footnote: {message}")
    assert footnote("widget", "key", "list", "--library", folder).out == ""


@pytest.mark.parametrize("said", [["add", "--origin", NEWS], ["list"], ["revoke", "pk_x"]], ids=lambda said: said[0])
def test_the_seed_library_takes_no_keys(footnote: CommandLine, tmp_path: Path, said: list[str]) -> None:
    ran = footnote("widget", "key", *said)
    told = "the seed article's library takes no site keys; make one of your own first, with: footnote index PATH"
    assert ran == Ran(2, "", f"footnote: {told}\n")
    assert list((tmp_path).rglob("widget.sqlite3")) == []


def test_where_there_is_no_library_there_are_no_keys(footnote: CommandLine, tmp_path: Path) -> None:
    ran = footnote("widget", "key", "add", "--origin", NEWS, "--library", tmp_path / "nowhere")
    assert ran.code == 2
    assert "there is no library at" in ran.err
    assert not (tmp_path / "nowhere").exists()
