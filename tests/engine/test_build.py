"""One release folder, and several who want it in place at once."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from bluegreen.core.model import Release
from bluegreen.engine.build import build
from bluegreen.engine.releases import ReleaseStore
from tests.engine.harness import Controller, Machine, spec


class Slow(ReleaseStore):
    """Counts who is at work on a folder."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.at_work = self.most = self.times = 0
        self.begun = threading.Event()

    def put_in_place(self, app: str, release: Release) -> Path:
        self.at_work += 1
        self.times += 1
        self.most = max(self.most, self.at_work)
        self.begun.set()
        time.sleep(0.1)
        folder = self.folder(app, release)
        folder.mkdir(parents=True, exist_ok=True)
        self.at_work -= 1
        return folder


@pytest.fixture
def store(tmp_path: Path) -> Slow:
    return Slow(tmp_path)


def controller_with(store: Slow, home: Path) -> Controller:
    controller = Controller(Machine(home))
    object.__setattr__(controller.engine.services, "store", store)
    return controller


def test_instances_that_miss_their_folder_at_once_have_it_restored_once(store: Slow, tmp_path: Path) -> None:
    services = controller_with(store, tmp_path).engine.services
    release = Release(1, "a" * 64, "b" * 64, spec())

    async def restore() -> None:
        await asyncio.gather(*(build(services, "shop", release) for _ in range(3)))

    asyncio.run(restore())
    assert (store.times, store.most) == (1, 1)


def test_a_build_that_was_aborted_is_out_of_the_way_before_the_next_begins(store: Slow, tmp_path: Path) -> None:
    services = controller_with(store, tmp_path).engine.services
    release = Release(1, "a" * 64, "b" * 64, spec())

    async def abort_and_begin_again() -> None:
        first = asyncio.create_task(build(services, "shop", release))
        await asyncio.to_thread(store.begun.wait)
        first.cancel()
        await build(services, "shop", release)

    asyncio.run(abort_and_begin_again())
    assert store.most == 1


def test_artifacts_of_refused_deployments_are_not_kept_for_ever(tmp_path: Path) -> None:
    store = ReleaseStore(tmp_path)
    for name, age in {"used": 90_000, "fresh": 10, "refused": 90_000}.items():
        store.artifact(name).touch()
        os.utime(store.artifact(name), (time.time() - age,) * 2)
    store.drop_unused({"used"}, time.time() - 86_400)
    assert sorted(path.name for path in (tmp_path / "artifacts").iterdir()) == ["fresh", "used"]
