"""A controller at a URL, as the options before the command name it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bluegreen.core.errors import InvalidInput

if TYPE_CHECKING:
    from bluegreen.client import Client
    from bluegreen.client.address import Token


class Remote(NamedTuple):
    """``explicit``: the URL stood on the command line, not in the environment."""

    url: str
    explicit: bool
    ca: Path | None = None
    token_file: Path | None = None
    audience: str | None = None

    def client(self) -> Client:
        from bluegreen.client import Client

        return Client(url=self.url, ca=self.ca, token=self._token())

    def _token(self) -> Token | None:
        """None: that of the environment."""
        if self.token_file is not None:
            return _read(self.token_file)
        if self.audience is None:
            return None
        from bluegreen.client.oidc import ci_token

        return ci_token(self.audience)


def _read(file: Path) -> str:
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file} cannot be read as a token.", why=str(error), cure="It holds one line.") from error
    if not token or len(token.split()) != 1:
        raise InvalidInput(f"{file} holds no token.", cure="It holds one line, as `bluegreen token create` printed it.")
    return token
