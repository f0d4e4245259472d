"""What the OpenAPI document promises of every operation."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from bluegreen.api.access import OPEN, RIGHT
from bluegreen.api.app import make_app
from bluegreen.api.description import ANSWERS
from bluegreen.daemon import make_engine

Json = dict[str, Any]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    home = tmp_path_factory.mktemp("home")
    return make_app(make_engine(home), home, lambda everything: None)


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> dict[str, Json]:
    paths = app.openapi()["paths"]
    return {f"{method.upper()} {path}": one for path, found in paths.items() for method, one in found.items()}


def test_it_is_openapi_3_1(app: FastAPI) -> None:
    assert app.openapi()["openapi"].startswith("3.1")


def test_every_operation_has_an_id_of_its_own_and_an_answer(operations: dict[str, Json]) -> None:
    ids = [one["operationId"] for one in operations.values()]
    assert len(ids) == len(set(ids))
    assert set(ids) == ANSWERS.keys()


def test_every_operation_says_what_it_is_for(operations: dict[str, Json]) -> None:
    assert [name for name, one in operations.items() if not one.get("description")] == []


def test_refusals_are_problem_documents(operations: dict[str, Json]) -> None:
    for name, one in operations.items():
        for status, answer in one["responses"].items():
            if status.startswith("2") or name.startswith("HEAD"):
                continue
            assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_callers_say_who_they_are_unless_it_asks_nothing(operations: dict[str, Json]) -> None:
    for name, one in operations.items():
        said = one.get("security")
        assert (said == [{"token": []}]) == (one[RIGHT] != OPEN), name


def test_lists_come_in_pages(operations: dict[str, Json]) -> None:
    for name, one in operations.items():
        schema = one["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if any(part.get("type") == "array" for part in schema.get("properties", {}).values()):
            assert "next" in schema["properties"], name
            assert "limit" in {parameter["name"] for parameter in one["parameters"]}, name


def test_operations_that_are_not_described_are_the_page_itself(app: FastAPI) -> None:
    included = [route.original_router for route in app.routes if hasattr(route, "original_router")]
    routes = [route for router in included for route in router.routes if isinstance(route, APIRoute)]
    hidden = [route.path for route in routes if not route.include_in_schema]
    assert "/" in hidden
    assert all(path == "/" or path.startswith(("/apps", "/assets", "/{")) or path.count("/") == 1 for path in hidden)
    assert not any(path.startswith("/v1") for path in hidden)
