"""Where a controller is: at the socket of a home, or at a URL."""

from __future__ import annotations

import http.client
import os
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bluegreen.client.errors import AnswerLost, NoController
from bluegreen.core.errors import InvalidInput

if TYPE_CHECKING:
    import ssl

SOCKET = "api.sock"
SOCKET_PATH_BYTES = 107
"""What the kernel allows for the path of a unix socket."""
DEFAULT_HOME = "~/.bluegreen"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SENDABLE = re.compile(r"[\x21-\x7e]*")
"""A token as a header may have it. Of any other one a library would complain, and quote it."""

Token = str | Callable[[], str]
"""A bearer token, or what gives a fresh one: those of CI are short-lived."""


class AtHome:
    """A controller of this machine, named by its home folder. Who may open its socket may do everything."""

    prefix = ""
    is_remote = False

    def __init__(self, home: Path, actor: str) -> None:
        self.home = home
        self._actor = actor

    def __str__(self) -> str:
        return str(self.home)

    @property
    def socket(self) -> Path:
        """The path of the socket. Raises InvalidInput: it is too long."""
        path = self.home / SOCKET
        if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
            raise InvalidInput(
                f"The path {path} is too long for a socket.",
                why=f"The kernel allows {SOCKET_PATH_BYTES} bytes.",
                cure="Choose a shorter home with --home or $BLUEGREEN_HOME.",
            )
        return path

    def headers(self) -> Mapping[str, str]:
        return {"X-Bluegreen-Actor": self._actor}

    def connection(self, within: float) -> http.client.HTTPConnection:
        return _OverSocket(self.socket, within)

    def unreachable(self, error: Exception) -> NoController:
        if isinstance(error, PermissionError):
            why = f"{self.home / SOCKET} belongs to another user."
            return NoController("The controller cannot be reached.", why=why, cure="Run this as that user.")
        if isinstance(error, TimeoutError | BlockingIOError):
            return NoController("The controller does not answer.", why=said(error), cure=self._look())
        return NoController(
            f"No controller runs for {self.home}.",
            why=f"Nothing answers at {self.home / SOCKET}. Applications that it started go on serving.",
            cure="Start it with `bluegreen serve`, or name another home with --home.",
        )

    def lost(self, error: Exception) -> AnswerLost:
        return _lost(error, self._look())

    def _look(self) -> str:
        return f"Its log is {self.home / 'controller.log'}, or the journal of its service."


class AtUrl:
    """A controller at ``https://HOST:PORT``, or at ``http://`` on this machine, asked with a bearer token.

    ``ca``: a PEM file with the certificates to trust instead of the system's.

    Raises InvalidInput: the URL is none, or the token would go over the network in the open.
    """

    is_remote = True

    def __init__(self, url: str, token: Token | None = None, ca: Path | None = None) -> None:
        self.url, self.ca = url.rstrip("/"), ca
        self._token = token
        try:
            found = urlsplit(self.url)
            self.secure, self.host = found.scheme == "https", found.hostname or ""
            self.port = found.port or (443 if self.secure else 80)
        except ValueError as error:
            raise _no_url(url, str(error)) from error
        if found.scheme not in ("http", "https") or not self.host or found.query or found.username is not None:
            raise _no_url(url, "It has to be `https://HOST:PORT`, with the token beside it and not in it.")
        if not self.secure and self.host not in _LOOPBACK:
            raise InvalidInput(
                f"{url} is not encrypted.",
                why="Whoever is on the way could read the token.",
                cure="Use https://; http:// is for this machine alone.",
            )
        self.prefix = found.path
        self._context: ssl.SSLContext | None = None

    def __str__(self) -> str:
        return self.url

    @property
    def home(self) -> Path:
        """There is none here. Raises InvalidInput."""
        raise InvalidInput(
            "This works on the controller's own machine only.",
            why=f"The controller that is asked is {self.url}.",
            cure="Run it there, without --url and $BLUEGREEN_URL.",
        )

    def headers(self) -> Mapping[str, str]:
        """Who asks. Raises InvalidInput for what is no token; it is not shown, as it may be one but for a character."""
        given = self._token() if callable(self._token) else self._token
        token = (given or "").strip()
        if not _SENDABLE.fullmatch(token):
            raise InvalidInput(
                "The token cannot be sent.",
                why="It has spaces, line ends or letters that no token has.",
                cure="Give it on one line, as `bluegreen token create` or the CI gave it.",
            )
        return {"Authorization": f"Bearer {token}"} if token else {}

    def tls(self) -> ssl.SSLContext:
        """What certificates are checked by. Raises InvalidInput: the CA file cannot be used."""
        import ssl

        if self._context is None:
            try:
                self._context = ssl.create_default_context(cafile=self.ca)
            except OSError as error:
                raise InvalidInput(
                    f"{self.ca} cannot be used as a CA file.",
                    why=str(error),
                    cure="Name a PEM file with the CA's certificate in --ca or $BLUEGREEN_CA.",
                ) from error
        return self._context

    def connection(self, within: float) -> http.client.HTTPConnection:
        if self.secure:
            return http.client.HTTPSConnection(self.host, self.port, timeout=within, context=self.tls())
        return http.client.HTTPConnection(self.host, self.port, timeout=within)

    def unreachable(self, error: Exception) -> NoController:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return NoController(
                f"The certificate of {self.url} is not trusted.",
                why=said(error),
                cure="Name the CA's certificate with --ca or $BLUEGREEN_CA, and the host as the certificate names it.",
            )
        return NoController(
            f"{self.url} cannot be reached.",
            why=said(error),
            cure="Check the address, and that the controller runs there with this `listen:` in its controller.yaml.",
        )

    def lost(self, error: Exception) -> AnswerLost:
        return _lost(error, f"It was asked at {self.url}.")


Address = AtHome | AtUrl


class _OverSocket(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, within: float) -> None:
        super().__init__("localhost", timeout=within)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


def said(error: Exception) -> str:
    """Why something could not be had, in a sentence."""
    return "It was silent for too long." if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"


def _lost(error: Exception, look: str) -> AnswerLost:
    return AnswerLost(
        "The controller went away before it had answered, so what it has done is not known.",
        why=said(error),
        cure=f"`bluegreen status` shows what is live. {look}",
    )


def _no_url(url: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"`{url}` is not the URL of a controller.", why=why, cure="Such as https://deploy.example.com:8443"
    )
