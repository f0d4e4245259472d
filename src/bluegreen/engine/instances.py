"""Which instances an environment consists of, and what each is given."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping

from bluegreen.config import url_variable
from bluegreen.core.errors import BluegreenError
from bluegreen.core.flag_sets import COMPONENT, ENDPOINT
from bluegreen.core.model import AppState, Color, Environment, Release, SharedRun
from bluegreen.core.model_specs import ModelFile, model_variable
from bluegreen.core.spec import Component, Ready, Stop
from bluegreen.engine.event_tokens import Run, runs_of
from bluegreen.engine.flag_files import NAME
from bluegreen.engine.releases import ReleaseStore
from bluegreen.engine.routing import PortOf, internal_owner
from bluegreen.runtimes.base import InstanceId, InstanceSpec
from bluegreen.system.environ import base_environment

EVENTS_PORT = "events"
"""The purpose of the port at which applications report business events."""


class Instances:
    """Makes the specifications of instances: their ids, folders and environments."""

    def __init__(self, store: ReleaseStore, port_of: PortOf) -> None:
        self._store = store
        self._port_of = port_of

    def of_environment(self, state: AppState, environment: Environment, *, live_only: bool) -> list[InstanceSpec]:
        """Those of one environment: the ``active: live`` ones, or all the others, what evaluates flags first."""
        if environment.release is None:
            return []
        release = state.releases[environment.release]
        components = [c for c in release.spec.per_environment if (c.active == "live") is live_only]
        evaluating = [self._flags(state.app, release, environment)] if release.flags and not live_only else []
        return evaluating + [
            spec
            for c in components
            for spec in self._specs(state.app, release, c, environment.color, environment.generation)
        ]

    def _flags(self, app: str, release: Release, environment: Environment) -> InstanceSpec:
        """What evaluates the environment's flags: it knows no secrets, and its port is the colour's."""
        color = str(environment.color)
        return InstanceSpec(
            id=InstanceId(app, color, environment.generation, COMPONENT, 1),
            release=release.number,
            command=f"{shlex.quote(sys.executable)} -P -m bluegreen.ofrep {shlex.quote(NAME)}",
            folder=str(self._store.flag_files.folder(app, release)),
            env=base_environment() | {"BLUEGREEN_APP": app, "BLUEGREEN_RELEASE": release.name},
            ready=Ready(http="/healthz"),
            stop=Stop(within=10.0),
            listens=True,
            port=self._port_of(flags_owner(app, color)),
        )

    def of_shared(self, state: AppState, run: SharedRun) -> list[InstanceSpec]:
        """Those of one copy of a shared component."""
        release = state.releases[run.release]
        return list(self._specs(state.app, release, release.spec.component(run.component), "shared", run.generation))

    def variables(self, app: str, release: Release, place: str, component: str | None) -> dict[str, str]:
        """The environment of an instance, or (``component`` None) of a hook or check of an environment.

        A hook or check gets the ``env`` and ``env_file`` of the first component that takes users' requests: a
        migration needs the address of its database. From the weakest to the strongest: the machine's basics, the
        secrets of ``env_file``, ``env``, and what bluegreen itself sets.
        """
        values: dict[str, str] = base_environment()
        source = component or next(c.name for c in release.spec.components if c.receives)
        values.update(self._store.secrets(app, release).get(source, {}))
        values.update(release.spec.component(source).env)
        values |= {
            "BLUEGREEN_APP": app,
            "BLUEGREEN_COLOR": place,
            "BLUEGREEN_RELEASE": release.name,
            "BLUEGREEN_DIGEST": release.digest,
        }
        if component is not None:
            values["BLUEGREEN_COMPONENT"] = component
        if release.flags and place in frozenset(Color):
            values[ENDPOINT] = f"http://127.0.0.1:{self._port_of(flags_owner(app, place))}"
            values["BLUEGREEN_FLAGS"] = str(self._store.flag_files.path(app, release))
        values.update(self._urls(app, release, place, component))
        values.update(self._models(app, release, place))
        return values

    def _models(self, app: str, release: Release, place: str) -> Mapping[str, str]:
        """``<MODEL>_MODEL``: where the file is, or under which name it is served. Shared components serve many."""
        folder = self._store.folder(app, release)
        told = {}
        for model in release.spec.models:
            if isinstance(model, ModelFile):
                told[model_variable(model.name)] = str(folder / model.path)
            elif place != "shared":
                told[model_variable(model.name)] = model.served_name
        return told

    def secret_values(self, app: str, release: Release, place: str, generation: int) -> tuple[str, ...]:
        """What must be masked where the output of an instance is shown."""
        values = self._store.secret_values(app, release)
        if place == "shared":
            return values
        return (*values, Run(app, Color(place), release.number, generation).token(self._store))

    def all_secrets(self, state: AppState) -> Iterator[str]:
        """What must be masked where anything of an application is shown: secrets of every kept release, and keys."""
        for release in state.releases.values():
            yield from self._store.secret_values(state.app, release)
        yield from (run.token(self._store) for run in runs_of(state))
        yield self._store.preview_key(state.app)

    def _reporting(self, run: Run) -> Mapping[str, str]:
        """Where the instances of a run report business events, and by what they prove whose these are."""
        try:
            port = self._port_of(EVENTS_PORT)
        except (BluegreenError, OSError):
            return {}  # no port is free, or the disk is full: what serves users does not wait for counting
        url = f"http://127.0.0.1:{port}/v1/apps/{run.app}/events"
        return {"BLUEGREEN_EVENTS_URL": url, "BLUEGREEN_EVENTS_TOKEN": run.token(self._store)}

    def _urls(self, app: str, release: Release, place: str, own: str | None) -> Mapping[str, str]:
        """``<COMPONENT>_URL`` of every other component; shared ones get only shared ones."""
        urls = {}
        for component in release.spec.components:
            if component.name == own or not component.listens or (place == "shared" and not component.shared):
                continue
            port = self._port_of(internal_owner(app, "shared" if component.shared else place, component.name))
            urls[url_variable(component.name)] = f"http://127.0.0.1:{port}"
        return urls

    def _specs(
        self, app: str, release: Release, component: Component, place: str, generation: int
    ) -> Iterator[InstanceSpec]:
        folder = str(self._store.folder(app, release))
        variables = self.variables(app, release, place, component.name)
        if place != "shared":
            variables.update(self._reporting(Run(app, Color(place), release.number, generation)))
        for index in range(1, component.instances + 1):
            yield InstanceSpec(
                id=InstanceId(app, str(place), generation, component.name, index),
                release=release.number,
                command=component.run,
                folder=folder,
                env=variables,
                ready=component.ready,
                stop=component.stop,
                listens=component.listens,
                secrets=self.secret_values(app, release, place, generation),
            )


def flags_owner(app: str, color: str) -> str:
    """The purpose of the port at which the flags of an environment are evaluated."""
    return f"flags/{app}/{color}"


def expected_runs(state: AppState) -> set[tuple[str, int]]:
    """The (place, generation) pairs that may have instances now; whatever else runs was left behind."""
    runs = {(str(env.color), env.generation) for env in state.environments.values() if env.release is not None}
    runs |= {("shared", run.generation) for run in state.shared.values()}
    if state.deployment is not None:
        runs |= {("shared", state.deployment.number)}
    return runs
