"""A controller at a URL: TLS, tokens, what is refused, and sending over it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.client import AsyncClient, Client, NoController, NotAllowed
from bluegreen.client.sending import Progress
from bluegreen.core.errors import InvalidInput, NotFound
from tests.client.served import certify, served
from tests.e2e.controller import free_port
from tests.engine.harness import APP

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certify(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def url(tls: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("home"), tls) as found:
        yield found


@pytest.fixture
def client(url: str, tls: tuple[Path, Path]) -> Client:
    return Client(url=url, token="of-the-admin", ca=tls[0])


def folder_with(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_it_is_asked_over_tls_with_a_token(client: Client) -> None:
    assert client.status(APP)["live"] in ("blue", "green")
    assert client.is_remote
    assert client.running()


def test_the_environment_says_which_controller_is_meant(
    url: str, tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUEGREEN_URL", url)
    monkeypatch.setenv("BLUEGREEN_TOKEN", "of-a-viewer")
    monkeypatch.setenv("BLUEGREEN_CA", str(tls[0]))
    client = Client()
    assert [status["app"] for status in client.apps()] == [APP]
    with pytest.raises(NotAllowed, match="may not do that"):
        client.lock(APP, "sale")
    assert not Client(Path("/nowhere")).is_remote


def test_without_a_token_nothing_is_told(url: str, tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLUEGREEN_TOKEN", raising=False)
    with pytest.raises(NotAllowed) as raised:
        Client(url=url, ca=tls[0]).apps()
    assert raised.value.cure


def test_a_token_may_be_fetched_for_each_request(url: str, tls: tuple[Path, Path]) -> None:
    given = iter(["of-a-viewer", "of-the-admin"])
    client = Client(url=url, token=lambda: next(given), ca=tls[0])
    assert client.apps()
    assert client.lock(APP, "sale")["notice"] is not None


def test_a_token_may_come_with_the_end_of_its_line(url: str, tls: tuple[Path, Path]) -> None:
    assert Client(url=url, token="of-a-viewer\n", ca=tls[0]).apps()


@pytest.mark.parametrize(
    "token", ["bgt_5e4c35f8458b_secret\nX-Other: 1", "bgt_5e4c35f8458b_s\u20acret", "two words_secret"]
)
def test_what_is_no_token_is_not_shown(url: str, tls: tuple[Path, Path], token: str, tmp_path: Path) -> None:
    async def asked() -> None:
        async with AsyncClient(url=url, token=token, ca=tls[0]) as client:
            await client.apps()

    client = Client(url=url, token=token, ca=tls[0])
    for ask in (client.apps, lambda: client.send_folder(folder_with(tmp_path, a=b"1")), lambda: asyncio.run(asked())):
        with pytest.raises(InvalidInput, match="cannot be sent") as raised:
            ask()
        assert "cret" not in f"{raised.value} {raised.value.why} {raised.value.cure}"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(url: str) -> None:
    with pytest.raises(NoController, match="is not trusted") as raised:
        Client(url=url, token="of-the-admin").apps()
    assert "--ca" in raised.value.cure
    assert not Client(url=url, token="of-the-admin").running()


def test_nothing_listens_there() -> None:
    with pytest.raises(NoController, match="cannot be reached"):
        Client(url=f"http://127.0.0.1:{free_port()}", token="x").apps()


@pytest.mark.parametrize(
    "url",
    [
        "deploy.example.com:8443",
        "ftp://deploy.example.com",
        "https://",
        "https://h:port",
        "https://user@deploy.example.com",
        "https://deploy.example.com?token=x",
    ],
)
def test_what_is_no_url_of_a_controller(url: str) -> None:
    with pytest.raises(InvalidInput, match="is not the URL of a controller"):
        Client(url=url)


def test_a_token_does_not_go_over_the_network_in_the_open() -> None:
    with pytest.raises(InvalidInput, match="is not encrypted"):
        Client(url="http://deploy.example.com", token="secret")
    Client(url="http://127.0.0.1:8443", token="secret")


def test_a_ca_file_that_is_none(url: str, tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("nothing")
    with pytest.raises(InvalidInput, match="cannot be used as a CA file"):
        Client(url=url, token="x", ca=tmp_path / "ca.crt").apps()


def test_there_is_no_home_at_a_url(client: Client) -> None:
    with pytest.raises(InvalidInput, match="own machine only"):
        _ = client.home


def test_what_changed_is_sent(client: Client, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "app", small=b"small", large=os.urandom(40 << 20))
    told: list[Progress] = []
    digest = client.send_folder(folder, told.append)
    assert client.has_artifact(digest)
    assert (told[-1].sent_files, told[-1].sent_bytes) == (2, (40 << 20) + 5)
    folder_with(folder, small=b"other")
    told.clear()
    assert client.send_folder(folder, told.append) != digest
    assert told[-1] == Progress(1, 1, 5, 5, 1, 40 << 20)
    told.clear()
    client.send_folder(folder, told.append)
    assert told == []


def test_the_asynchronous_client_is_the_same(url: str, tls: tuple[Path, Path], tmp_path: Path) -> None:
    async def life() -> None:
        async with AsyncClient(url=url, token="of-the-admin", ca=tls[0]) as client:
            assert (await client.status(APP))["app"] == APP
            assert len([d async for d in client.history(APP)]) == 2
            digest = await client.send_folder(folder_with(tmp_path / "app", a=b"a"))
            assert await client.has_artifact(digest)
            with pytest.raises(NotFound):
                await client.status("other")
            found = []
            async for entry in client.follow(APP):
                found.append(entry["seq"])
                if len(found) == 5:
                    break
            assert found == [1, 2, 3, 4, 5]
            kinds = []
            async for event in client.live(APP):
                kinds.append(event.kind)
                if len(kinds) == 2:
                    break
            assert kinds == ["status", "figures"]
        async with AsyncClient(url=url, token="wrong", ca=tls[0]) as stranger:
            with pytest.raises(NotAllowed):
                await stranger.apps()
        async with AsyncClient(url=f"http://127.0.0.1:{free_port()}", token="x") as nobody:
            with pytest.raises(NoController):
                await nobody.apps()
        async with AsyncClient(url=url, token="of-the-admin") as untrusting:
            with pytest.raises(NoController, match="is not trusted"):
                await untrusting.apps()

    asyncio.run(life())
