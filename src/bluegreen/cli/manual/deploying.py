"""Pages of the commands that bring releases live and take them back."""

from __future__ import annotations

from bluegreen.cli.exits import Exit
from bluegreen.cli.manual.page import Example, Page

_DEPLOYED = {
    Exit.DONE: "the release is live",
    Exit.FAILED: "failed or aborted before the switch: users saw nothing",
    Exit.USAGE: "wrong usage or file; nothing was changed",
    Exit.REFUSED: "refused: locked, or another deployment is under way; nothing was changed",
    Exit.UNKNOWN: "unknown: the controller went away, or Ctrl-C ended the following; `bluegreen show N` tells",
}

PAGES = {
    "init": Page(
        examples=(
            Example("bluegreen init", "for the working directory"),
            Example("bluegreen init ./shop && bluegreen deploy ./shop", "from a folder to a live release"),
        ),
        exits=(Exit.DONE, Exit.USAGE),
        see=("tutorial.md", "reference/file.md"),
        also=("deploy", "schema"),
    ),
    "deploy": Page(
        examples=(
            Example('bluegreen deploy -m "new lamps"', "the working directory, with a reason for the history"),
            Example("bluegreen deploy --json > deployment.json", "in a script; exit code 4: rolled back"),
            Example("bluegreen deploy --artifact shop.tar.gz", "what something else has built"),
            Example("bluegreen deploy --supersede", "instead of the deployment that is under way"),
        ),
        exits=tuple(Exit),
        means=_DEPLOYED,
        see=("how-to/releases.md", "how-to/ci.md", "how-to/trouble.md"),
        also=("rollback", "status", "show", "abort"),
    ),
    "rollback": Page(
        examples=(
            Example("bluegreen rollback", "back to the release before: milliseconds while it is warm"),
            Example("bluegreen rollback --app shop", "from anywhere"),
            Example("bluegreen rollback --to r7", "any kept release that had users; checked first unless warm"),
        ),
        exits=(Exit.DONE, Exit.FAILED, Exit.USAGE, Exit.REFUSED, Exit.ROLLED_BACK, Exit.UNKNOWN),
        means={
            Exit.DONE: "users are back, or there was nothing to do",
            Exit.FAILED: "the release to go back to failed its checks: users saw nothing of it",
            Exit.REFUSED: "refused: there is nothing to go back to",
            Exit.ROLLED_BACK: "the release that was brought back turned out worse, and was taken back itself",
        },
        see=("how-to/trouble.md", "how-to/migrations.md"),
        also=("status", "history", "logs"),
    ),
    "approve": Page(
        examples=(
            Example("bluegreen approve", "whatever waits for a person"),
            Example("bluegreen approve 12", "number 12 and no other"),
        ),
        exits=(Exit.DONE, Exit.USAGE, Exit.REFUSED, Exit.UNKNOWN),
        means={Exit.REFUSED: "refused: nothing waits for that, or you are who deployed and the file asks for another"},
        see=("how-to/staged-shift.md", "how-to/verdict.md"),
        also=("abort", "preview", "show"),
    ),
    "abort": Page(
        examples=(
            Example("bluegreen abort", "the one under way"),
            Example("bluegreen abort 12", "number 12 and no other"),
        ),
        exits=(Exit.DONE, Exit.USAGE, Exit.REFUSED, Exit.UNKNOWN),
        means={Exit.REFUSED: "refused: no deployment is under way"},
        see=("how-to/staged-shift.md",),
        also=("approve", "rollback"),
    ),
}
