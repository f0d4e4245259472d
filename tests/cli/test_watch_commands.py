"""What the commands say of a watch, against recorded answers."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from bluegreen.cli.asked import Asked
from bluegreen.client import Client
from tests.cli.recorded import Recorded, artifacts, deployment, status, stream, watched_life
from tests.cli.run import Cli
from tests.cli.watched import counted, finding, forecast, judgement, probe, regressed, tick, watch


def under_way(**more: Any) -> dict[str, Any]:
    found = deployment(3, result=None, phase="watching", steps=[5, 50, 100], step=1)
    return status(deployment=found, watch=watch(share=5, **more))


# --- status ---


def test_status_shows_the_watch(cli: Cli, ready: Recorded) -> None:
    ready.answers["GET /v1/apps/shop"] = (200, under_way())
    out = cli("status").out
    assert "✓ healthy so far: watched 42 s of 5 min at 5 % of the users, 3 s missed" in out
    assert "  ✓ error_rate     errors 0.10 % → 0.12 %, limit 0.21 %  evidence ░░░░░░░░░░ 0.8 of 200" in out
    assert "would have found ≥ 0.40 %" in out
    assert json.loads(cli("status", "--json").out)["watch"] == watch(share=5)


def test_status_says_how_far_checks_are(cli: Cli, ready: Recorded) -> None:
    checks = [
        {"check": "golden evals.jsonl", "since": 0.0, "done": 9, "of": 40, "said": "9 of 40 cases, 3 failed so far"},
        {"check": "run ./smoke.sh", "since": 0.0, "done": None, "of": None, "said": ""},
    ]
    ready.answers["GET /v1/apps/shop"] = (200, status(deployment=deployment(3, result=None), checks=checks))
    out = cli("status").out
    assert "· golden evals.jsonl (" in out
    assert "): 9 of 40 cases, 3 failed so far" in out
    assert "· run ./smoke.sh (" in out


def test_status_says_what_a_held_watch_waits_for(cli: Cli, ready: Recorded) -> None:
    unsure = finding(verdict="cannot tell", reason="too little traffic")
    held = under_way(verdict="cannot tell", held="cannot tell: error_rate: too little traffic", guards=[unsure])
    ready.answers["GET /v1/apps/shop"] = (200, held)
    out = cli("status").out
    assert "? cannot tell: watched 42 s" in out
    assert "cannot tell: too little traffic" in out
    assert "`bluegreen approve 3` lets it go on, `bluegreen rollback` takes it back" in out


def test_status_of_a_controller_that_knows_no_watch(cli: Cli, ready: Recorded) -> None:
    older = status()
    del older["watch"]
    ready.answers["GET /v1/apps/shop"] = (200, older)
    assert cli("status").code == 0


# --- deploy ---


@pytest.fixture
def watched(ready: Recorded) -> Recorded:
    """The next deployment's release is watched and stays."""
    artifacts(ready, kept=True)
    ready.answers |= {
        "GET /v1/apps/shop/events": stream(*watched_life()),
        "GET /v1/apps/shop/deployments/3": (200, deployment(judgements=[judgement(share=100)])),
        "GET /v1/apps/shop": (200, status(watch=watch())),
        "GET /v1/apps/shop/forecast": (200, forecast()),
    }
    return ready


def test_deploy_tells_the_watch_line_by_line(cli: Cli, watched: Recorded) -> None:
    ran = cli("deploy")
    assert ran.code == 0, ran.err
    assert f"           · {forecast()['sentence']}" in ran.out.splitlines()
    assert ran.out.count(forecast()["sentence"]) == 1
    assert ran.out.index(forecast()["sentence"]) < ran.out.index("watching")
    assert ran.out.count("healthy so far: watched 42 s of 5 min") == 1  # two portions of evidence, one verdict
    assert "the watch goes on after 4.0 s without a controller" in ran.out
    assert "✓ step 1, 100 %: healthy, watched 5 min, 4 s missed" in ran.out
    assert "  verdict      healthy, watched 1 min" in ran.out.splitlines()


def test_a_change_of_a_verdict_is_told(cli: Cli, watched: Recorded) -> None:
    worse = watch(verdict="block", guards=[regressed(), probe()])
    stands = iter([watch(), worse])

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps(status(watch=next(stands, worse))).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    watched.answers["GET /v1/apps/shop"] = answer
    watched.answers["GET /v1/apps/shop/events"] = stream(*watched_life(result="rolled back", reason="errors"))
    watched.answers["GET /v1/apps/shop/deployments/3"] = (200, deployment(result="rolled back", reason="errors"))
    ran = cli("deploy")
    assert ran.code == 4
    assert ran.out.index("✓ healthy so far: ") < ran.out.index("✗ regressed: watched 42 s")
    assert "✗ step 1, 100 %: regressed, watched 5 min, 4 s missed\n" in ran.out
    said = ran.out[ran.out.index("✗ step 1") : ran.out.index("rolling back")]
    assert "✗ error_rate  errors 0.10 % → 5.0 %, limit 0.21 %" in said
    assert "http /healthz" not in said  # it is well: `show` has it
    assert ran.out.count("5.0 % of requests fail") == 1


@pytest.mark.parametrize("missing", [(404, {"what": "Not Found"}), (200, {}), lambda handler: None])
def test_a_forecast_that_is_not_there_does_not_matter(missing: Any, cli: Cli, watched: Recorded) -> None:
    watched.answers["GET /v1/apps/shop/forecast"] = missing
    ran = cli("deploy")
    assert ran.code == 0, ran.err
    assert "✓ step 1, 100 %: healthy" in ran.out


@pytest.mark.parametrize("missing", [(503, {"what": "later"}), (200, {}), (200, {"watch": {}}), lambda handler: None])
def test_a_watch_that_cannot_be_asked_for_is_none(missing: Any, home: Path, controller: Recorded) -> None:
    controller.answers["GET /v1/apps/shop"] = missing
    assert Asked(Client(home), "shop", 3).watch() is None
    controller.answers["GET /v1/apps/shop"] = (200, status(watch=watch(deployment=4)))
    assert Asked(Client(home), "shop", 3).watch() is None  # that of another deployment
    controller.answers["GET /v1/apps/shop"] = (200, status(watch=watch()))
    assert Asked(Client(home), "shop", 3).watch() == watch()


def test_checks_of_another_deployment_are_none_of_this_one(home: Path, controller: Recorded) -> None:
    checks = [{"check": "golden evals.jsonl", "since": 1000.0, "done": 120, "of": 400, "said": "120 of 400 cases"}]
    controller.answers["GET /v1/apps/shop"] = (200, status(deployment=deployment(3, result=None), checks=checks))
    assert Asked(Client(home), "shop", 3).now().checks == checks
    assert Asked(Client(home), "shop", 4).now().checks == ()
    controller.answers["GET /v1/apps/shop"] = (200, status(deployment=deployment(3, result=None)))
    assert Asked(Client(home), "shop", 3).now().checks == ()  # a controller that tells of none


def test_scripts_get_the_judgements_and_nothing_is_asked_besides(cli: Cli, watched: Recorded) -> None:
    said = json.loads(cli("deploy", "--json").out)
    assert said["judgements"] == [judgement(share=100)]
    assert not watched.bodies("GET /v1/apps/shop/forecast")


def test_completed_without_a_verdict_says_so(cli: Cli, watched: Recorded) -> None:
    reason = "completed, not judged: error_rate: too little traffic"
    ended = deployment(reason=reason, judgements=[judgement(verdict="cannot tell", reason="too little traffic")])
    watched.answers["GET /v1/apps/shop/events"] = stream(*watched_life(reason=reason))
    watched.answers["GET /v1/apps/shop/deployments/3"] = (200, ended)
    watched.answers["GET /v1/apps/shop/deployments"] = (200, {"deployments": [ended]})
    ran = cli("deploy")
    assert ran.code == 0
    assert f"  ? {reason}" in ran.out.splitlines()
    assert "  verdict      cannot tell, watched 1 min: too little traffic" in ran.out.splitlines()
    assert "completed, not judged" in cli("history").out
    assert f"  {reason}" in cli("show", "3").out.splitlines()


# --- show ---


def test_show_has_every_judgement_once(cli: Cli, ready: Recorded) -> None:
    judgements = [judgement(), judgement(step=2, share=100, verdict="block", reason="too slow", guards=[regressed()])]
    found = deployment(result="rolled back", events=watched_life(), judgements=judgements)
    ready.answers["GET /v1/apps/shop/deployments/3"] = (200, found)
    lines = cli("show", "3").out.splitlines()
    assert "    ✓ step 1, 5 %: healthy, watched 1 min" in lines
    assert "    ✗ step 2, 100 %: regressed, watched 1 min" in lines
    assert not [line for line in lines if "step 1, 100 %: healthy" in line]
    assert "  verdict      regressed, watched 1 min: too slow" in lines


def test_show_evidence(cli: Cli, ready: Recorded) -> None:
    wrong = {"command ./x": {"value": None, "verdict": "cannot tell", "why": "it\x1b[2J hangs"}}
    ticks = [
        tick(new=counted(52, 1), old=counted(48, 0)),
        tick(1002.0, new=None, missing="the proxy does not answer", readings=wrong, events={}),
    ]
    asked = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        more = {"ticks": ticks, "replayed": {"verdict": "allow", "same": True}} if "evidence" in handler.path else {}
        body = json.dumps(deployment(judgements=[judgement()], **more)).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    ready.answers["GET /v1/apps/shop/deployments/3"] = answer
    assert "evidence, about" not in cli("show", "3").out
    out = cli("show", "3", "--evidence").out
    assert asked[-1].endswith("?evidence=true")
    head, first, second = [line.split() for line in out[out.index("evidence, about") :].splitlines()[1:4]]
    assert head[:9] == ["time", "step", "span", "new", "failed", "slow", "old", "failed", "slow"]
    assert first[1:13] == ["1", "1.0", "s", "52", "1", "3/1", "of", "52", "48", "0", "3/1", "of"]
    assert "http /healthz: allow; events purchase per visit: new 3 of 50, old 4 of 60" in " ".join(first)
    said = " ".join(second)
    assert "- - - - - - missing: the proxy does not answer; command ./x: cannot tell (it hangs)" in said
    assert "✓ judged again from the journal: the same verdict (healthy)" in out
    assert json.loads(cli("show", "3", "--evidence", "--json").out)["ticks"] == ticks


def test_another_verdict_from_the_same_evidence_is_loud(cli: Cli, ready: Recorded) -> None:
    steps = [{"step": 1, "recorded": "allow", "again": "block"}]
    replayed = {"verdict": "block", "same": False, "steps": steps}
    found = deployment(judgements=[], ticks=[], replayed=replayed)
    ready.answers["GET /v1/apps/shop/deployments/3"] = (200, found)
    out = cli("show", "3", "--evidence").out
    assert "no evidence was gathered" in out
    assert "✗ judged again from the journal: ANOTHER verdict than then" in out
    assert "      step 1: healthy then, regressed now" in out.splitlines()


def test_evidence_of_a_deployment_that_was_not_watched(cli: Cli, ready: Recorded) -> None:
    nothing = {"verdict": None, "same": None, "steps": []}
    ready.answers["GET /v1/apps/shop/deployments/3"] = (200, deployment(judgements=[], ticks=[], replayed=nothing))
    out = cli("show", "3", "--evidence").out
    assert "no evidence was gathered" in out
    assert "judged again" not in out


# --- forecast, approve, events ---


def test_forecast(cli: Cli, ready: Recorded) -> None:
    ready.answers["GET /v1/apps/shop/forecast"] = (200, forecast())
    lines = [" ".join(line.split()) for line in cli("forecast").out.splitlines()]
    assert lines == [
        f"shop: {forecast()['sentence']}",
        "traffic 52 requests a second by r2, over 1 h",
        "errors 0.080 %, 0.21 % is tolerated",
        "watched 5 min",
        "2.0 % found in about 8 s",
        "0.20 % not found in that time",
    ]
    assert json.loads(cli("forecast", "--json").out) == forecast()


def test_a_forecast_without_traffic(cli: Cli, ready: Recorded) -> None:
    nothing = {"requests_per_second": None, "error_rate": None, "limit": None, "duration": None, "finds": []}
    ready.answers["GET /v1/apps/shop/forecast"] = (
        200,
        forecast(**nothing, release=None, sentence="No release is live"),
    )
    assert cli("forecast").out == "shop: No release is live\n"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (1, "approved: it goes on to 50 %, without a verdict of its guards"),
        (3, "approved: it ends with r3 live, without a verdict of its guards"),
    ],
)
@pytest.mark.parametrize("number", [(), ("3",)])
def test_approve_of_a_held_watch(step: int, said: str, number: tuple[str, ...], cli: Cli, ready: Recorded) -> None:
    held = under_way(held="cannot tell: too little traffic")
    held["deployment"]["step"] = step
    ready.answers["GET /v1/apps/shop"] = (200, held)
    ready.answers["POST /v1/apps/shop/deployments/3/approve"] = (200, {"deployment": 3, "notice": ""})
    assert cli("approve", *number).out == f"shop: deployment 3 {said}\n"


def test_events_have_a_line_each(cli: Cli, ready: Recorded) -> None:
    pages = iter([watched_life(result="rolled back", reason="errors"), []])

    def page(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps({"events": next(pages)}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    ready.answers["GET /v1/apps/shop/events"] = page
    lines = cli("events").out.splitlines()
    assert len(lines) == len(watched_life(result="rolled back"))
    said = {line.split()[0]: " ".join(line.split()[3:]) for line in lines}  # behind number, date and time
    assert said["17"].endswith("before the switch: 187,200 requests in 1 h, 0.080 % of them failed")
    assert said["20"].endswith("step 1 watched for 2 s: 52 requests, 0 failed, evidence of 1 of 2 seconds is missing")
    assert said["22"].endswith("the watch goes on after 4.0 s without a controller, which it missed")
    assert said["26"].endswith("step 1 judged: regressed (error_rate: 5.0 % of requests fail)")
    assert said["27"].endswith("the old environment was probed: it does not fail")
