"""A small issuer of OIDC tokens on loopback: the documents of OpenID Connect Discovery, and tokens for jobs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Issuer:
    """Signs claims. ``url`` is its name; ``request_url`` gives tokens as the service inside of a runner does."""

    def __init__(self, url: str, claims: dict[str, Any]) -> None:
        self.url = url
        self.claims = claims
        self.asked: list[str] = []
        """The audience of each token that a job has asked for."""
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})

    @property
    def request_url(self) -> str:
        return f"{self.url}/request?job=1"

    def token(self, audience: str, **claims: Any) -> str:
        now = int(time.time())
        said = {"iss": self.url, "aud": audience, "iat": now, "nbf": now, "exp": now + 300, "jti": str(now)}
        return jwt.encode({"alg": "RS256", "kid": "one"}, {**said, **self.claims, **claims}, self._key)

    def answer(self, path: str, authorization: str | None) -> dict[str, Any] | None:
        parts = urlsplit(path)
        if parts.path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if parts.path == "/keys":
            return {"keys": [self._key.as_dict(private=False)]}
        if parts.path == "/request" and authorization == "Bearer of-the-runner":
            audience = parse_qs(parts.query)["audience"][0]
            self.asked.append(audience)
            return {"value": self.token(audience)}
        return None


@contextmanager
def issuing(**claims: Any) -> Iterator[Issuer]:
    """An issuer for the length of the block; every token of it says ``claims``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = issuer.answer(self.path, self.headers.get("Authorization"))
            body = json.dumps(found or {}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_port}", claims)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield issuer
        server.shutdown()
