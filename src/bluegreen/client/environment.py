"""Which controller is meant where nothing is said: the environment's."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from bluegreen.client.address import DEFAULT_HOME, Address, AtHome, AtUrl, Token


def address_of(
    home: Path | None = None,
    *,
    url: str | None = None,
    token: Token | None = None,
    ca: Path | None = None,
    actor: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Address:
    """The named controller; else that of ``BLUEGREEN_URL``, else that of ``BLUEGREEN_HOME``, else ``~/.bluegreen``.

    At a URL, ``BLUEGREEN_TOKEN`` and ``BLUEGREEN_CA`` stand in for what is not given. Raises InvalidInput.
    """
    if url is None and home is None:
        url = environ.get("BLUEGREEN_URL") or None
    if url is not None:
        named = environ.get("BLUEGREEN_CA")
        return AtUrl(url, token or environ.get("BLUEGREEN_TOKEN"), ca or (Path(named) if named else None))
    home = home or Path(environ.get("BLUEGREEN_HOME") or DEFAULT_HOME)
    return AtHome(home.expanduser().absolute(), actor or whoami())


def whoami() -> str:
    """Who gives the commands, as the journal names it: ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}".encode("ascii", "replace").decode()
