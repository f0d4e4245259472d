"""Pages of the commands that show."""

from __future__ import annotations

from bluegreen.cli.manual.page import Example, Page

PAGES = {
    "status": Page(
        examples=(
            Example("bluegreen status", "the application of this folder, else all of them"),
            Example("bluegreen status --watch", "again every second, until Ctrl-C"),
            Example("bluegreen status --json | jq -r .live", "blue or green"),
        ),
        see=("how-to/verdict.md", "how-to/trouble.md"),
        also=("show", "events", "logs"),
    ),
    "preview": Page(
        examples=(Example("bluegreen preview", "the idle environment's address, and the header that leads to it"),),
        see=("how-to/preview.md",),
        also=("approve",),
    ),
    "history": Page(
        examples=(
            Example("bluegreen history", "the newest twenty"),
            Example("bluegreen history -n 3 --json", "the newest three, for a script"),
        ),
        also=("show", "events"),
    ),
    "show": Page(
        examples=(
            Example("bluegreen show 12", "number 12, as the history lists it"),
            Example("bluegreen show 12 --evidence", "with every second that its guards judged by"),
        ),
        see=("how-to/verdict.md",),
        also=("history", "events"),
    ),
    "forecast": Page(
        examples=(Example("bluegreen forecast", "with the guards of the release that is live"),),
        see=("how-to/watch.md", "statistics.md"),
        also=("status",),
    ),
    "events": Page(
        examples=(
            Example("bluegreen events -f", "what happens from the beginning, and goes on"),
            Example("bluegreen events --after 120 --json", "one object on each line, behind number 120"),
        ),
        also=("history", "show"),
    ),
    "logs": Page(
        examples=(
            Example("bluegreen logs web -f", "the live environment's web, and what comes"),
            Example("bluegreen logs --color green -n 20", "the last 20 lines of each component in green"),
        ),
        see=("how-to/trouble.md",),
        also=("events", "status"),
    ),
}
