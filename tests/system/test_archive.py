"""Packing a folder, summing up its content, and unpacking what an enemy made."""

from __future__ import annotations

import gzip
import io
import os
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen.core.errors import InvalidInput, PermanentError
from bluegreen.system.archive import digest_of, pack, unpack
from bluegreen.system.manifest import Entry, Manifest


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {"shop.py": "print()", "bin/run": "#!/bin/sh", "static/a b/ü.txt": "x" * 3000})


# Packing


def test_what_is_packed_comes_out_the_same(app: Path, tmp_path: Path) -> None:
    (app / "bin/run").chmod(0o755)
    (app / "key").write_text("k")
    (app / "key").chmod(0o600)
    (app / "current").symlink_to("static/a b")
    os.utime(app / "shop.py", (1_600_000_000, 1_600_000_000))
    digest = pack(app, tmp_path / "out.tgz")

    into = tmp_path / "release"
    assert unpack(tmp_path / "out.tgz", into) == digest == digest_of(tmp_path / "out.tgz")
    assert tree(into) == tree(app)
    assert (into / "static/a b/ü.txt").read_text() == "x" * 3000
    assert stat.S_IMODE((into / "bin/run").stat().st_mode) == 0o755
    assert stat.S_IMODE((into / "key").stat().st_mode) == 0o600
    assert (into / "shop.py").stat().st_mtime == 1_600_000_000
    assert os.readlink(into / "current") == "static/a b"


def test_the_archive_is_the_same_to_the_byte_and_readable_by_its_owner_only(app: Path, tmp_path: Path) -> None:
    pack(app, tmp_path / "one.tgz")
    pack(app, tmp_path / "two.tgz")
    assert (tmp_path / "one.tgz").read_bytes() == (tmp_path / "two.tgz").read_bytes()
    assert stat.S_IMODE((tmp_path / "one.tgz").stat().st_mode) == 0o600


def test_the_digest_is_of_content_names_and_executable_bits_only(app: Path, tmp_path: Path) -> None:
    def digest() -> str:
        return pack(app, tmp_path / "out.tgz")

    first = digest()
    os.utime(app / "shop.py", (1, 1))
    (app / "shop.py").chmod(0o600)
    (app / "empty").mkdir()
    assert digest() == first
    seen = {first}
    (app / "shop.py").chmod(0o755)
    seen.add(digest())
    (app / "shop.py").write_text("print(1)")
    seen.add(digest())
    (app / "shop.py").rename(app / "shop2.py")
    seen.add(digest())
    (app / "link").symlink_to("shop2.py")
    seen.add(digest())
    (app / "link").unlink()
    (app / "link").symlink_to("bin/run")
    seen.add(digest())
    assert len(seen) == 6


def test_ignore_files_count_at_every_level(tmp_path: Path) -> None:
    app = write(
        tmp_path / "app",
        {
            ".gitignore": "*.log\n/dist/\n.env*\n",
            ".git/config": "",
            ".env.production": "SECRET=1",
            "a.log": "",
            "a.txt": "",
            "dist/app.js": "",
            "lib/.gitignore": "!keep.log\n*.tmp\n",
            "lib/keep.log": "",
            "lib/x.tmp": "",
            "lib/dist/y": "",
            "lib/sub/.git": "gitdir: elsewhere",
            "venv/kept-as-gitignore-does-not-name-it": "",
            "only/ignored.log": "",
        },
    )
    pack(app, tmp_path / "out.tgz")
    assert set(names(tmp_path / "out.tgz")) == {
        ".gitignore",
        "a.txt",
        "lib/.gitignore",
        "lib/dist/y",
        "lib/keep.log",
        "venv/kept-as-gitignore-does-not-name-it",
    }


def test_bluegreenignore_has_the_last_word(tmp_path: Path) -> None:
    files = {".gitignore": "dist/\n", ".bluegreenignore": "!dist/\ndocs/\n", "dist/app.js": "", "docs/a": ""}
    pack(write(tmp_path / "app", files), tmp_path / "out.tgz")
    assert set(names(tmp_path / "out.tgz")) == {".bluegreenignore", ".gitignore", "dist/app.js"}


def test_without_ignore_files_what_tools_make_is_left_out(tmp_path: Path) -> None:
    made = (".venv/.gitignore", "venv/a", "node_modules/a", "lib/__pycache__/a", "lib/node_modules/a")
    pack(write(tmp_path / "app", {**dict.fromkeys(made, "*"), "lib/a": ""}), tmp_path / "out.tgz")
    assert names(tmp_path / "out.tgz") == ["lib/a"]


def test_ignore_files_of_the_working_tree_above_count(tmp_path: Path) -> None:
    files = {".git/HEAD": "", ".gitignore": "*.log\n/shop/tmp\nbuilt/\n", "shop/a.log": "", "shop/tmp/b": ""}
    top = write(tmp_path / "top", {**files, "shop/c": "", "built/app/d": "", "built/app/e.log": ""})
    pack(top / "shop", tmp_path / "out.tgz")
    assert names(tmp_path / "out.tgz") == ["c"]
    # Whoever names a folder that git ignores wants it packed.
    pack(top / "built/app", tmp_path / "out.tgz")
    assert names(tmp_path / "out.tgz") == ["d", "e.log"]
    write(top / "venv/lib", {"f": "", "__pycache__/g": ""})
    (top / ".gitignore").unlink()
    pack(top / "venv/lib", tmp_path / "out.tgz")
    assert names(tmp_path / "out.tgz") == ["f"]


def test_it_packs_what_git_would_take(tmp_path: Path) -> None:
    patterns = "*.log\n!important.log\n/build/*\n!/build/keep\n**/gen/\ndoc/**/x\nsp\\ ace\n# no\n\\#yes\n!\nlogs\n"
    files = (
        *("a.log", "important.log", "build/a", "build/keep", "build/sub/b", "gen/a", "p/gen/b", "gen2", "doc/x"),
        *("doc/a/b/x", "doc/a/y", "sp ace", "#yes", "# no", "logs/a", "p/logs", "p/important.log", "p/build/a"),
    )
    app = write(tmp_path / "app", {".gitignore": patterns, **dict.fromkeys(files, "")})
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    subprocess.run(["git", "init", "-q", "."], cwd=app, env=environ, check=True)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard"],
        **{"cwd": app, "env": environ, "check": True, "capture_output": True, "text": True},
    )
    pack(app, tmp_path / "out.tgz")
    assert sorted(names(tmp_path / "out.tgz")) == sorted(listing.stdout.split("\0")[:-1])


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "a b/../../../x", "../hop/../../.."])
def test_links_that_lead_out_are_refused(app: Path, tmp_path: Path, target: str) -> None:
    (app / "hop").symlink_to("static/a b")
    (app / "static/link").symlink_to(target)
    with pytest.raises(InvalidInput, match="static/link") as raised:
        pack(app, tmp_path / "out.tgz")
    assert raised.value.why
    assert raised.value.cure
    assert not (tmp_path / "out.tgz").exists()


def test_a_socket_in_the_folder_is_left_out_and_so_is_the_archive_itself(app: Path, tmp_path: Path) -> None:
    os.mkfifo(app / "pipe")
    digest = pack(app, tmp_path / "out.tgz")
    assert pack(app, app / "out.tgz") == digest
    assert "pipe" not in names(app / "out.tgz")


def test_what_is_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not a folder"):
        pack(tmp_path / "nothing", tmp_path / "out.tgz")


# What people hand in


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_the_digest_does_not_depend_on_the_format(app: Path, tmp_path: Path, mode: str) -> None:
    digest = pack(app, tmp_path / "out.tgz")
    with tarfile.open(tmp_path / "handed", mode) as tar:
        tar.add(app, ".")
    assert digest_of(tmp_path / "handed") == digest
    assert unpack(tmp_path / "handed", tmp_path / "release") == digest
    assert tree(tmp_path / "release") == tree(app)


def test_a_zip_keeps_executable_bits_and_links(app: Path, tmp_path: Path) -> None:
    (app / "bin/run").chmod(0o755)
    (app / "link").symlink_to("bin/run")
    digest = pack(app, tmp_path / "out.tgz")
    with zipfile.ZipFile(tmp_path / "out.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(app.rglob("*")):
            name = path.relative_to(app).as_posix()
            if path.is_symlink():
                info = zipfile.ZipInfo(name)
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(info, os.readlink(path))
            else:
                archive.write(path, name)
        undated = zipfile.ZipInfo("z", (1980, 1, 1, 0, 0, 0))
        undated.create_system = 0
        archive.writestr(undated, "made where there are no modes")
    (app / "z").write_text("made where there are no modes")
    assert digest_of(tmp_path / "out.zip") == pack(app, tmp_path / "out.tgz") != digest
    assert unpack(tmp_path / "out.zip", tmp_path / "release") == digest_of(tmp_path / "out.tgz")
    assert os.access(tmp_path / "release/bin/run", os.X_OK)
    assert (tmp_path / "release/link").resolve() == tmp_path / "release/bin/run"


def test_a_single_top_folder_and_empty_folders_stay(tmp_path: Path) -> None:
    (tmp_path / "top/empty").mkdir(parents=True)
    write(tmp_path / "top", {"a": "1"})
    with tarfile.open(tmp_path / "out.tar", "w") as tar:
        tar.add(tmp_path / "top", "top")
    unpack(tmp_path / "out.tar", tmp_path / "release")
    assert (tmp_path / "release/top/empty").is_dir()
    assert (tmp_path / "release/top/a").read_text() == "1"


def test_hard_links_become_files(tmp_path: Path) -> None:
    write(tmp_path / "app", {"a": "content"})
    os.link(tmp_path / "app/a", tmp_path / "app/b")
    with tarfile.open(tmp_path / "out.tar", "w") as tar:
        tar.add(tmp_path / "app", ".")
    assert unpack(tmp_path / "out.tar", tmp_path / "release") == pack(tmp_path / "app", tmp_path / "out.tgz")
    (tmp_path / "release/a").write_text("changed")
    assert (tmp_path / "release/b").read_text() == "content"


# Evil archives


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def link(name: str, target: str, type: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=type, linkname=target)


EVIL = {
    "absolute path": [member("/etc/cron.d/x", b"x")],
    "path that goes up": [member("../x", b"x")],
    "path that goes up in the middle": [member("a/../../x", b"x")],
    "absolute link": [link("a", "/etc")],
    "link that goes up": [link("a/b", "../../etc")],
    "link to the folder above": [link("a", "..")],
    "file through a link": [link("a", "."), member("a/x", b"x")],
    "link in place of a folder": [member("a/x", b"x"), link("a", "/tmp")],
    "file in place of a link": [link("a", "b"), member("a", b"x")],
    "links that lead out together": [link("p/q/d", "../.."), link("x", "p/q/d/../../etc")],
    "links in a circle": [link("a", "b"), link("b", "a")],
    "hard link out": [link("a", "../../etc/passwd", tarfile.LNKTYPE)],
    "hard link to an absolute path": [link("a", "/etc/passwd", tarfile.LNKTYPE)],
    "hard link to a link": [link("a", "b"), link("c", "a", tarfile.LNKTYPE)],
    "hard link to nothing": [link("a", "b", tarfile.LNKTYPE)],
    "device": [member("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
    "pipe": [member("pipe", type=tarfile.FIFOTYPE)],
    "the same file twice": [member("a", b"1"), member("./a", b"2")],
    "a folder that is a file": [member("a", b"1"), member("a/b", b"2")],
    "very deep": [member("a/" * 1500 + "x", b"")],
    "a header without end": [member("a", pax_headers={"comment": "x" * 2_000_000})],
}


@pytest.mark.parametrize("evil", EVIL)
def test_evil_archives_leave_nothing_behind(tmp_path: Path, evil: str) -> None:
    with tarfile.open(tmp_path / "evil.tgz", "w:gz") as tar:
        for info, content in [member("good", b"good"), *EVIL[evil]]:
            tar.addfile(info, io.BytesIO(content))
    jail = tmp_path / "one/two/three"
    jail.mkdir(parents=True)
    with pytest.raises(InvalidInput) as raised:
        unpack(tmp_path / "evil.tgz", jail / "release")
    assert raised.value.why
    assert raised.value.cure
    with pytest.raises(InvalidInput):
        digest_of(tmp_path / "evil.tgz")
    assert [path for path in (tmp_path / "one").rglob("*") if path not in (jail, jail.parent)] == []


def test_evil_modes_and_owners_are_dropped(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.addfile(*[member("su", b"x", mode=0o6777, uid=12345)[0], io.BytesIO(b"x")])
        tar.addfile(member("unreadable", mode=0o000, mtime=float("1e300"))[0])
    unpack(tmp_path / "evil.tar", tmp_path / "release")
    seen = (tmp_path / "release/su").stat()
    assert stat.S_IMODE(seen.st_mode) == 0o755
    assert seen.st_uid == os.getuid()
    assert (tmp_path / "release/unreadable").read_bytes() == b""


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_evil_zips(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(InvalidInput, match="may not be in an artifact"):
        unpack(tmp_path / "evil.zip", tmp_path / "release")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.zip"]


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", "x")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InvalidInput, match="encrypted"):
        unpack(tmp_path / "a.zip", tmp_path / "release")


def test_size_is_bounded_whatever_the_headers_say(tmp_path: Path) -> None:
    write(tmp_path / "app", {"zeros": "0" * 2_000_000, **{f"f/{i}": "" for i in range(50)}})
    pack(tmp_path / "app", tmp_path / "bomb.tgz")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "app/zeros", "zeros")
    with gzip.open(tmp_path / "after.tgz", "wb") as file:
        file.write(bytes(4_000_000))
    for name in ("bomb.tgz", "bomb.zip", "after.tgz"):
        with pytest.raises(InvalidInput):
            unpack(tmp_path / name, tmp_path / "release", limit_bytes=1_000_000)
    with pytest.raises(InvalidInput, match="too large"):
        unpack(tmp_path / "bomb.tgz", tmp_path / "release", limit_files=50)
    assert not list(tmp_path.glob("release*"))
    unpack(tmp_path / "bomb.tgz", tmp_path / "release")


# Damage


def packed(tmp_path: Path, app: Path, kind: str) -> Path:
    archive = tmp_path / f"whole{kind}"
    if kind == ".zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(app.rglob("*")):
                file.write(path, path.relative_to(app))
    else:
        with tarfile.open(archive, f"w{kind.replace('.', ':')}") as tar:
            tar.add(app, ".")
    return archive


@pytest.mark.parametrize("kind", ["", ".gz", ".bz2", ".xz", ".zip"])
def test_an_archive_that_is_cut_short_is_never_taken_for_whole(app: Path, tmp_path: Path, kind: str) -> None:
    (app / "noise").write_bytes(os.urandom(3000))
    whole = packed(tmp_path, app, kind).read_bytes()
    cut = tmp_path / "cut"
    end = len(whole.rstrip(b"\0"))
    lengths = {*range(0, end, max(1, end // 60)), *range(0, end, 512), end - 1}
    for length in sorted(lengths):
        cut.write_bytes(whole[:length])
        with pytest.raises(InvalidInput, match="cannot be unpacked"):
            unpack(cut, tmp_path / "release")
    assert not list(tmp_path.glob("release*"))


@pytest.mark.parametrize("kind", ["", ".gz", ".bz2", ".xz", ".zip"])
def test_damage_gives_one_kind_of_error(app: Path, tmp_path: Path, kind: str) -> None:
    whole = packed(tmp_path, app, kind).read_bytes()
    hurt = tmp_path / "hurt"
    refused = 0
    for at in range(0, len(whole), max(1, len(whole) // 300)):
        hurt.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            digest_of(hurt)
        except InvalidInput:
            refused += 1
    assert refused > 10


def test_no_archive_at_all(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not an archive, but long enough" * 100)
    (tmp_path / "empty").write_bytes(b"")
    for name in ("text", "empty", "missing"):
        with pytest.raises(InvalidInput):
            unpack(tmp_path / name, tmp_path / "release")


# Where it goes


def test_an_existing_folder_is_not_touched(app: Path, tmp_path: Path) -> None:
    pack(app, tmp_path / "out.tgz")
    write(tmp_path / "release", {"mine": ""})
    with pytest.raises(PermanentError, match="exists already"):
        unpack(tmp_path / "out.tgz", tmp_path / "release")
    assert tree(tmp_path / "release") == {"mine"}


def test_what_an_interrupted_attempt_left_is_removed(app: Path, tmp_path: Path) -> None:
    pack(app, tmp_path / "out.tgz")
    write(tmp_path / "release.partial", {"half": ""})
    unpack(tmp_path / "out.tgz", tmp_path / "release")
    assert "half" not in tree(tmp_path / "release")
    assert not (tmp_path / "release.partial").exists()


def test_a_folder_that_cannot_be_written_is_explained(app: Path, tmp_path: Path) -> None:
    pack(app, tmp_path / "out.tgz")
    with pytest.raises(PermanentError) as raised:
        unpack(tmp_path / "out.tgz", tmp_path / "missing/release")
    assert raised.value.cure


def test_manifests_that_differ_have_different_digests() -> None:
    def digest(*entries: Entry) -> str:
        manifest = Manifest()
        for entry in entries:
            manifest.reserve(entry.path, entry.kind)
            manifest.add(entry)
        return manifest.digest()

    seen: list[Callable[[], str]] = [
        lambda: digest(Entry("ab", "file")),
        lambda: digest(Entry("a", "file"), Entry("b", "file")),
        lambda: digest(Entry("a", "link", target="b")),
        lambda: digest(Entry("a", "file", sha256="b")),
        lambda: digest(Entry("a", "folder")),
        lambda: digest(),
    ]
    assert len({make() for make in seen}) == len(seen)
