"""How things are called inside HAProxy, so that its own statistics can be read by a person."""

from __future__ import annotations

from bluegreen.core.model import Color


def haproxy_backend(app: str, color: Color | str, component: str) -> str:
    """The backend of HAProxy that has the instances of a component of one environment: ``shop.green.web``."""
    return f"{app}.{Color(color).value}.{component}"


def backend_of_run(name: str) -> str:
    """The same for a `Backend` by its name, such as ``shop/green/12/web``: every run of a colour has it in turn."""
    app, color, _, component = name.split("/")
    return haproxy_backend(app, color, component)
