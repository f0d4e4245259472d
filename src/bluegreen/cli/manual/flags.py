"""Pages of the commands about feature flags."""

from __future__ import annotations

from bluegreen.cli.exits import Exit
from bluegreen.cli.manual.page import Example, Page

_SEE = ("how-to/flags.md",)

PAGES: dict[str, Page] = {
    "flags set": Page(
        examples=(
            Example('bluegreen flags set new-checkout=on -m "for all"', "one flag, with a reason for the history"),
            Example("bluegreen flags set new-checkout=on banner=red", "several in one release"),
            Example("bluegreen flags set --off new-checkout", "as if the flag were not there"),
        ),
        exits=tuple(Exit),
        means={
            Exit.DONE: "the release with these flags is live, or was already",
            Exit.FAILED: "failed or aborted before the switch: users saw nothing",
            Exit.USAGE: "wrong usage, or there is no such flag or variant; nothing was changed",
            Exit.REFUSED: "refused: locked, or another deployment is under way; nothing was changed",
            Exit.UNKNOWN: "unknown: the controller went away, or Ctrl-C ended the following; `bluegreen show N` tells",
        },
        see=_SEE,
        also=("flags list", "flags history", "rollback"),
    ),
    "flags list": Page(
        examples=(
            Example("bluegreen flags list", "what users get now"),
            Example("bluegreen flags list r7 --json", "another release's, with the whole flag set"),
        ),
        see=_SEE,
        also=("flags set", "flags diff"),
    ),
    "flags diff": Page(
        examples=(
            Example("bluegreen flags diff", "the live release against the one before it"),
            Example("bluegreen flags diff r5 r7", "any two that are kept"),
        ),
        see=_SEE,
        also=("flags history",),
    ),
    "flags history": Page(
        examples=(
            Example("bluegreen flags history", "the newest twenty changes"),
            Example("bluegreen flags history --flag new-checkout", "of one flag"),
        ),
        see=_SEE,
        also=("flags diff", "history", "show"),
    ),
    "flags pull": Page(
        examples=(Example("bluegreen flags pull && git commit -am flags", "what commands have set is in git too"),),
        exits=(Exit.DONE, Exit.USAGE, Exit.UNKNOWN),
        see=_SEE,
        also=("flags list", "deploy"),
    ),
}
