"""How many failed logins are borne, and by whom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core import logins as core
from bluegreen.core.logins import EACH, OVERALL, WINDOW, Logins, network_of, wait, wait_after_failure


def fold(*failed: tuple[float, str], known: tuple[tuple[str, str], ...] = ()) -> Logins:
    logins = Logins(known=known)
    for at, address in failed:
        logins = core.failed(logins, address, at)
    return logins


def test_an_address_waits_after_so_many_failures_and_no_other_does() -> None:
    logins = fold(*((float(at), "a") for at in range(EACH)))
    assert wait(logins, "a", "", EACH) == WINDOW - EACH
    assert wait(logins, "b", "", EACH) == 0
    assert wait(logins, "a", "", WINDOW) == 0


def test_one_failure_less_is_borne() -> None:
    assert wait(fold(*((0.0, "a") for _ in range(EACH - 1))), "a", "", 0.0) == 0


def test_who_was_let_in_before_stays_so() -> None:
    logins = core.succeeded(fold(*((0.0, "a") for _ in range(EACH))), "a", "known")
    assert wait(logins, "a", "known", 1.0) == 0
    assert wait(logins, "a", "other", 1.0) > 0
    assert wait(logins, "b", "other", 1.0) == 0


def test_many_addresses_together_are_told_to_wait_after_they_failed() -> None:
    logins = fold(*((1.0, f"host {number}") for number in range(OVERALL)))
    assert wait_after_failure(logins, 1.0) == WINDOW
    assert wait(logins, "a new one", "", 1.0) == 0
    assert wait_after_failure(logins, 1.0 + WINDOW) == 0


def test_an_address_of_ipv6_is_the_network_that_one_customer_has() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("unknown") == "unknown"


@given(st.lists(st.tuples(st.floats(0, 300), st.sampled_from("abc")), max_size=600))
def test_memory_is_bounded_and_nobody_waits_longer_than_the_window(failures: list[tuple[float, str]]) -> None:
    failures.sort()
    logins = fold(*failures)
    assert len(logins.failed) <= OVERALL
    now = failures[-1][0] if failures else 0.0
    for address in "abc":
        recent = sum(at > now - WINDOW for at, where in failures if where == address)
        assert 0 <= wait(logins, address, "", now) <= WINDOW
        assert recent >= EACH or wait(logins, address, "", now) == 0
    for number in range(core.KNOWN + 10):
        logins = core.succeeded(logins, "a", str(number))
    assert len(logins.known) == core.KNOWN
