"""The real engine over back ends in memory, in virtual time: what outlives a controller, what goes wrong for it.

After every call of a back end the invariants are checked against what users would get at that moment.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bluegreen.checks.base import Finding, Target
from bluegreen.core.model import AppState, Color, Release, Route
from bluegreen.core.model_needs import revisions
from bluegreen.core.spec import AppSpec, Call, Component, HttpCheck, ServedModel, Switch
from bluegreen.core.verdict import Verdict
from bluegreen.engine.application import Application
from bluegreen.engine.engine import Engine, Request
from bluegreen.engine.instances import Instances
from bluegreen.engine.releases import ReleaseStore
from bluegreen.engine.services import Services
from bluegreen.engine.status import status_of
from bluegreen.journal.base import Draft, Entry, JournalFull
from bluegreen.journal.memory import MemoryJournal
from bluegreen.routers.base import Routing
from bluegreen.routers.memory import MemoryRouter
from bluegreen.runtimes.base import InstanceId
from bluegreen.runtimes.memory import MemoryRuntime
from bluegreen.serving.memory import MemoryModelServers

APP = "shop"
EPOCH = 1_700_000_000.0
Trouble = Callable[[str], Awaitable[None]]
"""Called before and after each call of a back end, with its name: sleeps, raises or hangs."""


def spec(**changes: Any) -> AppSpec:
    """A web server, a live component and a shared one."""
    components = (
        Component("web", "run $PORT", receives=("/",), instances=2),
        Component("worker", "work", active="live", listens=False),
        Component("ranker", "rank $PORT", shared=True),
    )
    plain = AppSpec(APP, "127.0.0.1:8080", components, verify=(HttpCheck("/"),), switch=Switch(drain=5.0), keep=100.0)
    return replace(plain, **changes)


def with_model(version: int, **changes: Any) -> AppSpec:
    """With a revision of a model that the shared component serves."""
    name = f"chat-v{version}"
    calls = {"load": Call("PUT", "/{name}"), "unload": Call("DELETE", "/{name}")}
    return spec(models=(ServedModel("chat", "ranker", name, Call("GET", "/{name}"), **calls),), **changes)


class Machine:
    """What outlives a controller: the journal, the router, the instances, the disk."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.journal = _Journal(home)
        self.router = MemoryRouter(home)
        self.model_servers = MemoryModelServers(home)
        self.passed: set[tuple[str, str]] = set()
        """Colour and release of each environment whose checks passed."""
        self.verdict = Verdict.ALLOW
        self.sources: dict[str, Any] = {}
        """What reads the evidence of guards, by their kind."""
        self.checkers: dict[str, Any] = {}
        """What runs checks of other kinds than ``http``."""
        self.trouble: Trouble = _none
        self.broken: list[str] = []
        """Invariants that did not hold."""
        self.crashed = False
        """Whether an instance of a shared component has ended by itself: then what it had in memory is lost."""
        self.jump = 0.0
        """How far the machine's clock was put forward."""
        self._ports: dict[str, int] = {}
        self._controller: Controller | None = None

    @property
    def running(self) -> Mapping[InstanceId, Any]:
        return MemoryRuntime(self.home).running

    def clock(self) -> float:
        return EPOCH + asyncio.get_running_loop().time() + self.jump

    def port_of(self, purpose: str) -> int:
        return self._ports.setdefault(purpose, 20_000 + len(self._ports))

    async def controller(self) -> Controller:
        """Start one, after the one before has died."""
        self._controller = Controller(self)
        await self._controller.engine.start()
        return self._controller

    # --- the invariants

    def look(self, call: str) -> None:
        """Check, and remember what is wrong: the engine would take an error here for one of the back end."""
        try:
            self._check()
        except AssertionError as error:
            self.broken.append(f"{call}: {error}")

    def check(self) -> None:
        """Whether everything holds now, and has held all the time."""
        assert not self.broken, self.broken[:3]
        self._check()

    def _check(self) -> None:
        """What users get now, by the router and by what runs."""
        running = {status.address for status in self.running.values()}
        routing, route = self.router._routings.get(APP), self.router._routes.get(APP)
        places = {id.place for id in self.running if id.component == "worker"}
        assert len(places) <= 1, "a live component runs in both environments"
        if routing is None or route is None or not route.shares:
            return
        backends = {backend.name: backend for backend in routing.backends}
        reached = {name: name for color in route.shares for name in routing.paths[color].prefixes.values()}
        reached |= {i.name: i.backend for i in routing.internals if i.backend and "/shared/" in i.backend}
        for name in reached.values():
            assert running & set(backends[name].endpoints), f"requests are led to {name}, of which nothing runs"
        self._check_models(routing, route)
        for color in route.shares:
            for name in routing.paths[color].prefixes.values():
                assert (color, f"r{backends[name].release}") in self.passed, f"{name} was never verified"

    def _check_models(self, routing: Routing, route: Route) -> None:
        """Users are led nowhere where a model is missing that was not lost by a crash."""
        known = self._controller is not None and APP in self._controller.engine.applications and not self.crashed
        state = self._controller.state if known and self._controller is not None else None
        run = state.shared.get("ranker") if state else None
        for color in route.shares if state and run else ():
            release = state.environments[color].release
            for model in revisions(state.releases[release]).values() if release in state.releases else ():
                addresses = [
                    b.endpoints
                    for i in routing.internals
                    if i.backend
                    for b in routing.backends
                    if b.name == i.backend and "/shared/" in b.name
                ]
                for address in (a for endpoints in addresses for a in endpoints):
                    held = self.model_servers.loaded.get(address, {})
                    assert model.served_name in held, f"{model.served_name} is not in {address}, and {color} has users"

    @property
    def led_to(self) -> tuple[str, ...]:
        """The instances of the shared component to which requests are led."""
        routing = self.router._routings[APP]
        inside = next(i.backend for i in routing.internals if "/shared/" in i.name)
        return next(backend.endpoints for backend in routing.backends if backend.name == inside)

    def crash(self, component: str, index: int = 1, *, recovers: bool = True) -> None:
        """Let an instance of a shared component end, and with it what it had in memory; it is started again."""
        assert self._controller is not None
        id = next(id for id in self.running if id.component == component and id.index == index)
        self.crashed = True
        self.model_servers.loaded.pop(self.running[id].address, None)
        self._controller.runtime.crash(id, recovers=recovers)


class Controller:
    """One life of the controller."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.dead = False
        self.runtime = MemoryRuntime(machine.home)
        store = _Store(machine.home)
        services = Services(
            home=machine.home,
            journal=_Call(self, "journal", machine.journal),  # type: ignore[arg-type]
            runtime=_Call(self, "runtime", self.runtime),  # type: ignore[arg-type]
            router=_Call(self, "router", machine.router),  # type: ignore[arg-type]
            checkers={"http": _Checker(machine), **machine.checkers},
            store=store,
            instances=Instances(store, machine.port_of),
            port_of=machine.port_of,
            clock=machine.clock,
            model_servers=_Call(self, "serving", machine.model_servers),  # type: ignore[arg-type]
            sources=machine.sources,
        )
        self.engine = Engine(services)
        self._artifacts = 0

    @property
    def app(self) -> Application:
        return self.engine.applications[APP]

    @property
    def state(self) -> AppState:
        return self.app.state

    def kill(self) -> None:
        """As kill -9: from now on nothing that it does has an effect."""
        self.dead = True
        current = asyncio.current_task()
        for task in asyncio.all_tasks():
            if task is not current:
                task.cancel()

    async def deploy(self, wanted: AppSpec | None = None, **options: Any) -> int:
        """Begin the deployment of a new release."""
        self._artifacts = len(list((self.machine.home / "artifacts").iterdir())) + 1
        digest = f"{self._artifacts:064x}"
        self.engine.services.store.artifact(digest).touch()
        request = Request(wanted or spec(), digest, {}, **options)
        outcome = (await self.engine.deploy(request, "alice")).outcome
        assert outcome.deployment is not None
        return outcome.deployment

    async def settle(self, within: float = 3600.0) -> None:
        """Wait until no deployment is under way and the route is confirmed."""
        done = await self.app.until(lambda s: s.deployment is None and s.unconfirmed is None, within)
        assert done, f"it does not come to rest: {self.state.deployment}, {self.app.troubles}"

    async def rest(self, seconds: float = 60.0) -> None:
        """Let everything that goes on beside come to its end."""
        await asyncio.sleep(seconds)

    async def live(self, wanted: AppSpec | None = None, **options: Any) -> Release:
        """Deploy a new release and wait until it is live."""
        await self.deploy(wanted, **options)
        await self.settle()
        assert self.state.live_release is not None
        return self.state.live_release

    async def status(self) -> dict[str, Any]:
        return await status_of(self.engine.services, self.app)

    @property
    def workers(self) -> set[str]:
        return {id.place for id in self.machine.running if id.component == "worker"}

    @property
    def loaded(self) -> set[str]:
        """The revisions of models in the instances of shared components that run."""
        held = self.machine.model_servers.loaded
        shared = (status.address for id, status in self.machine.running.items() if id.place == "shared")
        return {name for address in shared if address for name in held.get(address, {})}

    @property
    def copies(self) -> set[int]:
        return {id.generation for id in self.machine.running if id.component == "ranker"}


class _Call:
    """A back end whose calls are lost when the controller is dead, and go wrong as the machine says."""

    def __init__(self, controller: Controller, name: str, real: object) -> None:
        vars(self).update(_controller=controller, _name=name, _real=real)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        return self._guarded(f"{self._name}.{name}", value) if inspect.iscoroutinefunction(value) else value

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._real, name, value)

    def _guarded(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def guarded(*args: Any, **options: Any) -> Any:
            await self._pass(f"before {name}")
            answer = await call(*args, **options)
            self._controller.machine.look(name)
            await self._pass(f"after {name}")
            return answer

        return guarded

    async def _pass(self, point: str) -> None:
        await self._controller.machine.trouble(point)
        if self._controller.dead:
            await asyncio.Event().wait()


class _Journal(MemoryJournal):
    """With a disk that can be full."""

    full = False

    async def append(self, drafts: Sequence[Draft], *, after: int) -> Sequence[Entry]:
        if self.full:
            await asyncio.sleep(0.01)
            raise JournalFull("the disk is full")
        return await super().append(drafts, after=after)


class _Store(ReleaseStore):
    """Every release is built: what is tested here does not look into folders."""

    def is_built(self, app: str, release: Release) -> bool:
        return True


class _Checker:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def run(self, check: HttpCheck, target: Target) -> Finding:
        await self._machine.trouble("check")
        if self._machine.verdict is Verdict.ALLOW:
            self._machine.passed.add((str(Color(target.env["BLUEGREEN_COLOR"])), target.env["BLUEGREEN_RELEASE"]))
        return Finding(check.name, self._machine.verdict, "as the machine says", 0.1)


async def _none(point: str) -> None:
    """No trouble."""
