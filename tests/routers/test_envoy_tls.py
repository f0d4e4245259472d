"""TLS: certificates by application, renewed without a connection being cut."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from envoy_setup import BLUE, GREEN, Answer, eventually, read_answer, running, shop
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Route
from bluegreen.core.spec import Tls
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.layout import Layout

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def certify(folder: Path, host: str) -> Tls:
    """Make a certificate for this host, in place of the one before."""
    key, cert = folder / f"{host}.key", folder / f"{host}.crt"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    command += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return Tls(str(cert), str(key))


async def connect(address: str, host: str, *protocols: str) -> Streams:
    """Connect without looking whether the certificate is to be trusted."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(protocols) or ["http/1.1"])
    name, _, port = address.rpartition(":")
    return await asyncio.open_connection(name, int(port), ssl=context, server_hostname=host)


async def certificate(address: str, host: str) -> bytes:
    """What the server shows for this host."""
    _, writer = await connect(address, host)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    assert isinstance(der, bytes)
    return der


async def ask(streams: Streams, host: str, path: str = "/") -> Answer:
    reader, writer = streams
    writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
    return await read_answer(reader)


def der(tls: Tls) -> bytes:
    return ssl.PEM_cert_to_DER_cert(Path(tls.cert).read_text())


def test_applications_with_certificates_come_and_go_without_cutting_each_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        one, other = "shop.example.com", "blog.example.com"
        with upstream("shop") as web, upstream("blog") as pages:
            async with running(tmp_path) as router:
                tls, other_tls = certify(tmp_path, one), certify(tmp_path, other)
                routing = shop(web.address, web.address, hosts=(one,), tls=tls)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                stream = await connect(routing.address, one)
                await ask(stream, one, "/sse")
                blog = shop(pages.address, pages.address, "blog", hosts=(other,), tls=other_tls)
                blog = replace(blog, address=routing.address)
                await router.prepare(blog)
                await router.set_route("blog", Route(1, GREEN), None)
                assert (await ask(await connect(routing.address, other), other)).json["name"] == "blog"
                assert await certificate(routing.address, one) == der(tls)
                assert await certificate(routing.address, other) == der(other_tls)
                # A stream is cut at the end of a drain: there must be none.
                admin = Admin(Layout(tmp_path / "envoy").admin_socket)
                stats = await admin.stats(r"^listener_manager\.(total_.*draining|listener_in_place_updated)$")
                await admin.close()
                assert stats == {
                    "listener_manager.listener_in_place_updated": "1",
                    "listener_manager.total_filter_chains_draining": "0",
                    "listener_manager.total_listeners_draining": "0",
                }
                await router.remove("blog")
                for _ in range(5):
                    await stream[0].readuntil(b"data: shop")
                stream[1].close()

    asyncio.run(scenario())


def test_a_renewed_certificate_is_taken_up_and_a_bad_one_is_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        host = "shop.example.com"
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                tls = certify(tmp_path, host)
                routing = shop(blue.address, green.address, hosts=(host,), tls=tls)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                kept = await connect(routing.address, host)
                before = await certificate(routing.address, host)
                certify(tmp_path, host)

                async def renewed() -> bool:
                    return await certificate(routing.address, host) == der(tls)

                assert not await renewed()
                await eventually(renewed)
                assert der(tls) != before
                assert (await ask(kept, host)).json["name"] == "blue"
                good = der(tls)
                Path(tls.key).write_text("half a ")
                await router.prepare(routing)
                assert await certificate(routing.address, host) == good
                kept[1].close()
            # The user's files are still bad, but what was good is at hand.
            async with running(tmp_path) as router:
                assert await certificate(routing.address, host) == good

    asyncio.run(scenario())


def test_a_key_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                mixed = Tls(certify(tmp_path, "a.example.com").cert, certify(tmp_path, "b.example.com").key)
                with pytest.raises(PermanentError, match="certificate"):
                    await router.prepare(shop(blue.address, green.address, tls=mixed))
                with pytest.raises(PermanentError, match="No such file"):
                    await router.prepare(shop(blue.address, green.address, tls=Tls(mixed.cert, "/nowhere/key")))
                assert await router.traffic("shop") == {}

    asyncio.run(scenario())


def test_http2_is_offered_and_a_host_without_hosts_needs_no_name(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, tls=certify(tmp_path, "any.example.com"))
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                _, writer = await connect(routing.address, "whatever.example.com", "h2", "http/1.1")
                assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
                writer.close()
                answer = await ask(await connect(routing.address, "other.example.com"), "x.example.com")
                assert answer.json["headers"]["x-forwarded-proto"] == "https"

    asyncio.run(scenario())


def test_an_address_speaks_tls_or_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                plain = shop(blue.address, green.address, hosts=("shop.example.com",))
                await router.prepare(plain)
                await router.set_route("shop", Route(1, BLUE), None)
                tls = certify(tmp_path, "blog.example.com")
                blog = shop(blue.address, green.address, "blog", hosts=("blog.example.com",), tls=tls)
                with pytest.raises(PermanentError, match="only one of them has tls"):
                    await router.prepare(replace(blog, address=plain.address))
                # The only application of an address may change its mind.
                await router.prepare(replace(plain, tls=tls))
                answer = await ask(await connect(plain.address, "shop.example.com"), "shop.example.com")
                assert answer.json["name"] == "blue"

    asyncio.run(scenario())
