"""Channels of ``controller.yaml``, with their secrets from the environment."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from bluegreen.config.controller_models import ChannelSection
from bluegreen.config.document import Path
from bluegreen.config.problems import Wrong
from bluegreen.config.urls import webhook_url
from bluegreen.config.variables import expanded
from bluegreen.core.settings import AppriseChannel, Channel, WebhookChannel

_PREFIX = "whsec_"


def channels(
    sections: Mapping[str, ChannelSection], environ: Mapping[str, str]
) -> tuple[dict[str, Channel], list[tuple[Path, Wrong]]]:
    """Every channel by its name, and what is wrong where. No message holds the text of a value."""
    found: dict[str, Channel] = {}
    wrong: list[tuple[Path, Wrong]] = []
    for name, section in sections.items():
        key = "apprise"
        try:
            if section.apprise is not None:
                found[name] = AppriseChannel(name, _apprise(expanded(section.apprise, environ)))
                continue
            key = "webhook"
            address = webhook_url(expanded(section.webhook or "", environ))
            key = "secret"
            found[name] = WebhookChannel(name, address, _secret(expanded(section.secret or "", environ)))
        except Wrong as said:
            wrong.append((("channels", name, key), said))
    return found, wrong


def _apprise(value: str) -> str:
    if "://" not in value:
        raise Wrong("not an address of Apprise", "such as `slack://…` or `mailto://…`")
    return value


def _secret(value: str) -> str:
    """One key, or while it is being exchanged the new one and the old one."""
    keys = value.split()
    if not keys or not all(map(_is_key, keys)):
        hint = "make one: python3 -c \"import base64, os; print('whsec_' + base64.b64encode(os.urandom(32)).decode())\""
        raise Wrong("a webhook's secret is `whsec_` and 24 to 64 bytes in base64", hint)
    return " ".join(keys)


def _is_key(text: str) -> bool:
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return False
    return text.startswith(_PREFIX) and 24 <= len(key) <= 64
