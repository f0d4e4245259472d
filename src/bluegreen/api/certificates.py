"""The certificate of the TLS listener, taken up again when it was renewed."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence

from bluegreen.core.spec import Tls

Seen = Sequence[tuple[int, int, int]]


class Certificates:
    """A TLS context whose certificate follows its files. A pair that cannot be used changes nothing: see `trouble`.

    Raises OSError (ssl.SSLError is one) when there is no usable pair to begin with.
    """

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._seen = self._look()
        self._current = self._load()
        self.trouble = ""
        self.context = self._load()
        # A context that serves cannot be given another pair in one step: each connection is handed to the newest one.
        self.context.sni_callback = self._hand_over

    def renew(self) -> bool:
        """Take up files that have changed since. Whether it did."""
        try:
            seen = self._look()
            if seen == self._seen and not self.trouble:
                return False
            self._current = self._load()
        except (OSError, ValueError) as error:
            self.trouble = f"The renewed certificate {self._tls.cert} is not used, the one before still is: {error}"
            return False
        self._seen, self.trouble = seen, ""
        return True

    def _look(self) -> Seen:
        found = [os.stat(path) for path in (self._tls.cert, self._tls.key)]
        return [(one.st_mtime_ns, one.st_size, one.st_ino) for one in found]

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(self._tls.cert, self._tls.key, password=_no_password)
        return context

    def _hand_over(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        connection.context = self._current


def _no_password() -> str:
    """Instead of asking for one on the terminal."""
    raise ValueError("the key has a passphrase: store it without one, with mode 0600")
