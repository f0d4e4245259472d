"""Releases, deployments and applications as lists in pages, and what tells two releases apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.api.posting import Served, served
from tests.engine.harness import APP


async def get(served: Served, path: str) -> Any:
    answer = await served.steering.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everything(served: Served, path: str, name: str) -> list[Any]:
    """All pages of a list."""
    found: list[Any] = []
    following: str | None = path
    while following:
        page = await get(served, following)
        found += page[name]
        following = page["next"]
    return found


def test_releases_deployments_and_events_come_in_pages(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        for _ in range(3):
            await served.controller.live()
        releases = await everything(served, f"/v1/apps/{APP}/releases?limit=2", "releases")
        assert [release["release"] for release in releases] == ["r5", "r4", "r3", "r2", "r1"]
        assert {release["color"] for release in releases[:2]} == {"blue", "green"}
        numbers = await everything(served, f"/v1/apps/{APP}/deployments?limit=2", "deployments")
        assert [d["number"] for d in numbers] == [5, 4, 3, 2, 1]
        whole = (await get(served, f"/v1/apps/{APP}/events?limit=1000"))["events"]
        assert await everything(served, f"/v1/apps/{APP}/events?limit=7", "events") == whole
        assert [app["app"] for app in await everything(served, "/v1/apps?limit=1", "apps")] == [APP]
        receipt = await get(served, f"/v1/apps/{APP}/deployments/2/receipt")
        assert receipt == (await get(served, f"/v1/apps/{APP}/deployments/2"))["receipt"]

    served(tmp_path, look)


def test_deployments_are_filtered(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        await served.controller.engine.rollback(APP, None, "grace")
        await served.controller.settle()
        path = f"/v1/apps/{APP}/deployments"

        async def numbers(query: str) -> list[int]:
            return [d["number"] for d in await everything(served, f"{path}?{query}", "deployments")]

        assert await numbers("kind=rollback") == [3]
        assert await numbers("actor=grace&limit=1") == [3]
        assert await numbers("release=r1&limit=1") == [3, 1]
        assert await numbers("release=1&kind=deploy") == [1]
        assert await numbers("result=failed") == []
        assert (await served.steering.get(f"{path}?result=splendid")).status_code == 422

    served(tmp_path, look)


def test_two_releases_are_compared(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        one = await get(served, f"/v1/apps/{APP}/releases/r1")
        assert one["file"]["components"]["web"]["instances"] == 2
        found = await get(served, f"/v1/apps/{APP}/releases/r1/diff/r2")
        assert (found["from"], found["to"], found["secrets"]) == ("r1", "r2", "same")
        gone = await served.steering.get(f"/v1/apps/{APP}/releases/r1/diff/r9")
        assert gone.status_code == 404
        assert gone.json()["cure"] == "Kept are: r1, r2."

    served(tmp_path, look)
