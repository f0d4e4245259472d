"""Each command against recorded answers: its exit code, what people read, what scripts read."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.cli.recorded import FILE, Recorded, artifacts, deployment, entry, life, status, stream
from tests.cli.run import Cli

# --- deploy ---


def test_deploy_tells_what_happens_line_by_line(cli: Cli, ready: Recorded) -> None:
    artifacts(ready, kept=False)
    ran = cli("deploy", "-m", "lamps")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "shop: deployment 3, r3"
    assert "    1.2 s  verifying" in lines
    assert "           ✓ http /healthz (10.0 ms)" in lines
    assert "shop: r3 is live in green: http://127.0.0.1:8080" in lines
    assert "  failed       blue 0, green 0" in lines
    assert (
        "  switch       4.0 ms from the decision to the confirmed route, then 0 requests to the old environment"
        in lines
    )
    (request,) = ready.bodies("POST /v1/apps/shop/deployments")
    assert request["config"] == FILE
    assert request["message"] == "lamps"
    assert len([asked for asked, *_ in ready.asked if asked.startswith("PUT /v1/artifacts/")]) == 1


def test_an_artifact_that_is_kept_is_not_sent_again(cli: Cli, ready: Recorded) -> None:
    artifacts(ready, kept=True)
    assert cli("deploy").code == 0
    assert not [asked for asked, *_ in ready.asked if asked.startswith("PUT")]


def test_deploy_prints_one_object_for_scripts(cli: Cli, ready: Recorded) -> None:
    artifacts(ready, kept=True)
    said = json.loads(cli("deploy", "--json").out)
    assert (said["app"], said["number"], said["result"], said["exit"]) == ("shop", 3, "completed", 0)
    assert said["receipt"]["requests"] == {"blue": 1200, "green": 34}


@pytest.mark.parametrize(("result", "code"), [("completed", 0), ("failed", 1), ("aborted", 1), ("rolled back", 4)])
def test_the_exit_code_is_how_it_ended(result: str, code: int, cli: Cli, ready: Recorded) -> None:
    artifacts(ready, kept=True)
    ready.answers["GET /v1/apps/shop/events"] = stream(*life(result=result, reason="because"))
    ready.answers["GET /v1/apps/shop/deployments/3"] = (200, deployment(result=result, reason="because"))
    ran = cli("deploy")
    assert ran.code == code
    assert (f"shop: {result}: because" in ran.out) == (code != 0)


def test_no_wait(cli: Cli, ready: Recorded) -> None:
    artifacts(ready, kept=True)
    ran = cli("deploy", "--no-wait")
    assert ran.code == 0
    assert "deployment 3 of shop has begun: r3" in ran.out
    assert json.loads(cli("deploy", "--no-wait", "--json").out)["deployment"] == 3
    assert not [asked for asked, *_ in ready.asked if "events" in asked]


def test_secrets_are_sent_and_never_shown(cli: Cli, ready: Recorded, folder: Path) -> None:
    artifacts(ready, kept=True)
    (folder / "bluegreen.yaml").write_text(FILE.replace("receives: /", "receives: /, env_file: .env"))
    (folder / ".env").write_text("TOKEN=hunter2hunter2\n")
    (folder / ".env").chmod(0o600)
    ran = cli("deploy")
    assert ready.bodies("POST /v1/apps/shop/deployments")[0]["secrets"] == {"web": {"TOKEN": "hunter2hunter2"}}
    assert "hunter2" not in ran.out + ran.err


def test_a_wrong_file_is_told_with_line_and_column(cli: Cli, controller: Recorded, folder: Path) -> None:
    (folder / "bluegreen.yaml").write_text(FILE.replace("receives", "recieves"))
    ran = cli("deploy")
    assert ran.code == 2
    assert "bluegreen.yaml:4:" in ran.err
    assert "did you mean" in ran.err
    assert controller.asked == []


def test_refused(cli: Cli, ready: Recorded) -> None:
    artifacts(ready, kept=True)
    ready.answers["POST /v1/apps/shop/deployments"] = (409, {"what": "shop is locked by ada.", "cure": "Unlock it."})
    ran = cli("deploy", "--json")
    assert ran.code == 3
    assert ran.err.endswith("error: shop is locked by ada.\nUnlock it.\n")
    assert json.loads(ran.out) == {
        "error": {"what": "shop is locked by ada.", "why": "", "cure": "Unlock it."},
        "exit": 3,
    }


def test_in_ci_no_controller_is_started(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    ran = cli("deploy")
    assert ran.code == 3
    assert "$CI is set" in ran.err
    assert "bluegreen serve" in ran.err
    assert not list(cli.home.iterdir())


def test_ctrl_c_leaves_the_deployment_running(cli: Cli, ready: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    artifacts(ready, kept=True)

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("bluegreen.cli.progress.entries", interrupted)
    ran = cli("deploy")
    assert ran.code == 5
    assert "Deployment 3 goes on" in ran.err
    assert "bluegreen events --follow --app shop" in ran.err
    assert "bluegreen abort 3 --app shop" in ran.err


# --- rollback ---

ROLLED_BACK = {
    "deployment": 4,
    "instant": True,
    "confirmed": True,
    "release": "r1",
    "target": "r1",
    "live": "blue",
    "epoch": 8,
    "notice": "",
    "after": 30,
}


def test_an_instant_rollback_is_one_request(cli: Cli, controller: Recorded, folder: Path) -> None:
    controller.answers["POST /v1/apps/shop/rollback"] = (200, ROLLED_BACK)
    ran = cli("rollback")
    assert ran.code == 0
    assert ran.out.startswith("back on r1 (blue) in ")
    assert ran.out.endswith(" ms, epoch 8\n")
    assert len(controller.asked) == 1
    assert json.loads(cli("rollback", "--json").out)["epoch"] == 8


def test_pressed_twice(cli: Cli, controller: Recorded, folder: Path) -> None:
    nothing = ROLLED_BACK | {"deployment": None, "notice": "Already back on r1 since 10:00."}
    controller.answers["POST /v1/apps/shop/rollback"] = (200, nothing)
    ran = cli("rollback")
    assert (ran.code, ran.out) == (0, "Already back on r1 since 10:00.\n")


def test_a_rollback_through_the_idle_environment_is_followed(cli: Cli, ready: Recorded) -> None:
    slow = ROLLED_BACK | {"deployment": 3, "instant": False, "confirmed": False, "target": "r5", "after": 10}
    ready.answers["POST /v1/apps/shop/rollback"] = (200, slow)
    ran = cli("rollback", "--to", "r5")
    assert ran.code == 0
    assert "shop: deployment 3, r5" in ran.out
    assert ready.bodies("POST /v1/apps/shop/rollback") == [{"to": "r5"}]


def test_taking_back_a_deployment_under_way_succeeds_when_it_is_rolled_back(cli: Cli, ready: Recorded) -> None:
    slow = ROLLED_BACK | {"deployment": 3, "confirmed": False, "after": 18}
    ready.answers["POST /v1/apps/shop/rollback"] = (200, slow)
    back = entry(19, "rollback started", reason="asked for", deployment=3)
    ended = entry(20, "deployment ended", reason="asked for", deployment=3, result="rolled back", evidence={})
    ready.answers["GET /v1/apps/shop/events"] = stream(back, ended)
    assert cli("rollback").code == 0


def test_a_controller_that_went_away_is_unknown(cli: Cli, controller: Recorded, folder: Path) -> None:
    controller.answers["POST /v1/apps/shop/rollback"] = lambda handler: None
    ran = cli("rollback")
    assert ran.code == 5
    assert "bluegreen status" in ran.err


# --- which application ---


def test_the_only_application_is_meant(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/apps"] = (200, {"apps": [status()]})
    controller.answers["PUT /v1/apps/shop/lock"] = (200, {"notice": ""})
    ran = cli("lock", "sale")
    assert (ran.code, ran.out) == (0, "shop is locked: sale\n")


def test_several_applications_have_to_be_told_apart(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/apps"] = (200, {"apps": [status(), status(app="blog")]})
    ran = cli("unlock")
    assert ran.code == 2
    assert "shop, blog" in ran.err


@pytest.mark.parametrize("line", ["app: blog", "app:   'blog'", '"app": "blog" # ours'])
def test_the_file_in_the_folder_names_it(line: str, cli: Cli, controller: Recorded, tmp_path: Path) -> None:
    (tmp_path / "bluegreen.yaml").write_text(f"# x\ncomponents:\n  app: {{run: x}}\n{line}\n")
    controller.answers["DELETE /v1/apps/blog/lock"] = (200, {"notice": "blog is not locked."})
    assert cli("unlock").out == "blog is not locked.\n"


def test_a_named_one_comes_first(cli: Cli, controller: Recorded, folder: Path) -> None:
    controller.answers["DELETE /v1/apps/blog/lock"] = (200, {"notice": ""})
    assert cli("unlock", "--app", "blog").code == 0
    assert cli("--app", "blog", "unlock").code == 0


# --- looking ---


def test_status_says_everything_in_words(cli: Cli, ready: Recorded) -> None:
    under_way = deployment(8, result=None, message="lamps", phase="awaiting approval", release="r3")
    ready.answers["GET /v1/apps/shop"] = (
        200,
        status(deployment=under_way, lock={"why": "sale", "actor": "ada", "since": 1.0}),
    )
    ran = cli("status")
    assert ran.code == 0
    for text in (
        "r2 is live in green",
        "LIVE",
        "standby",
        "100 %",
        "web 2/2",
        "ranker 1/1",
        "12,345 requests",
        "epoch 7",
    ):
        assert text in ran.out
    assert "rollback: to r1, instant" in ran.out
    assert "the next deployment ends the standby r1 in blue" in ran.out
    assert "deployment 8: r3 → green, awaiting approval" in ran.out
    assert "bluegreen approve 8" in ran.out
    assert "by ada: sale" in ran.out


def test_status_shows_what_is_not_well(cli: Cli, ready: Recorded) -> None:
    ill = status(warnings=["The disk is full."])
    ill["environments"]["green"]["instances"][1]["state"] = "crashed"
    ill["environments"]["green"]["traffic"] = None
    ready.answers["GET /v1/apps/shop"] = (200, ill)
    out = cli("status").out
    assert "web 1/2 (1 crashed)" in out
    assert "traffic unknown" in out
    assert "! The disk is full." in out


def test_status_of_an_application_that_has_nothing_yet(cli: Cli, ready: Recorded) -> None:
    empty = {"state": "empty", "release": None, "share": 0, "traffic": None, "instances": [], "keep_until": None}
    bare = {"environments": {c: empty | {"color": c, "verified": False, "since": None} for c in ("blue", "green")}}
    nothing = {"live": None, "url": None, "shared": {}, "next": {"rollback": None, "takes": None}}
    ready.answers["GET /v1/apps/shop"] = (200, status(**bare, **nothing))
    assert "not live yet" in cli("status").out


def test_status_for_scripts_is_what_the_controller_says(cli: Cli, ready: Recorded) -> None:
    assert json.loads(cli("status", "--json").out) == status()


def test_status_of_all_applications(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/apps"] = (200, {"apps": [status(), status(app="blog")]})
    out = cli("status").out
    assert "shop" in out
    assert "blog" in out
    assert [each["app"] for each in json.loads(cli("status", "--json").out)["apps"]] == ["shop", "blog"]


def test_status_without_a_controller_is_unknown(cli: Cli, folder: Path) -> None:
    ran = cli("status")
    assert ran.code == 5
    assert "No controller runs" in ran.err
    ran = cli("status", "--json")
    assert ran.code == 5
    assert json.loads(ran.out)["controller"] is None


def test_history(cli: Cli, ready: Recorded) -> None:
    failed = deployment(2, result="failed", reason="Check `http /`: status 500\nmore")
    ready.answers["GET /v1/apps/shop/deployments"] = (200, {"deployments": [deployment(), failed]})
    header, newest, older = cli("history").out.splitlines()
    assert header.split() == ["#", "release", "result", "in", "began", "took", "by", "why"]
    assert "completed" in newest
    assert newest.endswith("lamps")
    assert older.endswith("Check `http /`: status 500")
    assert len(json.loads(cli("history", "--json").out)["deployments"]) == 2


def test_show(cli: Cli, ready: Recorded) -> None:
    ready.answers["GET /v1/apps/shop/deployments/3"] = (200, deployment(events=life()))
    out = cli("show", "3").out
    assert "shop: deployment 3 (deploy), r3 in green: completed" in out
    assert "✓ http /healthz (10.0 ms)" in out
    assert "requests     blue 1,200, green 34" in out
    found = json.loads(cli("show", "3", "--json").out)
    assert (found["result"], found["receipt"]["switch_seconds"]) == ("completed", 0.004)


def test_events_are_read_page_by_page(cli: Cli, ready: Recorded) -> None:
    pages = iter([life()[:4], life()[4:], []])

    def page(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps({"events": next(pages)}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    ready.answers["GET /v1/apps/shop/events"] = page
    lines = cli("events", "--json").out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(11, 20))


def test_logs_of_every_component(cli: Cli, ready: Recorded) -> None:
    def text(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(f"{handler.path}\nred \x1b[31malert\n".encode())

    ready.answers["GET /v1/apps/shop/logs"] = text
    live = cli("logs").out
    assert "component=web&place=green" in live
    assert "red alert" in live
    assert "component=ranker&place=shared" in cli("logs", "ranker").out
    assert "component=web&place=blue" in cli("logs", "web", "--color", "blue").out
    assert cli("logs", "--color", "blue", "--shared").code == 2


# --- operating ---


def test_approve_and_abort_mean_the_deployment_under_way(cli: Cli, ready: Recorded) -> None:
    ready.answers["GET /v1/apps/shop"] = (200, status(deployment=deployment(8, result=None)))
    ready.answers["POST /v1/apps/shop/deployments/8/approve"] = (200, {"deployment": 8, "notice": ""})
    ready.answers["POST /v1/apps/shop/deployments/8/abort"] = (200, {"deployment": 8, "notice": "going back already"})
    assert cli("approve").out == "shop: deployment 8 approved\n"
    assert cli("abort").out == "going back already\n"
    ready.answers["GET /v1/apps/shop"] = (200, status())
    assert cli("approve").code == 3


def test_down_has_to_be_confirmed(cli: Cli, ready: Recorded) -> None:
    ran = cli("down")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert not ready.bodies("POST /v1/apps/shop/down")


def test_down_is_followed_to_its_end(cli: Cli, ready: Recorded) -> None:
    ready.answers["POST /v1/apps/shop/down"] = (202, {"notice": "", "after": 40})
    ready.answers["GET /v1/apps/shop/events"] = stream(entry(41, "down requested"), entry(42, "went down"))
    assert cli("down", "--yes").out == "shop is down\n"


def test_errors_can_be_debugged(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from bluegreen.client import NoController

    monkeypatch.setenv("BLUEGREEN_DEBUG", "1")
    with pytest.raises(NoController):
        cli("lock", "sale", "--app", "shop")


def test_what_nobody_foresaw_is_no_traceback(cli: Cli, controller: Recorded, folder: Path) -> None:
    controller.answers["POST /v1/apps/shop/rollback"] = (200, {"of": "another version"})
    ran = cli("rollback")
    assert ran.code == 5
    assert "KeyError" in ran.err
    assert "Traceback" not in ran.err


def test_secrets_that_would_be_packed_are_told(cli: Cli, ready: Recorded, folder: Path) -> None:
    artifacts(ready, kept=True)
    (folder / "bluegreen.yaml").write_text(FILE.replace("receives: /", "receives: /, env_file: .env"))
    (folder / ".env").write_text("TOKEN=hunter2hunter2\n")
    assert "warning: .env is packed with the folder" in cli("deploy").err
    (folder / ".gitignore").write_text(".env\n")
    assert "is packed" not in cli("deploy").err
