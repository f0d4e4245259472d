"""Keys in files: made once, readable by their user only, and nothing waits for them."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bluegreen.core.model import Color
from bluegreen.engine import keys
from bluegreen.engine.event_tokens import Run
from bluegreen.engine.releases import ReleaseStore


def key_file(home: Path) -> Path:
    return home / "apps" / "shop" / "preview.key"


def test_a_preview_key_is_made_once(tmp_path: Path) -> None:
    key = ReleaseStore(tmp_path).preview_key("shop")
    assert len(key) >= 32
    assert set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert ReleaseStore(tmp_path).preview_key("shop") == key
    assert ReleaseStore(tmp_path).preview_key("other") != key
    assert key_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert key_file(tmp_path).parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damaged", ["", "short", "with space and other characters, long enough"])
def test_a_damaged_key_is_made_anew(tmp_path: Path, damaged: str) -> None:
    ReleaseStore(tmp_path).preview_key("shop")
    key_file(tmp_path).write_text(damaged)
    key = ReleaseStore(tmp_path).preview_key("shop")
    assert key != damaged
    assert key_file(tmp_path).read_text() == key


def test_with_the_disk_full_it_is_kept_in_memory_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = keys.replace_file

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = ReleaseStore(tmp_path)
    monkeypatch.setattr(keys, "replace_file", full)
    key, token = store.preview_key("shop"), Run("shop", Color.BLUE, 1, 1).token(store)
    assert store.preview_key("shop") == key
    assert not key_file(tmp_path).exists()
    monkeypatch.setattr(keys, "replace_file", real)
    assert store.preview_key("shop") == key
    assert Run("shop", Color.BLUE, 1, 1).token(store) == token
    assert ReleaseStore(tmp_path).preview_key("shop") == key
    assert Run("shop", Color.BLUE, 1, 1).token(ReleaseStore(tmp_path)) == token


def test_what_cannot_be_read_now_is_not_overwritten(tmp_path: Path) -> None:
    key_file(tmp_path).mkdir(parents=True)  # reading it is an error, as of a broken disk
    store = ReleaseStore(tmp_path)
    assert store.preview_key("shop") == store.preview_key("shop")
    assert key_file(tmp_path).is_dir()
