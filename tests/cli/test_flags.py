"""`bluegreen flags` against recorded answers: exit codes, what people read, what scripts read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.recorded import FILE, Recorded, artifacts, deployment
from tests.cli.run import Cli

CHANGE = {
    "flag": "new-checkout",
    "what": "changed",
    "from": "off",
    "to": "on",
    "parts": ["defaultVariant"],
    "in_words": "new-checkout: off → on",
}
EDITED = {
    "deployment": 3,
    "release": "r3",
    "after": 10,
    "approval": False,
    "follow": "…",
    "notice": "",
    "notices": ["new-checkout has targeting, which decides first"],
    "changes": [CHANGE],
}
DOCUMENT: dict[str, Any] = {
    "flags": {
        "banner": {"defaultVariant": "red", "state": "ENABLED", "variants": {"blue": "#00f", "red": "#f00"}},
        "new-checkout": {"defaultVariant": "on", "state": "ENABLED", "variants": {"off": False, "on": True}},
    }
}


def flag(name: str, **more: Any) -> dict[str, Any]:
    own = {"flag": name, "gives": "on", "state": "ENABLED", "default": "on", "variants": {"on": True, "off": False}}
    return own | {"targeting": False, "edited": False, "in_file": "on"} | more


FLAGS = {
    "release": "r3",
    "digest": "d",
    "file": "flags.json",
    "flags": [
        flag("banner", gives="red", variants={"red": "#f00", "blue": "#00f"}, targeting=True, in_file="red"),
        flag("new-checkout", edited=True, in_file="off"),
    ],
    "document": DOCUMENT,
}


@pytest.fixture
def flagged(ready: Recorded) -> Recorded:
    ready.answers |= {
        "POST /v1/apps/shop/flags": (202, EDITED),
        "GET /v1/apps/shop/flags": (200, FLAGS),
        "GET /v1/apps/shop/releases": (200, {"releases": [{"release": f"r{n}"} for n in (3, 2, 1)], "next": None}),
        "GET /v1/apps/shop/releases/r2/diff/r3": (200, {"from": "r2", "to": "r3", "flags": [CHANGE]}),
    }
    return ready


def test_an_edit_is_told_and_followed_to_its_end(cli: Cli, flagged: Recorded) -> None:
    ran = cli("flags", "set", "new-checkout=on", "--off", "banner", "-m", "better")
    assert ran.code == 0, ran.err
    assert "new-checkout: off → on" in ran.out
    assert "shop: r3 is live in green" in ran.out
    assert "note: new-checkout has targeting" in ran.err
    (asked,) = flagged.bodies("POST /v1/apps/shop/flags")
    assert asked == {
        "variants": {"new-checkout": "on"},
        "states": {"banner": "DISABLED"},
        "message": "better",
        "supersede": False,
        "keep_failed": False,
        "override_freeze": None,
    }


def test_an_edit_for_scripts_is_one_object(cli: Cli, flagged: Recorded) -> None:
    said = json.loads(cli("flags", "set", "new-checkout=on", "--json").out)
    assert (said["app"], said["number"], said["result"], said["exit"]) == ("shop", 3, "completed", 0)
    said = json.loads(cli("flags", "set", "new-checkout=on", "--json", "--no-wait").out)
    assert (said["deployment"], said["changes"]) == (3, [CHANGE])


def test_nothing_to_change_is_no_failure(cli: Cli, flagged: Recorded) -> None:
    nothing = EDITED | {"deployment": None, "notice": "r3 has these flags already.", "changes": [], "notices": []}
    flagged.answers["POST /v1/apps/shop/flags"] = (202, nothing)
    ran = cli("flags", "set", "new-checkout=on")
    assert (ran.code, ran.out) == (0, "r3 has these flags already.\n")
    assert json.loads(cli("flags", "set", "new-checkout=on", "--json").out)["deployment"] is None


def test_a_release_that_is_rolled_back_has_its_exit_code(cli: Cli, flagged: Recorded) -> None:
    from tests.cli.recorded import life, stream

    flagged.answers["GET /v1/apps/shop/events"] = stream(*life(result="rolled back", reason="conversion fell"))
    flagged.answers["GET /v1/apps/shop/deployments/3"] = (200, deployment(result="rolled back"))
    assert cli("flags", "set", "new-checkout=on").code == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new-checkout"], "`new-checkout` sets no flag"),
        (["=on"], "sets no flag"),
        (["--on", "a", "--off", "a"], "a cannot be both on and off"),
    ],
)
def test_wrong_usage_asks_nothing(cli: Cli, flagged: Recorded, arguments: list[str], said: str) -> None:
    ran = cli("flags", "set", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert flagged.bodies("POST /v1/apps/shop/flags") == []


def test_the_list_says_what_is_edited_and_what_decides_first(cli: Cli, flagged: Recorded) -> None:
    lines = cli("flags", "list").out.splitlines()
    assert lines[0] == "shop: flags of r3 (flags.json)"
    assert lines[3].split() == ["banner", "red", "red,", "blue", "targeting", "decides", "first"]
    assert lines[4].endswith("edited by command, off in the file")
    assert json.loads(cli("flags", "list", "--json").out)["document"] == DOCUMENT


def test_a_release_without_flags_says_how_it_gets_some(cli: Cli, flagged: Recorded) -> None:
    flagged.answers["GET /v1/apps/shop/flags"] = (200, FLAGS | {"document": None, "flags": [], "file": None})
    assert "r3 of shop has no flags" in cli("flags", "list").out


def test_the_difference_is_that_of_the_live_release_to_the_one_before(cli: Cli, flagged: Recorded) -> None:
    assert cli("flags", "diff").out == "shop: flags of r3 against r2\n  new-checkout: off → on\n"
    assert json.loads(cli("flags", "diff", "r2", "r3", "--json").out)["flags"] == [CHANGE]


def test_history_says_who_changed_what_and_how_it_ended(cli: Cli, flagged: Recorded) -> None:
    found = deployment(result="rolled back", flags=[CHANGE])
    flagged.answers["GET /v1/apps/shop/flags/history"] = (200, {"deployments": [found], "next": None})
    out = cli("flags", "history").out
    assert "r3 rolled back, by ada@desk: lamps" in out
    assert "new-checkout: off → on" in out


def test_pull_writes_what_is_in_force_and_keeps_order_and_indentation(
    cli: Cli, flagged: Recorded, tmp_path: Path
) -> None:
    (tmp_path / "bluegreen.yaml").write_text(FILE + "flags: flags.json\n")
    text = json.dumps(
        {
            "flags": {
                "new-checkout": {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"},
                "banner": {"state": "ENABLED", "variants": {"red": "#f00", "blue": "#00f"}, "defaultVariant": "red"},
            }
        },
        indent="\t",
    )
    (tmp_path / "flags.json").write_text(text)
    ran = cli("flags", "pull")
    assert ran.code == 0, ran.err
    assert "new-checkout: off → on" in ran.out
    written = (tmp_path / "flags.json").read_text()
    assert written == text.replace('"defaultVariant": "off"', '"defaultVariant": "on"') + "\n"
    assert "already" in cli("flags", "pull").out


def test_a_deployment_says_what_became_of_edits_by_command(cli: Cli, ready: Recorded) -> None:
    artifacts(ready, kept=True)
    gone = CHANGE | {"flag": "gone", "from": None}
    status, begun = ready.answers["POST /v1/apps/shop/deployments"]  # type: ignore[misc]
    carried = {"kept": [CHANGE], "overruled": [CHANGE | {"flag": "banner"}, gone]}
    ready.answers["POST /v1/apps/shop/deployments"] = (status, begun | {"flags": carried})
    said = cli("deploy").err
    assert "flag new-checkout stays as a command has set it: on (the file says off, as before)" in said
    assert "flag banner is as the file changes it: off (a command had set on)" in said
    assert "flag gone, which a command had set to on, is removed by the file" in said
