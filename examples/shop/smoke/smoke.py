"""Smoke test of the environment that $BLUEGREEN_URL names: exits 0 when the shop can be used."""

from __future__ import annotations

import json
import os
import sys
import urllib.request

URL = os.environ.get("BLUEGREEN_URL", "http://127.0.0.1:8080").rstrip("/")


def get(path: str, body: bytes | None = None) -> tuple[bytes, str]:
    """The body of the answer and the release that gave it."""
    with urllib.request.urlopen(urllib.request.Request(URL + path, data=body), timeout=5) as answer:
        return answer.read(), answer.headers["x-release"]


def items_are_for_sale() -> None:
    items = json.loads(get("/api/items")[0])["items"]
    assert items, "nothing is for sale"
    assert all(item["price"] > 0 for item in items), f"something is free: {items}"
    prices = [item["price"] for item in items]
    assert prices == sorted(prices), f"not ranked: {prices}"


def page_and_api_are_of_one_release() -> None:
    page, release = get("/")
    api = json.loads(get("/api/items")[0])["release"]
    assert api == release, f"the page is of {release}, the API of {api}"
    assert release.encode() in page, f"the page does not show {release}"


def bodies_come_back_whole() -> None:
    body = os.urandom(100_000)
    assert get("/api/echo", body)[0] == body, "the body came back changed"


def events_flow() -> None:
    with urllib.request.urlopen(URL + "/events", timeout=5) as stream:
        assert stream.readline() == b"id: 0\n", "the first event is not number 0"


def main() -> int:
    failed = 0
    for check in (items_are_for_sale, page_and_api_are_of_one_release, bodies_come_back_whole, events_flow):
        name = check.__name__.replace("_", " ")
        try:
            check()
        except (AssertionError, OSError, ValueError, KeyError) as error:
            failed += 1
            print(f"FAILED  {name}: {error}")
        else:
            print(f"ok      {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
