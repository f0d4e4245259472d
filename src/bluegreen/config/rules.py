"""What must hold between the keys of a file whose every value is right by itself."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.config.addresses import overlap
from bluegreen.config.appspec import listens
from bluegreen.config.breach import Breach
from bluegreen.config.document import Path
from bluegreen.config.golden_rules import evaluator_breaches, golden_breaches, latency_breaches
from bluegreen.config.model_rules import model_breaches
from bluegreen.config.models import CheckSection, FileModel, ReadySection
from bluegreen.config.names import url_variable
from bluegreen.config.router_rules import router_breaches
from bluegreen.config.shadow_rules import shadow_breaches
from bluegreen.config.watch_rules import watch_breaches
from bluegreen.config.windows_models import windows_breaches
from bluegreen.core.flag_sets import COMPONENT, ENDPOINT


def breaches(file: FileModel) -> Iterator[Breach]:
    """Every rule that the file breaks."""
    yield from _addresses(file)
    yield from _hosts(file)
    yield from _receivers(file)
    yield from _prefixes(file)
    yield from _flags(file)
    for name, component in file.components.items():
        yield from _ready(component.ready, ("components", name, "ready"))
        yield from _variables(file, name)
    yield from evaluator_breaches(file)
    for index, check in enumerate(file.verify):
        yield from _check(check, file, ("verify", index))
    yield from shadow_breaches(file)
    yield from model_breaches(file)
    yield from watch_breaches(file)
    yield from windows_breaches(file.windows)
    yield from router_breaches(file)


def _addresses(file: FileModel) -> Iterator[Breach]:
    if file.preview and overlap(file.address, file.preview):
        yield Breach(
            ("preview",),
            f"`{file.preview}` and the address `{file.address}` cannot both be listened on",
            "choose another port, or leave `preview` out: then a free one is chosen",
        )


def _hosts(file: FileModel) -> Iterator[Breach]:
    for index, host in enumerate(file.hosts):
        if host in file.hosts[:index]:
            yield Breach(("hosts", index), f"`{host}` is there twice", "remove one of the two")


def _receivers(file: FileModel) -> Iterator[Breach]:
    if not any(component.receives for component in file.components.values()):
        yield Breach(
            ("components",),
            "no component receives users' requests",
            "write `receives: /` in the one that does",
            on_key=True,
        )
    for name, component in file.components.items():
        path: Path = ("components", name)
        if component.shared and component.receives:
            yield Breach(
                (*path, "receives"),
                f"`{name}` is shared, and users' requests go to components of blue or green: "
                "they are what a switch switches",
                "let a component of the environments receive them and ask this one at "
                f"`${url_variable(name)}`, or remove `shared`",
            )
        if component.active != "live":
            continue
        if component.shared:
            message = f"`{name}` cannot be both shared and `active: live`"
            yield Breach((*path, "active"), message, "a shared component runs once anyway: remove one of the two")
        if component.receives:
            message = f"`{name}` receives requests, so it must run before it is live: `active: live` forbids that"
            yield Breach((*path, "active"), message, "remove one of the two")


def _prefixes(file: FileModel) -> Iterator[Breach]:
    taken: dict[str, str] = {}
    for name, component in file.components.items():
        for index, prefix in enumerate(component.receives):
            if prefix in taken:
                yield Breach(
                    ("components", name, "receives", index),
                    f"`{prefix}` is received by `{taken[prefix]}` already",
                    "give each path prefix to one component",
                )
            taken.setdefault(prefix, name)


def _flags(file: FileModel) -> Iterator[Breach]:
    if file.flags is None:
        return
    if COMPONENT in file.components:
        message = f"with `flags` set, `{COMPONENT}` is the name of what evaluates them in each environment"
        yield Breach(("components", COMPONENT), message, "give the component another name", on_key=True)
    for name, component in file.components.items():
        if ENDPOINT in component.env and not component.shared:
            message = f"`{ENDPOINT}` is set by bluegreen itself: where the environment's flags are evaluated"
            hint = "remove it, or remove `flags`"
            yield Breach(("components", name, "env", ENDPOINT), message, hint, on_key=True)


def _ready(ready: ReadySection, path: Path) -> Iterator[Breach]:
    asked = [key for key in ("http", "tcp", "run") if getattr(ready, key) is not None]
    if len(asked) > 1:
        message = f"`{asked[0]}` and `{asked[1]}` cannot both say when an instance is ready"
        yield Breach((*path, asked[1]), message, "keep one of them; `run` can look at several things", on_key=True)


def _variables(file: FileModel, name: str) -> Iterator[Breach]:
    component = file.components[name]
    told = {
        url_variable(other): other
        for other, section in file.components.items()
        if other != name and listens(section) and (section.shared or not component.shared)
    }
    for variable in component.env:
        if variable in told:
            yield Breach(
                ("components", name, "env", variable),
                f"`{variable}` is set by bluegreen itself: the address of the component `{told[variable]}`",
                "remove it, or rename one of the two",
                on_key=True,
            )


def _check(check: CheckSection, file: FileModel, path: Path) -> Iterator[Breach]:
    kinds = [name for name in type(check).model_fields if getattr(check, name) is not None]
    if not kinds:
        *known, last = (f"`{name}`" for name in type(check).model_fields)
        yield Breach(path, f"a check needs {', '.join(known)} or {last}", "such as `http: /healthz`")
    if len(kinds) > 1:
        message = f"one check cannot be both `{kinds[0]}` and `{kinds[1]}`"
        yield Breach((*path, kinds[1]), message, "begin a second one with `-`", True)
    if check.golden is not None:
        yield from golden_breaches(check.golden, file, (*path, "golden"))
    if check.latency is not None:
        yield from latency_breaches(check.latency, file, (*path, "latency"))
    if check.http is not None and check.http.method == "HEAD":
        for key, value in (("json", check.http.json_), ("matches", check.http.matches)):
            if value is not None:
                message = f"the answer to HEAD has no body that `{key}` could look at"
                yield Breach((*path, "http", key), message, "use `method: GET`", on_key=True)
