"""Pages of the commands about who may do what."""

from __future__ import annotations

from bluegreen.cli.manual.page import Page

PAGES: dict[str, Page] = {}
