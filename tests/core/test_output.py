"""Secrets and control characters are taken out of what is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.output import Mask, beginning, printable


def test_secrets_are_masked_and_short_values_are_not() -> None:
    mask = Mask(["hunter22", "1", "on", ""])
    assert mask.text("PASSWORD=hunter22 DEBUG=1 on") == "PASSWORD=*** DEBUG=1 on"
    assert mask.data(b"\xff hunter22") == b"\xff ***"


def test_the_longer_one_of_two_that_overlap_goes_first() -> None:
    assert Mask(["token", "token-with-more"]).text("token-with-more token") == "*** ***"


def test_every_line_of_a_secret_counts() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\r\nkqhkiG9w0B\n"
    shown = Mask([key]).text("key: kqhkiG9w0B, MIIEvQIBADANBg")
    assert shown == "key: ***, ***"


def test_without_secrets_nothing_changes() -> None:
    assert Mask([]).text("***a") == "***a"
    assert Mask([""]).data(b"a") == b"a"


@given(st.text(alphabet="ab.*+(\\", min_size=4, max_size=6), st.text(alphabet="ab.*+(\\"), st.text(alphabet="ab.*+(\\"))
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    line = secret.strip()
    assert Mask([secret]).text("").count(line) == 0
    shown = Mask([secret]).text(f"<{before}{secret}{after}>")
    assert line not in shown.replace("***", "\0")


def test_terminal_escapes_and_control_characters_go() -> None:
    assert printable("\x1b[31mred\x1b[0m\x1b]0;title\x07 a\x00b\x07\tc\n") == "red ab\tc\n"
    assert printable("10%\r20%\r\ndone \x9b31m\ud800") == "10%\n20%\ndone 31m"


def test_beginning() -> None:
    assert beginning("abc", 3) == "abc"
    assert beginning("abcd", 3) == "abc…"
