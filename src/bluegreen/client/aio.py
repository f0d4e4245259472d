"""The client for asyncio, on httpx2: what `Client` does, without holding up anything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bluegreen.client import asks
from bluegreen.client.address import Token
from bluegreen.client.aio_transport import AsyncTransport
from bluegreen.client.environment import address_of
from bluegreen.client.sync import ANSWER_WITHIN, Client
from bluegreen.client.wire import refusal, under

if TYPE_CHECKING:
    from bluegreen.client import answers as a
    from bluegreen.client.deploying import AsyncDeploying
    from bluegreen.client.events import Event
    from bluegreen.client.sending import Told


class AsyncClient:
    """One controller, as `Client` names it, with connections that are kept until `close`, or the end of ``async with``.

    Methods, answers and errors are those of `Client`.
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
        self.transport = AsyncTransport(self.address, within)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End every connection."""
        await self.transport.close()

    def _blocking(self) -> Client:
        """The other client of the same controller: for what reads files as well."""
        return Client.at(self.address, self.transport.within)

    # --- the controller

    async def controller(self) -> a.Controller:
        """Version, pid, home and applications of the running controller."""
        return await self.transport.ask(asks.controller())

    async def stop(self, *, everything: bool) -> a.Stopping:
        """Stop the controller; ``everything``: take every application and the proxy down first."""
        return await self.transport.ask(asks.stop(everything))

    async def me(self) -> a.Me:
        """Who this client is to the controller, and what it may do."""
        return await self.transport.ask(asks.me())

    # --- applications

    async def apps(self) -> list[a.Status]:
        """The status of every application that the caller may see."""
        return [status async for status in self.transport.pages(asks.apps())]

    async def status(self, app: str) -> a.Status:
        return await self.transport.ask(asks.status(app))

    async def preview(self, app: str) -> a.Preview:
        """How the idle environment is reached, and what is there."""
        return await self.transport.ask(asks.preview(app))

    async def forecast(self, app: str) -> a.Forecast:
        """What a watch would find at the traffic of the last hour, and how soon."""
        return await self.transport.ask(asks.forecast(app))

    async def figures(self, app: str, *, seconds: int = 900) -> a.FiguresSince:
        """Traffic, errors and latencies of the last ``seconds``, and the switches among them."""
        return await self.transport.ask(asks.figures(app, seconds))

    async def rollback(self, app: str, to: str | None = None) -> a.RolledBack:
        """Lead users back; when that is instant, this returns with the route confirmed."""
        return await self.transport.ask(asks.rollback(app, to))

    async def lock(self, app: str, why: str) -> a.Notice:
        return await self.transport.ask(asks.lock(app, why))

    async def unlock(self, app: str) -> a.Notice:
        return await self.transport.ask(asks.unlock(app))

    async def freeze(self, app: str, why: str, *, start: str | None = None, until: str | None = None) -> a.Notice:
        """Let no deployment move users from ``start`` (None: now) to ``until``: ISO 8601 with the offset from UTC."""
        return await self.transport.ask(asks.freeze(app, why, start, until))

    async def unfreeze(self, app: str) -> a.Notice:
        return await self.transport.ask(asks.unfreeze(app))

    async def down(self, app: str) -> a.GoingDown:
        return await self.transport.ask(asks.down(app))

    # --- deployments

    async def deploy(
        self,
        folder: Path,
        *,
        message: str = "",
        supersede: bool = False,
        keep_failed: bool = False,
        told: Told | None = None,
    ) -> AsyncDeploying:
        """Begin the deployment of the folder with ``bluegreen.yaml``, as `Client.deploy`."""
        from bluegreen.client.deploying import AsyncDeploying, prepare

        wanted = {"message": message, "supersede": supersede, "keep_failed": keep_failed}
        # Files are read, and sent, in a thread: nothing else is held up.
        app, request = await asyncio.to_thread(prepare, self._blocking(), folder, wanted, told)
        begun = await self.begin(app, request)
        return AsyncDeploying(self, app, begun["deployment"], begun["release"], begun["after"])

    async def begin(self, app: str, request: Mapping[str, Any]) -> a.Begun:
        """Begin a deployment of an artifact that was sent; ``request`` is the body that the API takes."""
        return await self.transport.ask(asks.begin(app, request))

    async def deployments(self, app: str, limit: int = 50, **filters: str) -> list[a.Deployment]:
        """The newest first. ``filters``: ``result``, ``kind``, ``release``, ``actor``."""
        return await self.transport.ask(asks.deployments(app, {"limit": limit, **filters}))

    def history(self, app: str, **filters: str) -> AsyncIterator[a.Deployment]:
        """Every deployment, newest first, asked for page by page."""
        return self.transport.pages(asks.deployments(app, filters))

    async def deployment(self, app: str, number: int, *, evidence: bool = False) -> a.Deployment:
        """One deployment; ``evidence``: with every second that its guards judged by."""
        return await self.transport.ask(asks.deployment(app, number, evidence))

    async def receipt(self, app: str, number: int) -> a.Receipt:
        """What a deployment did to users, in figures."""
        return await self.transport.ask(asks.receipt(app, number))

    async def approve(self, app: str, number: int, *, override: str | None = None) -> a.Steered:
        """Let it go on; ``override``: why in spite of a freeze."""
        return await self.transport.ask(asks.approve(app, number, override))

    async def abort(self, app: str, number: int) -> a.Steered:
        return await self.transport.ask(asks.abort(app, number))

    # --- releases

    def releases(self, app: str) -> AsyncIterator[a.Release]:
        """Every release, newest first."""
        return self.transport.pages(asks.releases(app))

    async def release(self, app: str, name: str) -> a.Release:
        """One release, with its configuration."""
        return await self.transport.ask(asks.release(app, name))

    async def diff(self, app: str, release: str, other: str) -> a.ReleaseDiff:
        """What is different in ``other``."""
        return await self.transport.ask(asks.diff(app, release, other))

    # --- flags

    async def flags(self, app: str, release: str | None = None) -> a.FlagSet:
        """The flags of the live release, or of another one."""
        return await self.transport.ask(asks.flags(app, release))

    async def edit_flags(self, app: str, request: Mapping[str, Any]) -> a.FlagsEdited:
        """Begin the deployment of the live release with edited flags; ``request`` is the body that the API takes."""
        return await self.transport.ask(asks.edit_flags(app, request))

    def flag_history(self, app: str, flag: str | None = None) -> AsyncIterator[a.Deployment]:
        """Deployments that changed flags, or this one, newest first."""
        return self.transport.pages(asks.flag_history(app, flag))

    # --- artifacts

    async def has_artifact(self, digest: str) -> bool:
        async with self.transport.answer("HEAD", under("artifacts", digest)) as answer:
            if answer.status_code not in (200, 404):
                raise refusal(answer.status_code, answer.reason_phrase, await answer.aread())
            return answer.status_code == 200

    async def send_artifact(self, digest: str, archive: Path) -> a.Artifact:
        """Upload an archive. Raises InvalidInput when its content has another digest."""
        return await asyncio.to_thread(self._blocking().send_artifact, digest, archive)

    async def send_folder(self, folder: Path, told: Told | None = None) -> str:
        """Bring a folder's content to the controller, as `Client.send_folder`."""
        return await asyncio.to_thread(self._blocking().send_folder, folder, told)

    # --- models

    async def models(self, app: str) -> list[a.Model]:
        """Each revision of a model with where it is served and what needs it; and the files of models."""
        return [one async for one in self.transport.pages(asks.models(app))]

    async def unload_model(self, app: str, name: str) -> a.Notice:
        """Unload a revision by its name in the shared component. Raises Refused while something needs it."""
        return await self.transport.ask(asks.unload_model(app, name))

    # --- what happens, and what instances write

    async def events(self, app: str, *, after: int = 0, limit: int = 1000) -> list[a.Entry]:
        """Entries of the history behind number ``after``, oldest first."""
        return await self.transport.ask(asks.events(app, after, limit))

    async def stream(self, app: str, *, after: int) -> AsyncIterator[a.Entry | None]:
        """Entries behind number ``after`` as they come; None when the stream is open, and as a sign of life."""
        async for event in self.transport.stream(asks.stream(app, after)):
            yield event.data if event.kind else None

    async def follow(self, app: str, *, after: int = 0) -> AsyncIterator[a.Entry]:
        """Entries behind number ``after``, for ever. A controller that restarts is waited for, half a minute long."""
        async for event in self.transport.follow(asks.stream(app, after)):
            yield event.data

    def live(self, app: str, *, after: int | None = None) -> AsyncIterator[Event]:
        """What a dashboard shows, for ever: events of the kinds ``status``, ``figures`` (each second) and ``entry``."""
        return self.transport.follow(asks.live(app, after))

    async def logs(
        self, app: str, *, component: str, place: str, lines: int = 100, follow: bool = False
    ) -> AsyncIterator[str]:
        """Lines that the instances of a component wrote, without their line ends."""
        ask = asks.logs(app, component, place, lines, follow)
        async with self.transport.answer(ask.method, ask.target, endless=follow) as answer:
            if answer.status_code != 200:
                raise refusal(answer.status_code, answer.reason_phrase, await answer.aread())
            async for line in answer.aiter_lines():
                yield line

    # --- access and messages

    async def session_link(self) -> a.LoginLink:
        """A link that logs in at the dashboard, once and for a minute."""
        return await self.transport.ask(asks.session_link())

    def tokens(self) -> AsyncIterator[a.Token]:
        return self.transport.pages(asks.tokens())

    async def create_token(
        self, name: str, grants: Sequence[Mapping[str, object]], **more: float | None
    ) -> a.CreatedToken:
        """Make a token, which is in this answer and never again. ``lasts``: seconds [90 days], None: until revoked."""
        return await self.transport.ask(asks.create_token({"name": name, "grants": list(grants), **more}))

    async def revoke_token(self, id: str) -> a.Token:
        return await self.transport.ask(asks.revoke_token(id))

    def audit(self, **filters: Any) -> AsyncIterator[a.Attempt]:
        """Who asked for what, and what became of it, newest first. ``filters``: ``app``, ``who``, ``outcome``."""
        return self.transport.pages(asks.audit(filters))

    def channels(self) -> AsyncIterator[a.Channel]:
        return self.transport.pages(asks.channels())

    async def test_channel(self, name: str) -> a.Delivery:
        return await self.transport.ask(asks.channel_test(name))

    def deliveries(self, **filters: Any) -> AsyncIterator[a.Delivery]:
        """What was sent to channels, newest first. ``filters``: ``channel``, ``state``."""
        return self.transport.pages(asks.deliveries(filters))

    async def replay_delivery(self, id: str) -> a.Delivery:
        return await self.transport.ask(asks.replay_delivery(id))
