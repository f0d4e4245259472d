"""How the dashboard's files are served: from a fixed table, cached, compressed, under a strict policy."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from bluegreen.api import problems
from bluegreen.api.access import authorised
from bluegreen.api.dashboard import dashboard_router

BUDGET = 150_000
"""Bytes of everything, compressed."""


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(authorised)])
    problems.install(app)
    app.include_router(dashboard_router())
    return TestClient(app)


def linked(client: TestClient) -> list[str]:
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', client.get("/").text)


@pytest.mark.parametrize("path", ["/", "/apps", "/apps/shop", "/apps/shop/deployments/7", "/apps/../etc/passwd"])
def test_every_page_is_the_same_file_and_is_asked_for_again(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == (404 if ".." in path else 200)
    if answer.status_code == 200:
        assert answer.text == (files("bluegreen") / "dashboard" / "index.html").read_text()
        assert answer.headers["cache-control"] == "no-cache"


def test_assets_are_kept_for_ever_and_known_ones_are_not_sent_again(client: TestClient) -> None:
    assert len(linked(client)) == 3
    for path in linked(client):
        answer = client.get(path)
        assert "immutable" in answer.headers["cache-control"]
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.content == answer.content
        assert "content-encoding" not in plain.headers


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline(client: TestClient) -> None:
    for path in ("/", *linked(client)):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|https?:", page)


@pytest.mark.parametrize(
    "path", ["/assets/", "/assets/..%2f..%2fdaemon.py", "/assets/../index.html", "/index.html", "/dashboard/", "/etc"]
)
def test_what_is_not_in_the_table_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_everything_together_is_small(client: TestClient) -> None:
    folder = files("bluegreen") / "dashboard"
    bodies = [(folder / "index.html").read_bytes(), *(file.read_bytes() for file in (folder / "assets").iterdir())]
    assert sum(len(gzip.compress(body, 9)) for body in bodies) < BUDGET


def test_nothing_in_the_files_names_another_host() -> None:
    for file in (files("bluegreen") / "dashboard" / "assets").iterdir():
        for url in re.findall(r"https?://[^\s\"'`)]+", file.read_text()):
            assert url.startswith("http://www.w3.org/"), url
