"""The commands of site keys: what they print, keep and refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.library import Library
from tests.ui.test_cli import CommandLine, Ran
from ui.site_keys import Quotas, SiteKeys

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
    assert ran == Ran(0, f"{made.key}\n", f"for {NEWS}; put it into their pages as data-site-key\n")
    assert (made.origins, made.articles, made.pages, made.quotas) == ((NEWS,), None, False, Quotas(2_000, 60, 120))


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
        "revoked": None,
        "per_day": 3,
        "per_session": 2,
        "per_address": 1,
    }


def test_keys_are_listed_a_line_each(footnote: CommandLine, library: Library, folder: Path) -> None:
    assert footnote("widget", "key", "list", "--library", folder) == Ran(0, "", "0 site keys\n")
    keys = kept(folder)
    first = keys.add([NEWS], name="News", pages=True)
    second = keys.add(["https://b.example"], articles=["tea"])
    keys.revoke(second.key)
    keys.close()
    ran = footnote("widget", "key", "list", "--library", folder)
    assert ran.out == (
        f"{first.key}  {first.made.date()}  {NEWS}  all articles, reads pages  News\n"
        f"{second.key}  {second.made.date()}  https://b.example  revoked\n"
    )
    assert ran.err == "2 site keys\n"


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
    ],
    ids=["a wildcard", "a page", "no such article", "nobody may ask", "no such key"],
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
