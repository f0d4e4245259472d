"""Pages of the commands about models."""

from __future__ import annotations

from bluegreen.cli.exits import Exit
from bluegreen.cli.manual.page import Example, Page

_SEE = ("how-to/models.md", "how-to/shared.md")

PAGES: dict[str, Page] = {
    "models list": Page(
        examples=(
            Example("bluegreen models list", "what is loaded, and for whom; `bluegreen models` alone does the same"),
            Example("bluegreen models list --json", "for scripts"),
        ),
        see=_SEE,
        also=("models unload", "status"),
    ),
    "models unload": Page(
        examples=(Example("bluegreen models unload chat-v11", "refused while the standby needs it"),),
        exits=(Exit.DONE, Exit.USAGE, Exit.REFUSED, Exit.UNKNOWN),
        means={
            Exit.DONE: "nothing needs it: it is being unloaded",
            Exit.REFUSED: "refused: an environment or a deployment needs it; nothing was changed",
        },
        see=_SEE,
        also=("models list",),
    ),
}
