"""Business events: counted here, and reported once a second by a thread of its own. Users never wait for a report."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.request
from collections import Counter
from contextlib import suppress

URL, TOKEN = os.environ.get("BLUEGREEN_EVENTS_URL"), os.environ.get("BLUEGREEN_EVENTS_TOKEN")


class Events:
    """Without an address to report to it only counts."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        if URL and TOKEN:
            threading.Thread(target=self._report, daemon=True).start()

    def count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def _report(self) -> None:
        while True:
            time.sleep(1)
            with self._lock:
                counts, self._counts = self._counts, Counter()
            if counts:
                self._send([{"name": name, "count": number} for name, number in counts.items()])

    def _send(self, events: list[dict[str, object]]) -> None:
        body = json.dumps({"events": events}).encode()
        request = urllib.request.Request(str(URL), body, {"Authorization": f"Bearer {TOKEN}"})
        with suppress(OSError):  # these counts are lost, and nothing else
            self._opener.open(request, timeout=1).close()
