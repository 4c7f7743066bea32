"""Site keys: what they are bound to, and that nobody asks more often than they may."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import ConfigurationError, StorageError
from qa.errors import QuotaError
from ui.app.errors import OriginError, SiteKeyError
from ui.http.quotas import counted_address
from ui.widget.database import SITE_KEYS
from ui.widget.site_keys import Quotas, SiteKey, SiteKeys, checked_origin

NEWS = "https://news.example"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE = "203.0.113.7"


@dataclass(slots=True)
class Clock:
    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def wait(self, **time: float) -> None:
        self.moment += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> Iterator[SiteKeys]:
    keys = SiteKeys.open(tmp_path, now=clock)
    yield keys
    keys.close()


def asked(keys: SiteKeys, key: SiteKey, *, session: str | None = "s", address: str = HERE) -> bool:
    try:
        keys.count(key, session, address)
    except QuotaError:
        return False
    return True


# Keys ---------------------------------------------------------------------------------------------


def test_a_key_is_kept_as_it_was_made(keys: SiteKeys) -> None:
    made = keys.add(
        [f"{NEWS}/", "HTTP://Localhost:80", NEWS],
        name=" The\nnews 🙂 ",
        articles=["b", "a", "b"],
        pages=True,
        quotas=Quotas(3, 2, 1),
    )
    assert re.fullmatch(r"pk_[A-Za-z0-9]{24}", made.key)
    assert made == SiteKey(
        made.key, "The news 🙂", (NEWS, "http://localhost"), ("b", "a"), True, NOON, None, Quotas(3, 2, 1)
    )
    assert keys.list() == [made]


def test_without_more_said_a_key_is_for_no_article_and_no_pages(keys: SiteKeys) -> None:
    made = keys.add([NEWS])
    assert (made.articles, made.pages, made.name, made.quotas) == ((), False, "", Quotas(2_000, 60, 120))
    assert made.is_empty
    assert keys.list() == [made]


def test_all_articles_are_said_as_such(keys: SiteKeys) -> None:
    assert keys.add([NEWS], articles=None).articles is None
    assert keys.list()[0].articles is None


def test_a_key_can_be_given_other_articles_in_every_process(keys: SiteKeys, tmp_path: Path) -> None:
    made = keys.add([NEWS], name="News", quotas=Quotas(3, 2, 1))
    other = SiteKeys.open(tmp_path)
    for articles, pages in ((("tea", "rivers"), True), (None, False), ((), False)):
        changed = other.change(made.key, articles=articles, pages=pages)
        assert changed == replace(made, articles=articles, pages=pages)
        assert keys.check(made.key, NEWS, same_origin=False) == changed
    other.close()


def test_a_key_that_is_unknown_or_revoked_cannot_be_changed(keys: SiteKeys) -> None:
    made = keys.add([NEWS], articles=["tea"])
    keys.revoke(made.key)
    with pytest.raises(SiteKeyError, match="was revoked; make another"):
        keys.change(made.key, articles=None, pages=True)
    with pytest.raises(SiteKeyError, match="there is no site key 'pk_x'"):
        keys.change("pk_x", articles=None, pages=True)
    assert keys.find(made.key).articles == ("tea",)


def test_a_key_names_no_more_articles_than_a_question_may(keys: SiteKeys) -> None:
    ids = [f"a{n}" for n in range(501)]
    assert keys.add([NEWS], articles=ids[:500]).articles == tuple(ids[:500])
    with pytest.raises(ConfigurationError, match="at most 500 articles, not 501"):
        keys.add([NEWS], articles=ids)


# A file of the first format, in which a key that named no article was for all ---------------------


FORMAT_1 = """
CREATE TABLE site_key (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, origins TEXT NOT NULL, articles TEXT, pages INTEGER NOT NULL,
    made TEXT NOT NULL, revoked TEXT, per_day INTEGER NOT NULL, per_session INTEGER NOT NULL,
    per_address INTEGER NOT NULL);
CREATE TABLE used (
    key TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, ends INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (key, kind, subject, ends)) WITHOUT ROWID;
CREATE INDEX used_ends ON used (ends);
INSERT INTO site_key VALUES
    ('pk_open', 'Open', '["https://news.example"]', NULL, 0, '2026-11-22T12:00:00+00:00', NULL, 3, 2, 1),
    ('pk_pages', '', '["https://news.example"]', NULL, 1, '2026-11-22T12:00:01+00:00', NULL, 3, 2, 1),
    ('pk_tea', '', '["https://news.example"]', '["tea"]', 0, '2026-11-22T12:00:02+00:00', NULL, 3, 2, 1);
INSERT INTO used VALUES ('pk_tea', 'site key', '', 1795392000, 3);
PRAGMA user_version = 1;
"""


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A folder whose site keys were made before this version."""
    connection = sqlite3.connect(tmp_path / "widget.sqlite3")
    connection.executescript("PRAGMA journal_mode = WAL;" + FORMAT_1)
    connection.close()
    return tmp_path


def test_a_key_that_was_for_all_since_nothing_was_said_is_closed_and_says_so(before: Path) -> None:
    keys = SiteKeys.open(before)
    told = {key.key: (key.articles, key.pages, key.was_open) for key in keys.list()}
    keys.close()
    assert told == {
        "pk_open": ((), False, True),
        "pk_pages": ((), True, True),
        "pk_tea": (("tea",), False, False),
    }


def test_all_else_of_an_older_file_stays(before: Path, clock: Clock) -> None:
    keys = SiteKeys.open(before, now=clock)
    key = keys.find("pk_tea")
    assert (key.origins, key.made, key.quotas) == ((NEWS,), NOON + timedelta(seconds=2), Quotas(3, 2, 1))
    assert keys.check("pk_open", NEWS, same_origin=False).key == "pk_open"
    keys.close()


def test_a_closed_key_opens_by_what_its_owner_says_and_stays_so(before: Path) -> None:
    keys = SiteKeys.open(before)
    keys.change("pk_open", articles=None, pages=False)
    keys.close()
    again = SiteKeys.open(before)
    assert (again.find("pk_open").articles, again.find("pk_open").was_open) == (None, False)
    again.close()


def test_several_may_open_an_older_file_at_once(before: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(SiteKeys.open, [before] * 8))
    assert [each.find("pk_open").was_open for each in opened] == [True] * 8
    for each in opened:
        each.close()


def test_an_older_file_that_cannot_be_changed_is_left_as_it_is(before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrations = {1: (*SITE_KEYS.migrations[1], "NO SQL")}
    monkeypatch.setattr("ui.widget.database.SITE_KEYS", replace(SITE_KEYS, migrations=migrations))
    with pytest.raises(StorageError):
        SiteKeys.open(before)
    connection = sqlite3.connect(before / "widget.sqlite3")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT articles FROM site_key WHERE key = 'pk_open'").fetchone() == (None,)
    connection.close()


def test_no_two_keys_are_the_same(keys: SiteKeys) -> None:
    assert len({keys.add([NEWS]).key for _ in range(20)}) == 20


def test_keys_are_listed_in_the_order_made_revoked_ones_too(keys: SiteKeys, clock: Clock) -> None:
    first = keys.add([NEWS])
    clock.wait(seconds=1)
    second = keys.add([NEWS])
    keys.revoke(first.key)
    assert keys.list() == [replace(first, revoked=clock.moment), second]


def test_a_key_that_is_revoked_twice_stays_as_it_is(keys: SiteKeys, clock: Clock) -> None:
    made = keys.add([NEWS])
    keys.revoke(made.key)
    clock.wait(days=1)
    keys.revoke(made.key)
    assert keys.list() == [replace(made, revoked=NOON)]


def test_what_is_no_key_cannot_be_revoked(keys: SiteKeys) -> None:
    with pytest.raises(SiteKeyError, match="there is no site key 'pk_x'; list them with: footnote widget key list"):
        keys.revoke("pk_x")


def test_origins_are_those_of_the_living(keys: SiteKeys) -> None:
    assert keys.origins() == set()
    keys.add([NEWS, "https://a.example"])
    keys.revoke(keys.add(["https://b.example"]).key)
    keys.revoke(keys.add([NEWS]).key)
    assert keys.origins() == {NEWS, "https://a.example"}


# Checking -----------------------------------------------------------------------------------------


def test_a_key_is_good_for_each_of_its_origins(keys: SiteKeys) -> None:
    made = keys.add([NEWS, "http://localhost:8000"])
    assert keys.check(made.key, NEWS, same_origin=False) == made
    assert keys.check(made.key, "http://localhost:8000", same_origin=False) == made


def test_the_servers_own_page_need_not_name_its_origin(keys: SiteKeys) -> None:
    made = keys.add([NEWS])
    assert keys.check(made.key, None, same_origin=True) == made


@pytest.mark.parametrize("key", ["", "pk_demo", "pk_" + "x" * 24, "' OR 1=1 --", "%"], ids=repr)
def test_what_is_no_key_is_good_for_nothing(keys: SiteKeys, key: str) -> None:
    keys.add([NEWS])
    with pytest.raises(SiteKeyError) as raised:
        keys.check(key, NEWS, same_origin=True)
    assert type(raised.value) is SiteKeyError


def test_a_key_is_read_with_its_capitals(keys: SiteKeys) -> None:
    made = keys.add([NEWS])
    with pytest.raises(SiteKeyError, match="there is no such site key"):
        keys.check(made.key.swapcase(), NEWS, same_origin=False)


def test_a_revoked_key_is_refused_before_its_origin_is_looked_at(keys: SiteKeys) -> None:
    made = keys.add([NEWS])
    keys.revoke(made.key)
    with pytest.raises(SiteKeyError, match="was revoked") as raised:
        keys.check(made.key, "https://stranger.example", same_origin=False)
    assert type(raised.value) is SiteKeyError


@pytest.mark.parametrize(
    "origin",
    [
        *(None, "", "null", "http://news.example", f"{NEWS}:8443", f"{NEWS}.evil.example", "https://a.news.example"),
        *(f"{NEWS}/", "https://NEWS.example", f"{NEWS},{NEWS}", "*"),
    ],
    ids=repr,
)
def test_any_other_origin_is_refused(keys: SiteKeys, origin: str | None) -> None:
    made = keys.add([NEWS])
    with pytest.raises(OriginError):
        keys.check(made.key, origin, same_origin=False)


@pytest.mark.parametrize("origin", ["null", "https://stranger.example"])
def test_an_origin_that_is_told_counts_whatever_else_is_claimed(keys: SiteKeys, origin: str) -> None:
    made = keys.add([NEWS])
    with pytest.raises(OriginError):
        keys.check(made.key, origin, same_origin=True)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://example.org", "https://example.org"),
        ("https://example.org/", "https://example.org"),
        ("HTTPS://Example.ORG:443", "https://example.org"),
        ("http://example.org:443", "http://example.org:443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(given: str, origin: str) -> None:
    assert checked_origin(given) == origin


@pytest.mark.parametrize(
    "given",
    [
        *("", "null", "*", "https://*", "https://*.example.org", "example.org", "//example.org", "file:///etc/passwd"),
        *("https://example.org/page", "https://example.org?q", "https://example.org#a", "https://me:pw@example.org"),
        *("https://example.org:99999", "https://example.org https://b.example", "chrome-extension://abc", "https://"),
    ],
    ids=repr,
)
def test_what_is_no_origin_is_refused(keys: SiteKeys, given: str) -> None:
    with pytest.raises(ConfigurationError):
        keys.add([NEWS, given])
    assert keys.list() == []


@pytest.mark.parametrize("origins", [[], [f"https://{n}.example" for n in range(51)]], ids=["none", "51"])
def test_a_key_has_one_to_fifty_origins(keys: SiteKeys, origins: list[str]) -> None:
    with pytest.raises(ConfigurationError, match=f"1 to 50 origins, not {len(origins)}"):
        keys.add(origins)


@pytest.mark.parametrize("quotas", [(0, 1, 1), (1, 0, 1), (1, 1, -1)], ids=repr)
def test_a_quota_is_at_least_one(quotas: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigurationError, match="it must be at least 1"):
        Quotas(*quotas)


def test_a_name_has_an_end(keys: SiteKeys) -> None:
    assert keys.add([NEWS], name="x" * 120).name == "x" * 120
    with pytest.raises(ConfigurationError, match="the name has 121 characters"):
        keys.add([NEWS], name="x" * 121)


# Quotas -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quotas", "who", "window", "wait"),
    [
        pytest.param(Quotas(2, 9, 9), "site key", "day", 12 * 3600, id="of the key"),
        pytest.param(Quotas(9, 2, 9), "session", "hour", 3600, id="of a session"),
        pytest.param(Quotas(9, 9, 2), "address", "hour", 3600, id="of an address"),
    ],
)
def test_a_quota_allows_as_many_as_it_says_and_not_one_more(
    keys: SiteKeys, quotas: Quotas, who: str, window: str, wait: int
) -> None:
    made = keys.add([NEWS], quotas=quotas)
    assert [asked(keys, made) for _ in range(4)] == [True, True, False, False]
    with pytest.raises(QuotaError, match=f"this {who} has asked as often as it may in one {window}") as raised:
        keys.count(made, "s", HERE)
    assert raised.value.retry_after_s == wait


def test_when_two_are_used_up_the_later_end_is_told(keys: SiteKeys) -> None:
    made = keys.add([NEWS], quotas=Quotas(1, 1, 1))
    keys.count(made, "s", HERE)
    with pytest.raises(QuotaError, match="try again in 12 h") as raised:
        keys.count(made, "s", HERE)
    assert raised.value.retry_after_s == 12 * 3600


def test_a_window_ends_with_its_hour_or_its_day(keys: SiteKeys, clock: Clock) -> None:
    made = keys.add([NEWS], quotas=Quotas(per_day=2, per_session=1))
    assert asked(keys, made)
    clock.wait(minutes=59, seconds=59.9)
    with pytest.raises(QuotaError) as raised:
        keys.count(made, "s", HERE)
    assert raised.value.retry_after_s == 1
    clock.wait(seconds=0.1)
    assert asked(keys, made)
    clock.wait(hours=10, minutes=59)
    assert not asked(keys, made)
    clock.wait(minutes=1)
    assert asked(keys, made)


def test_what_is_refused_is_not_counted(keys: SiteKeys) -> None:
    made = keys.add([NEWS], quotas=Quotas(per_day=2, per_session=1))
    assert [asked(keys, made, session=s) for s in "aaab"] == [True, False, False, True]


def test_sessions_addresses_and_keys_are_counted_apart(keys: SiteKeys) -> None:
    quotas = Quotas(9, 1, 2)
    first, second = keys.add([NEWS], quotas=quotas), keys.add([NEWS], quotas=quotas)
    assert asked(keys, first, session="a")
    assert asked(keys, first, session="b")
    assert not asked(keys, first, session="c")
    assert asked(keys, first, session="c", address="203.0.113.8")
    assert asked(keys, second, session="a")


def test_who_has_no_session_is_counted_all_the_same(keys: SiteKeys) -> None:
    made = keys.add([NEWS], quotas=Quotas(9, 1, 2))
    assert [asked(keys, made, session=None) for _ in range(3)] == [True, True, False]


def test_reading_is_counted_for_the_address_alone_and_ten_times_as_often(keys: SiteKeys) -> None:
    made = keys.add([NEWS], quotas=Quotas(1, 1, 1))
    for _ in range(10):
        keys.count_read(made, HERE)
    with pytest.raises(QuotaError, match="this reader has asked as often as it may in one hour"):
        keys.count_read(made, HERE)
    keys.count_read(made, "203.0.113.8")
    assert asked(keys, made)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_ipv6_is_counted_by_its_network(address: str, counted: str) -> None:
    assert counted_address(address) == counted


def test_an_address_is_kept_no_longer_than_it_is_counted(keys: SiteKeys, clock: Clock, tmp_path: Path) -> None:
    made = keys.add([NEWS])
    keys.count(made, "s", HERE)
    clock.wait(hours=1)
    keys.count(made, "t", "203.0.113.8")
    with sqlite3.connect(tmp_path / "widget.sqlite3") as connection:
        subjects = {subject for (subject,) in connection.execute("SELECT subject FROM used")}
    connection.close()
    assert subjects == {"", "t", "203.0.113.8"}


# One file, several hands --------------------------------------------------------------------------


def test_two_that_have_one_file_count_together_and_see_what_the_other_revokes(
    keys: SiteKeys, clock: Clock, tmp_path: Path
) -> None:
    other = SiteKeys.open(tmp_path, now=clock)
    made = keys.add([NEWS], quotas=Quotas(per_day=3))
    assert other.check(made.key, NEWS, same_origin=False) == made
    assert [asked(each, made) for each in (keys, other, keys, other, keys)] == [True, True, True, False, False]
    other.revoke(made.key)
    with pytest.raises(SiteKeyError, match="was revoked"):
        keys.check(made.key, NEWS, same_origin=False)
    other.close()


def test_opening_again_resets_no_count(clock: Clock, tmp_path: Path) -> None:
    first = SiteKeys.open(tmp_path, now=clock)
    made = first.add([NEWS], quotas=Quotas(per_day=2))
    assert asked(first, made)
    first.close()
    again = SiteKeys.open(tmp_path, now=clock)
    assert again.list() == [made]
    assert [asked(again, made), asked(again, made)] == [True, False]
    again.close()


@pytest.mark.parametrize("objects", [1, 2], ids=["one object", "two objects on one file"])
def test_threads_that_count_at_once_let_not_one_more_in(tmp_path: Path, clock: Clock, objects: int) -> None:
    opened = [SiteKeys.open(tmp_path, now=clock) for _ in range(objects)]
    made = opened[0].add([NEWS], quotas=Quotas(per_day=25, per_session=10_000, per_address=10_000))
    together = threading.Barrier(8)

    def hammer(number: int) -> int:
        together.wait()
        return sum(asked(opened[number % objects], made) for _ in range(10))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(hammer, range(8))) == 25
    for each in opened:
        each.close()


def test_several_may_make_the_file_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(SiteKeys.open, [tmp_path] * 8))
    made = [each.add([NEWS]).key for each in opened]
    assert sorted(key.key for key in opened[0].list()) == sorted(made)
    for each in opened:
        each.close()


def test_in_memory_keys_hold_and_count_as_long_as_the_program_runs(clock: Clock) -> None:
    keys = SiteKeys.in_memory(now=clock)
    made = keys.add([NEWS], quotas=Quotas(per_day=1))
    assert keys.check(made.key, NEWS, same_origin=False) == made
    assert [asked(keys, made), asked(keys, made)] == [True, False]
    keys.close()


@pytest.mark.parametrize("damage", [b"", b"not a database" * 100], ids=["empty", "no database"])
def test_a_file_that_is_none_is_told_and_not_replaced(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "widget.sqlite3"
    file.write_bytes(damage)
    with pytest.raises(StorageError):
        SiteKeys.open(tmp_path)
    assert file.read_bytes() == damage


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        SiteKeys.open(tmp_path / "nowhere")


@pytest.mark.skipif(os.name == "nt", reason="Windows guards a user's folders itself")
def test_the_file_of_keys_is_its_users_alone_and_so_is_one_of_an_earlier_version(tmp_path: Path, clock: Clock) -> None:
    SiteKeys.open(tmp_path, now=clock).close()
    file = tmp_path / "widget.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    SiteKeys.open(tmp_path, now=clock).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
