"""Pages of the commands about who may do what."""

from __future__ import annotations

from bluegreen.cli.exits import Exit
from bluegreen.cli.manual.page import Example, Page

PAGES: dict[str, Page] = {
    "token create": Page(
        examples=(
            Example("bluegreen token create ada --role deployer --app shop", "for 90 days"),
            Example("bluegreen token create ada --role deployer --role approver", "both roles, for every application"),
            Example("bluegreen token create grafana --role viewer --expires never", "until it is revoked"),
        ),
        see=("how-to/access.md", "how-to/ci-oidc.md"),
        also=("token list", "token revoke", "audit"),
    ),
    "token list": Page(
        examples=(Example("bluegreen token list", "and when each was last used"),),
        see=("how-to/access.md",),
        also=("token create", "token revoke"),
    ),
    "token revoke": Page(
        examples=(Example("bluegreen token revoke 3f9a1c0b5d7e", "at once, with its sessions"),),
        see=("how-to/access.md",),
        also=("token list", "audit"),
    ),
    "audit": Page(
        examples=(
            Example("bluegreen audit", "the newest 50 lines"),
            Example("bluegreen audit --app shop --refused", "who was not let do what"),
            Example("bluegreen audit --who ada@desk -n 1000 --json", "for a script"),
        ),
        see=("how-to/access.md",),
        also=("events", "token list"),
    ),
    "open": Page(
        examples=(
            Example("bluegreen open", "in your browser, logged in"),
            Example("bluegreen open --print", "a link that works once, for a minute"),
        ),
        exits=(Exit.DONE, Exit.FAILED, Exit.USAGE, Exit.UNKNOWN),
        means={Exit.FAILED: "no browser could be started"},
        see=("how-to/access.md",),
        also=("status",),
    ),
}
