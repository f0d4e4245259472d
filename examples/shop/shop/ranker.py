"""The ranker: decides in which order items are shown. It stands for a model server, too dear to run twice."""

from __future__ import annotations

import argparse
import asyncio
import json

from shop.message import Answer, BadRequest, Request
from shop.server import Server

MODEL = "cheapest-first-1"


async def rank(request: Request) -> Answer:
    """Takes ``{"items": [{"name": …, "price": …}, …]}``, answers ``{"model": …, "order": [names]}``."""
    try:
        items = json.loads(request.body)["items"]
        ranked = sorted(items, key=lambda item: item["price"])
        order = [item["name"] for item in ranked]
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest(400, f"not a list of items: {error!r}") from None
    return Answer.json({"model": MODEL, "order": order})


async def healthz(_: Request) -> Answer:
    return Answer(body=b"ok\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    asyncio.run(Server({("POST", "/rank"): rank, ("GET", "/healthz"): healthz}).run(port))


if __name__ == "__main__":
    main()
