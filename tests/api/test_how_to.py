"""The programs of docs/how-to/business-events.md report as the page says, and fail nobody when nothing listens."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.api.posting import Served, served
from tests.docs.page import ROOT
from tests.e2e.controller import free_port

PAGE = (ROOT / "docs/how-to/business-events.md").read_text(encoding="utf-8")
NEEDED = {"sh": "curl", "python": sys.executable, "js": "node"}
CALLS = {
    "sh": "",
    "python": "\nevents.count('visit', 2)\nevents.count('visit')\nevents.count('purchase')\ntime.sleep(SECONDS)\n",
    "js": "\ncount('visit', 2); count('visit'); count('purchase'); setTimeout(() => {}, SECONDS * 1000);\n",
}


def program(kind: str, seconds: float) -> list[str]:
    """The page's program with users that do something, as a command."""
    if not shutil.which(NEEDED[kind]):
        pytest.skip(f"{NEEDED[kind]} is not here")
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    text = block + CALLS[kind].replace("SECONDS", str(seconds))
    return {"sh": ["sh", "-c", text], "python": [sys.executable, "-c", text], "js": ["node", "-e", text]}[kind]


def environment(url: str | None, token: str) -> dict[str, str]:
    """With a proxy that nobody may be led to."""
    plain = {"PATH": os.environ["PATH"], "http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    return plain | ({"BLUEGREEN_EVENTS_URL": url, "BLUEGREEN_EVENTS_TOKEN": token} if url else {})


@pytest.mark.parametrize("kind", NEEDED)
def test_it_reports(kind: str, tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        url = f"http://127.0.0.1:{served.port}/v1/apps/shop/events"
        env = environment(url, served.token(served.live))
        process = await asyncio.create_subprocess_exec(*program(kind, 600), env=env, stdout=asyncio.subprocess.PIPE)
        while served.totals(served.live) != {"visit": 3, "purchase": 1}:
            await asyncio.sleep(0.02)
        if kind == "sh":
            out, _ = await process.communicate()
            assert out == b'{"counted":4}'
        else:
            process.kill()
            await process.wait()

    served(tmp_path, look)


@pytest.mark.parametrize("kind", ["python", "js"])
@pytest.mark.parametrize("told", [True, False], ids=["the controller is away", "no controller"])
def test_it_goes_on_when_nobody_takes_it(kind: str, told: bool, tmp_path: Path) -> None:
    async def life() -> None:
        url = f"http://127.0.0.1:{free_port()}/v1/apps/shop/events" if told else None
        process = await asyncio.create_subprocess_exec(
            *program(kind, 2.5),
            env=environment(url, "x"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert (process.returncode, out, err) == (0, b"", b"")

    asyncio.run(life())
