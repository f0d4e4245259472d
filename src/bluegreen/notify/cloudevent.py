"""Announcements as CloudEvents (1.0, structured JSON), and as messages that people read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bluegreen.core.announcements import Announcement


def link(announcement: Announcement, url: str | None) -> str | None:
    """The dashboard's page of it; None when it is not known how people reach the controller."""
    return f"{url}/#/{announcement.page}" if url else None


def cloud_event(announcement: Announcement, *, controller: str, url: str | None) -> str:
    """The event as JSON text. ``controller`` is an id that tells its events from those of other controllers."""
    about = "deployment" if announcement.deployment is not None else "application"
    event = {
        "specversion": "1.0",
        "id": f"{announcement.app}/{announcement.key}",
        "source": f"urn:uuid:{controller}",
        "type": f"dev.bluegreen.{about}.{announcement.news.replace(' ', '_')}.v1",
        "subject": announcement.page,
        "time": datetime.fromtimestamp(announcement.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {
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
        },
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
