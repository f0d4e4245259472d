"""`bluegreen router`: what your own router needs, where that is not bluegreen's Envoy."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bluegreen.cli.options import Json
from bluegreen.cli.output import print_json
from bluegreen.core.errors import InvalidInput

if TYPE_CHECKING:
    from bluegreen.core.spec import RouterSpec

router = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Your own router: what its configuration needs.",
)
_Kind = Annotated[str, typer.Argument(metavar="KIND", help="haproxy, nginx, dns or command.")]
_Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder of the application.", show_default=False)]


@router.callback()
def only_a_group() -> None:
    """Your own router: what its configuration needs."""


@router.command("init", short_help="Print what the configuration of your router needs.")
def init(kind: _Kind, folder: _Folder = Path(), json: Json = False) -> None:
    """Print what the configuration of your router needs, made from bluegreen.yaml.

    Nothing is written: put it where it belongs, and let `bluegreen doctor` look whether it is in place.
    """
    from bluegreen.config import load
    from bluegreen.engine.backends import load as find

    setup = find("router_setups", kind)()
    spec = load(folder).spec
    named = spec.router is not None and spec.router.kind == kind
    if not named:
        spec = replace(spec, router=_default(kind))
    text = setup.snippet(spec)
    if json:
        print_json({"kind": kind, "snippet": text})
    else:
        print(text, end="")
    if not named and not json:
        print(f"# bluegreen.yaml does not name it yet: `router: {{{kind}: …}}`", file=sys.stderr)


_EXAMPLES = {
    "command": {"set": "./set.sh", "get": "./get.sh", "drain": "./drain.sh"},
    "dns": {
        "name": "{app}.example.com",
        "zone": "example.com",
        "servers": ["192.0.2.53"],
        "key": "/etc/bluegreen/dns.key",
        "blue": "192.0.2.10",
        "green": "192.0.2.11",
    },
}
"""Of what has no defaults."""


def _default(kind: str) -> RouterSpec:
    """A router of that kind with its defaults."""
    from pydantic import ValidationError

    from bluegreen.config.router_models import RouterSection, router_spec

    given = _EXAMPLES.get(kind, {})
    try:
        found = router_spec(RouterSection.model_validate({kind: given}))
    except ValidationError as error:
        raise InvalidInput(
            f"`{kind}` has settings without a default.",
            why=f"Missing: {', '.join('.'.join(map(str, one['loc'])) for one in error.errors())}.",
            cure=f"Write `router: {{{kind}: …}}` with them into bluegreen.yaml first.",
        ) from error
    assert found is not None
    return found
