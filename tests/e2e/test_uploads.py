"""Sending artifacts to a real controller: broken connections, killed controllers, full disks, old homes."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.client import Client, kept
from bluegreen.client.sending import Progress
from bluegreen.core.errors import BluegreenError, InvalidInput, PermanentError
from bluegreen.system.archive import pack
from tests.e2e.controller import Controller, Shop, wait_for
from tests.e2e.test_full_disk import small_disk  # noqa: F401 - a fixture

MB = 1 << 20


@pytest.fixture
def running() -> Iterator[Controller]:
    found = Controller()
    try:
        found.start()
        yield found
    finally:
        found.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small files and a large one."""
    made = tmp_path / "content"
    (made / "static").mkdir(parents=True)
    for number in range(300):
        (made / f"static/{number}.txt").write_text(f"{number}\n" * number)
    (made / "model.bin").write_bytes(os.urandom(24 * MB))
    return made


def kept_files(home: Path) -> list[Path]:
    return [path for path in (home / "files").rglob("*") if path.is_file()]


def put_half(client: Client, content: bytes) -> None:
    """Begin to send a content, and hang up in the middle."""
    name = hashlib.sha256(content).hexdigest()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(client.home / "api.sock"))
        head = f"PUT /v1/files/{name} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode() + content[: len(content) // 2])


def test_an_upload_that_broke_off_is_gone_on_with(running: Controller, folder: Path) -> None:
    content = (folder / "model.bin").read_bytes()
    put_half(running.client, content)
    name = hashlib.sha256(content).hexdigest()
    connection = running.client.address.connection(10)

    def offset() -> int:
        connection.request("HEAD", f"/v1/files/{name}")
        answer = connection.getresponse()
        answer.read()
        assert answer.headers["Upload-Complete"] == "?0"
        return int(answer.headers["Upload-Offset"])

    there = wait_for(lambda: (found := offset()) >= 11 * MB and found, "what was sent is there")
    told: list[Progress] = []
    running.client.send_folder(folder, told.append)
    assert told[-1].sent_bytes <= sum(path.stat().st_size for path in folder.rglob("*.*")) - there
    assert told[-1].spared_bytes >= there


def test_a_damaged_content_is_refused_and_can_be_sent_again(running: Controller) -> None:
    name = hashlib.sha256(b"right").hexdigest()
    assert put(running.client, name, b"wrong") == 422
    assert put(running.client, name, b"right") == 201
    assert put(running.client, name, b"whatever") == 201  # it is there already


def put(client: Client, name: str, content: bytes, **headers: str) -> int:
    connection: http.client.HTTPConnection = client.address.connection(10)
    connection.request("PUT", f"/v1/files/{name}", content, headers)
    return connection.getresponse().status


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "A" * 64, "a" * 63, "journal.db"])
def test_a_name_that_is_no_digest_leads_nowhere(running: Controller, name: str) -> None:
    assert put(running.client, name, b"x") in (404, 405, 422)


@pytest.mark.parametrize("range", ["bytes 5-1/10", "bytes 0-10/10", "bytes 0-1/*", "lines 0-1/10", "bytes 5-9/10"])
def test_a_piece_that_does_not_fit_is_refused(running: Controller, range: str) -> None:
    headers = {"Content-Range": range}
    assert put(running.client, "a" * 64, b"x" * 5, **headers) in (409, 422)


def test_a_file_that_changes_while_it_is_sent_is_told(
    running: Controller, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(progress: Progress) -> None:
        (folder / "static/200.txt").write_text("shorter")

    with pytest.raises(InvalidInput):
        running.client.send_folder(folder, change)
    assert running.client.running()
    running.client.send_folder(folder)


def test_several_send_the_same_at_once(running: Controller, folder: Path) -> None:
    digests: list[str] = []
    threads = [
        threading.Thread(target=lambda: digests.append(Client(running.home).send_folder(folder))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 3
    assert len(set(digests)) == 1
    assert running.client.has_artifact(digests[0])


POINTS = [
    "after announcing an artifact",
    "before keeping a batch",
    "after keeping a batch",
    "before keeping a content",
    "after keeping a content",
    "before completing an artifact",
    "after completing an artifact",
]


def test_killed_at_any_point_the_rest_is_sent_to_the_next_controller(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PAUSES", (0.01,))
    controller = Controller()
    try:
        for number, point in enumerate(POINTS):
            (folder / "static/1.txt").write_text(str(number))
            (folder / "model.bin").write_bytes(os.urandom(2 * MB))
            controller.start(BLUEGREEN_FAULT=point)
            with pytest.raises(BluegreenError):
                controller.client.send_folder(folder)
            assert controller.wait_ended() == -9, point
            controller.start()
            digest = controller.client.send_folder(folder)
            assert controller.client.has_artifact(digest)
            controller.kill()
        controller.start()
        controller.deploy(shop.folder)
        assert controller.status()["live"]
    finally:
        controller.close()


def test_killed_while_it_receives_the_same_command_goes_on(
    running: Controller, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = threading.Event()

    def restart() -> None:
        running.kill()
        running.start()

    def kill(progress: Progress) -> None:
        if progress.sent_bytes > 10 * MB and not killed.is_set():
            killed.set()
            restarting.start()

    restarting = threading.Thread(target=restart)
    digest = running.client.send_folder(folder, kill)
    restarting.join()
    assert killed.is_set()
    assert running.client.has_artifact(digest)


def test_with_the_disk_full_nothing_is_kept_and_there_is_a_cure(
    small_disk: Path,  # noqa: F811
    folder: Path,
    shop: Shop,
) -> None:
    controller = Controller(small_disk)
    controller.start()
    try:
        (folder / "model.bin").write_bytes(os.urandom(60 * MB))
        with pytest.raises(PermanentError, match="disk is full") as raised:
            controller.client.send_folder(folder)
        assert raised.value.cure
        assert "are free" in raised.value.why
        (folder / "model.bin").write_bytes(os.urandom(30 * MB))  # it fits, until something else takes the room
        filler = small_disk / "filler"

        def fill(progress: Progress) -> None:
            if progress.sent_bytes > 10 * MB:
                with contextlib.suppress(OSError):
                    filler.write_bytes(bytes(60 * MB))

        with pytest.raises(PermanentError, match="disk is full"):
            controller.client.send_folder(folder, fill)
        filler.unlink()
        assert sum(path.stat().st_size for path in kept_files(small_disk)) < 5 * MB
        controller.deploy(shop.folder)
        assert controller.status()["live"] == "blue"
    finally:
        controller.close()


def test_a_home_with_whole_archives_goes_on_working(running: Controller, shop: Shop) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "shop.tgz"
        digest = pack(shop.folder, archive)
        running.client.send_artifact(digest, archive)
    body = {"config": (shop.folder / "bluegreen.yaml").read_text(), "artifact": digest}
    running.ended(running.client.begin("shop", body)["deployment"])
    assert (running.home / "artifacts" / digest).is_file()
    shop.next_release()
    running.deploy(shop.folder)
    assert running.status()["live"] == "green"
    answer = running.client.rollback("shop", "r1")
    assert answer["release"] == "r1"
    told: list[Progress] = []
    page = (shop.folder / "page.html").read_text()
    (shop.folder / "page.html").write_text(page[: page.rindex("<!--")])
    assert running.client.send_folder(shop.folder, told.append) == digest
    assert told == []
