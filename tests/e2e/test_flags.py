"""Flags as a part of the release: real processes, a real Envoy, and the official SDK and provider of OpenFeature."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import stat
import urllib.request
from pathlib import Path

import pytest

from bluegreen.core.errors import InvalidInput, NotFound
from tests.e2e.controller import Controller, Json, wait_for
from tests.e2e.flagged import FLAGS, Flagged, Visitors


@pytest.fixture
def flagged(tmp_path: Path) -> Flagged:
    return Flagged(tmp_path / "flagged")


def edit(controller: Controller, wanted: dict[str, str], **more: str) -> Json:
    """Edit flags, and wait for the deployment's end."""
    begun = controller.client.edit_flags("flagged", {"variants": wanted, **more})
    assert begun["deployment"] is not None
    return controller.ended(begun["deployment"], "flagged")


def test_a_switch_moves_code_and_flags_in_the_same_step(controller: Controller, flagged: Flagged) -> None:
    assert controller.deploy(flagged.folder)["result"] == "completed"
    assert flagged.ask()["at_start"] == "Lamps", "flags can be evaluated before the application starts"
    with Visitors(flagged.ask) as visitors:
        wait_for(lambda: len(visitors.told) > 50, "visitors were answered")
        ended = edit(controller, {"headline": "loud"}, message="louder sells")
        assert ended["result"] == "completed"
        wait_for(lambda: any(told["release"] == "r2" for told in visitors.told[-20:]), "users are on r2")
        assert controller.client.rollback("flagged", None)["confirmed"]
        before = len(visitors.told)
        wait_for(lambda: len(visitors.told) > before + 50, "visitors were answered after the rollback")
    assert visitors.failed == []
    assert set(visitors.pairs("release", "variant", "value", "at_start")) == {
        ("r1", "plain", "Lamps", "Lamps"),
        ("r2", "loud", "LAMPS!", "LAMPS!"),
    }
    assert visitors.told[-1]["release"] == "r1"
    assert [change["in_words"] for change in ended["flags"]] == ["headline: plain → loud"]
    history = controller.client.flag_history("flagged")
    assert [(d["number"], [c["in_words"] for c in d["flags"]]) for d in history] == [
        (3, ["headline: loud → plain"]),
        (2, ["headline: plain → loud"]),
    ]


def test_an_edit_builds_nothing_and_leaves_the_rest_of_the_release_as_it_is(
    controller: Controller, flagged: Flagged
) -> None:
    controller.deploy(flagged.folder)
    edit(controller, {"headline": "loud"})
    first, second = (controller.client.release("flagged", name) for name in ("r1", "r2"))
    assert (first["artifact"], first["file"]) == (second["artifact"], second["file"])
    assert first["digest"] != second["digest"]
    built = [
        entry["event"]["evidence"] for entry in controller.client.events("flagged") if entry["event"]["kind"] == "built"
    ]
    assert built[1] == {"reused": True}
    # The same edit again is no deployment at all, and undone it is the first release.
    again = controller.client.edit_flags("flagged", {"variants": {"headline": "loud"}})
    assert again["deployment"] is None
    assert "already" in again["notice"]
    undone = controller.client.edit_flags("flagged", {"variants": {"headline": "plain"}})
    assert undone["release"] == "r1"
    controller.ended(undone["deployment"], "flagged")
    with pytest.raises(NotFound, match="no flag headlines"):
        controller.client.edit_flags("flagged", {"variants": {"headlines": "loud"}})
    with pytest.raises(InvalidInput, match="no variant louder"):
        controller.client.edit_flags("flagged", {"variants": {"headline": "louder"}})


def test_edits_by_command_outlive_a_deployment_unless_the_file_changes_the_flag(
    controller: Controller, flagged: Flagged
) -> None:
    controller.deploy(flagged.folder)
    edit(controller, {"headline": "loud", "sells": "no"})
    flags = copy.deepcopy(FLAGS)
    flags["flags"]["sells"]["variants"]["maybe"] = True
    flagged.write_flags(flags)
    begun = controller.send(flagged.folder)
    assert [change["flag"] for change in begun["flags"]["kept"]] == ["headline"]
    assert [change["flag"] for change in begun["flags"]["overruled"]] == ["sells"]
    controller.ended(begun["deployment"], "flagged")
    in_force = {flag["flag"]: flag for flag in controller.client.flags("flagged")["flags"]}
    assert (in_force["headline"]["gives"], in_force["headline"]["edited"]) == ("loud", True)
    assert (in_force["sells"]["gives"], in_force["sells"]["edited"]) == ("yes", False)
    assert flagged.ask()["value"] == "LAMPS!"


def test_evaluation_goes_on_without_the_controller_and_comes_back_when_it_is_killed(
    controller: Controller, flagged: Flagged
) -> None:
    controller.deploy(flagged.folder)
    controller.kill()
    with Visitors(flagged.ask) as visitors:
        wait_for(lambda: len(visitors.told) > 50, "visitors are answered without a controller")
    assert visitors.failed == []
    assert set(visitors.pairs("value", "error")) == {("Lamps", None)}
    controller.start()

    def evaluating(other_than: int | None = None) -> Json | None:
        """What evaluates the flags, once it is ready and has another pid."""
        instances = controller.status("flagged")["environments"]["blue"]["instances"]
        found: Json = next(i for i in instances if i["component"] == "flags")
        return found if found["state"] == "ready" and found["pid"] != other_than else None

    before = wait_for(evaluating, "it was adopted")
    shutil.rmtree(Path(flagged.ask()["flags"]).parent)  # what is deleted is put in place again
    os.kill(before["pid"], signal.SIGKILL)
    after = wait_for(lambda: evaluating(before["pid"]), "it was started again")
    assert (after["address"], after["restarts"]) == (before["address"], 1)
    assert flagged.ask()["value"] == "Lamps"


def test_the_flag_file_is_there_for_providers_in_the_process_and_goes_with_its_last_release(
    controller: Controller, flagged: Flagged
) -> None:
    text = (flagged.folder / "bluegreen.yaml").read_text()
    (flagged.folder / "bluegreen.yaml").write_text(text + "keep_releases: 1\nkeep: 0s\n")
    controller.deploy(flagged.folder)
    file = Path(flagged.ask()["flags"])
    assert json.loads(file.read_text()) == FLAGS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    edit(controller, {"headline": "loud"})
    edit(controller, {"sells": "no"})
    edit(controller, {"headline": "plain"})
    wait_for(lambda: not file.exists(), "the file of r1 is deleted with it")
    assert json.loads(Path(flagged.ask()["flags"]).read_text())["flags"]["sells"]["defaultVariant"] == "no"


def test_what_is_no_flag_set_is_refused_before_anything_starts(controller: Controller, flagged: Flagged) -> None:
    flags = copy.deepcopy(FLAGS)
    flags["flags"]["headline"]["defaultVariant"] = "louder"
    flagged.write_flags(flags)
    with pytest.raises(InvalidInput, match="no flag set") as refused:
        controller.send(flagged.folder)
    assert "flags.headline.defaultVariant: there is no variant `louder`" in refused.value.why
    assert controller.client.apps() == []


def test_the_port_of_a_colour_stays_so_that_flags_belong_to_it(controller: Controller, flagged: Flagged) -> None:
    controller.deploy(flagged.folder)
    blue = controller.status("flagged")["environments"]["blue"]
    address = next(i["address"] for i in blue["instances"] if i["component"] == "flags")
    edit(controller, {"headline": "loud"})
    edit(controller, {"sells": "no"})
    wait_for(lambda: controller.status("flagged")["live"] == "blue", "blue is live again")
    request = urllib.request.Request(f"http://{address}/ofrep/v1/evaluate/flags/sells", b'{"context": {}}')
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.loads(answer.read())["variant"] == "no"


def test_a_flag_that_costs_purchases_takes_the_whole_release_back_and_says_which_it_was(
    controller: Controller, tmp_path: Path
) -> None:
    guards = [{"events": {"name": "purchase", "per": "visit", "worse_than": "0.9x"}}]
    watch = {"for": "2m", "holdback": "30%", "guards": guards}
    flagged = Flagged(tmp_path / "flagged", watch=watch)
    controller.deploy(flagged.folder)
    with Visitors(lambda: flagged.ask("POST"), threads=2) as visitors:
        wait_for(lambda: len(visitors.told) > 50, "people buy")
        ended = edit(controller, {"sells": "no", "headline": "loud"}, message="a cleaner page")
        before = len(visitors.told)
        wait_for(lambda: len(visitors.told) > before + 50, "people buy again")
    assert visitors.failed == []
    assert set(visitors.pairs("release", "bought")) == {("r1", True), ("r2", False)}
    assert {told["release"] for told in visitors.told[-20:]} == {"r1"}
    assert ended["result"] == "rolled back"
    assert "purchase per visit" in ended["reason"]
    assert "r2 changed flags: headline: plain → loud; sells: yes → no" in ended["reason"]
    blame = ended["taken_back"]
    assert blame["guard"] == "events purchase per visit"
    assert [change["in_words"] for change in blame["flags"]] == ["headline: plain → loud", "sells: yes → no"]
    assert blame["evidence"] >= blame["alarm_at"]
    assert blame["sure"].startswith("by chance at most once in ")
    assert ended["receipt"]["flags"] == ["headline: plain → loud", "sells: yes → no"]
    assert {flag["flag"]: flag["gives"] for flag in controller.client.flags("flagged")["flags"]} == {
        "headline": "plain",
        "sells": "yes",
    }
