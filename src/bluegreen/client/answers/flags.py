"""Flags in force, and how they change."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict


class Flag(TypedDict):
    """``gives``: what it gives where no targeting decides, in words; ``in_file``: the same as the flag file has it."""

    flag: str
    gives: str
    state: Literal["ENABLED", "DISABLED"]
    default: str | None
    variants: dict[str, Any]
    targeting: bool
    edited: bool
    in_file: str | None


class FlagSet(TypedDict):
    release: str
    digest: str
    file: str | None
    flags: list[Flag]
    document: dict[str, Any] | None
    """The whole flag set, in flagd's schema; None: the release has none."""


FlagChange = TypedDict(
    "FlagChange",
    {
        "flag": str,
        "what": Literal["added", "removed", "changed"],
        "from": str | None,
        "to": str | None,
        "parts": list[str],
        "in_words": str,
    },
)
Definitions = TypedDict("Definitions", {"from": dict[str, Any] | None, "to": dict[str, Any] | None})


class FlagDiff(FlagChange):
    """With the whole definitions."""

    definition: Definitions


class CarriedOver(TypedDict):
    """Flags that a command had edited when a new file came; ``from`` is the file's, ``to`` the command's."""

    kept: list[FlagChange]
    overruled: list[FlagChange]


class FlagsEdited(TypedDict):
    """``deployment`` None: nothing was to be changed, and ``notice`` says so."""

    deployment: int | None
    release: str
    after: int
    approval: bool
    follow: str
    notice: str
    notices: list[str]
    """What a person should know about the edits."""
    changes: list[FlagChange]
