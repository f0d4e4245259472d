"""Pages of the commands about messages to people."""

from __future__ import annotations

from bluegreen.cli.exits import Exit
from bluegreen.cli.manual.page import Example, Page

_SEE = ("how-to/notifications.md",)

PAGES: dict[str, Page] = {
    "notify channels": Page(
        examples=(Example("bluegreen notify channels", "what waits, what arrived last, what failed last"),),
        see=_SEE,
        also=("notify test", "notify deliveries"),
    ),
    "notify test": Page(
        examples=(Example("bluegreen notify test ops", "before it matters"),),
        exits=(Exit.DONE, Exit.FAILED, Exit.USAGE, Exit.UNKNOWN),
        means={Exit.DONE: "the test arrived", Exit.FAILED: "it did not, and why"},
        see=_SEE,
        also=("notify channels",),
    ),
    "notify deliveries": Page(
        examples=(
            Example("bluegreen notify deliveries", "the newest twenty"),
            Example("bluegreen notify deliveries --state waiting --channel hook", "what has not arrived yet"),
        ),
        see=_SEE,
        also=("notify replay", "events"),
    ),
    "notify replay": Page(
        examples=(Example("bluegreen notify replay msg_2NjA0", "an id of `notify deliveries`"),),
        see=_SEE,
        also=("notify deliveries",),
    ),
}
