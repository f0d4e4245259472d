"""The controller: one process that puts every part together and serves the API until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

import bluegreen
from bluegreen.access.access import Access
from bluegreen.api.access import through_socket
from bluegreen.api.app import make_app
from bluegreen.api.audit import Audited
from bluegreen.api.reporting import receiving
from bluegreen.api.server import Server
from bluegreen.api.sessions import DASHBOARD_PORT
from bluegreen.api.tcp import Listeners
from bluegreen.config.controller import load_settings, with_listener
from bluegreen.core.errors import BluegreenError, InvalidInput, Refused
from bluegreen.core.settings import Settings
from bluegreen.engine.backends import load, load_all
from bluegreen.engine.channels import open_channels
from bluegreen.engine.engine import Engine
from bluegreen.engine.instances import Instances
from bluegreen.engine.releases import ReleaseStore
from bluegreen.engine.services import Services
from bluegreen.system.ports import Ports

log = structlog.get_logger()

SOCKET_LIMIT = 107
"""Bytes that Linux allows for the path of a unix socket."""


@dataclass(frozen=True)
class Listen:
    """What the command line says beside ``controller.yaml``."""

    at: str | None = None
    cert: Path | None = None
    key: Path | None = None


def serve(home: Path, listen: Listen | None = None) -> int:
    """Run the controller on a home folder until SIGTERM or SIGINT. Its exit code: 0, 2 (unusable home), 3 (taken)."""
    _log_plainly()
    listen = listen or Listen()
    try:
        _prepare_home(home)
        loaded = load_settings(home, os.environ)
        settings = with_listener(loaded.settings, listen.at, listen.cert, listen.key)
        with _sole_controller(home):
            asyncio.run(_serve(home, settings, loaded.warnings))
    except Refused as error:
        print(error, file=sys.stderr)
        return 3
    except BluegreenError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def make_engine(home: Path, settings: Settings | None = None) -> Engine:
    """The engine of a home folder with its default back ends: SQLite, local processes, Envoy."""
    settings = settings or Settings()
    port_of = functools.cache(Ports(home / "ports.json").take)
    store = ReleaseStore(home)
    services = Services(
        home=home,
        journal=load("journals", "sqlite")(home),
        runtime=load("runtimes", "process")(home),
        router=load("routers", "envoy")(home),
        checkers={name: checker() for name, checker in load_all("checks").items()},
        store=store,
        instances=Instances(store, port_of),
        port_of=port_of,
        clock=time.time,
        model_servers=load("serving", "http")(),
        sources={name: source() for name, source in load_all("sources").items()},
        scorer=load("scorers", "process")(home),
        channels=open_channels(settings.channels),
        url=settings.url,
    )
    return Engine(services)


def _prepare_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
    except OSError as error:
        raise InvalidInput(
            f"{home} cannot be used.", why=str(error), cure="Name another folder with --home."
        ) from error
    longest = max(len(os.fsencode(home / name)) for name in ("api.sock", "envoy/admin.sock", "envoy/sampler.sock"))
    if longest > SOCKET_LIMIT:
        raise InvalidInput(
            f"The path {home} is too long for unix sockets ({longest} of {SOCKET_LIMIT} bytes).",
            cure="Name a shorter folder with --home.",
        )


@contextlib.contextmanager
def _sole_controller(home: Path) -> Iterator[IO[str]]:
    """Hold the home's lock for as long as this process lives."""
    with (home / "controller.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise Refused(
                f"Another controller has {home}.",
                why=_holder(file.read()),
                cure="Use that one; `bluegreen stop` ends it and leaves applications serving.",
            ) from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())}))
        file.flush()
        yield file


def _holder(text: str) -> str:
    try:
        holder = json.loads(text)
        return f"It is process {holder['pid']}, since {holder['since']}."
    except (ValueError, KeyError, TypeError):
        return "It has just started."


async def _serve(home: Path, settings: Settings, warnings: Sequence[str]) -> None:
    access = Access(home, settings.oidc)
    engine = make_engine(home, settings)
    stopping = asyncio.Event()
    everything = False

    def stop(all_of_it: bool = False) -> None:
        nonlocal everything
        everything = everything or all_of_it
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    # A closed terminal ends nothing; a handler, unlike SIG_IGN, is not handed down to what is started here.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    try:
        await engine.start()
        await access.open()
        app = make_app(engine, home, stop, access)
        listeners = Listeners(app, access, settings, lambda: engine.services.port_of(DASHBOARD_PORT))
        app.state.warnings += [lambda: list(warnings), listeners.warnings]
        server = Server(through_socket(Audited(app, access)))
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(app.state.repeats.close)
            await stack.enter_async_context(receiving(engine))
            await stack.enter_async_context(listeners.serving())
            listener = stack.enter_context(_listening(home / "api.sock"))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            log.info("serving", home=str(home), version=bluegreen.__version__, pid=os.getpid())
            await asyncio.wait([asyncio.create_task(stopping.wait()), serving], return_when=asyncio.FIRST_COMPLETED)
            if everything:
                await engine.down_all("bluegreen stop --all")
            server.should_exit = server.force_exit = True
            await serving
    finally:
        await access.close()
        await engine.close()


@contextlib.contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """A unix socket that only this user may open; it is there only while somebody answers."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(128)
        listener.setblocking(False)
        yield listener
    finally:
        listener.close()
        path.unlink(missing_ok=True)


class _PatientLogger(structlog.PrintLogger):
    """A log line that cannot be written (a full disk) is lost; it never ends what was being done."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def _log_plainly() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
        ],
        logger_factory=lambda *_: _PatientLogger(sys.stderr),
        cache_logger_on_first_use=True,
    )
