"""A full disk: deployments fail with a cure, users notice nothing, and a rollback still works."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.core.errors import BluegreenError
from tests.e2e.controller import Controller, Shop, wait_for

SIZE = 48 << 20


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A home on a file system of its own."""
    home = Path(tempfile.mkdtemp(prefix="bge-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(home)], capture_output=True)
    if mounted.returncode:
        home.rmdir()
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield home
    subprocess.run(["umount", "--lazy", str(home)], check=True)
    shutil.rmtree(home, ignore_errors=True)


def fill(home: Path) -> Path:
    filler = home / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break
    return filler


def test_with_the_disk_full_users_are_led_back_and_nothing_is_lost(small_disk: Path, shop: Shop) -> None:
    controller = Controller(small_disk)
    controller.start()
    try:
        controller.deploy(shop.folder)
        shop.next_release()
        controller.deploy(shop.folder)
        with shop.load(events=(), sockets=()) as load:
            load.wait_for_requests(50)
            filler = fill(small_disk)
            shop.next_release()
            with pytest.raises(BluegreenError, match="disk is full"):
                controller.send(shop.folder)
            load.wait_for_requests(20)
            answer = controller.client.rollback("shop", None)
            assert (answer["release"], answer["confirmed"]) == ("r1", True)
            load.wait_for_requests(50)
            assert any("disk is full" in warning for warning in controller.status()["warnings"])
            filler.unlink()
            wait_for(lambda: not controller.status()["warnings"], "what was held back is written down")
            result = load.stop()
        assert result.failed == 0, result.describe()
        assert result.transitions[-1].release == "r1"
        controller.kill()
        controller.start()
        assert controller.status()["live"] == "blue"
        assert controller.client.deployments("shop", 1)[0]["result"] == "completed"
    finally:
        controller.close()


def test_killed_with_the_disk_full_after_a_rollback_it_takes_over_the_routers_route(
    small_disk: Path, shop: Shop
) -> None:
    controller = Controller(small_disk)
    controller.start()
    try:
        controller.deploy(shop.folder)
        shop.next_release()
        controller.deploy(shop.folder)
        filler = fill(small_disk)
        assert controller.client.rollback("shop", None)["release"] == "r1"
        controller.kill()
        filler.unlink()
        controller.start()
        wait_for(lambda: controller.status()["live"] == "blue", "the router's newer route counts")
        status = controller.status()
        assert status["route"]["observed"] == status["route"]["confirmed"]
    finally:
        controller.close()
