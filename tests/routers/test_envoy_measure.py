"""What guards judge by: counters and times that are those of the requests that were made."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from envoy_setup import BLUE, GREEN, Connection, ask, eventually, refuses, running, shop
from tiny_upstream import upstream

from bluegreen.core.errors import TemporaryError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Measured, Paths
from bluegreen.routers.envoy.measure import NEVER, read_buckets
from bluegreen.routers.envoy.router import EnvoyRouter
from bluegreen.system.process import wait_ended

WEB = "shop/blue/1/web"


async def timed(router: EnvoyRouter, count: int, name: str = WEB) -> Measured:
    """What is measured of a backend once so many times are there: Envoy gathers them each second."""
    found = (await router.measure()).backends[name]

    async def there() -> bool:
        nonlocal found
        found = (await router.measure()).backends[name]
        return sum(found.times.values()) >= count

    await eventually(there)
    return found


@pytest.mark.parametrize("failover", [False, True])
def test_every_request_is_counted_as_what_became_of_it(tmp_path: Path, failover: bool) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, failover=failover)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                for path in (*["/"] * 5, *["/fail"] * 3, "/cut"):
                    try:
                        await ask(routing.address, path)
                    except EOFError:
                        assert path == "/cut"
                measured = await timed(router, 8)
                traffic = measured.traffic
                assert (traffic.requests, traffic.answered, traffic.failed, traffic.active) == (9, 9, 4, 0)
                assert (traffic.explicit, traffic.healthy) == (0, 1)
                # The answer that was cut has no time.
                assert sum(measured.times.values()) == 8
                assert (await router.traffic("shop"))[WEB] == traffic
                other = (await router.measure()).backends["shop/green/2/web"]
                assert (other.traffic.requests, other.traffic.healthy, other.times) == (0, 1, {})

    asyncio.run(scenario())


def test_failover_that_comes_and_goes_takes_no_counts_with_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                for count in range(1, 7):
                    await router.prepare(replace(routing, failover=count % 2 == 0))
                    assert (await ask(routing.address, "/fail")).status == 500
                    measured = await timed(router, count)
                    traffic = measured.traffic
                    assert (traffic.requests, traffic.answered, traffic.failed, traffic.healthy) == (
                        count,
                        count,
                        count,
                        1,
                    )
                    assert sum(measured.times.values()) == count
                # Another run of green is another pair.
                run = replace(routing.backends[1], name="shop/green/3/web")
                paths = {**routing.paths, Color.GREEN: Paths({"/": run.name})}
                await router.prepare(replace(routing, backends=(routing.backends[0], run), paths=paths, failover=True))
                await ask(routing.address)
                assert sum((await timed(router, 7)).times.values()) == 7
                found = (await router.measure()).backends
                assert (found[WEB].traffic.answered, found[run.name].traffic.healthy) == (7, 1)

    asyncio.run(scenario())


def test_times_are_in_the_buckets_of_the_time_they_took(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                for milliseconds in (30, 30, 300):
                    await ask(routing.address, f"/wait/{milliseconds}")
                times = (await timed(router, 3)).times
                # Nothing is faster than it was made to be; how much slower is up to the machine.
                assert sum(times.values()) == 3
                assert min(times) > 0.030
                assert max(times) > 0.300
                assert sum(count for bound, count in times.items() if bound > 0.300) >= 1

    asyncio.run(scenario())


def test_buckets_are_read_as_envoy_writes_them() -> None:
    line = "  totals=0,0:7, 1,0.1:3, 9.8999999999999986,0.1:1, 15,1:2, 120,10:4, 1.2e+03,100:5"
    expected = {0.001: 7, 0.002: 3, 0.0109: 1, 0.016: 2, 0.13: 4, 1.3: 5}
    assert {round(bound, 6): count for bound, count in read_buckets(line).items()} == expected
    assert read_buckets("  totals=") == {}


def test_a_request_under_way_has_arrived_but_is_not_answered(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                waiting = Connection(routing.address)
                answer = asyncio.create_task(waiting.request("GET", "/wait/60000"))

                async def counted(requests: int, answered: int, active: int) -> bool:
                    traffic = (await router.measure()).backends[WEB].traffic
                    return (traffic.requests, traffic.answered, traffic.active) == (requests, answered, active)

                await eventually(lambda: counted(1, 0, 1))
                answer.cancel()
                waiting.close()
                # A user who leaves has not been answered, and nothing failed.
                await eventually(lambda: counted(1, 0, 0))

                async def noted() -> bool:
                    return (await router.measure()).backends[WEB].times == {NEVER: 1}

                # But it waited for an answer that never came: that counts as the longest time of all.
                await eventually(noted)
                assert (await router.measure()).backends[WEB].traffic.failed == 0
                host, _, port = routing.address.rpartition(":")
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(b"GET /sse HTTP/1.1\r\nhost: shop\r\n\r\n")
                await reader.readuntil(b"\r\n\r\n")
                writer.close()
                assert (await ask(routing.address, "/")).status == 200
                await eventually(lambda: counted(3, 2, 0))
                assert (await router.measure()).backends[WEB].times.get(NEVER) == 1

    asyncio.run(scenario())


def test_what_envoy_itself_answers_for_a_dead_environment_counts_as_failed(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("green") as green, upstream("blue") as blue:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await ask(routing.address)
                blue.die()
                await eventually(lambda: refuses(blue.address))
                for method in ("GET", "POST", "GET"):
                    assert (await ask(routing.address, method=method)).status == 503
                traffic = (await router.measure()).backends[WEB].traffic
                # Each once, however often it was tried.
                assert (traffic.requests, traffic.answered, traffic.failed) == (4, 4, 3)
                assert (traffic.healthy, traffic.active) == (0, 0)

    asyncio.run(scenario())


def test_a_retried_request_arrived_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("doomed") as doomed, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                both = replace(routing.backends[0], endpoints=(doomed.address, blue.address))
                await router.prepare(replace(routing, backends=(both, routing.backends[1])))
                await router.set_route("shop", Route(1, BLUE), None)
                doomed.die()
                await eventually(lambda: refuses(doomed.address))
                for _ in range(30):
                    assert (await ask(routing.address)).status == 200
                traffic = (await router.measure()).backends[WEB].traffic
                assert (traffic.requests, traffic.answered, traffic.failed) == (30, 30, 0)

    asyncio.run(scenario())


def test_a_restarted_envoy_begins_to_count_from_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
                green_web = "shop/green/2/web"
                for _ in range(3):
                    await ask(routing.address)
                before = await timed(router, 3, green_web)
                assert before.traffic.requests == 3
                killed = router.process
                os.kill(killed.pid, signal.SIGKILL)
                await wait_ended(killed, reap=False)

                async def back() -> bool:
                    try:
                        return (await ask(routing.address)).status == 200
                    except OSError:
                        return False

                with pytest.raises(TemporaryError):
                    await router.measure()
                await eventually(back)
                after = await timed(router, 1, green_web)
                assert after.traffic.requests == sum(after.times.values()) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("failover", [False, True])
def test_a_request_that_no_instance_answers_arrived_and_failed_once(tmp_path: Path, failover: bool) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                two = replace(routing.backends[0], endpoints=(blue.address, green.address))
                await router.prepare(replace(routing, backends=(two, routing.backends[1]), failover=failover))
                await router.set_route("shop", Route(1, BLUE), None)
                for method in ("GET", "POST"):
                    assert (await ask(routing.address, "/reset", method)).status == 503
                tried = len(blue.requests) + len(green.requests)
                traffic = (await router.measure()).backends[WEB].traffic
                assert (traffic.requests, traffic.answered, traffic.failed, traffic.active) == (2, 2, 2, 0)
                # Only what may be sent twice was tried again.
                assert tried > 2
                assert [*blue.requests, *green.requests].count("POST /reset") == 1

    asyncio.run(scenario())


def test_all_applications_are_measured_in_one_reading(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                names = [f"app-{number}" for number in range(12)]
                first = shop(blue.address, green.address, names[0], hosts=(f"{names[0]}.example.com",))
                for number, name in enumerate(names):
                    hosts = (f"{name}.example.com",)
                    await router.prepare(shop(blue.address, green.address, name, hosts=hosts, address=first.address))
                    await router.set_route(name, Route(1, BLUE), None)
                    for _ in range(number):
                        await ask(first.address, host=hosts[0])
                await timed(router, 11, f"{names[-1]}/blue/1/web")
                measurement = await router.measure()
                assert len(measurement.backends) == 24
                for number, name in enumerate(names):
                    web = measurement.backends[f"{name}/blue/1/web"]
                    assert web.traffic.requests == web.traffic.answered == sum(web.times.values()) == number
                assert (await router.measure()).at > measurement.at

    asyncio.run(scenario())
