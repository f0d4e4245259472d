"""Certificates: taken from the user's files when they fit, kept when a renewed one does not."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

import structlog

from bluegreen.core.errors import PermanentError
from bluegreen.core.spec import Tls
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.publisher import Subscription
from bluegreen.routers.envoy.snapshot import Snapshot, read_file, read_snapshot, snapshot
from bluegreen.routers.envoy.tls import secret, secret_subscription

log = structlog.get_logger(__name__)

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Certificate:
    """What is in force for one application, and of which state of its files."""

    tls: Tls
    stamp: Stamp
    content: Snapshot


class Certificates:
    """The last good certificate and key of each application."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._taken: dict[str, Certificate] = {}

    def take(self, app: str, tls: Tls | None, *, known: bool) -> None:
        """Take what the files hold now. ``known``: the same files were in force before, a bad pair is only warned of.

        Raises:
            PermanentError: a file cannot be read, or the key does not fit.
        """
        if tls is None:
            self._taken.pop(app, None)
            return
        try:
            self._taken[app] = Certificate(tls, _stamp(tls), _read(app, tls, self._layout.root))
        except (OSError, ValueError) as error:
            kept = self._kept(app) if known else None
            if kept is None:
                raise PermanentError(
                    f"{app}: the certificate cannot be used",
                    why=f"{tls.cert} with {tls.key}: {error}",
                    cure="give the PEM files of a certificate chain and of its private key, without a password",
                ) from error
            self._taken[app] = Certificate(tls, _stamp(tls), kept)
            _warn(app, tls, error)

    def copy(self) -> Certificates:
        """As it is now, to go back to."""
        copy = Certificates(self._layout)
        copy._taken = dict(self._taken)
        return copy

    def renewed(self) -> dict[str, Certificate]:
        """Those whose files have changed since and fit; a bad pair is warned of once."""
        changed: dict[str, Certificate] = {}
        for app, taken in list(self._taken.items()):
            stamp = _stamp(taken.tls)
            if stamp == taken.stamp:
                continue
            try:
                changed[app] = Certificate(taken.tls, stamp, _read(app, taken.tls, self._layout.root))
            except (OSError, ValueError) as error:
                self._taken[app] = Certificate(taken.tls, stamp, taken.content)
                _warn(app, taken.tls, error)
        return changed

    def keep(self, app: str, certificate: Certificate) -> None:
        """This one is in force now."""
        self._taken[app] = certificate

    def content(self, app: str) -> Snapshot:
        """The file that Envoy is to have for this application."""
        return self._taken[app].content

    def subscription(self, app: str) -> Subscription:
        """Where Envoy reads it."""
        return secret_subscription(self._layout, app)

    def _kept(self, app: str) -> Snapshot | None:
        if app in self._taken:
            return self._taken[app].content
        data = read_file(self._layout.certificate(app))
        return read_snapshot(data) if data else None


def _read(app: str, tls: Tls, folder: Path) -> Snapshot:
    chain, key = Path(tls.cert).read_text(), Path(tls.key).read_text()
    # What was read is what is checked: the files may be replaced at any time.
    with tempfile.TemporaryDirectory(dir=folder) as private:
        copies = [Path(private) / "chain.pem", Path(private) / "key.pem"]
        for copy, text in zip(copies, (chain, key), strict=True):
            copy.write_text(text)
        # An encrypted key must be refused, not asked for at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(copies[0], copies[1], password=lambda: b"")
    return snapshot([secret(app, chain, key)])


def _stamp(tls: Tls) -> Stamp:
    stamps: list[tuple[int, int, int]] = []
    for name in (tls.cert, tls.key):
        try:
            status = Path(name).stat()
            stamps.append((status.st_mtime_ns, status.st_size, status.st_ino))
        except OSError:
            stamps.append((0, 0, 0))
    return tuple(stamps)


def _warn(app: str, tls: Tls, error: Exception) -> None:
    log.warning("a renewed certificate is not taken up", app=app, cert=tls.cert, key=tls.key, error=str(error))
