"""`router:` in the file: what it means, what is refused at which line, and what a router cannot do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.config.test_config_errors import GOOD, check_first

from bluegreen.config import ConfigError, load, parse
from bluegreen.core import spec
from bluegreen.core.router_needs import unmet
from bluegreen.core.router_specs import ENVOY

COMMAND = "router: {command: {set: /bin/set, get: /bin/get, drain: /bin/drain}}\n"
HAPROXY = "router: haproxy\n"


def test_a_file_without_a_router_has_envoy_and_all_that_it_can() -> None:
    found = parse(GOOD)
    assert found.router is None
    assert list(unmet(replace(found, failover=True, skew_protection=True), ENVOY)) == []


def test_a_router_by_its_name_has_its_defaults() -> None:
    assert parse(GOOD + HAPROXY).router == spec.Haproxy()
    assert parse(GOOD + "router: {haproxy: {socket: /run/h.sock, folder: /srv/h}}").router == spec.Haproxy(
        "/run/h.sock", "/srv/h"
    )


def test_commands_are_run_in_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bluegreen.yaml"
    file.write_text(GOOD + "router: {command: {set: ./set.sh, get: ./get.sh, drain: ./drain.sh, weighted: true}}\n")
    found = load(file).spec.router
    assert found == spec.Commands("./set.sh", "./get.sh", "./drain.sh", weighted=True, folder=str(tmp_path))
    with pytest.raises(ConfigError, match="relative paths mean nothing to a controller elsewhere"):
        load(file, remote=True)


def test_guards_that_nobody_asked_for_are_those_that_the_router_can_tell() -> None:
    assert parse(GOOD + HAPROXY).watch == spec.Watch(guards=(spec.ErrorRate(),), cannot_tell="finish")
    watched = parse(GOOD + HAPROXY + "watch: {for: 5m}\n").watch
    assert watched is not None
    assert [guard.name for guard in watched.guards] == ["error_rate"]
    assert parse(GOOD + COMMAND).watch is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("router: ›{}", "a router is `haproxy`, `nginx`, `dns` or `command`", "haproxy"),
        ("router: {haproxy: {}, ›command: {set: a, get: b, drain: c}}", "both `haproxy` and `command`", "keep one"),
        ("router: {›hapoxy: {}}", "unknown key `hapoxy`", "did you mean `haproxy`?"),
        ("router: {haproxy: {folder: ›etc/bluegreen}}", "not an absolute path", "controller's machine"),
        ("router: {›command: {get: a, drain: b}}", "`set` is missing in `router.command`", "./set.sh"),
        ("router: {command: {set: ›./set.sh, get: /g, drain: /d}}", "a controller elsewhere", "absolute"),
        (HAPROXY + "›failover: true", "HAProxy cannot fail over by itself", "remove `failover`"),
        (HAPROXY + "›skew_protection: true", "cannot follow requests that name a release", "remove"),
        (HAPROXY + "›tls: {cert: /c, key: /k}", "has its certificates in its own configuration", "remove `tls`"),
        (HAPROXY + "switch: {shift: [5%, 100%], ›sticky: true}", "HAProxy cannot keep users", "remove `sticky`"),
        (HAPROXY + "watch: {guards: [error_rate, ›latency]}", "does not tell how long answers take", "remove"),
        (HAPROXY + "verify: [http: /, ›shadow: {of: 10%}]", "cannot copy users' requests", "`shadow`"),
        (COMMAND + "switch: {›shift: [5%, 100%]}", "`command` router cannot split users' requests", "shift"),
        (COMMAND + "watch: {›holdback: 5%, guards: [{http: /}]}", "cannot split users' requests", "holdback"),
        (COMMAND + "watch: {guards: [›error_rate]}", "does not count users' requests", "remove the guard"),
        (COMMAND + "›watch: {for: 5m}", "counts nothing, so `watch` needs `guards`", "watch: off"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, message: str, hint: str) -> None:
    check_first(GOOD + text, message, hint)


def test_a_weighted_device_may_be_given_shares() -> None:
    weighted = COMMAND.replace("}}", ", weighted: true}}")
    assert parse(GOOD + weighted + "switch: {shift: [5%, 100%]}\n").switch.shift == (5, 100)
    assert parse(GOOD + HAPROXY + "switch: {shift: [5%, 100%]}\n").switch.shift == (5, 100)
