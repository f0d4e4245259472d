"""Small text files of the user: bounded, UTF-8, and missing ones explained."""

from __future__ import annotations

from pathlib import Path

from bluegreen.config.problems import ConfigError, Problem

LARGEST = 1024 * 1024
"""Bytes."""


def read_text(path: Path, what: str) -> str:
    """The file's text, with lines that end in a newline.

    Raises:
        ConfigError: it is missing, unreadable, no regular file, too large, or not UTF-8.
    """
    if path.exists() and not path.is_file():
        raise _error(path, f"{what} is not a regular file", "")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _error(path, f"{what} is not there", "") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _error(path, f"{what} cannot be read: {reason}", "check its owner and mode") from None
    if len(content) > LARGEST:
        raise _error(path, f"larger than {LARGEST // 1024 // 1024} MB", f"is it really {what}?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = error.start - before.rfind(b"\n")
        message = f"byte 0x{content[error.start]:02X} is not UTF-8"
        raise _error(path, message, "save it as UTF-8", before.count(b"\n") + 1, column) from None
    return text.replace("\r\n", "\n")


def _error(path: Path, message: str, hint: str, line: int = 1, column: int = 1) -> ConfigError:
    return ConfigError([Problem(line, column, "", message, hint)], name=str(path))
