"""A history that grows, and what is told of each entry as it comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bluegreen.core import events as e
from bluegreen.core.announcements import (
    Announcement,
    needs_story,
    news_of,
)
from bluegreen.core.evolve import evolve
from bluegreen.core.happened import Happened
from bluegreen.core.messages import announce
from bluegreen.core.model import AppState, Color, Kind, Release, Result, Traffic
from bluegreen.core.news import News
from bluegreen.core.spec import AppSpec, Component

BLUE, GREEN = Color.BLUE, Color.GREEN
AT = 1_790_000_000.0


def spec(**changes: Any) -> AppSpec:
    components = (Component("web", "run $PORT", receives=("/",)), Component("ranker", "rank $PORT", shared=True))
    plain = AppSpec("shop", "127.0.0.1:8080", components, notify={"ops": (News.ALL,)})
    return replace(plain, **changes)


def counters(**requests: tuple[int, int]) -> dict[str, Traffic]:
    return {f"shop/{name.replace('_', '/')}/web": Traffic(count, bad) for name, (count, bad) in requests.items()}


class Life:
    """The history of an application; what is told of each entry as it comes."""

    def __init__(self) -> None:
        self.state = AppState("shop")
        self.entries: list[e.Entry] = []

    def add(self, event: e.Event, actor: str = "bluegreen", reason: str = "") -> Announcement | None:
        seq = len(self.entries) + 1
        entry = e.Entry(seq, "shop", AT + seq, actor, reason, event)
        self.entries.append(entry)
        self.state = evolve(self.state, entry)
        news = news_of(self.state, entry, entry.at)
        if news is None:
            return None
        return announce(Happened(self.state, entry, news, self.entries if needs_story(entry) else ()))

    def release(self, number: int, **changes: Any) -> None:
        self.add(e.ReleaseCreated(Release(number, f"d{number}", "a", spec(**changes))))

    def requested(self, number: int, color: Color, **changes: Any) -> Announcement | None:
        request = e.DeploymentRequested(number, number, Kind.DEPLOY, color, message="a faster cart")
        return self.add(replace(request, **changes), "alice")

    def verified(self, number: int, color: Color, traffic: dict[str, Traffic] | None = None) -> Announcement | None:
        self.add(e.Built(number, traffic or {}))
        self.add(e.EnvironmentStarting(number, color, number))
        self.add(e.EnvironmentStarted(number, color, {"web": ("127.0.0.1:1",)}))
        return self.add(e.Verified(number, color, f"d{number}", traffic or {}))

    def confirmed(self, number: int, epoch: int, **shares: int) -> Announcement | None:
        route = {Color(color): share for color, share in shares.items()}
        self.add(e.RouteRequested(epoch, route, number))
        return self.add(e.RouteConfirmed(epoch, route, 0.0023, {}, number))

    def ended(self, number: int, result: Result, reason: str = "", actor: str = "bluegreen", **more: Any) -> Any:
        return self.add(e.DeploymentEnded(number, result, **more), actor, reason)


def first_live(**changes: Any) -> Life:
    """Release 1 is live in blue; release 2 is there."""
    life = Life()
    life.release(1, **changes)
    life.requested(1, BLUE)
    life.verified(1, BLUE)
    life.confirmed(1, 1, blue=100)
    life.ended(1, Result.COMPLETED, "r1 is live in blue")
    life.release(2, **changes)
    return life


def switched(**changes: Any) -> Life:
    """And all users get release 2, in green."""
    life = first_live(**changes)
    life.requested(2, GREEN)
    life.verified(2, GREEN, counters(blue_1=(1000, 0), green_2=(3, 0)))
    life.confirmed(2, 2, green=100)
    return life


END = counters(blue_1=(1000, 0), green_2=(1237, 56))
