"""No stranger gets in: every call of the table, against the application as it is served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.widget_calls import CALLS, HOST, NEWS, Call, Site, site


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    """What all calls are made to: none of them changes what the others get."""
    with site() as served:
        yield served


@pytest.fixture
def at() -> Iterator[Site]:
    """An application of a test's own."""
    with site() as at:
        yield at


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.route.partition('?')[0]}, {call.case}")
def test_a_call_gets_its_status_and_is_readable_by_pages_of_its_key_alone(served: Site, call: Call) -> None:
    response = call.made(served)
    assert response.status_code == call.status, response.text
    origin = call.origin if call.readable else None
    assert response.headers.get("access-control-allow-origin") == origin
    assert "access-control-allow-credentials" not in response.headers
    assert "set-cookie" not in response.headers
    assert response.headers["x-content-type-options"] == "nosniff"
    if call.status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == call.status
    else:
        assert "Origin" in response.headers["vary"]


def test_the_table_is_long_enough_and_says_nothing_twice() -> None:
    assert len(CALLS) == len({(call.route, call.case) for call in CALLS}) >= 40


def test_who_is_over_quota_is_told_when_to_come_again(served: Site) -> None:
    by_case = {call.case: call.made(served) for call in CALLS if call.route.endswith("ask") and call.status == 429}
    assert {case: response.headers["retry-after"] for case, response in by_case.items()} == {
        "key spent by the address": "3600",
        "key spent today": "43200",
        "key spent today, in another session": "43200",
        "key spent in the session": "3600",
    }
    assert {r.headers["access-control-expose-headers"] for r in by_case.values()} == {"Retry-After"}


def test_a_preflight_names_methods_and_headers_and_lasts_ten_minutes(served: Site) -> None:
    call = next(call for call in CALLS if call.case == "preflight, right origin")
    headers = call.made(served).headers
    named = {name: value for name, value in headers.items() if name.startswith(("access-control", "vary"))}
    assert named == {
        "access-control-allow-origin": NEWS,
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": "content-type, x-site-key, x-session-id",
        "access-control-max-age": "600",
        "vary": "Origin",
    }


def test_the_demonstrations_key_is_none_where_others_can_reach_the_server() -> None:
    call = next(call for call in CALLS if call.case == "demo key, from the server's own page")
    with site(is_local=False) as at:
        assert call.origin == HOST
        assert call.made(at).status_code == 401


def test_a_key_that_is_revoked_stops_at_once(at: Site) -> None:
    call = next(call for call in CALLS if call.case == "right key, right origin")
    assert call.made(at).status_code == 200
    at.site_keys.revoke(at.keys["right"].key)
    assert call.made(at).status_code == 401


def test_an_origin_without_a_living_key_gets_no_preflight(at: Site) -> None:
    call = next(call for call in CALLS if call.case == "preflight, right origin")
    for key in at.site_keys.list():
        at.site_keys.revoke(key.key)
    assert call.made(at).status_code == 403


def test_two_origins_are_none(served: Site) -> None:
    headers = [("X-Site-Key", served.keys["right"].key), ("Origin", NEWS), ("Origin", NEWS)]
    assert served.client.get("/v1/widget/config", headers=headers).status_code == 403
