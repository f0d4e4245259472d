"""Pages of the commands that look after the controller and what it may do."""

from __future__ import annotations

from bluegreen.cli.exits import Exit
from bluegreen.cli.manual.page import Example, Page

_LOCAL = (Exit.DONE, Exit.USAGE)

PAGES = {
    "lock": Page(
        examples=(Example('bluegreen lock "sale until Monday"', "deployments are refused, and told why"),),
        see=("how-to/ci.md",),
        also=("unlock",),
    ),
    "unlock": Page(examples=(Example("bluegreen unlock", "whoever has locked it"),), also=("lock",)),
    "freeze": Page(
        examples=(
            Example('bluegreen freeze "accounts are closed" --until 2h', "from now on, for two hours"),
            Example('bluegreen freeze "holidays" --from 2026-12-24 --until 2027-01-02', "a time to come"),
        ),
        see=("how-to/ci.md",),
        also=("unfreeze", "lock"),
    ),
    "unfreeze": Page(examples=(Example("bluegreen unfreeze", "before its time is over"),), also=("freeze",)),
    "down": Page(
        examples=(
            Example("bluegreen down shop", "asks before it does"),
            Example("bluegreen down shop --yes", "in a script"),
        ),
        also=("stop", "deploy"),
    ),
    "stop": Page(
        examples=(
            Example("bluegreen stop", "the controller alone; users notice nothing"),
            Example("bluegreen stop --all --yes", "every application and the proxy as well"),
        ),
        see=("how-to/systemd.md",),
        also=("serve", "down"),
    ),
    "serve": Page(
        examples=(
            Example("bluegreen serve", "until TERM or Ctrl-C"),
            Example("bluegreen --home /srv/bluegreen serve", "with its state there"),
        ),
        exits=(Exit.DONE, Exit.USAGE, Exit.REFUSED),
        means={
            Exit.DONE: "ended as asked; applications go on serving",
            Exit.USAGE: "the home cannot be used, or its controller.yaml is wrong",
            Exit.REFUSED: "another controller has this home",
        },
        see=("how-to/systemd.md",),
        also=("install", "stop", "doctor"),
    ),
    "router init": Page(
        examples=(
            Example("bluegreen router init haproxy", "look at it"),
            Example("bluegreen router init haproxy >>/etc/haproxy/haproxy.cfg", "then reload HAProxy once"),
            Example("bluegreen router init nginx", "what nginx needs, or `dns` what name servers need"),
        ),
        exits=_LOCAL,
        see=("how-to/other-routers.md",),
        also=("doctor",),
    ),
    "install": Page(
        examples=(
            Example("bluegreen install", "for you, without root"),
            Example("sudo bluegreen install --system", "for the machine, run as the user who called sudo"),
            Example("bluegreen install --print", "only look at it"),
        ),
        exits=_LOCAL,
        see=("how-to/systemd.md",),
        also=("serve",),
    ),
    "doctor": Page(
        examples=(Example("bluegreen doctor", "in an application's folder: its file and addresses too"),),
        exits=(Exit.DONE, Exit.FAILED, Exit.USAGE),
        means={Exit.DONE: "nothing has to be put right", Exit.FAILED: "something has"},
        see=("how-to/trouble.md",),
        also=("status",),
    ),
    "demo": Page(
        examples=(
            Example("bluegreen demo", "about a minute; leaves nothing behind"),
            Example("bluegreen demo ai", "about three: models and flags in a release; needs the extra demo-ai"),
            Example("bluegreen demo --keep", "leaves everything running, and says where"),
        ),
        exits=(Exit.DONE, Exit.FAILED, Exit.INTERRUPTED),
        means={Exit.DONE: "all went as promised", Exit.FAILED: "it did not", Exit.INTERRUPTED: "interrupted"},
        see=("demo.md", "how-to/ai-product.md"),
        also=("init",),
    ),
    "schema": Page(
        examples=(Example("bluegreen schema > bluegreen.schema.json", "for an editor"),),
        exits=_LOCAL,
        see=("reference/file.md",),
        also=("init",),
    ),
    "completion": Page(
        examples=(
            Example('eval "$(bluegreen completion bash)"', "for this shell; in ~/.bashrc for every one"),
            Example("bluegreen completion fish > ~/.config/fish/completions/bluegreen.fish", "where fish finds it"),
        ),
        exits=_LOCAL,
        see=("how-to/completion.md",),
        also=("help",),
    ),
    "help": Page(
        examples=(Example("bluegreen help deploy", "the same as `bluegreen deploy --help`, in a pager"),),
        exits=_LOCAL,
        see=("reference/cli.md",),
    ),
}
