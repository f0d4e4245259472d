"""From the file's sections to the values of `core.spec`."""

from __future__ import annotations

import re

from bluegreen.config import models as m
from bluegreen.config.golden_spec import golden_spec, latency_spec
from bluegreen.config.modelspec import model_specs
from bluegreen.config.router_models import router_spec
from bluegreen.config.shadow_models import shadow_spec
from bluegreen.config.watchspec import watch_spec
from bluegreen.config.windows_models import windows_spec
from bluegreen.core import spec
from bluegreen.core.news import News

_PORT = re.compile(r"\$PORT(?![A-Za-z0-9_])|\$\{PORT\b")


def app_spec(file: m.FileModel) -> spec.AppSpec:
    """The application that a consistent file describes; its paths are still as they were written."""
    return spec.AppSpec(
        app=file.app,
        address=file.address,
        components=tuple(_component(name, section) for name, section in file.components.items()),
        hosts=tuple(file.hosts),
        preview=file.preview,
        tls=spec.Tls(file.tls.cert, file.tls.key) if file.tls else None,
        flags=file.flags,
        hooks=spec.Hooks(**file.hooks.model_dump()),
        failover=file.failover,
        verify=tuple(_check(section, file) for section in file.verify),
        approve=file.approve,
        approve_within=file.approve_within,
        approve_by=file.approve_by,
        windows=windows_spec(file.windows),
        switch=spec.Switch(tuple(file.switch.shift), file.switch.hold, file.switch.drain, file.switch.sticky),
        watch=watch_spec(file),
        skew_protection=file.skew_protection,
        keep=file.keep,
        keep_releases=file.keep_releases,
        notify={name: tuple(map(News, asked)) for name, asked in file.notify.items()},
        models=model_specs(file.models),
        router=router_spec(file.router),
    )


def listens(section: m.ComponentSection) -> bool:
    """Whether a component listens on ``$PORT``: nothing in the file says it, everything tells it."""
    asked = section.receives or section.ready.http or section.ready.tcp
    return bool(asked) or _PORT.search(section.run) is not None


def _component(name: str, section: m.ComponentSection) -> spec.Component:
    return spec.Component(
        name=name,
        run=section.run,
        build=section.build,
        instances=section.instances,
        ready=_ready(section),
        receives=tuple(section.receives),
        protocol=section.protocol,
        listens=listens(section),
        env=dict(section.env),
        env_file=section.env_file,
        stop=spec.Stop(section.stop.signal, section.stop.within),
        active=section.active,
        shared=section.shared,
        cost_per_hour=section.cost_per_hour,
    )


def _ready(section: m.ComponentSection) -> spec.Ready:
    ready = section.ready
    asked = ready.http or ready.run
    return spec.Ready(ready.http, not asked and listens(section), ready.run, ready.within)


def _check(section: m.CheckSection, file: m.FileModel) -> spec.Check:
    if section.shadow is not None:
        return shadow_spec(section.shadow)
    if section.golden is not None:
        return golden_spec(section.golden, file)
    if section.latency is not None:
        return latency_spec(section.latency, file)
    if section.run is not None:
        return spec.CommandCheck(section.run.command, section.run.within)
    assert section.http is not None  # `rules` let it pass
    return spec.HttpCheck(
        path=section.http.path,
        method=section.http.method,
        status=section.http.status,
        headers=dict(section.http.headers),
        json=section.http.json_,
        matches=section.http.matches,
        within=section.http.within,
        times=section.http.times,
    )
