"""`bluegreen open`: the dashboard, logged in."""

from __future__ import annotations

import html
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, Home, Json, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.errors import PermanentError

_Print = Annotated[bool, typer.Option("--print", help="Print the link instead: it works once, for a minute.")]


def open(print_only: _Print = False, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Open the dashboard in a browser, logged in as you.

    On another machine: `ssh -L PORT:127.0.0.1:PORT` to this one, and `bluegreen open --print` there.
    """
    link = client_of(home).session_link()
    if json:
        print_json(link)
    elif print_only:
        print(link["url"])
    else:
        _show(link["url"])


def _show(url: str) -> None:
    import webbrowser

    # Arguments of a process are seen by every user of the machine; a file is not, so the browser gets the link in one.
    page = _page(url)
    if not webbrowser.open(page.as_uri()):
        page.unlink(missing_ok=True)
        raise PermanentError(
            "No browser could be started here.",
            cure="`bluegreen open --print` prints the link, for a browser that reaches this machine.",
        )
    print(f"The dashboard opens in your browser: {url.partition('#')[0]}")


def _page(url: str) -> Path:
    """A page, readable by this user alone, that leads to the link."""
    fd, name = tempfile.mkstemp(prefix="bluegreen-", suffix=".html")
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        target = html.escape(url, quote=True)
        file.write(f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={target}">\n')
    return Path(name)
