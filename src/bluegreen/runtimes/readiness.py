"""Whether an instance is ready: it answers over HTTP, accepts a connection, or a command says so."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bluegreen.core.spec import Ready
from bluegreen.system.process import end, exit_text, spawn_detached, wait_ended

_HOST = "127.0.0.1"
_FIRST_PAUSE, _LAST_PAUSE = 0.01, 0.25
_ANSWER_WITHIN = 5.0
_ALIVE_FOR = 0.5


@dataclass(frozen=True)
class Probed:
    """The instance that is asked."""

    port: int | None
    env: Mapping[str, str]
    """Environment of a readiness command."""
    folder: str


async def until_ready(ready: Ready, probed: Probed, note: Callable[[str], None]) -> None:
    """Ask until the answer is yes. ``note`` gets each other answer in words, such as
    ``GET /healthz answered 503``. An instance without a way to ask is ready when it stays alive for half a second.
    """
    if ready.http is None and not ready.tcp and ready.run is None:
        await asyncio.sleep(_ALIVE_FOR)
        return
    pause = _FIRST_PAUSE
    while (answer := await _ask(ready, probed)) is not None:
        note(answer)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LAST_PAUSE)


async def answers(ready: Ready, port: int) -> bool:
    """Whether an instance that is asked over HTTP or by a connection says yes now."""
    return await _ask(replace(ready, run=None), Probed(port, {}, "")) is None


async def _ask(ready: Ready, probed: Probed) -> str | None:
    """None for yes, else why not."""
    if ready.run is not None:
        return await _ask_command(ready.run, probed)
    if probed.port is None:
        return "it has no port to be asked at"
    question = f"GET {ready.http}" if ready.http is not None else "a connection"
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await _ask_port(ready.http, probed.port)
    except TimeoutError:
        return f"{question} to port {probed.port} was not answered within {_ANSWER_WITHIN:g} s"
    except ConnectionRefusedError:
        return f"nothing listens on 127.0.0.1:{probed.port} ($PORT)"
    except (OSError, ValueError) as error:
        return f"{question} to port {probed.port} failed: {error}"


async def _ask_port(path: str | None, port: int) -> str | None:
    reader, writer = await asyncio.open_connection(_HOST, port)
    try:
        if path is None:
            return None
        head = f"GET {path} HTTP/1.1\r\nHost: {_HOST}:{port}\r\nUser-Agent: bluegreen\r\nAccept: */*\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode())
        words = (await reader.readline()).split()
    finally:
        writer.close()
    if len(words) < 2 or not words[0].startswith(b"HTTP/1") or not words[1].isdigit():
        return f"GET {path} was not answered in HTTP/1.1"
    status = int(words[1])
    return None if 200 <= status < 400 else f"GET {path} answered {status}"


async def _ask_command(command: str, probed: Probed) -> str | None:
    try:
        with tempfile.NamedTemporaryFile(prefix="bluegreen-ready-") as output:
            how = await _run(command, probed, Path(output.name))
            return None if how == "exit 0" else f"`{command}` ended with {how}{_last_line(output.read())}"
    except OSError as error:
        return f"`{command}` could not be run: {error}"


async def _run(command: str, probed: Probed, output: Path) -> str | None:
    process = spawn_detached(["/bin/sh", "-c", command], env=probed.env, cwd=probed.folder, log=output)
    try:
        await wait_ended(process, reap=False)
    finally:
        await end(process, signal.SIGKILL, 0)
    return exit_text(process)


def _last_line(output: bytes) -> str:
    said = [line.strip() for line in output[-2000:].decode(errors="replace").split("\n") if line.strip()]
    return f": {said[-1]}" if said else ""
