"""When tokens and sessions end, which refusals share a line, and when keys are asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bluegreen.core.access import Grant, Role
from bluegreen.core.audit import Attempt, like
from bluegreen.core.credentials import SESSION_LASTS, Credential, session_expires, void
from bluegreen.core.keyring import AGAIN, BELIEVED, FRESH, Fetches, believes, wants_keys

TOKEN = Credential("t", "token", "ada", (Grant(Role.ADMIN),), bytes(32), 0.0, "root", expires=100.0)
SESSION = replace(TOKEN, id="s", kind="session", parent="t", expires=50.0)


@pytest.mark.parametrize(
    ("credential", "parent", "now", "why"),
    [
        (TOKEN, None, 99.9, ""),
        (TOKEN, None, 100.0, "expired"),
        (replace(TOKEN, expires=None), None, 1e12, ""),
        (replace(TOKEN, revoked=5.0), None, 1.0, "revoked"),
        (SESSION, TOKEN, 49.0, ""),
        (SESSION, TOKEN, 50.0, "expired"),
        (SESSION, replace(TOKEN, revoked=5.0), 49.0, "The token that it was opened with was revoked"),
        (SESSION, replace(TOKEN, expires=40.0), 49.0, "has expired"),
        (SESSION, None, 1.0, "is not there any more"),
        (replace(SESSION, parent=None), None, 1.0, ""),
        (replace(SESSION, revoked=1.0), TOKEN, 2.0, "was ended"),
    ],
)
def test_when_a_credential_ends(credential: Credential, parent: Credential | None, now: float, why: str) -> None:
    assert why in void(credential, parent, now)
    assert bool(why) == bool(void(credential, parent, now))


def test_a_session_ends_no_later_than_what_it_rests_on() -> None:
    assert session_expires(None, 10.0) == 10.0 + SESSION_LASTS
    assert session_expires(TOKEN, 10.0) == 100.0
    assert session_expires(replace(TOKEN, expires=None), 10.0) == 10.0 + SESSION_LASTS


ATTEMPT = Attempt(
    60.0, "ada", "token", "t", "192.0.2.1", "lock", "PUT", "/v1/apps/shop/lock", "shop", "refused", 403, "no"
)


@pytest.mark.parametrize(
    ("change", "together"),
    [
        ({"at": 119.9}, True),
        ({"path": "/v1/apps/shop/lock?x", "why": "other words"}, True),
        ({"at": 120.0}, False),
        ({"address": "192.0.2.2"}, False),
        ({"who": "eve"}, False),
        ({"operation": "deploy"}, False),
        ({"status": 409}, False),
        ({"app": "blog"}, False),
    ],
)
def test_refusals_that_are_alike_share_a_line(change: dict[str, object], together: bool) -> None:
    assert (like(replace(ATTEMPT, **change)) == like(ATTEMPT)) == together  # type: ignore[arg-type]


def test_failed_logins_of_an_address_share_a_line_whatever_they_tried() -> None:
    nobody = replace(ATTEMPT, who="", status=401)
    assert like(nobody) == like(replace(nobody, operation="rollback", path="/v1/x", status=429))
    assert like(replace(ATTEMPT, outcome="accepted")) is None


@pytest.mark.parametrize(
    ("fetches", "known", "now", "wanted"),
    [
        (Fetches(), False, 0.0, True),
        (Fetches(tried=0.0), False, AGAIN - 1, False),
        (Fetches(tried=0.0), False, AGAIN, True),
        (Fetches(0.0, 0.0), True, FRESH - 1, False),
        (Fetches(0.0, 0.0), True, FRESH, True),
        (Fetches(0.0, 0.0), False, AGAIN - 1, False),
        (Fetches(0.0, 0.0), False, AGAIN, True),
        (Fetches(0.0, FRESH), True, FRESH + AGAIN - 1, False),
    ],
)
def test_when_keys_are_asked_for(fetches: Fetches, known: bool, now: float, wanted: bool) -> None:
    assert wants_keys(fetches, known, now) == wanted


def test_keys_are_believed_for_a_bounded_time() -> None:
    assert not believes(Fetches(tried=1.0), 1.0)
    assert believes(Fetches(0.0, 0.0), BELIEVED - 1)
    assert not believes(Fetches(0.0, BELIEVED - 1), BELIEVED)
