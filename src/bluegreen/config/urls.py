"""URLs that guards ask, named by the file."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from bluegreen.config.problems import Wrong

_SUCH = "such as `http://127.0.0.1:9090`"
_HERE = ("127.0.0.1", "localhost", "::1")


def url(value: str) -> str:
    """An http or https URL without credentials and fragment. Raises Wrong, which never shows the URL."""
    parts = _split(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Wrong("not an http or https URL", _SUCH)
    if parts.username is not None or parts.password is not None:
        raise Wrong(
            "a URL with credentials would be kept in the journal",
            "remove them; a `command` guard can ask with a secret from an `env_file`",
        )
    if parts.fragment or "#" in value:
        raise Wrong("servers never see what is behind `#`", "remove it")
    return value


def base_url(value: str) -> str:
    """A URL that paths are appended to, without a slash at its end. Raises Wrong."""
    if "?" in url(value):
        raise Wrong("the address of a server cannot have a query", _SUCH)
    return value.rstrip("/")


def issuer_url(value: str) -> str:
    """Where an issuer of tokens answers: over https, or on this machine. Raises Wrong."""
    parts = _split(url(value))
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise Wrong("whoever is on the way could forge tokens", "write `https://…`")
    return value


def webhook_url(value: str) -> str:
    """Where signed messages go: over https, or to this machine. Raises Wrong, which never shows the URL."""
    parts = _split(url(value))
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise Wrong("whoever is on the way could read what is sent", "write `https://…`")
    return value


def _split(value: str) -> SplitResult:
    try:
        if not re.fullmatch(r"[\x21-\x7e]+", value):
            raise ValueError
        parts = urlsplit(value)
        _ = parts.port  # Its digits are looked at only now.
    except ValueError:
        raise Wrong("not a URL", _SUCH) from None
    return parts
