"""The controller's HTTP API for the command line: JSON over its unix socket, with the standard library alone.

Only ``http.client`` is imported, so that a rollback starts at once. Answers are as in docs/reference/cli.md.
"""

from __future__ import annotations

import getpass
import http.client
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bluegreen.core.errors import BluegreenError, InvalidInput, NotFound, PermanentError, Refused, TemporaryError

Json = dict[str, Any]

SOCKET = "api.sock"
SOCKET_PATH_BYTES = 107
"""What the kernel allows for the path of a unix socket."""
ANSWER_WITHIN = 30.0
"""Seconds without a byte after which a controller counts as gone. It keeps streams of events alive more often."""

_STATUS: dict[int, type[BluegreenError]] = {
    400: InvalidInput,
    404: NotFound,
    409: Refused,
    422: InvalidInput,
    503: TemporaryError,
}


class NoController(TemporaryError):
    """Nothing answers at the socket: no request was sent."""


class AnswerLost(TemporaryError):
    """The controller went away, or fell silent, before it had answered: what it has done is not known."""


class Client:
    """One controller, named by its home folder. Every call is a connection of its own.

    Every method raises `NoController` or `AnswerLost`, and for a refused request the core's error of that kind.
    """

    def __init__(self, home: Path, *, actor: str | None = None, within: float = ANSWER_WITHIN) -> None:
        self.home = home
        self._within = within
        self.actor = actor or whoami()

    # --- the controller ---

    def controller(self) -> Json:
        """Version, pid, home and applications of the running controller."""
        return self._json("GET", "/v1/controller")

    def running(self) -> bool:
        """Whether something accepts connections at the socket."""
        try:
            with _Connection(self.home / SOCKET, 5.0) as connection:
                connection.connect()
        except (OSError, InvalidInput):
            return False
        return True

    def stop(self, *, everything: bool) -> Json:
        """Stop the controller; ``everything``: take every application and the proxy down first."""
        return self._json("POST", "/v1/controller/stop", {"all": everything})

    # --- applications ---

    def apps(self) -> list[Json]:
        """The status of every application."""
        apps: list[Json] = self._json("GET", "/v1/apps")["apps"]
        return apps

    def status(self, app: str) -> Json:
        return self._json("GET", _app(app))

    def rollback(self, app: str, to: str | None) -> Json:
        return self._json("POST", _app(app, "rollback"), {"to": to})

    def lock(self, app: str, why: str) -> Json:
        return self._json("PUT", _app(app, "lock"), {"why": why})

    def unlock(self, app: str) -> Json:
        return self._json("DELETE", _app(app, "lock"))

    def down(self, app: str) -> Json:
        return self._json("POST", _app(app, "down"))

    def preview(self, app: str) -> Json:
        """How the idle environment is reached, and what is there."""
        return self._json("GET", _app(app, "preview"))

    # --- deployments ---

    def has_artifact(self, digest: str) -> bool:
        with self._answer("HEAD", f"/v1/artifacts/{quote(digest, safe='')}") as answer:
            if answer.status not in (200, 404):
                raise _error(answer)
            return answer.status == 200

    def send_artifact(self, digest: str, archive: Path) -> Json:
        """Upload an archive. Raises InvalidInput when its content has another digest."""
        headers = {"Content-Type": "application/gzip", "Content-Length": str(archive.stat().st_size)}
        with (
            archive.open("rb") as body,
            self._answer("PUT", f"/v1/artifacts/{quote(digest, safe='')}", body, headers) as answer,
        ):
            return _object(answer)

    def deploy(self, app: str, request: Mapping[str, Any]) -> Json:
        return self._json("POST", _app(app, "deployments"), request)

    def deployments(self, app: str, limit: int) -> list[Json]:
        """Newest first."""
        found: list[Json] = self._json("GET", _app(app, "deployments") + f"?limit={limit}")["deployments"]
        return found

    def deployment(self, app: str, number: int, *, evidence: bool = False) -> Json:
        """One deployment; ``evidence``: with every second that its guards judged by."""
        return self._json("GET", _app(app, "deployments", str(number)) + ("?evidence=true" if evidence else ""))

    def forecast(self, app: str) -> Json:
        """What a watch would find at the traffic of the last hour, and how soon."""
        return self._json("GET", _app(app, "forecast"))

    def approve(self, app: str, number: int) -> Json:
        return self._json("POST", _app(app, "deployments", str(number), "approve"))

    def abort(self, app: str, number: int) -> Json:
        return self._json("POST", _app(app, "deployments", str(number), "abort"))

    # --- what happens, and what instances write ---

    def events(self, app: str, *, after: int = 0, limit: int = 1000) -> list[Json]:
        """Entries of the history behind number ``after``, oldest first."""
        query = urlencode({"after": after, "limit": limit})
        entries: list[Json] = self._json("GET", _app(app, "events") + f"?{query}")["events"]
        return entries

    def stream(self, app: str, *, after: int) -> Iterator[Json | None]:
        """Entries behind number ``after`` as they come; None when the stream is open, and as a sign of life.

        It has no end of its own: ending, it broke.
        """
        headers = {"Accept": "text/event-stream"}
        with self._answer("GET", _app(app, "events") + f"?after={after}", headers=headers) as answer:
            if answer.status != 200:
                raise _error(answer)
            yield None
            for line in answer:
                if line.startswith(b"data:"):
                    yield json.loads(line[5:])
                elif line.startswith(b":"):
                    yield None

    def logs(self, app: str, *, component: str, place: str, lines: int, follow: bool) -> Iterator[str]:
        """Lines that the instances of a component wrote, without their line ends."""
        query = urlencode({"component": component, "place": place, "lines": lines, "follow": str(follow).lower()})
        with self._answer("GET", _app(app, "logs") + f"?{query}", endless=follow) as answer:
            if answer.status != 200:
                raise _error(answer)
            for line in answer:
                yield line.decode(errors="replace").rstrip("\r\n")

    # --- HTTP ---

    def _json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        sent = json.dumps(body).encode() if body is not None else None
        with self._answer(method, path, sent, headers) as answer:
            return _object(answer)

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        endless: bool = False,
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer, to be read inside of the block; ``endless``: it may be silent for ever."""
        with _Connection(self.home / SOCKET, self._within) as connection:
            try:
                connection.connect()
            except OSError as error:
                raise self._no_controller(error) from error
            sock = connection.sock
            try:
                # A refusal may be there before the whole body was sent: it is read all the same.
                with suppress(BrokenPipeError):
                    connection.request(method, path, body, {**(headers or {}), "X-Bluegreen-Actor": self.actor})
                answer = connection.getresponse()
                if endless:
                    sock.settimeout(None)
                yield answer
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise self._lost(error) from error

    def _no_controller(self, error: OSError) -> NoController:
        if isinstance(error, PermissionError):
            why = f"{self.home / SOCKET} belongs to another user."
            return NoController("The controller cannot be reached.", why=why, cure="Run this as that user.")
        if isinstance(error, TimeoutError | BlockingIOError):
            return NoController("The controller does not answer.", why=_seconds(error), cure=self._look())
        return NoController(
            f"No controller runs for {self.home}.",
            why=f"Nothing answers at {self.home / SOCKET}. Applications that it started go on serving.",
            cure="Start it with `bluegreen serve`, or name another home with --home.",
        )

    def _lost(self, error: Exception) -> AnswerLost:
        return AnswerLost(
            "The controller went away before it had answered, so what it has done is not known.",
            why=_seconds(error),
            cure=f"`bluegreen status` shows what is live. {self._look()}",
        )

    def _look(self) -> str:
        return f"Its log is {self.home / 'controller.log'}, or the journal of its service."


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, within: float) -> None:
        super().__init__("localhost", timeout=within)
        self._path = path

    def connect(self) -> None:
        if len(os.fsencode(self._path)) > SOCKET_PATH_BYTES:
            raise InvalidInput(
                f"The path {self._path} is too long for a socket.",
                why=f"The kernel allows {SOCKET_PATH_BYTES} bytes.",
                cure="Choose a shorter home with --home or $BLUEGREEN_HOME.",
            )
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def whoami() -> str:
    """Who gives the commands, as the journal names it: ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}".encode("ascii", "replace").decode()


def _app(app: str, *more: str) -> str:
    return "/".join(["/v1/apps", quote(app, safe=""), *more])


def _object(answer: http.client.HTTPResponse) -> Json:
    if answer.status >= 400:
        raise _error(answer)
    content = answer.read()
    found: Json = json.loads(content) if content else {}
    return found


def _error(answer: http.client.HTTPResponse) -> BluegreenError:
    """What a problem+json answer says, as the error that the controller raised."""
    kind = _STATUS.get(answer.status, PermanentError)
    try:
        problem = json.loads(answer.read())
        what = problem.get("what") or problem.get("title")
        return kind(what or str(problem), why=problem.get("why") or "", cure=problem.get("cure") or "")
    except (ValueError, AttributeError):
        return kind(
            f"The controller answered {answer.status} {answer.reason}.",
            why="It gave no reason; it may be of another version than this command.",
            cure="`bluegreen doctor` compares the versions.",
        )


def _seconds(error: Exception) -> str:
    return "It was silent for too long." if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
