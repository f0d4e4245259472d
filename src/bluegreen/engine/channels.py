"""The channels of controller.yaml, each carried by the back end that its kind is registered as."""

from __future__ import annotations

from collections.abc import Mapping

from bluegreen.core import settings
from bluegreen.engine.backends import load
from bluegreen.notify.base import Channel

_KINDS = {settings.AppriseChannel: "apprise", settings.WebhookChannel: "webhook"}


def open_channels(named: Mapping[str, settings.Channel]) -> Mapping[str, Channel]:
    """Every channel by its name. Nothing is reached yet, and no extra is needed before the first message."""
    return {name: load("channels", _KINDS[type(channel)])(channel) for name, channel in named.items()}
