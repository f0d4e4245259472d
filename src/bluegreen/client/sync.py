"""The client without asyncio, on the standard library alone, so that a rollback starts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bluegreen.client import asks
from bluegreen.client.address import Address, Token
from bluegreen.client.environment import address_of
from bluegreen.client.transport import Transport
from bluegreen.client.wire import refusal, under
from bluegreen.core.errors import InvalidInput

if TYPE_CHECKING:
    from bluegreen.client import answers as a
    from bluegreen.client.deploying import Deploying
    from bluegreen.client.events import Event
    from bluegreen.client.sending import Told

ANSWER_WITHIN = 30.0
"""Seconds without a byte after which a controller counts as gone. It keeps streams of events alive more often."""


class Client:
    """One controller: that of a home on this machine, or one at a URL. Every call is a connection of its own.

    Without arguments: the controller of ``BLUEGREEN_URL`` (with ``BLUEGREEN_TOKEN`` and ``BLUEGREEN_CA``), else that of
    ``BLUEGREEN_HOME``, else that of ``~/.bluegreen``. ``token`` may be a function that gives a fresh one.

    Every method raises `NoController` or `AnswerLost`, and for a refused request the core's error of that kind, with
    what happened, why, and the cure. Every write has an idempotency key, and is sent again when its answer was lost.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        url: str | None = None,
        token: Token | None = None,
        ca: Path | None = None,
        actor: str | None = None,
        within: float = ANSWER_WITHIN,
    ) -> None:
        self.address = address_of(home, url=url, token=token, ca=ca, actor=actor)
        self.transport = Transport(self.address, within)

    @property
    def is_remote(self) -> bool:
        return self.address.is_remote

    @property
    def home(self) -> Path:
        """The home folder. Raises InvalidInput for a controller at a URL."""
        return self.address.home

    def patient(self, within: float) -> Client:
        """The same controller, waited for so many seconds."""
        return Client.at(self.address, within)

    @classmethod
    def at(cls, address: Address, within: float = ANSWER_WITHIN) -> Client:
        """The controller at an address that is known already."""
        client = cls.__new__(cls)
        client.address, client.transport = address, Transport(address, within)
        return client

    # --- the controller

    def controller(self) -> a.Controller:
        """Version, pid, home and applications of the running controller."""
        return self.transport.ask(asks.controller())

    def running(self) -> bool:
        """Whether something accepts connections."""
        try:
            connection = self.address.connection(5.0)
            connection.connect()
        except (OSError, InvalidInput):
            return False
        connection.close()
        return True

    def stop(self, *, everything: bool) -> a.Stopping:
        """Stop the controller; ``everything``: take every application and the proxy down first."""
        return self.transport.ask(asks.stop(everything))

    def me(self) -> a.Me:
        """Who this client is to the controller, and what it may do."""
        return self.transport.ask(asks.me())

    # --- applications

    def apps(self) -> list[a.Status]:
        """The status of every application that the caller may see."""
        return list(self.transport.pages(asks.apps()))

    def status(self, app: str) -> a.Status:
        return self.transport.ask(asks.status(app))

    def preview(self, app: str) -> a.Preview:
        """How the idle environment is reached, and what is there."""
        return self.transport.ask(asks.preview(app))

    def forecast(self, app: str) -> a.Forecast:
        """What a watch would find at the traffic of the last hour, and how soon."""
        return self.transport.ask(asks.forecast(app))

    def figures(self, app: str, *, seconds: int = 900) -> a.FiguresSince:
        """Traffic, errors and latencies of the last ``seconds``, and the switches among them."""
        return self.transport.ask(asks.figures(app, seconds))

    def rollback(self, app: str, to: str | None = None) -> a.RolledBack:
        """Lead users back; when that is instant, this returns with the route confirmed."""
        return self.transport.ask(asks.rollback(app, to))

    def lock(self, app: str, why: str) -> a.Notice:
        return self.transport.ask(asks.lock(app, why))

    def unlock(self, app: str) -> a.Notice:
        return self.transport.ask(asks.unlock(app))

    def freeze(self, app: str, why: str, *, start: str | None = None, until: str | None = None) -> a.Notice:
        """Let no deployment move users from ``start`` (None: now) to ``until``: ISO 8601 with the offset from UTC."""
        return self.transport.ask(asks.freeze(app, why, start, until))

    def unfreeze(self, app: str) -> a.Notice:
        return self.transport.ask(asks.unfreeze(app))

    def down(self, app: str) -> a.GoingDown:
        return self.transport.ask(asks.down(app))

    # --- deployments

    def deploy(
        self,
        folder: Path,
        *,
        message: str = "",
        supersede: bool = False,
        keep_failed: bool = False,
        told: Told | None = None,
    ) -> Deploying:
        """Begin the deployment of the folder with ``bluegreen.yaml``: pack it, send what is missing, ask.

        ``told``: is given a `bluegreen.client.sending.Progress` now and then. Raises ConfigError for a wrong file.
        """
        from bluegreen.client.deploying import Deploying, prepare

        wanted = {"message": message, "supersede": supersede, "keep_failed": keep_failed}
        app, request = prepare(self, folder, wanted, told)
        begun = self.begin(app, request)
        return Deploying(self, app, begun["deployment"], begun["release"], begun["after"])

    def begin(self, app: str, request: Mapping[str, Any]) -> a.Begun:
        """Begin a deployment of an artifact that was sent; ``request`` is the body that the API takes."""
        return self.transport.ask(asks.begin(app, request))

    def deployments(self, app: str, limit: int = 50, **filters: str) -> list[a.Deployment]:
        """The newest first. ``filters``: ``result``, ``kind``, ``release``, ``actor``."""
        return self.transport.ask(asks.deployments(app, {"limit": limit, **filters}))

    def history(self, app: str, **filters: str) -> Iterator[a.Deployment]:
        """Every deployment, newest first, asked for page by page."""
        return self.transport.pages(asks.deployments(app, filters))

    def deployment(self, app: str, number: int, *, evidence: bool = False) -> a.Deployment:
        """One deployment; ``evidence``: with every second that its guards judged by."""
        return self.transport.ask(asks.deployment(app, number, evidence))

    def receipt(self, app: str, number: int) -> a.Receipt:
        """What a deployment did to users, in figures."""
        return self.transport.ask(asks.receipt(app, number))

    def approve(self, app: str, number: int, *, override: str | None = None) -> a.Steered:
        """Let it go on; ``override``: why in spite of a freeze."""
        return self.transport.ask(asks.approve(app, number, override))

    def abort(self, app: str, number: int) -> a.Steered:
        return self.transport.ask(asks.abort(app, number))

    # --- releases

    def releases(self, app: str) -> Iterator[a.Release]:
        """Every release, newest first."""
        return self.transport.pages(asks.releases(app))

    def release(self, app: str, name: str) -> a.Release:
        """One release, with its configuration."""
        return self.transport.ask(asks.release(app, name))

    def diff(self, app: str, release: str, other: str) -> a.ReleaseDiff:
        """What is different in ``other``."""
        return self.transport.ask(asks.diff(app, release, other))

    # --- flags

    def flags(self, app: str, release: str | None = None) -> a.FlagSet:
        """The flags of the live release, or of another one."""
        return self.transport.ask(asks.flags(app, release))

    def edit_flags(self, app: str, request: Mapping[str, Any]) -> a.FlagsEdited:
        """Begin the deployment of the live release with edited flags; ``request`` is the body that the API takes."""
        return self.transport.ask(asks.edit_flags(app, request))

    def flag_history(self, app: str, flag: str | None = None) -> Iterator[a.Deployment]:
        """Deployments that changed flags, or this one, newest first."""
        return self.transport.pages(asks.flag_history(app, flag))

    # --- artifacts

    def has_artifact(self, digest: str) -> bool:
        with self.transport.answer("HEAD", under("artifacts", digest)) as answer:
            if answer.status not in (200, 404):
                raise refusal(answer.status, answer.reason, answer.read())
            return answer.status == 200

    def send_artifact(self, digest: str, archive: Path) -> a.Artifact:
        """Upload an archive. Raises InvalidInput when its content has another digest."""
        from bluegreen.client.sending import send_archive

        return send_archive(self.transport, digest, archive)

    def send_folder(self, folder: Path, told: Told | None = None) -> str:
        """Bring a folder's content to the controller, as far as it is missing there; the digest of it."""
        from bluegreen.client.sending import send_folder

        return send_folder(self.transport, folder, told)

    # --- models

    def models(self, app: str) -> list[a.Model]:
        """Each revision of a model with where it is served and what needs it; and the files of models."""
        return list(self.transport.pages(asks.models(app)))

    def unload_model(self, app: str, name: str) -> a.Notice:
        """Unload a revision by its name in the shared component. Raises Refused while something needs it."""
        return self.transport.ask(asks.unload_model(app, name))

    # --- what happens, and what instances write

    def events(self, app: str, *, after: int = 0, limit: int = 1000) -> list[a.Entry]:
        """Entries of the history behind number ``after``, oldest first."""
        return self.transport.ask(asks.events(app, after, limit))

    def stream(self, app: str, *, after: int) -> Iterator[a.Entry | None]:
        """Entries behind number ``after`` as they come; None when the stream is open, and as a sign of life.

        It has no end of its own: ending, it broke. `follow` goes on by itself.
        """
        for event in self.transport.stream(asks.stream(app, after)):
            yield event.data if event.kind else None

    def follow(self, app: str, *, after: int = 0, waiting: Callable[[float], None] | None = None) -> Iterator[a.Entry]:
        """Entries behind number ``after``, for ever. A controller that restarts is waited for, half a minute long.

        ``waiting`` is told for how many seconds no controller answers, and 0 when one does again.
        """
        ask = asks.stream(app, after)
        events = self.transport.follow(ask, waiting=waiting) if waiting else self.transport.follow(ask)
        for event in events:
            yield event.data

    def live(self, app: str, *, after: int | None = None) -> Iterator[Event]:
        """What a dashboard shows, for ever: events of the kinds ``status``, ``figures`` (each second) and ``entry``."""
        return self.transport.follow(asks.live(app, after))

    def logs(self, app: str, *, component: str, place: str, lines: int = 100, follow: bool = False) -> Iterator[str]:
        """Lines that the instances of a component wrote, without their line ends."""
        ask = asks.logs(app, component, place, lines, follow)
        with self.transport.answer(ask.method, ask.target, endless=follow) as answer:
            if answer.status != 200:
                raise refusal(answer.status, answer.reason, answer.read())
            for line in answer:
                yield line.decode(errors="replace").rstrip("\r\n")

    # --- access and messages

    def session_link(self) -> a.LoginLink:
        """A link that logs in at the dashboard, once and for a minute."""
        return self.transport.ask(asks.session_link())

    def tokens(self) -> Iterator[a.Token]:
        return self.transport.pages(asks.tokens())

    def create_token(self, name: str, grants: Sequence[Mapping[str, object]], **more: float | None) -> a.CreatedToken:
        """Make a token, which is in this answer and never again. ``lasts``: seconds [90 days], None: until revoked."""
        return self.transport.ask(asks.create_token({"name": name, "grants": list(grants), **more}))

    def revoke_token(self, id: str) -> a.Token:
        return self.transport.ask(asks.revoke_token(id))

    def audit(self, **filters: Any) -> Iterator[a.Attempt]:
        """Who asked for what, and what became of it, newest first. ``filters``: ``app``, ``who``, ``outcome``."""
        return self.transport.pages(asks.audit(filters))

    def channels(self) -> Iterator[a.Channel]:
        return self.transport.pages(asks.channels())

    def test_channel(self, name: str) -> a.Delivery:
        return self.transport.ask(asks.channel_test(name))

    def deliveries(self, **filters: Any) -> Iterator[a.Delivery]:
        """What was sent to channels, newest first. ``filters``: ``channel``, ``state``."""
        return self.transport.pages(asks.deliveries(filters))

    def replay_delivery(self, id: str) -> a.Delivery:
        return self.transport.ask(asks.replay_delivery(id))
