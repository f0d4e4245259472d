"""A full disk: who has a token stays known, also to a controller that starts then, and the trail waits for room."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.errors import BluegreenError
from tests.e2e.controller import Controller, wait_for
from tests.e2e.test_full_disk import fill, small_disk

__all__ = ["small_disk"]


def ask(controller: Controller, token: str, method: str, path: str) -> tuple[int, dict[str, Any]]:
    port = json.loads((controller.home / "ports.json").read_text())["taken"]["dashboard"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def known(controller: Controller, token: str) -> bool:
    try:
        return ask(controller, token, "GET", "/v1/me")[0] == 200
    except OSError:
        return False


def make_many(controller: Controller) -> None:
    for number in range(1000):
        controller.client.create_token(name=f"user {number}", grants=[{"role": "viewer"}])


def test_with_the_disk_full_people_are_known_and_the_trail_is_written_later(small_disk: Path) -> None:
    controller = Controller(small_disk)
    controller.start()
    try:
        token = controller.client.create_token(name="ada", grants=[{"role": "admin"}])["token"]
        wait_for(lambda: known(controller, token), "the token is known")
        filler = fill(small_disk)
        for _ in range(100):  # the trail's file may have some room of its own
            assert ask(controller, token, "POST", "/v1/session/links")[0] == 201
        with pytest.raises(BluegreenError, match=r"cannot be used|disk is full"):
            make_many(controller)

        def warned() -> list[str]:
            found: list[str] = controller.client.controller()["warnings"]
            return found

        wait_for(warned, "the controller warns")
        controller.kill()
        controller.start()
        wait_for(lambda: known(controller, token), "the token is known to the next controller")
        assert ask(controller, token, "POST", "/v1/session/links")[0] == 201
        filler.unlink()
        wait_for(lambda: not warned(), "the trail is written")
        newest = next(iter(controller.client.audit(who="ada", limit=1)))
        assert newest["operation"] == "make_link"
    finally:
        controller.close()
