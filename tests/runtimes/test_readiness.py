"""When a real process counts as ready, and what is said when it does not get there."""

from __future__ import annotations

import socket
import sys
from dataclasses import replace

import pytest
from tests.runtimes.world import HUNG, World

from bluegreen.core.errors import PermanentError
from bluegreen.core.spec import Ready, Stop
from bluegreen.runtimes.base import InstanceState
from bluegreen.runtimes.process import ProcessRuntime
from bluegreen.system.ports import try_bind


@pytest.mark.parametrize(
    "ready",
    [
        Ready(http="/healthz", within=20),
        Ready(http="/moved", within=20),
        Ready(tcp=True, within=20),
        Ready(run="test -n $PORT && test -e mark", within=20),
        Ready(within=20),
    ],
    ids=["http", "redirect", "tcp", "run", "alive"],
)
def test_it_is_ready_when_it_says_so(world: World, ready: Ready) -> None:
    (world.release / "mark").touch()

    async def scenario(runtime: ProcessRuntime) -> None:
        status = await runtime.start(world.spec(world.server(), ready))
        assert status.state is InstanceState.READY
        assert status.address is not None
        if ready.http or ready.tcp:
            socket.create_connection(("127.0.0.1", int(status.address.split(":")[1]))).close()

    world.play(scenario)


def failure(world: World, command: str, ready: Ready, stop: Stop | None = None) -> str:
    """The message of a start that fails; nothing is left of it."""
    said = ""

    async def scenario(runtime: ProcessRuntime) -> None:
        nonlocal said
        spec = world.spec(command, ready, stop=stop or Stop(within=10))
        with pytest.raises(PermanentError) as raised:
            await runtime.start(spec)
        said = str(raised.value)
        assert list(await runtime.instances("shop")) == []
        assert list((world.home / "run" / "shop").glob("*.json")) == []
        assert '"taken": {}' in (world.home / "ports.json").read_text()

    world.play(scenario)
    return said


def test_one_that_ends_at_once_is_told_with_its_last_lines(world: World) -> None:
    lines = "for n in $(seq 30); do echo line $n; done; printf 'no such table' >&2; exit 4"
    said = failure(world, lines, Ready(http="/healthz", within=20))
    assert "web.0 of shop (green, r7) ended before it was ready" in said
    assert "exit 4" in said
    assert "no such table" in said
    assert "line 30" in said
    assert "line 11\n" not in said
    assert "---" not in said


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="the tests run without a virtual environment")
def test_a_package_that_only_bluegreen_has_is_told_with_the_cure(world: World) -> None:
    python = f"{sys.base_prefix}/bin/python3 -c"
    said = failure(world, f"{python} 'import structlog.stdlib'", Ready(http="/", within=20))
    assert "do not see the virtual environment that bluegreen itself runs in, which has `structlog`" in said
    assert "Mend what its output says" in failure(world, f"{python} 'import jsn'", Ready(http="/", within=20))


def test_one_that_goes_into_the_background_is_told_so(world: World) -> None:
    said = failure(world, "sleep 60 &", Ready(http="/healthz", within=20))
    assert "foreground" in said


def test_the_last_answer_is_told(world: World) -> None:
    said = failure(world, world.server(), Ready(http="/broken", within=1))
    assert "was not ready within 1 s" in said
    assert "GET /broken answered 503" in said


def test_one_that_never_answers_is_told_and_ended(world: World) -> None:
    hung = world.program(HUNG + "import signal; signal.signal(15, signal.SIG_IGN)\nwhile True: signal.pause()")
    said = failure(world, hung, Ready(http="/healthz", within=1), Stop(within=0.2))
    assert "was not ready within 1 s" in said
    assert "  hung" in said


def test_a_command_that_says_no_is_told(world: World) -> None:
    said = failure(world, "exec sleep 60", Ready(run="echo not yet; exit 2", within=0.5))
    assert "`echo not yet; exit 2` ended with exit 2: not yet" in said


def test_a_missing_program_is_told(world: World) -> None:
    said = failure(world, "no-such-program --port $PORT", Ready(tcp=True))
    assert "exit 127" in said
    assert "no-such-program" in said


def test_a_missing_folder_is_told(world: World) -> None:
    world.release.rmdir()
    said = failure(world, "exec sleep 60", Ready(run="true"))
    assert f"its folder {world.release} is missing" in said


def test_secrets_are_masked_in_the_message(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("echo connecting with $DATABASE_PASSWORD; exit 1", Ready(tcp=True))
        spec = replace(spec, env={**spec.env, "DATABASE_PASSWORD": "hunter22"}, secrets=("hunter22",))
        with pytest.raises(PermanentError) as raised:
            await runtime.start(spec)
        assert "connecting with ***" in str(raised.value)
        assert "hunter22" not in str(raised.value) + repr(spec)

    world.play(scenario)


def test_a_port_that_somebody_took_is_told(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec(world.server())
        status = await runtime.start(spec)
        assert status.address is not None
        port = int(status.address.split(":")[1])
        await runtime.stop(spec.id, spec.stop)
        try_bind("127.0.0.1", port)
        (world.home / "ports.json").write_text(f'{{"taken": {{"{spec.id}": {port}}}, "last": {port}}}')
        with socket.create_server(("127.0.0.1", port)), pytest.raises(PermanentError, match="is held by"):
            await runtime.start(spec)

    world.play(scenario)
