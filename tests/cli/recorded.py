"""A stand-in for the controller: recorded answers on a real unix socket, for what a real one does too rarely."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.cli import watched

FILE = """\
app: shop
address: 127.0.0.1:8080
components:
  web: {run: ./web, receives: /}
"""

Answer = tuple[int, Any] | Callable[[BaseHTTPRequestHandler], None]
"""Status and JSON, or a function that answers by itself; one that writes nothing breaks the connection."""


class Recorded:
    """``answers`` by ``METHOD path`` (without query); ``asked`` holds each request with its headers and body."""

    def __init__(self, **_: Any) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str], Any]] = []

    def bodies(self, request: str) -> list[Any]:
        return [body for asked, _, body in self.asked if asked == request]


@contextmanager
def recorded_controller(home: Path, answers: Mapping[str, Answer] | None = None) -> Iterator[Recorded]:
    """Answer at ``home/api.sock`` until the end of the block; ``answers`` are there from the first request on."""
    recorded = Recorded()
    recorded.answers.update(answers or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            self.close_connection = True
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            request = f"{self.command} {self.path.partition('?')[0]}"
            is_json = self.headers.get("Content-Type") == "application/json"
            recorded.asked.append((request, dict(self.headers), json.loads(content) if is_json else content))
            self.answer(recorded.answers.get(request, (404, {"what": f"nothing is recorded for {request}"})))

        def answer(self, answer: Answer) -> None:
            if callable(answer):
                answer(self)
                return
            status, value = answer
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

        def log_message(self, *_: object) -> None:
            pass

        def address_string(self) -> str:
            return "unix"

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    path = home / "api.sock"
    path.unlink(missing_ok=True)
    with Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield recorded
        finally:
            server.shutdown()
            thread.join()
            path.unlink(missing_ok=True)


def artifacts(controller: Recorded, kept: bool) -> None:
    """Answer for every digest: it is kept, or it can be sent."""

    class Answers(dict[str, Any]):
        def get(self, request: str, default: Any = None) -> Any:
            if request.startswith("HEAD /v1/artifacts/"):
                return (200 if kept else 404, {})
            if request.startswith("PUT /v1/artifacts/"):
                return (201, {})
            return super().get(request, default)

    controller.answers = Answers(controller.answers)


def stream(*entries: dict[str, Any]) -> Callable[[BaseHTTPRequestHandler], None]:
    """Server-sent events of these entries, and then the end of the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for entry in entries:
            handler.wfile.write(f"id: {entry['seq']}\nevent: x\ndata: {json.dumps(entry)}\n\n".encode())

    return answer


def entry(seq: int, kind: str, *, at: float = 0.0, reason: str = "", **fields: Any) -> dict[str, Any]:
    """One entry as the API gives it."""
    event = {"kind": kind, **fields}
    return {"seq": seq, "app": "shop", "at": 1000.0 + at, "actor": "ada@desk", "reason": reason, "event": event}


def life(number: int = 3, *, result: str = "completed", reason: str = "r3 is live in green") -> list[dict[str, Any]]:
    """The entries of one deployment, from its request to its end."""
    d = {"deployment": number}
    requested = {"release": 3, "what": "deploy", "color": "green", "instant": False}
    passed = {"check": "http /healthz", "verdict": "allow", "seconds": 0.01, "evidence": {}}
    return [
        entry(11, "deployment requested", at=0.0, **d, **requested),
        entry(12, "built", at=0.2, **d),
        entry(13, "environment starting", at=0.2, **d, color="green", release=3),
        entry(14, "environment started", at=1.2, **d, color="green", endpoints={"web": ["127.0.0.1:1", "127.0.0.1:2"]}),
        entry(15, "check finished", at=1.3, reason="200", **d, **passed),
        entry(16, "verified", at=1.3, **d, color="green", digest="abc"),
        entry(17, "route requested", at=1.3, **d, epoch=7, shares={"green": 100}),
        entry(18, "route confirmed", at=1.31, **d, epoch=7, shares={"green": 100}, took=0.004),
        entry(19, "deployment ended", at=1.31, reason=reason, **d, result=result, evidence={}),
    ]


def watched_life(*, result: str = "completed", reason: str = "r3 is live in green") -> list[dict[str, Any]]:
    """The entries of a deployment whose release is watched, from its request to its end."""
    d = {"deployment": 3}
    begun = life()[:6]
    seen = {"step": 1, "ticks": [watched.tick(), watched.tick(new=None, missing="the proxy does not answer")]}
    verdict = {"completed": "allow", "rolled back": "block"}[result]
    findings = [watched.finding() if verdict == "allow" else watched.regressed(), watched.probe()]
    judged = {"step": 1, "share": 100, "verdict": verdict, "findings": findings, "elapsed": 300.0, "missed": 4.0}
    return [
        *begun,
        entry(17, "baseline taken", at=1.3, **d, baseline=watched.baseline(missing={"latency": "no times"})),
        entry(18, "route requested", at=1.3, **d, epoch=7, shares={"green": 100}),
        entry(19, "route confirmed", at=1.31, **d, epoch=7, shares={"green": 100}, took=0.004),
        entry(20, "watched", at=11.3, **d, **seen),
        entry(21, "watched", at=21.3, **d, **seen),
        entry(22, "watch resumed", at=29.0, **d, step=1, missed=4.0),
        entry(23, "watch extended", at=31.3, reason="cannot tell: too little traffic", **d, step=1),
        entry(24, "watch held", at=32.0, reason="cannot tell: too little traffic", **d, step=1),
        entry(25, "approved", at=33.0, **d),
        entry(26, "judged", at=33.3, reason="error_rate: 5.0 % of requests fail", **d, **judged),
        *([] if verdict == "allow" else _gone_back(d)),
        entry(30, "deployment ended", at=33.5, reason=reason, **d, result=result, evidence={}),
    ]


def _gone_back(d: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        entry(27, "standby probed", at=33.4, **d, step=1, verdict="allow", evidence={"answers": "5 of 5"}),
        entry(28, "rollback started", at=33.4, reason="error_rate: 5.0 % of requests fail", **d),
        entry(29, "route confirmed", at=33.5, **d, epoch=8, shares={"blue": 100}, took=0.004),
    ]


def deployment(number: int = 3, *, result: str | None = "completed", **more: Any) -> dict[str, Any]:
    """A deployment as the API shows it."""
    receipt = {
        "requests": {"blue": 1200, "green": 34},
        "failed": {"blue": 0, "green": 0},
        "switch_seconds": 0.004,
        "after_confirmed": 0,
        "drain_seconds": None,
        "streams_cut": None,
        "overlap_seconds": None,
        "complete": False,
    }
    found = {
        "number": number,
        "release": f"r{number}",
        "kind": "deploy",
        "phase": "ended" if result else "verifying",
        "result": result,
        "reason": "r3 is live in green",
        "color": "green",
        "component": None,
        "previous": "r2",
        "actor": "ada@desk",
        "message": "lamps",
        "at": 1000.0,
        "phase_since": 1001.0,
        "ended": 1001.31 if result else None,
        "step": 0,
        "steps": [100],
        "receipt": receipt,
        "checks": [],
        "events": [],
    }
    return found | more


def status(**more: Any) -> dict[str, Any]:
    """The status of an application as the API shows it."""

    def instance(component: str, index: int, state: str = "ready") -> dict[str, Any]:
        return {"component": component, "index": index, "state": state, "address": "127.0.0.1:1", "pid": 7}

    def environment(color: str, state: str, release: str, share: int, **more: Any) -> dict[str, Any]:
        traffic = {"requests": 12345, "failed": 0, "active": 3}
        instances = [instance("web", 0), instance("web", 1)]
        own = {"color": color, "state": state, "release": release, "share": share, "traffic": traffic}
        return own | {"verified": True, "since": 900.0, "keep_until": None, "instances": instances} | more

    found = {
        "app": "shop",
        "address": "127.0.0.1:8080",
        "url": "http://127.0.0.1:8080",
        "preview": None,
        "live": "green",
        "epoch": 7,
        "down": False,
        "route": {"requested": None, "confirmed": None, "observed": None},
        "environments": {
            "blue": environment("blue", "standby", "r1", 0, keep_until=4600.0),
            "green": environment("green", "live", "r2", 100),
        },
        "shared": {"ranker": {"release": "r1", "digest": "d", "instances": [instance("ranker", 0)]}},
        "deployment": None,
        "watch": None,
        "next": {"rollback": {"release": "r1", "instant": True}, "takes": "the standby r1 in blue"},
        "lock": None,
        "warnings": [],
    }
    return found | more
