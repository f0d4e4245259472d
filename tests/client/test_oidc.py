"""Tokens that a CI gives its jobs."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bluegreen.client.oidc import ci_token
from bluegreen.core.errors import InvalidInput, TemporaryError


def token(**claims: Any) -> str:
    parts = [{"alg": "RS256"}, claims, {}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


@contextmanager
def github(lifetime: float, status: int = 200) -> Iterator[tuple[dict[str, str], list[tuple[str, str]]]]:
    """What a runner of GitHub Actions has: its environment, and what it was asked."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            given = token(aud="bluegreen-prod", exp=time.time() + lifetime, n=len(asked))
            content = json.dumps({"value": given}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/token?api-version=2"
            yield {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner"}, asked
        finally:
            server.shutdown()
            thread.join()


def test_github_is_asked_once_while_its_token_is_valid() -> None:
    with github(lifetime=300) as (environ, asked):
        given = ci_token("bluegreen-prod", environ)
        assert given() == given()
    assert asked == [("/token?api-version=2&audience=bluegreen-prod", "Bearer runner")]


def test_a_token_that_is_about_to_expire_is_replaced() -> None:
    with github(lifetime=30) as (environ, asked):
        given = ci_token("a&b", environ)
        assert given() != given()
    assert len(asked) == 2
    assert asked[0][0].endswith("&audience=a%26b")


def test_github_refuses() -> None:
    with (
        github(lifetime=300, status=403) as (environ, _),
        pytest.raises(TemporaryError, match="GitHub gave no") as raised,
    ):
        ci_token("bluegreen-prod", environ)()
    assert "id-token: write" in raised.value.cure


def test_gitlab_gives_it_as_a_variable() -> None:
    for audience in ("bluegreen-prod", ["other", "bluegreen-prod"]):
        given = token(aud=audience, exp=time.time() + 300)
        assert ci_token("bluegreen-prod", {"BLUEGREEN_ID_TOKEN": given})() == given


@pytest.mark.parametrize("given", [token(aud="other"), "no token", "a.b.c", "a.W10.c"])
def test_a_token_for_others_is_not_handed_over(given: str) -> None:
    with pytest.raises(InvalidInput, match="is not for bluegreen-prod"):
        ci_token("bluegreen-prod", {"BLUEGREEN_ID_TOKEN": given})()


def test_elsewhere_there_is_none() -> None:
    with pytest.raises(InvalidInput, match="no OIDC token here") as raised:
        ci_token("bluegreen-prod", {})()
    assert "BLUEGREEN_TOKEN" in raised.value.cure
