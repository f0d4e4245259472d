"""Artifacts by file: what a manifest may name, what contents are taken in, and what becomes of them."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.errors import InvalidInput, NotFound, PermanentError, Refused
from bluegreen.system import listing
from bluegreen.system.archive import digest_of, pack, unpack
from bluegreen.system.artifacts import Artifacts
from bluegreen.system.batch import LARGEST, MOST, Batch
from bluegreen.system.contents import Contents
from bluegreen.system.folder import read_folder

DAY = 86_400


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def app(tmp_path: Path) -> Path:
    app = write(tmp_path / "app", {"shop.py": "print()", "bin/run": "#!/bin/sh", "static/a b/ü.txt": "x" * 3000})
    (app / "bin/run").chmod(0o755)
    (app / "key").write_text("k")
    (app / "key").chmod(0o600)
    (app / "copy.py").write_text("print()")
    (app / "current").symlink_to("static/a b")
    os.utime(app / "shop.py", (1_600_000_000, 1_600_000_000))
    return app


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "home")


def announced(artifacts: Artifacts, folder: Path) -> str:
    found = read_folder(folder).manifest
    upload = artifacts.incoming()
    upload.write_bytes(b"".join(listing.written(found)))
    artifacts.announce(found.digest(), upload)
    upload.unlink()
    return found.digest()


def sent(artifacts: Artifacts, folder: Path) -> str:
    """Bring a folder into the store as an upload does."""
    found = read_folder(folder)
    digest = announced(artifacts, folder)
    with Batch(artifacts.contents) as batch:
        for sha256, place in found.places.items():
            content = Path(place).read_bytes()
            batch.feed(f"{sha256} {len(content)}\n".encode() + content)
        batch.finish()
    artifacts.complete(digest)
    return digest


def receive(contents: Contents, name: str, content: bytes) -> None:
    with contents.receiving(name, 0) as part:
        part.write(content)
        part.finish()


def receive_batch(contents: Contents, *pieces: bytes) -> None:
    with Batch(contents) as batch:
        for piece in pieces:
            batch.feed(piece)
        batch.finish()


def tree(folder: Path) -> dict[str, Any]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[path.relative_to(folder).as_posix()] = os.readlink(path)
        elif path.is_file():
            seen = path.stat()
            found[path.relative_to(folder).as_posix()] = (path.read_bytes(), seen.st_mode, int(seen.st_mtime))
    return found


# --- the same as an archive of it


def test_a_folder_comes_out_as_it_went_in_and_has_the_digest_of_its_archive(
    artifacts: Artifacts, app: Path, tmp_path: Path
) -> None:
    digest = sent(artifacts, app)
    artifacts.unpack(digest, tmp_path / "release")
    assert tree(tmp_path / "release") == tree(app)
    assert digest == pack(app, tmp_path / "app.tgz")
    unpack(tmp_path / "app.tgz", tmp_path / "other")
    assert tree(tmp_path / "other") == tree(tmp_path / "release")


def test_what_an_application_writes_into_its_folder_stays_there(
    artifacts: Artifacts, app: Path, tmp_path: Path
) -> None:
    digest = sent(artifacts, app)
    artifacts.unpack(digest, tmp_path / "one")
    (tmp_path / "one/shop.py").write_text("changed")
    artifacts.unpack(digest, tmp_path / "two")
    assert (tmp_path / "two/shop.py").read_text() == "print()"
    kept = artifacts.contents.path(hashlib.sha256(b"print()").hexdigest())
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    assert kept.stat().st_nlink == 1


def test_the_files_of_both_kinds_of_artifact_are_told(artifacts: Artifacts, app: Path, tmp_path: Path) -> None:
    digest = sent(artifacts, app)
    by_file = artifacts.files_of(digest)
    assert by_file["bin/run"].executable
    assert by_file["static/a b/ü.txt"].size == 3000
    assert by_file["current"].target == "static/a b"
    artifacts.remove(digest)
    pack(app, tmp_path / "app.tgz")
    artifacts.accept(tmp_path / "app.tgz", digest)
    whole = artifacts.files_of(digest)
    assert {p: (e.sha256, e.size, e.executable, e.target) for p, e in whole.items()} == {
        p: (e.sha256, e.size, e.executable, e.target) for p, e in by_file.items()
    }


def test_one_file_of_both_kinds_of_artifact_is_read_as_far_as_is_asked_for(
    artifacts: Artifacts, app: Path, tmp_path: Path
) -> None:
    (app / "link").symlink_to("bin/../static/a b/ü.txt")
    os.link(app / "bin/run", app / "bin/same")

    def check(digest: str) -> None:
        assert artifacts.read(digest, "bin/run", 100) == b"#!/bin/sh"
        assert artifacts.read(digest, "bin/same", 100) == b"#!/bin/sh"
        assert artifacts.read(digest, "link", 100) == b"x" * 101, "one byte more tells that there is more"
        assert [artifacts.read(digest, name, 100) for name in ("none", "bin", "current")] == [None] * 3

    digest = sent(artifacts, app)
    check(digest)
    artifacts.remove(digest)
    pack(app, tmp_path / "app.tgz")
    artifacts.accept(tmp_path / "app.tgz", digest)
    check(digest)


def test_a_hard_link_in_an_archive_has_the_content_of_its_file(artifacts: Artifacts, app: Path, tmp_path: Path) -> None:
    os.link(app / "bin/run", app / "bin/same")
    subprocess.run(["tar", "-czf", tmp_path / "app.tgz", "-C", app, "."], check=True)
    digest = digest_of(tmp_path / "app.tgz")
    artifacts.accept(tmp_path / "app.tgz", digest)
    assert {artifacts.read(digest, f"bin/{name}", 100) for name in ("run", "same")} == {b"#!/bin/sh"}


# --- manifests that may not be


def line(path: str, **more: Any) -> bytes:
    return json.dumps({"path": path, "size": 1, "sha256": "a" * 64, **more}).encode()


EVIL: dict[str, list[bytes]] = {
    "absolute": [line("/etc/passwd")],
    "goes up": [line("../x")],
    "goes up in the middle": [line("a/../../x")],
    "a path with parts that mean nothing": [line("a//x"), line("./y")],
    "no name": [line("")],
    "a link out": [json.dumps({"path": "a", "kind": "link", "target": "../x"}).encode()],
    "an absolute link": [json.dumps({"path": "a", "kind": "link", "target": "/etc"}).encode()],
    "a file through a link": [json.dumps({"path": "a", "kind": "link", "target": "."}).encode(), line("a/x")],
    "a link without a target": [json.dumps({"path": "a", "kind": "link"}).encode()],
    "the same path twice": [line("a"), line("a")],
    "a folder that is a file": [line("a"), line("a/b")],
    "another kind": [line("a", kind="device")],
    "no digest": [line("a", sha256="../../../../etc/passwd")],
    "a digest in capitals": [line("a", sha256="A" * 64)],
    "a negative size": [line("a", size=-1)],
    "a size that is no number": [line("a", size="1")],
    "a size that is no whole number": [line("a", size=1.5)],
    "a size that is too large": [line("a", size=5 << 40)],
    "too large together": [line(str(n), size=4 << 30) for n in range(2)],
    "a mode that is none": [line("a", mode=0o100000)],
    "a field that is none": [line("a", owner="root")],
    "no object": [b"[1]"],
    "no JSON": [b"{"],
    "nested without end": [b"[" * 60_000],
    "a line without end": [b'{"path": "' + b"a" * 70_000 + b'"}'],
}


@pytest.mark.parametrize("evil", EVIL)
def test_evil_manifests_are_refused(evil: str, artifacts: Artifacts, tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(b"\n".join([line("good"), *EVIL[evil]]))
    with pytest.raises(InvalidInput) as raised:
        artifacts.announce("0" * 64, upload)
    assert raised.value.why
    assert raised.value.cure
    assert list((tmp_path / "home/artifacts").iterdir()) == []


def test_a_million_files_are_refused_before_they_are_all_read() -> None:
    taken = 0

    def lines() -> Iterable[bytes]:
        nonlocal taken
        for taken in range(1_000_000):
            yield line(f"f{taken}", size=0)

    with pytest.raises(InvalidInput, match="too large"):
        listing.read(lines())
    assert taken <= 200_000


def test_a_manifest_of_another_artifact_is_refused(artifacts: Artifacts, app: Path, tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(b"".join(listing.written(read_folder(app).manifest)))
    with pytest.raises(InvalidInput, match="not what was announced"):
        artifacts.announce("0" * 64, tmp_path / "upload")


def test_names_that_are_no_utf8_and_empty_folders_survive(artifacts: Artifacts, tmp_path: Path) -> None:
    lines = [json.dumps({"path": os.fsdecode(b"\xff"), "size": 0, "sha256": hashlib.sha256().hexdigest()}).encode()]
    lines.append(json.dumps({"path": "empty/folder", "kind": "folder"}).encode())
    manifest = listing.read(lines)
    again = listing.read(listing.written(manifest))
    assert again.digest() == manifest.digest()
    assert [entry.path for entry in again.all()] == ["empty/folder", os.fsdecode(b"\xff")]


# --- contents that are sent


def test_only_what_is_missing_is_asked_for(artifacts: Artifacts, app: Path) -> None:
    sent(artifacts, app)
    (app / "new.txt").write_text("new")
    found = read_folder(app).manifest
    upload = artifacts.incoming()
    upload.write_bytes(b"".join(listing.written(found)))
    told = artifacts.announce(found.digest(), upload)
    assert told.missing == (hashlib.sha256(b"new").hexdigest(),)
    assert not told.complete
    assert not artifacts.has(found.digest())
    with pytest.raises(Refused, match="1 of the artifact's 6 files"):
        artifacts.complete(found.digest())


def test_what_is_all_there_is_complete_at_once(artifacts: Artifacts, app: Path) -> None:
    sent(artifacts, app)
    (app / "copy.py").rename(app / "moved.py")
    digest = announced(artifacts, app)
    assert artifacts.has(digest)


def test_nothing_is_completed_that_nobody_announced(artifacts: Artifacts) -> None:
    with pytest.raises(NotFound):
        artifacts.complete("0" * 64)


def test_a_content_with_another_size_than_announced_does_not_complete(artifacts: Artifacts, tmp_path: Path) -> None:
    content = hashlib.sha256(b"four").hexdigest()
    manifest = listing.read([line("a", sha256=content, size=5)])
    (tmp_path / "upload").write_bytes(b"".join(listing.written(manifest)))
    artifacts.announce(manifest.digest(), tmp_path / "upload")
    receive(artifacts.contents, content, b"four")
    with pytest.raises(Refused):
        artifacts.complete(manifest.digest())


def test_a_content_is_received_in_parts(tmp_path: Path) -> None:
    contents, whole = Contents(tmp_path / "files"), os.urandom(100_000)
    name = hashlib.sha256(whole).hexdigest()
    with contents.receiving(name, 0) as part:
        part.write(whole[:60_000])
    assert contents.begun(name) == 60_000
    assert not contents.has(name)
    with pytest.raises(Refused, match="60000 bytes are there"), contents.receiving(name, 70_000):
        pass
    again = Contents(tmp_path / "files")  # the controller restarted
    with again.receiving(name, 50_000) as part:
        part.write(whole[50_000:])
        part.finish()
    assert again.path(name).read_bytes() == whole
    assert list(again.all_begun()) == []


def test_a_damaged_content_is_refused_and_forgotten(tmp_path: Path) -> None:
    contents, name = Contents(tmp_path / "files"), hashlib.sha256(b"right").hexdigest()
    with pytest.raises(InvalidInput, match="not what was announced"):
        receive(contents, name, b"wrong")
    assert not contents.has(name)
    assert contents.begun(name) == 0


def test_two_do_not_send_the_same_content_at_once(tmp_path: Path) -> None:
    contents, name = Contents(tmp_path / "files"), hashlib.sha256(b"right").hexdigest()
    with contents.receiving(name, 0) as part:
        with pytest.raises(Refused, match="Somebody else"), contents.receiving(name, 0):
            pass
        part.write(b"right")
        part.finish()
    assert contents.has(name, 5)


@pytest.mark.parametrize("step", [1, 7, 64, 1000, 1 << 20])
def test_a_batch_may_come_in_any_pieces(step: int, tmp_path: Path) -> None:
    contents = Contents(tmp_path / "files")
    found = [b"", b"a", b"line\n" * 100, os.urandom(3000), b"a"]
    stream = b"".join(f"{hashlib.sha256(c).hexdigest()} {len(c)}\n".encode() + c for c in found)
    receive_batch(contents, *(stream[at : at + step] for at in range(0, len(stream), step)))
    for content in found:
        assert contents.path(hashlib.sha256(content).hexdigest()).read_bytes() == content
    assert list(contents.unfinished.iterdir()) == []


GOOD = f"{hashlib.sha256(b'good').hexdigest()} 4\n".encode() + b"good"


@pytest.mark.parametrize(
    "stream",
    [
        GOOD + b"a" * 64 + b" 3\nabc",
        GOOD + b"../../../x 3\nabc",
        GOOD + GOOD[:-1],
        GOOD + b"x" * 200,
        GOOD + f"{'a' * 64} {LARGEST + 1}\n".encode(),
        GOOD + f"{'a' * 64} -1\n".encode(),
        GOOD * (MOST + 1),
    ],
    ids=["another content", "a path", "cut short", "no line", "too large", "negative", "too many"],
)
def test_of_a_wrong_batch_nothing_is_kept(stream: bytes, tmp_path: Path) -> None:
    contents = Contents(tmp_path / "files")
    with pytest.raises(InvalidInput):
        receive_batch(contents, stream)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


# --- what is no longer needed


def test_contents_go_with_the_last_artifact_that_has_them(artifacts: Artifacts, app: Path) -> None:
    first = sent(artifacts, app)
    (app / "shop.py").unlink()
    (app / "copy.py").write_text("other")
    second = sent(artifacts, app)
    later = time.time() + 1
    artifacts.drop_contents(later)
    old, shared = hashlib.sha256(b"print()").hexdigest(), hashlib.sha256(b"k").hexdigest()
    assert artifacts.contents.has(old)
    artifacts.remove(first)
    artifacts.drop_contents(later)
    assert not artifacts.contents.has(old)
    assert artifacts.contents.has(shared)
    artifacts.remove(second)
    artifacts.drop_contents(later)
    assert not artifacts.contents.has(shared)


def test_what_was_announced_is_kept_until_it_is_old(artifacts: Artifacts, app: Path, tmp_path: Path) -> None:
    digest = announced(artifacts, app)
    name = hashlib.sha256(b"x" * 3000).hexdigest()
    with artifacts.contents.receiving(name, 0) as part:
        part.write(b"x" * 1000)
    artifacts.drop_unused([], time.time() - DAY)
    artifacts.drop_contents(time.time() + 1)
    assert artifacts.contents.begun(name) == 1000
    os.utime(tmp_path / f"home/artifacts/{digest}.announced", (1, 1))
    artifacts.drop_unused([digest], time.time() - DAY)
    artifacts.drop_contents(time.time() + 1)
    assert artifacts.contents.begun(name) == 0
    assert list((tmp_path / "home/artifacts").iterdir()) == []


def test_an_unused_artifact_goes_and_a_used_one_stays(artifacts: Artifacts, app: Path, tmp_path: Path) -> None:
    used = sent(artifacts, app)
    (app / "key").write_text("other")
    unused = sent(artifacts, app)
    for path in (tmp_path / "home/artifacts").iterdir():
        os.utime(path, (1, 1))
    artifacts.drop_unused([used], time.time() - DAY)
    assert (artifacts.has(used), artifacts.has(unused)) == (True, False)


def test_what_is_announced_again_is_not_dropped_under_a_deployment(
    artifacts: Artifacts, app: Path, tmp_path: Path
) -> None:
    digest = sent(artifacts, app)
    os.utime(tmp_path / f"home/artifacts/{digest}.files", (1, 1))
    announced(artifacts, app)
    artifacts.drop_unused([], time.time() - DAY)
    assert artifacts.has(digest)


def test_a_content_that_is_gone_is_told_before_anything_is_in_place(
    artifacts: Artifacts, app: Path, tmp_path: Path
) -> None:
    digest = sent(artifacts, app)
    artifacts.contents.path(hashlib.sha256(b"k").hexdigest()).unlink()
    with pytest.raises(PermanentError, match="content of key is gone") as raised:
        artifacts.unpack(digest, tmp_path / "release")
    assert raised.value.cure
    assert not list(tmp_path.glob("release*"))


def test_folders_of_artifacts_are_for_their_owner_only(tmp_path: Path) -> None:
    Artifacts(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()}
    assert modes == {"artifacts": 0o700, "files": 0o700, "unfinished": 0o700}
