"""Announcements as CloudEvents (1.0, structured JSON), and as messages that people read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bluegreen.core.announcements import Announcement


def link(announcement: Announcement, url: str | None) -> str | None:
    """The dashboard's page of it; None when it is not known how people reach the controller."""
    return f"{url}/#/{announcement.page}" if url else None


def cloud_event(announcement: Announcement, *, controller: str, url: str | None) -> str:
    """The event as JSON text. ``controller`` is an id that tells its events from those of other controllers."""
    about = "deployment" if announcement.deployment is not None else "application"
    data = {
        "app": announcement.app,
        "kind": str(announcement.news),
        "title": announcement.title,
        "text": announcement.text,
        "link": link(announcement, url),
        "deployment": announcement.deployment,
        "release": announcement.release,
        "actor": announcement.actor,
        "reason": announcement.reason,
        "figures": dict(announcement.figures),
        "entry": announcement.seq,
    }
    type = f"{about}.{announcement.news.replace(' ', '_')}"
    return _event(f"{announcement.app}/{announcement.key}", type, announcement.page, announcement.at, controller, data)


def event_of_test(id: str, title: str, text: str, at: float, *, controller: str) -> str:
    """The body of a message that says no more than that messages arrive."""
    return _event(id, "channel.test", "channels", at, controller, {"kind": "test", "title": title, "text": text})


def _event(id: str, type: str, subject: str, at: float, controller: str, data: Mapping[str, Any]) -> str:
    event = {
        "specversion": "1.0",
        "id": id,
        "source": f"urn:uuid:{controller}",
        "type": f"dev.bluegreen.{type}.v1",
        "subject": subject,
        "time": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
