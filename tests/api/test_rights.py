"""The matrix role × operation, as the OpenAPI document has it: every cell is tried."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request

from bluegreen.api.access import ON, OPEN, RIGHT, needs
from bluegreen.api.app import make_app
from bluegreen.api.problems import Problem
from bluegreen.core.access import RIGHTS, Grant, Principal, Right, Role, allows
from bluegreen.daemon import make_engine

HERE, ELSEWHERE = "shop", "blog"
GRANTS = [
    (),
    *((Grant(role, app),) for role in Role for app in (None, HERE, ELSEWHERE)),
    (Grant(Role.DEPLOYER, HERE), Grant(Role.APPROVER, ELSEWHERE)),
]
FILLED = {
    "app": HERE,
    "number": "1",
    "release": "r1",
    "other": "r2",
    "digest": "0" * 64,
    "sha256": "0" * 64,
    "id": "0" * 12,
    "name": "ops",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    home = tmp_path_factory.mktemp("home")
    return make_app(make_engine(home), home, lambda everything: None)


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, found in app.openapi()["paths"].items():
        for method, operation in found.items():
            yield method.upper(), path.format_map(FILLED), operation


def ask(app: FastAPI, method: str, path: str, grants: tuple[Grant, ...] | None) -> int:
    """The status of the answer to somebody with these grants; None: who is not known."""

    async def authenticate(request: Request) -> Principal:
        if grants is None:
            raise Problem(401, "Nobody.")
        return Principal("ada", grants, "token", "0" * 12)

    async def send() -> int:
        app.state.authenticate = authenticate
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.request(method, path)).status_code

    return asyncio.run(asyncio.wait_for(send(), 30))


@pytest.mark.parametrize("grants", [None, *GRANTS], ids=lambda grants: "+".join(map(str, grants or ["nobody"])))
def test_every_cell_is_as_documented(app: FastAPI, grants: tuple[Grant, ...] | None) -> None:
    principal = Principal("ada", grants or (), "token")
    for method, path, operation in operations(app):
        if operation["operationId"] in ("live", "stop_controller"):
            continue  # never ends, and ends the controller: see below
        status = ask(app, method, path, grants)
        right = operation[RIGHT]
        if right == OPEN:
            assert status != 403 or operation["operationId"] == "report", (method, path, status)
        elif grants is None:
            assert status == 401, (method, path, status)
        else:
            may = allows(principal, Right(right), operation[ON], HERE)
            assert (status != 403) == may, (method, path, status, str(right))


def test_nobody_else_stops_the_controller_or_follows(app: FastAPI) -> None:
    for grants in GRANTS:
        principal = Principal("ada", grants, "token")
        if not allows(principal, Right.ADMINISTER, "all"):
            assert ask(app, "POST", "/v1/controller/stop", grants) == 403
        if not allows(principal, Right.READ, "app", HERE):
            assert ask(app, "GET", f"/v1/apps/{HERE}/live", grants) == 403


def test_an_operation_that_names_no_right_is_refused_to_everyone(app: FastAPI) -> None:
    @app.get("/v1/forgotten")
    async def forgotten() -> dict[str, str]:
        return {"secret": "told"}

    assert ask(app, "GET", "/v1/forgotten", (Grant(Role.ADMIN),)) == 403
    app.router.routes.pop()


def test_what_the_roles_are_for() -> None:
    assert Right.APPROVE not in RIGHTS[Role.DEPLOYER]
    assert Right.DEPLOY not in RIGHTS[Role.APPROVER]
    assert RIGHTS[Role.VIEWER] == {Right.READ}
    assert RIGHTS[Role.ADMIN] == set(Right)
    assert needs(Right.READ)[ON] == "app"


def test_the_page_is_true() -> None:
    from bluegreen.reference.rights import matrix

    page = (Path(__file__).parents[2] / "docs" / "reference" / "rights.md").read_text()
    assert matrix() in page, "python -m bluegreen.reference writes it"
