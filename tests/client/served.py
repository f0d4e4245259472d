"""A real engine over back ends in memory, whose API is served over TCP in a thread: for clients that have a URL."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import Request

from bluegreen.access.access import Access
from bluegreen.api.app import make_app
from bluegreen.api.problems import Problem
from bluegreen.core.access import Grant, Principal, Role
from tests.e2e.controller import free_port, wait_for
from tests.engine.harness import Machine

TOKENS = {"of-the-admin": Role.ADMIN, "of-a-viewer": Role.VIEWER}


async def authenticate(request: Request) -> Principal:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or token not in TOKENS:
        raise Problem(401, "Who are you?", why="There is no such token.", cure="`bluegreen token create`")
    return Principal(f"token {token}", (Grant(TOKENS[token]),), "token", "t1")


def certify(folder: Path) -> tuple[Path, Path]:
    """A CA's certificate, which is the server's own, for 127.0.0.1; and its key."""
    cert, key = folder / "ca.crt", folder / "server.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


@contextmanager
def served(
    home: Path,
    tls: tuple[Path, Path] | None = None,
    *,
    releases: int = 2,
    wrap: Callable[[Any], Any] = lambda app: app,
    access: Access | None = None,
) -> Iterator[str]:
    """Serve until the end of the block; the URL. ``wrap``: what stands between the API and its callers.

    ``access``: what operations on tokens work on; callers are those of `TOKENS` all the same, and may fail as often as
    they like.
    """
    port, done = free_port(), threading.Event()
    failed: list[BaseException] = []

    async def life() -> None:
        controller = await Machine(home).controller()
        for _ in range(releases):
            await controller.live()
        if access is not None:
            await access.open()
        api = make_app(controller.engine, home, lambda everything: None, access)
        api.state.authenticate = authenticate
        app = wrap(api)
        where = {"ssl_certfile": tls[0], "ssl_keyfile": tls[1]} if tls else {}
        config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", timeout_graceful_shutdown=1, **where)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        await asyncio.to_thread(done.wait)
        server.should_exit = server.force_exit = True
        await serving
        await api.state.repeats.close()
        if access is not None:
            await access.close()
        await controller.engine.close()

    def run() -> None:
        try:
            asyncio.run(life())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_for(lambda: failed or _answers(port), "the API is served")
        assert not failed, failed
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        done.set()
        thread.join()


def _answers(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
