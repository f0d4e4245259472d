"""Channels of controller.yaml, and who is told what in bluegreen.yaml."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bluegreen.config import ConfigError, parse
from bluegreen.config.controller import parse_settings
from bluegreen.core.news import News
from bluegreen.core.settings import AppriseChannel, WebhookChannel

KEY = "whsec_" + base64.b64encode(bytes(32)).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()
APP = "app: shop\naddress: 8080\ncomponents: {web: {run: ./web, receives: /}}\n"


def channel(text: str, **environ: str) -> AppriseChannel | WebhookChannel:
    return parse_settings(f"channels: {{one: {text}}}", home=Path(), environ=environ).channels["one"]


def test_a_channel_is_an_apprise_address_or_a_webhook() -> None:
    assert channel("{apprise: $URL}", URL="slack://a/b/c") == AppriseChannel("one", "slack://a/b/c")
    hook = "https://hooks.example.com/x"
    assert channel(f"{{webhook: '{hook}', secret: $KEY}}", KEY=KEY) == WebhookChannel("one", hook, KEY)


def test_a_secret_that_is_being_exchanged_has_both_keys() -> None:
    found = channel("{webhook: 'http://127.0.0.1:1/', secret: '$NEW $OLD'}", NEW=KEY, OLD=OTHER)
    assert isinstance(found, WebhookChannel)
    assert found.secret == f"{KEY} {OTHER}"


@pytest.mark.parametrize(
    "text",
    [
        "{webhook: 'http://hooks.example.com/hidden', secret: $KEY}",
        "{webhook: 'ftp://hooks.example.com/hidden', secret: $KEY}",
        "{webhook: 'https://hooks.example.com/hidden', secret: hidden}",
        "{webhook: 'https://hooks.example.com/hidden', secret: '$KEY hidden'}",
        "{webhook: 'https://hooks.example.com/hidden'}",
        "{apprise: hidden}",
        "{apprise: $HIDDEN}",
        "{}",
    ],
)
def test_what_is_wrong_is_told_without_what_is_secret(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        channel(text, KEY=KEY)
    assert "hidden" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_an_application_names_channels_and_kinds() -> None:
    notify = parse(APP + "notify: {ops: [failed, rolled back], hook: all, pager: held}").notify
    assert notify == {"ops": (News.FAILED, News.ROLLED_BACK), "hook": (News.ALL,), "pager": (News.HELD,)}
    assert parse(APP).notify == {}


def test_a_kind_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"4:24: `exploded` is not a kind of message") as caught:
        parse(APP + "notify: {ops: [failed, exploded]}")
    assert "`rolled back`" in str(caught.value)
