"""What must hold within ``router:``, and between it and what else the file asks for."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.config.breach import Breach
from bluegreen.config.dns_models import dns_breaches
from bluegreen.config.document import Path
from bluegreen.config.models import FileModel
from bluegreen.config.watchspec import guard_specs
from bluegreen.core.router_needs import unmet
from bluegreen.core.spec import AppSpec


def router_breaches(file: FileModel) -> Iterator[Breach]:
    """Every rule about the choice of a router that the file breaks."""
    section = file.router
    if section is None:
        return
    kinds = [name for name in type(section).model_fields if getattr(section, name) is not None]
    if not kinds:
        *known, last = (f"`{name}`" for name in type(section).model_fields)
        yield Breach(("router",), f"a router is {', '.join(known)} or {last}", "such as `router: {haproxy: {}}`")
    if len(kinds) > 1:
        message = f"one application cannot have both `{kinds[0]}` and `{kinds[1]}`"
        yield Breach(("router", kinds[1]), message, "keep one of them", on_key=True)
    if section.dns is not None:
        yield from dns_breaches(section.dns)


def _watched_by_nothing(file: FileModel, spec: AppSpec) -> Iterator[Breach]:
    """A watch whose guards, since it names none, would be those that the router cannot tell anything."""
    if "watch" in file.model_fields_set and spec.watch is not None and not spec.watch.guards and spec.router:
        message = f"{spec.router.title} counts nothing, so `watch` needs `guards` that judge by something else"
        yield Breach(("watch",), message, "such as `guards: [{http: /healthz}]`, or `watch: off`", on_key=True)


def ability_breaches(file: FileModel, spec: AppSpec) -> Iterator[Breach]:
    """What the file asks for that the router which it names is not able to do."""
    if spec.router is None:
        return
    for lacking in unmet(spec, spec.router.abilities):
        place = _place(file, lacking.key)
        message = f"{spec.router.title} {lacking.what}"
        yield Breach(place, message, lacking.cure, on_key=isinstance(place[-1], str))
    yield from _watched_by_nothing(file, spec)


def _place(file: FileModel, key: Path) -> Path:
    """Where the file says so; a guard is found by its name."""
    if key[:2] != ("watch", "guards") or file.watch is None:
        return key
    for index, guard in enumerate(file.watch.guards):
        if any(one.name == key[2] for one in guard_specs(guard)):
            return ("watch", "guards", index)
    return ("watch",)
