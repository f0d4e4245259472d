"""What must hold between the keys of a ``shadow`` check, and between it and the application."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.config.breach import Breach
from bluegreen.config.document import Path
from bluegreen.config.models import FileModel
from bluegreen.config.shadow_models import ShadowSection
from bluegreen.core.prefixes import longest_prefix


def shadow_breaches(file: FileModel) -> Iterator[Breach]:
    """Every rule about shadow checks that the file breaks."""
    first = True
    for index, check in enumerate(file.verify):
        if check.shadow is None:
            continue
        path: Path = ("verify", index, "shadow")
        if not first:
            message = "there is a `shadow` check already, and requests are copied for one only"
            yield Breach(path, message, "put its keys into the first one", on_key=True)
        first = False
        yield from _json_only(check.shadow, path)
        yield from _paths(file, check.shadow, path)


def _json_only(shadow: ShadowSection, path: Path) -> Iterator[Breach]:
    for key in ("ignore", "tolerance"):
        if shadow.compare != "json" and getattr(shadow, key):
            message = f"`{key}` is for JSON, and `compare: {shadow.compare}` looks into none"
            yield Breach((*path, key), message, "write `compare: json`, or remove it", on_key=True)


def _paths(file: FileModel, shadow: ShadowSection, path: Path) -> Iterator[Breach]:
    receivers = {prefix: name for name, section in file.components.items() for prefix in section.receives}
    for index, asked in enumerate(shadow.paths):
        prefix = longest_prefix(asked, list(receivers))
        below = [name for other, name in receivers.items() if longest_prefix(other, [asked])]
        if prefix is None and not below:
            hint = "choose a path below " + " or ".join(f"`{prefix}`" for prefix in receivers)
            yield Breach((*path, "paths", index), f"no component receives `{asked}`", hint)
        reached = [*([receivers[prefix]] if prefix else []), *below]
        http2 = next((name for name in reached if file.components[name].protocol == "http2"), None)
        if http2 is not None:
            where: Path = (*path, "paths", index) if "paths" in shadow.model_fields_set else path
            message = f"`{http2}` speaks HTTP/2, and answers are compared over HTTP/1.1 only"
            yield Breach(where, message, "name `paths` that other components receive")
