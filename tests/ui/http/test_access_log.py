"""A log of requests that stays small and tells nothing that was asked; a log of troubles that nobody can fill."""

from __future__ import annotations

import logging
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.errors import ConfigurationError
from tests.ui.fakes import seed_product
from ui.http import access_log
from ui.http.access_log import AccessLog, FewAlike
from ui.server.app import create_app

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> AccessLog:
    opened = AccessLog.open(tmp_path / "access.log")
    opened._now = lambda: NOON
    return opened


def test_a_request_is_one_line_without_what_was_asked(log: AccessLog, tmp_path: Path) -> None:
    with TestClient(create_app(seed_product(), log=log)) as client:
        client.get("/healthz?q=secret")
        client.post("/v1/ask", json={"question": "secret"})
    log.close()
    lines = (tmp_path / "access.log").read_text("utf-8").splitlines()
    assert [line.rpartition(" ")[0] for line in lines] == [
        "2026-11-28T12:00:00.000+00:00 testclient GET /healthz 200",
        "2026-11-28T12:00:00.000+00:00 testclient POST /v1/ask 200",
    ]


def test_what_a_client_sends_makes_no_line_and_no_sign_of_its_own(log: AccessLog, tmp_path: Path) -> None:
    log.request("203.0.113.9", "GET", "/a\n\x1b[2J b\u202e" + "x" * 1_000, 404, 0.0015)
    log.close()
    (line,) = (tmp_path / "access.log").read_text("utf-8").splitlines()
    assert line.startswith("2026-11-28T12:00:00.000+00:00 203.0.113.9 GET /a\\x0a\\x1b[2J\\x20b\\x202exxx")
    assert line.endswith("xxx 404 2")
    assert len(line) < 300


def test_the_file_is_its_owners_and_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "MOST_BYTES", 1_000)
    log = AccessLog.open(tmp_path / "access.log")
    for _ in range(100):
        log.request("203.0.113.9", "GET", "/", 200, 0.0)
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["access.log", "access.log.1"]
    assert all(file.stat().st_size <= 1_000 for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_that_cannot_be_written_is_said_before_the_server_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be written .*; name another with --access-log"):
        AccessLog.open(tmp_path / "none" / "access.log")


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("footnote", logging.WARNING, "", 0, message, arguments, None)


def test_of_many_alike_the_first_are_written_and_then_how_many_were_not() -> None:
    now = 0.0
    few = FewAlike(most=3, now=lambda: now)
    assert [few.filter(record("invalid request from %s", n)) for n in range(10)] == [True] * 3 + [False] * 7
    assert few.filter(record("the disk is full"))  # another kind
    now = 60.0
    following = record("invalid request from %s", "x")
    assert few.filter(following)
    assert following.getMessage() == "invalid request from x (7 more like this were left out)"


def test_as_many_kinds_are_remembered_as_fit() -> None:
    few = FewAlike(now=lambda: 0.0)
    for n in range(access_log.MOST_KINDS + 5):
        few.filter(record(f"{n}"))
    assert len(few._seen) <= access_log.MOST_KINDS
