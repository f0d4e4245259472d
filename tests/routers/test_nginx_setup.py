"""What `bluegreen router init nginx` prints is what nginx needs, and doctor sees whether it is there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from envoy_setup import BLUE, ask, free_address
from nginx_setup import nginx
from test_nginx_switch import behind
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Route
from bluegreen.core.spec import AppSpec, Component
from bluegreen.routers.nginx.router import NginxRouter
from bluegreen.routers.nginx.setup import NginxSetup


def marks(app: AppSpec) -> list[str]:
    return [sight.mark for sight in NginxSetup().examine(app)]


def test_what_is_printed_is_taken_by_a_real_nginx_and_found_in_place(tmp_path: Path) -> None:
    async def deploy(router: NginxRouter) -> None:
        with upstream("blue") as blue, upstream("green") as green:
            await router.start()
            await router.prepare(behind(server, blue.address, green.address))
            await router.set_route("shop", Route(1, BLUE), None)
            answer = await ask("127.0.0.1:" + address.rpartition(":")[2])
            assert answer.json["name"] == "blue"
            assert answer.json["headers"]["x-forwarded-for"] == "127.0.0.1"

    with nginx(tmp_path) as server:
        address = free_address()
        app = AppSpec("shop", address, (Component("web", "./serve"),), router=server.settings)
        assert "wrong" in marks(app)
        outermost = [x for x in NginxSetup().snippet(app).splitlines() if x.strip().startswith("worker_shutdown")]
        inside = [x for x in NginxSetup().snippet(app).splitlines() if x not in outermost]
        server.configure("\n".join(inside))
        config = Path(server.settings.config)
        rest = config.read_text().replace(f"    include {server.include}/*.conf;\n", "", 1)
        config.write_text("\n".join([*outermost, rest]))
        # The variable is nowhere yet: that is no fault.
        assert marks(app) == ["well", "hint"]
        asyncio.run(deploy(NginxRouter(tmp_path, server.settings)))
        assert marks(app) == ["well", "well"]
        config.write_text("sever;\n" + config.read_text())
        (wrong,) = [sight for sight in NginxSetup().examine(app) if sight.mark == "wrong"]
        assert 'unknown directive "sever"' in wrong.what
        server.stop()
        assert marks(app)[0] == "wrong"


def test_a_folder_that_cannot_be_made_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with nginx(tmp_path, started=False) as server:
        router = NginxRouter(tmp_path, replace(server.settings, folder=str(tmp_path / "file" / "folder")))
        with pytest.raises(PermanentError, match="install -d"):
            asyncio.run(router.start())
