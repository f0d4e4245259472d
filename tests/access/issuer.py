"""A small real issuer of tokens: a discovery document and keys over HTTP on loopback, and signatures with real keys."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwk, jwt

from bluegreen.core.access import Grant, Role
from bluegreen.core.settings import ClaimRule, Issuer, Settings

RULE = ClaimRule(
    {"repository_id": "123456", "ref": "refs/heads/main", "event_name": "push"}, Grant(Role.DEPLOYER, "shop")
)
ALL = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "HS256", "none", "EdDSA"]


class SmallIssuer:
    """``asked`` counts requests by path; ``answer``, when set, is sent instead of what there is."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: dict[str, Any] = {"one": jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})}
        self.asked: list[str] = []
        self.answer: tuple[int, bytes] | None = None
        self.document: dict[str, Any] = {"issuer": url, "jwks_uri": f"{url}/jwks"}

    def settings(self, **changes: Any) -> Settings:
        return Settings(oidc=(Issuer(**{"issuer": self.url, "audience": "here", "rules": (RULE,), **changes}),))

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": "here",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": "job-7",
            "repository_id": "123456",
            "repository": "acme/shop",
            "ref": "refs/heads/main",
            "event_name": "push",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def token(self, *, kid: str | None = "one", alg: str = "RS256", key: Any = None, **claims: Any) -> str:
        header = {"alg": alg, **({"kid": kid} if kid is not None else {})}
        return jwt.encode(header, self.claims(**claims), key or self.keys[kid or "one"], algorithms=ALL)

    def served(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.answer is not None:
            return self.answer
        if path == "/jwks":
            return 200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys.values()]}).encode()
        return 200, json.dumps(self.document).encode()


@contextmanager
def small_issuer() -> Iterator[SmallIssuer]:
    """Serve one until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.served(self.path)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = SmallIssuer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
