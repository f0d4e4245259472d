"""nginx in trouble: a configuration that somebody broke, an nginx that has gone, a pid file that lies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest
from envoy_setup import BLUE, GREEN, ask
from nginx_setup import RealNginx, nginx
from test_nginx_switch import behind, serving, workers
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Route
from bluegreen.routers.nginx.router import NginxRouter


def test_a_configuration_that_somebody_broke_is_never_reloaded(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                before, told = workers(server), (server.include / "shop.conf").read_bytes()
                server.configure("sever { listen 80; }")
                with pytest.raises(TemporaryError) as refused:
                    await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert 'unknown directive "sever"' in refused.value.why
                assert "nginx.conf:" in refused.value.why
                assert "test failed" not in refused.value.why
                assert "broken" in refused.value.what
                # A deployment hears of it before anything is verified.
                with pytest.raises(TemporaryError, match="broken"):
                    await NginxRouter(tmp_path, server.settings).prepare(routing)
                assert workers(server) == before
                assert (server.include / "shop.conf").read_bytes() == told
                assert await router.route("shop") == Route(1, BLUE)
                server.configure()
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert (await ask(routing.address or "")).json["name"] == "green"

    asyncio.run(scenario())


def test_what_nginx_refuses_of_ours_is_taken_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                # Somebody has an upstream of the name that green will have.
                server.configure("upstream bluegreen_shop_green_2_web { server 127.0.0.1:1; }")
                told = (server.include / "shop.conf").read_bytes()
                with pytest.raises(PermanentError, match="duplicate upstream"):
                    await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert (server.include / "shop.conf").read_bytes() == told
                assert await router.route("shop") == Route(1, BLUE)
                assert (await ask(routing.address or "")).json["name"] == "blue"

    asyncio.run(scenario())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_nginx_that_has_gone_is_true_again_when_it_is_back(tmp_path: Path, how: signal.Signals) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                server.stop(how)
                with pytest.raises(TemporaryError, match="nginx does not"):
                    await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                with pytest.raises(TemporaryError, match="nginx does not"):
                    await router.route("shop")
                server.start()
                assert await router.route("shop") == Route(1, BLUE)
                assert (await ask(routing.address or "")).json["name"] == "blue"
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert (await ask(routing.address or "")).json["name"] == "green"
                # That nobody is to be served any more can be had without it.
                server.stop(how)
                await router.set_route("shop", Route(4), None)
                server.start()
                assert await router.route("shop") == Route(4)
                assert (await ask(routing.address or "")).status == 503

    asyncio.run(scenario())


def test_instances_that_moved_while_nginx_was_gone_are_found_when_it_is_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                server.stop()
                with upstream("blue, elsewhere") as moved:
                    elsewhere = behind(server, moved.address, green.address, address=routing.address)
                    with pytest.raises(TemporaryError, match="does not run"):
                        await router.prepare(elsewhere)
                    server.start()
                    await router.prepare(elsewhere)
                    assert (await ask(routing.address or "")).json["name"] == "blue, elsewhere"
                    assert await router.route("shop") == Route(1, BLUE)

    asyncio.run(scenario())


def test_a_switch_that_was_begun_by_a_killed_controller_is_not_ended_by_the_way(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                part = router._parts["shop"]
                part.file.write_bytes(part.content(Route(2, GREEN)).data)  # killed before nginx was told
                after = NginxRouter(tmp_path, server.settings)
                await after.prepare(routing)
                assert await after.route("shop") == Route(1, BLUE)
                await after.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert await after.route("shop") == Route(2, GREEN)

    asyncio.run(scenario())


def test_a_pid_file_that_names_something_else_is_not_believed(tmp_path: Path) -> None:
    async def scenario(server: RealNginx, stranger: int) -> None:
        with upstream("blue") as blue, upstream("green") as green:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                (server.folder / "nginx.pid").write_text(f"{stranger}\n")
                with pytest.raises(TemporaryError, match="no nginx"):
                    await router.set_route("shop", Route(2, GREEN), None)

    # A process that HUP would end.
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        with nginx(tmp_path) as server:
            asyncio.run(scenario(server, stranger.pid))
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_an_nginx_that_includes_nothing_of_ours_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            file = server.folder / "nginx.conf"
            file.write_text("\n".join(x for x in file.read_text().splitlines() if "include" not in x))
            with pytest.raises(TemporaryError, match="bluegreen router init nginx"):
                await NginxRouter(tmp_path, server.settings).prepare(behind(server, blue.address, green.address))

    monkeypatch.setattr("bluegreen.routers.nginx.publish.WITHIN", 0.5)
    asyncio.run(scenario())


def test_a_folder_that_cannot_be_written_moves_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                # A folder where the file would go: root may write everywhere else.
                (server.include / "shop.conf.fallback-3").mkdir()
                with pytest.raises(TemporaryError, match="could not be written"):
                    await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert await router.route("shop") == Route(1, BLUE)
                os.rmdir(server.include / "shop.conf.fallback-3")
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))

    asyncio.run(scenario())
