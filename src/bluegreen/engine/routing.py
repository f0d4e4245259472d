"""What the router must know, derived from the state: pure, so that it can be told again at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bluegreen.core.evolve import REPLACEMENT
from bluegreen.core.model import AppState, Color, Environment, EnvironmentState, Kind, Phase, Result
from bluegreen.core.router_specs import RouterSpec
from bluegreen.core.serving import may_serve, standby_may_take_over
from bluegreen.core.spec import AppSpec, Component
from bluegreen.core.steps import shift_of
from bluegreen.core.taking import taking
from bluegreen.routers.base import Backend, Internal, Paths, Routing, Sticky


@dataclass(frozen=True)
class Sampled:
    """What is sampled of an application's answers."""

    share: float = 0.0
    """Per cent of users' requests."""
    paths: tuple[str, ...] = ("/",)


NOT_SAMPLED = Sampled()
PortOf = Callable[[str], int]
"""A loopback port for a purpose, always the same one for the same purpose."""
Endpoints = Mapping[str, tuple[str, ...]]


def backend_name(app: str, place: str, generation: int, component: str) -> str:
    """The name under which the router knows one component of one run, such as ``shop/green/12/web``."""
    return f"{app}/{place}/{generation}/{component}"


def internal_owner(app: str, place: str, component: str) -> str:
    """The purpose of the port through which a component is reached from inside."""
    return f"internal/{app}/{place}/{component}"


def front_of(state: AppState) -> AppSpec | None:
    """The specification that rules the address: the live release's, so that a failed one changes nothing for users."""
    live = state.live_release
    if live is not None:
        return live.spec
    if state.deployment is not None:
        return state.releases[state.deployment.release].spec
    numbers = [env.release for env in state.environments.values() if env.release is not None]
    return state.releases[max(numbers)].spec if numbers else None


def router_of(state: AppState) -> RouterSpec | None:
    """What moves the application's users; None: the default router."""
    spec = front_of(state)
    if spec is None and state.releases:  # it is going down, and its router has not been told yet
        spec = state.releases[max(state.releases)].spec
    return spec.router if spec is not None else None


def routing(
    state: AppState,
    port_of: PortOf,
    starting: Mapping[Color, Endpoints] | None = None,
    preview_key: str | None = None,
    sampled: Sampled = NOT_SAMPLED,
) -> Routing | None:
    """Everything but the route, for one application; None when it has nothing to be reached at.

    ``starting`` holds the endpoints of an environment that is being started and not in the state yet.
    """
    spec = front_of(state)
    if spec is None:
        return None
    environments = [_with_endpoints(env, starting) for env in state.environments.values()]
    backends = [backend for env in environments for backend in _backends(state, env)]
    backends += _shared_backends(state)
    preview = _preview(state, environments)
    return Routing(
        app=state.app,
        address=spec.address,
        hosts=spec.hosts,
        tls=spec.tls,
        backends=tuple(backends),
        paths={env.color: _paths(state, env) for env in environments if _takes_requests(env)},
        preview_address=spec.preview or f"127.0.0.1:{port_of(f'preview/{state.app}')}",
        preview=preview,
        internals=tuple(_internals(state, environments, port_of)),
        failover=spec.failover and standby_may_take_over(state),
        preview_key=preview_key,
        sticky=_sticky(state),
        pinned=_pinned(state, spec),
        sampled=sampled.share,
        sampled_paths=sampled.paths,
        router=spec.router,
    )


def _with_endpoints(environment: Environment, starting: Mapping[Color, Endpoints] | None) -> Environment:
    if starting and environment.color in starting:
        return replace(environment, endpoints=starting[environment.color])
    return environment


def _spec(state: AppState, environment: Environment) -> AppSpec | None:
    return state.releases[environment.release].spec if environment.release is not None else None


def _backends(state: AppState, environment: Environment) -> Iterator[Backend]:
    spec = _spec(state, environment)
    if spec is None or environment.release is None:
        return
    for component in spec.per_environment:
        if environment.endpoints.get(component.name):
            yield Backend(
                backend_name(state.app, environment.color, environment.generation, component.name),
                environment.endpoints[component.name],
                environment.color,
                environment.release,
                component.protocol,
                bool(component.receives),
            )


def _shared_backends(state: AppState) -> Iterator[Backend]:
    for run in state.shared.values():
        if run.endpoints:
            component = state.releases[run.release].spec.component(run.component)
            name = backend_name(state.app, "shared", run.generation, run.component)
            yield Backend(name, taking(state, run), None, run.release, component.protocol, receives=False)


def with_taking(routing: Routing, state: AppState) -> Routing:
    """The same, but for which instances of shared components take requests: that changes with the state."""
    now = {backend.name: backend.endpoints for backend in _shared_backends(state)}
    backends = (replace(b, endpoints=now.get(b.name, b.endpoints)) for b in routing.backends)
    return replace(routing, backends=tuple(backends))


def _takes_requests(environment: Environment) -> bool:
    """Whether it could be routed to or previewed: every component that takes requests has its endpoints."""
    return bool(environment.endpoints) and environment.state not in (
        EnvironmentState.STARTING,
        EnvironmentState.STOPPING,
    )


def _paths(state: AppState, environment: Environment) -> Paths:
    spec = _spec(state, environment)
    assert spec is not None
    return Paths(
        {
            prefix: backend_name(state.app, environment.color, environment.generation, component.name)
            for component in spec.per_environment
            for prefix in component.receives
        }
    )


def _preview(state: AppState, environments: list[Environment]) -> Color | None:
    """The idle environment once it is complete."""
    for environment in environments:
        idle = environment.color is not state.live and not (
            state.confirmed and state.confirmed.share(environment.color)
        )
        if idle and _takes_requests(environment):
            return environment.color
    return None


def _sticky(state: AppState) -> Sticky | None:
    """How users stay with a release while the deployment under way splits the route."""
    d = state.deployment
    if d is None or d.what is not Kind.DEPLOY or d.previous is None or not state.releases[d.release].spec.switch.sticky:
        return None
    steps = shift_of(state, d)
    values = {d.color: f"r{d.release}.{d.number}", d.color.other: f"r{d.previous}.{d.number}"}
    return Sticky(d.color, values, steps) if len(steps) > 1 else None


def _pinned(state: AppState, spec: AppSpec) -> Mapping[Color, str]:
    """The releases that requests may name: completed, warm, and not one that users are being led to or taken from."""
    found = {}
    for color, environment in state.environments.items():
        release = state.releases.get(environment.release or 0)
        completed = release is not None and release.status is Result.COMPLETED
        # What runs in both has one name: it would lead past the route.
        named = completed and environment.release != state.environments[color.other].release
        if spec.skew_protection and named and color is not _moving(state) and may_serve(state, color):
            found[color] = f"r{environment.release}"
    return found


def _moving(state: AppState) -> Color | None:
    """The environment that a deployment fills, or that users are being taken from."""
    d = state.deployment
    if d is None or d.what is Kind.SHARED:
        return None
    return d.color.other if d.what is Kind.ROLLBACK and d.phase is not Phase.ROLLING_BACK else d.color


def _internals(state: AppState, environments: list[Environment], port_of: PortOf) -> Iterator[Internal]:
    """A listener for each component and colour (or for the shared one), whether anything is behind it or not."""
    for environment in environments:
        spec = _spec(state, environment)
        for component in spec.per_environment if spec else ():
            if component.listens:
                has = bool(environment.endpoints.get(component.name))
                name = backend_name(state.app, environment.color, environment.generation, component.name)
                yield _internal(state.app, environment.color, component, name if has else None, port_of)
    for component in _shared_components(state):
        run = state.shared.get(component.name)
        backend = backend_name(state.app, "shared", run.generation, component.name) if run and run.endpoints else None
        yield _internal(state.app, "shared", component, backend, port_of)


def _shared_components(state: AppState) -> list[Component]:
    named: dict[str, Component] = {}
    releases = {env.release for env in state.environments.values()} | {run.release for run in state.shared.values()}
    if state.deployment is not None:
        releases.add(state.deployment.release)
    for number in sorted(number for number in releases if number is not None):
        named |= {c.name: c for c in state.releases[number].spec.shared}
    return [c for c in named.values() if c.listens and not c.name.endswith(REPLACEMENT)]


def _internal(app: str, place: str, component: Component, backend: str | None, port_of: PortOf) -> Internal:
    port = port_of(internal_owner(app, place, component.name))
    return Internal(f"{app}/{place}/{component.name}", f"127.0.0.1:{port}", backend)
