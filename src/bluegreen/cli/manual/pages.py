"""The pages of all commands, loaded when one of them is shown."""

from __future__ import annotations

from bluegreen.cli.manual import access, deploying, flags, looking, messages, models, operating
from bluegreen.cli.manual.page import Page

PAGES: dict[str, Page] = {
    **deploying.PAGES,
    **looking.PAGES,
    **operating.PAGES,
    **access.PAGES,
    **messages.PAGES,
    **flags.PAGES,
    **models.PAGES,
}


def page_of(command: str) -> Page | None:
    """The page of a command, named as it is typed (`token create`); None: it has none, as groups have none."""
    return PAGES.get(command)
